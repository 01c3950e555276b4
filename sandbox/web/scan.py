"""The scan page of QRIS: a browser that stands in for the camera of a customer's phone."""

from contextlib import suppress
from datetime import datetime
from html import escape
from math import ceil

from aiohttp import web

from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.conduct import Reason
from sandbox.icons import WALLET
from sandbox.local import own_pages_only
from sandbox.ovo_qris.emv import QrError
from sandbox.ovo_qris.provider import NAME, OvoQris
from sandbox.sheet import Sheet, rupiah
from sandbox.web import templates
from sandbox.web.board import ProviderBoard
from sandbox.web.doors import mount
from sandbox.web.pin import result

_PATH = f"{mount(NAME)}/scan"
_WORDS = {
    State.PAID: ("Berhasil dibayar", "Paid", "good"),
    State.FAILED: ("Pembayaran ditolak", "Payment declined", "bad"),
    State.EXPIRED: ("Kode QR kedaluwarsa", "The QR code has expired", ""),
    State.CANCELED: ("Kode QR dibatalkan", "The QR code was canceled", ""),
    State.VOIDED: ("Uang dikembalikan", "Money returned", ""),
    State.REFUNDED: ("Uang dikembalikan", "Money returned", ""),
}
_DAMAGED = ("Kode QR tidak dapat dibaca", "This is no QR code of this sandbox", "bad")


class ScanDoors:
    """The handlers of the scan page."""

    def __init__(self, board: ProviderBoard) -> None:
        self._board = board
        self._sheet = Sheet()

    def routes(self) -> list[web.RouteDef]:
        """The page and its buttons."""
        return [web.get(_PATH, self.show), web.post(_PATH, own_pages_only(self.press))]

    async def show(self, request: web.Request) -> web.StreamResponse:
        """A field to paste into, and what the code asks for that was pasted."""
        self._board.wake()
        return self._page(request.query.get("qr", "").strip())

    async def press(self, request: web.Request) -> web.StreamResponse:
        """Pay the code, or decline it."""
        form = await request.post()
        text, pays = str(form.get("qr", "")), form.get("do") == "pay"

        def act(now: datetime) -> None:
            charge = self._qris.scanned(text)
            if charge.state is State.WAITING:
                life = self._board.exchange.life
                if pays:
                    life.pay(charge, now)
                else:
                    life.fail(charge, Reason.DECLINED, now)

        with suppress(QrError):  # the page says so
            self._board.act(act)
        return self._page(text)

    @property
    def _qris(self) -> OvoQris:
        provider = self._board.exchange.providers[NAME]
        assert isinstance(provider, OvoQris)
        return provider

    def _page(self, text: str) -> web.Response:
        cards, status, pasted = "", 200, text
        if text:
            try:
                cards, pasted = _card(self._qris.scanned(text), text, self._board.clock()), ""
            except QrError:
                cards, status = result(*_DAMAGED), 404
        cards += templates.SCAN.format(action=_PATH, text=escape(pasted))
        body = templates.FRAME.format(
            wallet=WALLET, line="QRIS", line_en="Paste what a QR code says", cards=cards
        )
        return self._sheet.page("Pindai QRIS", body, "handset", refresh=False, status=status)


def _card(charge: Charge, text: str, now: datetime) -> str:
    if charge.state is not State.WAITING:
        return result(*_WORDS[charge.state])
    seconds = max(0.0, (charge.ends_at - now).total_seconds())
    window = max(0.001, (charge.ends_at - charge.heard_at).total_seconds())
    shop = escape(charge.partner.store_name)
    return templates.BILL.format(
        shop=shop,
        initial=shop[:1].upper(),
        reference=escape(charge.handle),
        amount=rupiah(charge.amount),
        seconds=ceil(seconds),
        window=f"{window:.3f}",
        gone=f"{window - seconds:.3f}",
        lasts=f"{seconds:.3f}",
        action=_PATH,
        text=escape(text),
    )
