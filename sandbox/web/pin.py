"""The PIN page of OVO's web view, for links and for payments of linked accounts."""

from html import escape
from urllib.parse import urlsplit

from aiohttp import web

from sandbox.acquirer.charge import State
from sandbox.icons import CROSS, RECEIPT, TICK, WALLET
from sandbox.local import own_pages_only
from sandbox.ovo_snap.links import LinkState
from sandbox.ovo_snap.pin import TEST_PIN, WRONG_PINS, PinPage
from sandbox.ovo_snap.provider import NAME, OvoSnap
from sandbox.phones import masked
from sandbox.sheet import Sheet, rupiah
from sandbox.web import templates
from sandbox.web.board import ProviderBoard
from sandbox.web.doors import mount

_LINKED = ("Akun terhubung", "Account linked", "good")
_NOT_LINKED = ("Akun tidak dihubungkan", "Account not linked", "bad")
_PAID = ("Berhasil dibayar", "Paid", "good")
_NOT_PAID = ("Tidak dibayar", "Not paid", "bad")
_ENDED = ("Waktu habis", "Time is up", "")


class PinDoors:
    """The handlers of the PIN page."""

    def __init__(self, board: ProviderBoard) -> None:
        self._board = board
        self._sheet = Sheet()

    def routes(self) -> list[web.RouteDef]:
        """The page and its buttons."""
        path = f"{mount(NAME)}/pin/{{name}}"
        return [web.get(path, self.show), web.post(path, own_pages_only(self.press))]

    async def show(self, request: web.Request) -> web.StreamResponse:
        """The page, or what became of what it was for."""
        self._board.wake()
        name = request.match_info["name"]
        page = self._snap.pins.page(name)
        if page is None:
            return self._missing()
        body = _form(page, name) if page.is_open else _result(page)
        line = "" if page.link is None else masked(page.link.phone)
        if page.charge is not None and page.charge.phone is not None:
            line = masked(page.charge.phone)
        return self._page(body, line, leads_to=_origins(page))

    async def press(self, request: web.Request) -> web.StreamResponse:
        """A PIN is entered, or the customer goes away."""
        name, form = request.match_info["name"], await request.post()
        pins = self._snap.pins
        if pins.page(name) is None:
            return self._missing()
        pin = str(form.get("pin", ""))
        if form.get("do") == "refuse":
            location = self._board.act(lambda now: pins.refuse(name, now))
        else:
            location = self._board.act(lambda now: pins.enter(name, pin, now))
        return see(location or request.path)

    @property
    def _snap(self) -> OvoSnap:
        provider = self._board.exchange.providers[NAME]
        assert isinstance(provider, OvoSnap)
        return provider

    def _missing(self) -> web.Response:
        cards = result("Halaman tidak ditemukan", "There is no such page", "bad")
        return self._page(cards, "", status=404)

    def _page(
        self, cards: str, line: str, *, status: int = 200, leads_to: str = ""
    ) -> web.Response:
        body = templates.FRAME.format(
            wallet=WALLET, line=line, line_en="Test wallet, web page", cards=cards
        )
        return self._sheet.page(
            "PIN", body, "handset", refresh=False, status=status, leads_to=leads_to
        )


def see(location: str) -> web.Response:
    """Lead the browser on."""
    return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})


def result(words: str, words_en: str, kind: str) -> str:
    """The card that says how something ended."""
    icon = {"good": TICK, "bad": CROSS}.get(kind, RECEIPT)
    return templates.RESULT.format(icon=icon, kind=kind, words=words, words_en=words_en)


def _form(page: PinPage, name: str) -> str:
    words = {
        "what": "Hubungkan akun OVO",
        "what_en": "Link your OVO account",
        "yes": "Hubungkan",
        "yes_en": "Link",
        "detail": "",
        "amount": "",
        "shop": "" if page.link is None else page.link.partner.store_name,
    }
    if page.charge is not None:
        words |= {
            "what": "Pembayaran",
            "what_en": "Payment",
            "yes": "Bayar",
            "yes_en": "Pay",
            "detail": page.charge.reference,
            "amount": templates.AMOUNT.format(amount=rupiah(page.charge.amount)),
            "shop": page.charge.partner.store_name,
        }
    wrong = templates.WRONG.format(left=WRONG_PINS - page.wrong) if page.wrong else ""
    shop, detail = escape(words["shop"]), escape(words["detail"])
    return templates.PIN.format(
        **(words | {"shop": shop, "detail": detail}),
        label=f"{words['what']}: {shop}",
        initial=shop[:1].upper(),
        wrong=wrong,
        action=f"{mount(NAME)}/pin/{name}",
        pin=TEST_PIN,
    )


def _result(page: PinPage) -> str:
    if page.link is not None:
        return result(*(_NOT_LINKED if page.link.state is LinkState.REFUSED else _LINKED))
    assert page.charge is not None
    words = {State.PAID: _PAID, State.REFUNDED: _PAID, State.EXPIRED: _ENDED}
    cards = result(*words.get(page.charge.state, _NOT_PAID))
    if page.return_url is not None:
        cards += templates.ONWARDS.format(url=escape(page.return_url))
    return cards


def _origins(page: PinPage) -> str:
    """Where the page's buttons may lead: to the merchant that it speaks of."""
    urls = {page.return_url or ""}
    if page.link is not None:
        urls = {page.link.success_url, page.link.failed_url}
    parts = [urlsplit(url) for url in urls if url]
    return " ".join(sorted({f"{part.scheme}://{part.netloc}" for part in parts}))
