"""The addresses of the customers' phones and of the index page."""

from aiohttp import web

from sandbox.local import only_local, own_pages_only
from sandbox.pages import SHOWN_PHONES, Pages
from sandbox.phones import is_phone
from sandbox.switchboard import Switchboard
from sandbox.taps import EndedPushError, Tap, UnknownPushError

_TAPS = {"approve": Tap.APPROVE, "decline": Tap.DECLINE, "ignore": Tap.IGNORE}


class Handsets:
    """The handlers for people. The index, which links to every phone, is for loopback peers."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
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
        wallet = self._board.wallet
        latest = wallet.book.latest(SHOWN_PHONES)
        return self._pages.index(latest, self._board.held, wallet.scenario.behaviour)

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Lead from a push to its phone, so that no page has to print the number."""
        push = self._board.wallet.book.get(request.match_info["id"])
        if push is None:
            return self._pages.missing("Tagihan tidak ditemukan", "There is no such push")
        return _see(push.phone)

    async def choose(self, request: web.Request) -> web.StreamResponse:
        """Lead from the number that was typed to its phone."""
        phone = request.query.get("msisdn", "").strip()
        return _see(phone) if is_phone(phone) else self._no_phone()

    async def phone(self, request: web.Request) -> web.StreamResponse:
        """The customer's phone."""
        phone = request.match_info["phone"]
        if not is_phone(phone):
            return self._no_phone()
        pushes = self._board.wallet.book.of_phone(phone)
        return self._pages.phone(phone, pushes, self._board.clock())

    async def tap(self, request: web.Request) -> web.StreamResponse:
        """A button of the page; a push that has ended meanwhile shows itself in the history."""
        phone, push_id = request.match_info["phone"], request.match_info["id"]
        tap = _TAPS.get(request.match_info["tap"])
        push = self._board.wallet.book.get(push_id)
        if tap is None or push is None or push.phone != phone:
            return self._pages.missing("Tagihan tidak ditemukan", "There is no such push")
        try:
            self._board.tap(push_id, tap)
        except (UnknownPushError, EndedPushError):
            return _see(phone)
        return _see(phone)

    def _no_phone(self) -> web.StreamResponse:
        return self._pages.missing(
            "Nomor telepon ditulis 08…", "A phone number is written 08…, 10 to 14 digits"
        )


def _see(phone: str) -> web.StreamResponse:
    headers = {"Location": f"/phones/{phone}", "Cache-Control": "no-store"}
    return web.Response(status=303, headers=headers)
