"""The control API of what SNAP knows besides charges: tokens, and linked accounts."""

from datetime import datetime
from itertools import islice

from aiohttp import web

from sandbox.json_api import ProblemError, answering
from sandbox.ledger import written
from sandbox.ovo_qris.provider import OvoQris
from sandbox.ovo_snap.links import Link, LinkState
from sandbox.ovo_snap.provider import NAME, OvoSnap
from sandbox.phones import masked
from sandbox.snap.tokens import B2B, B2B2C, REFRESH, Tokens
from sandbox.web.board import ProviderBoard
from sandbox.web.doors import mount

_LINKS_AT_MOST = 10_000
_ACTIONS = ("confirm", "refuse", "unlink")
_KINDS = (B2B, B2B2C, REFRESH)


class LinkControl:
    """The handlers for programs on this machine."""

    def __init__(self, board: ProviderBoard) -> None:
        self._board = board

    def routes(self) -> list[web.RouteDef]:
        """Each path with its method."""
        return [
            web.get("/control/tokens", answering(self.tokens)),
            web.post("/control/tokens/{provider}/revoke", answering(self.revoke)),
            web.get("/control/links", answering(self.links)),
            web.get("/control/links/{id}", answering(self.link)),
            web.post("/control/links/{id}/{action}", answering(self.act)),
        ]

    def tokens(self, request: web.Request, _: object) -> object:
        """For each provider and kind how often tokens were fetched, refused, and are live."""
        now = self._board.clock()
        return {name: tokens.shown(now) for name, tokens in self._issuers().items()}

    def revoke(self, request: web.Request, body: object) -> object:
        """End all tokens of a provider, or those of `{"kind": "b2b"}`."""
        tokens = self._issuers().get(request.match_info["provider"])
        if tokens is None:
            raise ProblemError(404, "unknown_provider", providers=list(self._issuers()))
        asked = body if isinstance(body, dict) else {}
        kind = asked.get("kind")
        if (kind is not None and kind not in _KINDS) or set(asked) - {"kind"}:
            raise ProblemError(422, "invalid_kind", message=f"kind: {', '.join(_KINDS)}")
        return {"revoked": tokens.revoke_all(kind=kind)}

    def links(self, request: web.Request, _: object) -> object:
        """The linked accounts, newest first."""
        found = reversed(list(self._snap.links))
        return {"links": [_row(link) for link in islice(found, _LINKS_AT_MOST)]}

    def link(self, request: web.Request, _: object) -> object:
        """One linked account."""
        return _row(self._found(request))

    def act(self, request: web.Request, _: object) -> object:
        """Act in the customer's place; `redirect` is where the browser would go."""
        link, action = self._found(request), request.match_info["action"]
        if action not in _ACTIONS:
            raise ProblemError(404, "unknown_action", actions=list(_ACTIONS))
        if action == "unlink":
            self._snap.binding.end(link)
            return _row(link) | {"redirect": None}
        if link.state is not LinkState.ASKED:
            raise ProblemError(409, "already_ended", link=_row(link))

        def end(now: datetime) -> str:
            binding = self._snap.binding
            return binding.confirm(link, now) if action == "confirm" else binding.refuse(link)

        redirect = self._board.act(end)
        return _row(link) | {"redirect": redirect}

    @property
    def _snap(self) -> OvoSnap:
        provider = self._board.exchange.providers[NAME]
        assert isinstance(provider, OvoSnap)
        return provider

    def _issuers(self) -> dict[str, Tokens]:
        providers = self._board.exchange.providers.values()
        return {p.name: p.tokens for p in providers if isinstance(p, OvoSnap | OvoQris)}

    def _found(self, request: web.Request) -> Link:
        link = self._snap.links.get(request.match_info["id"])
        if link is None:
            raise ProblemError(404, "unknown_link")
        return link


def _row(link: Link) -> dict[str, object]:
    return {
        "id": link.id,
        "partner": link.partner.name,
        "customer": link.customer,
        "phone": masked(link.phone),
        "state": link.state.value,
        "asked_at": written(link.asked_at),
        "page": f"{mount(NAME)}/pin/{link.page}",
    }
