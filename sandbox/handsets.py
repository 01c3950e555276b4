"""The addresses of the customers' phones and of the index page."""

from contextlib import suppress
from urllib.parse import quote

from aiohttp import web

from sandbox.acquirer.charge import Charge
from sandbox.bills import of_charge, of_push
from sandbox.local import only_local, own_pages_only
from sandbox.pages import SHOWN_PHONES, Pages
from sandbox.phones import is_phone
from sandbox.switchboard import Switchboard
from sandbox.taps import EndedPushError, Tap, UnknownPushError
from sandbox.web.board import ProviderBoard

_TAPS = {"approve": Tap.APPROVE, "decline": Tap.DECLINE, "ignore": Tap.IGNORE}


class Handsets:
    """The handlers for people. The index, which links to every phone, is for loopback peers."""

    def __init__(self, board: Switchboard, providers: ProviderBoard) -> None:
        self._board = board
        self._providers = providers
        self._pages = Pages()

    def routes(self) -> list[web.RouteDef]:
        """Each path with its method."""
        return [
            web.get("/", only_local(self.index)),
            web.get("/open/{id}", only_local(self.open)),
            web.get("/phones", self.choose),
            web.get("/phones/{phone}", self.phone),
            web.post("/phones/{phone}/{id}/{tap}", own_pages_only(self.tap)),
        ]

    async def index(self, _: web.Request) -> web.StreamResponse:
        """The first page."""
        wallet, charges = self._board.wallet, self._providers.exchange.life.charges
        bills = [of_push(push) for push in wallet.book.latest(SHOWN_PHONES)]
        bills += [of_charge(c, _scan_page(c)) for c in charges.latest(SHOWN_PHONES)]
        bills.sort(key=lambda bill: bill.heard_at, reverse=True)
        held = self._board.held + self._providers.held
        return self._pages.index(bills, held, wallet.scenario.behaviour)

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Lead from a push to its phone, so that no page has to print the number."""
        phone = self._phone_of(request.match_info["id"])
        if phone is None:
            return self._pages.missing("Tagihan tidak ditemukan", "There is no such push")
        return _see(phone)

    async def choose(self, request: web.Request) -> web.StreamResponse:
        """Lead from the number that was typed to its phone."""
        phone = request.query.get("msisdn", "").strip()
        return _see(phone) if is_phone(phone) else self._no_phone()

    async def phone(self, request: web.Request) -> web.StreamResponse:
        """The customer's phone."""
        phone = request.match_info["phone"]
        if not is_phone(phone):
            return self._no_phone()
        self._providers.wake()
        bills = [of_push(push) for push in self._board.wallet.book.of_phone(phone)]
        exchange = self._providers.exchange
        bills += [
            of_charge(charge)
            for charge in exchange.life.charges.of_phone(phone)
            if exchange.providers[charge.provider].pushes
        ]
        bills.sort(key=lambda bill: bill.heard_at)
        return self._pages.phone(phone, bills, self._board.clock())

    async def tap(self, request: web.Request) -> web.StreamResponse:
        """A button of the page; a push that has ended meanwhile shows itself in the history."""
        phone, push_id = request.match_info["phone"], request.match_info["id"]
        tap = _TAPS.get(request.match_info["tap"])
        if tap is None or self._phone_of(push_id) != phone:
            return self._pages.missing("Tagihan tidak ditemukan", "There is no such push")
        with suppress(UnknownPushError, EndedPushError):
            if self._board.wallet.book.get(push_id) is None:
                self._providers.tap(push_id, tap)
            else:
                self._board.tap(push_id, tap)
        return _see(phone)

    def _phone_of(self, bill_id: str) -> str | None:
        """The phone on which a push or a charge is shown."""
        push = self._board.wallet.book.get(bill_id)
        if push is not None:
            return push.phone
        exchange = self._providers.exchange
        charge = exchange.life.charges.get(bill_id)
        pushed = charge is not None and exchange.providers[charge.provider].pushes
        return charge.phone if charge is not None and pushed else None

    def _no_phone(self) -> web.StreamResponse:
        return self._pages.missing(
            "Nomor telepon ditulis 08…", "A phone number is written 08…, 10 to 14 digits"
        )


def _scan_page(charge: Charge) -> str | None:
    content = charge.details.get("qr")
    return None if content is None else f"/ovo-qris/scan?qr={quote(content, safe='')}"


def _see(phone: str) -> web.StreamResponse:
    headers = {"Location": f"/phones/{phone}", "Cache-Control": "no-store"}
    return web.Response(status=303, headers=headers)
