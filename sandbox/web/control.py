"""The control API of the providers: credentials, scenarios, charges, tokens, notifications."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice

from aiohttp import web

from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.ledger import notification_row, row_of, rows
from sandbox.acquirer.mail import KINDS, TRUE
from sandbox.acquirer.plan import changed, shown
from sandbox.acquirer.provider import Provider
from sandbox.json_api import ProblemError, answering
from sandbox.ledger import ROWS_AT_MOST
from sandbox.scenario import ScenarioError
from sandbox.taps import EndedPushError, Tap, UnknownPushError
from sandbox.web.board import ProviderBoard
from sandbox.web.doors import mount
from sandbox.web.links import LinkControl


class ProviderControl:
    """The handlers for programs on this machine."""

    def __init__(self, board: ProviderBoard) -> None:
        self._board = board
        self._links = LinkControl(board)

    def routes(self) -> list[web.RouteDef]:
        """Each path with its method."""
        return [
            web.get("/control/credentials/{provider}", answering(self.credentials)),
            web.get("/control/scenario/{provider}", answering(self.scenario)),
            web.post("/control/scenario/{provider}", answering(self.change_scenario)),
            web.get("/control/charges", answering(self.charges)),
            web.get("/control/charges/{id}", answering(self.charge)),
            web.post("/control/charges/{id}/notify", answering(self.notify)),
            web.post("/control/charges/{id}/{tap}", answering(self.tap)),
            web.get("/control/notifications", answering(self.notifications)),
            *self._links.routes(),
        ]

    def credentials(self, request: web.Request, _: object) -> object:
        """What a partner needs to speak to the provider, by `?partner=`; test keys, all of them."""
        provider = self._provider(request)
        partner = provider.partners.named(request.query.get("partner", "demo"))
        if partner is None:
            raise ProblemError(422, "invalid_query", message="partner: demo or other")
        base = f"{request.scheme}://{request.host}{mount(provider.name)}"
        return {
            "provider": provider.name,
            "partner": partner.name,
            "url": base,
            "credentials": provider.credentials(partner),
        }

    def scenario(self, request: web.Request, _: object) -> object:
        """The scenario of the provider as it is."""
        return shown(self._board.exchange.life.plans[self._provider(request).name])

    def change_scenario(self, request: web.Request, body: object) -> object:
        """Change the given keys; those that are not given stay."""
        name = self._provider(request).name
        try:
            self._board.change(name, changed(self._board.exchange.life.plans[name], body))
        except ScenarioError as error:
            raise ProblemError(422, "invalid_scenario", problems=error.problems) from None
        return self.scenario(request, body)

    def charges(self, request: web.Request, _: object) -> object:
        """The charges, by `provider`, `state`, `phone`, `reference`, `after` and `limit`."""
        query, book = request.query, self._board.exchange.life.charges
        _check_query(query, {"provider", "state", "phone", "reference", "after", "limit"})
        state = query.get("state")
        if state is not None and state not in list(State):
            raise ProblemError(422, "invalid_query", message=f"state: one of {', '.join(State)}")
        found, next_after = rows(
            book.of_phone(query["phone"]) if "phone" in query else book,
            provider=query.get("provider"),
            state=None if state is None else State(state),
            reference=query.get("reference"),
            after=query.get("after"),
            limit=_limit(query),
        )
        return {"charges": found, "next": next_after}

    def charge(self, request: web.Request, _: object) -> object:
        """One charge."""
        return row_of(self._charge(request))

    def tap(self, request: web.Request, _: object) -> object:
        """Act on a waiting charge in the customer's place."""
        charge_id, word = request.match_info["id"], request.match_info["tap"]
        if word not in list(Tap):
            raise ProblemError(404, "unknown_action", actions=[*Tap, "notify"])
        try:
            self._board.tap(charge_id, Tap(word))
        except UnknownPushError:
            raise ProblemError(404, "unknown_charge") from None
        except EndedPushError:
            raise ProblemError(409, "already_ended", charge=self.charge(request, _)) from None
        return self.charge(request, _)

    def notify(self, request: web.Request, body: object) -> object:
        """Send one notification now: `{"kind": "wrong_key", "state": "paid"}`, true or forged."""
        charge = self._charge(request)
        told = body if isinstance(body, dict) else {}
        kind, state = told.get("kind", TRUE), told.get("state", charge.state.value)
        if kind not in KINDS or state not in list(State) or set(told) - {"kind", "state"}:
            message = f"kind: {', '.join(KINDS)}; state: {', '.join(State)}"
            raise ProblemError(422, "invalid_notification", message=message)
        provider = self._board.exchange.providers[charge.provider]
        url = self._board.exchange.life.plans[charge.provider].notify_url
        if url is None or not provider.tells(State.PAID):
            raise ProblemError(409, "no_notifications", message="no notify_url in the scenario")

        def write(now: datetime) -> dict[str, object]:
            found = self._board.exchange.mail.write(charge, kind, State(state), url, now)
            return notification_row(found)

        return self._board.act(write)

    def notifications(self, request: web.Request, _: object) -> object:
        """What was sent, newest first, by `?provider=`, `?charge=` and `?limit=`."""
        query = request.query
        _check_query(query, {"provider", "charge", "limit"})
        found = (
            notification_row(row)
            for row in reversed(self._board.exchange.mail.written.values())
            if query.get("provider") in {None, row.provider}
            and query.get("charge") in {None, row.charge_id}
        )
        return {"notifications": list(islice(found, _limit(query)))}

    def _provider(self, request: web.Request) -> Provider:
        name, providers = request.match_info["provider"], self._board.exchange.providers
        if name not in providers:
            raise ProblemError(404, "unknown_provider", providers=list(providers))
        return providers[name]

    def _charge(self, request: web.Request) -> Charge:
        charge = self._board.exchange.life.charges.get(request.match_info["id"])
        if charge is None:
            raise ProblemError(404, "unknown_charge")
        return charge


def _check_query(query: Mapping[str, str], known: set[str]) -> None:
    if unknown := sorted(set(query) - known):
        raise ProblemError(422, "invalid_query", message=f"unknown: {', '.join(unknown)}")


def _limit(query: Mapping[str, str]) -> int:
    limit = query.get("limit", str(ROWS_AT_MOST))
    if not limit.isdecimal() or not 0 < int(limit[:9]) <= ROWS_AT_MOST:
        raise ProblemError(422, "invalid_query", message=f"limit: 1 to {ROWS_AT_MOST}")
    return int(limit)
