"""The control API: what a program may see of the wallet and do in a person's place."""

from aiohttp import web

from sandbox.accounts import AccountError, parse_accounts
from sandbox.acquirer.ledger import rows as charge_rows
from sandbox.acquirer.ledger import totals as provider_totals
from sandbox.behaviour import BEHAVIOURS
from sandbox.durations import parse_duration, written_duration
from sandbox.json_api import ProblemError, answering
from sandbox.ledger import ROWS_AT_MOST, row_of, rows, totals, written
from sandbox.magic import AMOUNTS, PHONES
from sandbox.push import State
from sandbox.scenario import Scenario, ScenarioError, changed, shown
from sandbox.switchboard import Switchboard
from sandbox.taps import EndedPushError, Tap, UnknownPushError
from sandbox.web.board import ProviderBoard
from sandbox.web.settlement import SettlementControl


class Control:
    """The handlers under /control, for loopback peers only. Every body but one is JSON."""

    def __init__(
        self, board: Switchboard, providers: ProviderBoard, boot_scenario: Scenario
    ) -> None:
        self._board = board
        self._providers = providers
        self._boot_scenario = boot_scenario

    def routes(self) -> list[web.RouteDef]:
        """Each path with its method."""
        return [
            web.get("/control/pushes", answering(self.pushes)),
            web.get("/control/pushes/{id}", answering(self.push)),
            web.post("/control/pushes/{id}/{tap}", answering(self.tap)),
            web.get("/control/ledger", answering(self.ledger)),
            *SettlementControl(self._board, self._providers).routes(),
            web.get("/control/magic", answering(self.magic)),
            web.get("/control/scenario", answering(self.scenario)),
            web.post("/control/scenario", answering(self.change_scenario)),
            web.get("/control/accounts", answering(self.accounts)),
            web.post("/control/accounts", answering(self.add_accounts)),
            web.get("/control/clock", answering(self.clock)),
            web.post("/control/clock", answering(self.advance_clock)),
            web.post("/control/reset", answering(self.reset)),
            web.route("*", "/control/{tail:.*}", answering(self.nothing)),
        ]

    def pushes(self, request: web.Request, _: object) -> object:
        """The pushes, by `?state=`, `?phone=`, `?invoice=`, `?after=` and `?limit=`."""
        found, next_after = self._rows(request)
        return {"pushes": found, "next": next_after}

    def push(self, request: web.Request, _: object) -> object:
        """One push."""
        push = self._board.wallet.book.get(request.match_info["id"])
        if push is None:
            raise ProblemError(404, "unknown_push")
        return row_of(push)

    def tap(self, request: web.Request, _: object) -> object:
        """Act on a waiting push in the person's place."""
        push_id, word = request.match_info["id"], request.match_info["tap"]
        if word not in list(Tap):
            raise ProblemError(404, "unknown_action", actions=[tap.value for tap in Tap])
        try:
            self._board.tap(push_id, Tap(word))
        except UnknownPushError:
            raise ProblemError(404, "unknown_push") from None
        except EndedPushError:
            raise ProblemError(409, "already_ended", push=self.push(request, _)) from None
        return self.push(request, _)

    def ledger(self, request: web.Request, _: object) -> object:
        """Everything heard, with the totals."""
        found, next_after = self._rows(request)
        wallet, now = self._board.wallet, written(self._board.clock())
        of_push = {"totals": totals(wallet), "pushes": found, "next": next_after}
        return {"now": now, **of_push, **self._of_providers(request)}

    def _of_providers(self, request: web.Request) -> dict[str, object]:
        """The truth about the other providers; `/control/charges` pages through it."""
        query, charges = request.query, self._providers.exchange.life.charges
        kept, next_after = charge_rows(
            charges.of_phone(query["phone"]) if "phone" in query else charges,
            reference=query.get("invoice"),
            limit=int(query.get("limit", ROWS_AT_MOST)),
        )
        told = provider_totals(self._providers.exchange)
        return {"providers": told, "charges": kept, "charges_next": next_after}

    def magic(self, request: web.Request, _: object) -> object:
        """Both magic tables and every behaviour."""
        return {
            "phones": [{"phone": key, **_told(name)} for key, name in PHONES.items()],
            "amounts": [{"amount": key, **_told(name)} for key, name in AMOUNTS.items()],
            "behaviours": [_told(name) for name in BEHAVIOURS],
        }

    def scenario(self, request: web.Request, _: object) -> object:
        """The scenario as it is."""
        return shown(self._board.wallet.scenario)

    def change_scenario(self, request: web.Request, body: object) -> object:
        """Change the given keys; those that are not given stay."""
        try:
            self._board.change(changed(self._board.wallet.scenario, body))
        except ScenarioError as error:
            raise ProblemError(422, "invalid_scenario", problems=error.problems) from None
        return shown(self._board.wallet.scenario)

    def accounts(self, request: web.Request, _: object) -> object:
        """The accounts, without their keys."""
        return {"accounts": [account.shown() for account in self._board.wallet.accounts]}

    def add_accounts(self, request: web.Request, body: object) -> object:
        """Learn one account or a list of them."""
        try:
            for account in parse_accounts(body):
                self._board.wallet.accounts.add(account)
        except AccountError as error:
            raise ProblemError(422, "invalid_account", message=str(error)) from None
        return self.accounts(request, body)

    def clock(self, request: web.Request, _: object) -> object:
        """The virtual time."""
        offset = written_duration(self._board.clock.offset)
        return {"now": written(self._board.clock()), "offset": offset}

    def advance_clock(self, request: web.Request, body: object) -> object:
        """Move time on by `{"advance": "60s"}`, and let everything happen that falls due."""
        if not isinstance(body, dict) or set(body) != {"advance"}:
            raise ProblemError(422, "invalid_clock", message="an object with the one key advance")
        try:
            self._board.advance(parse_duration(body["advance"]))
            self._providers.wake()
        except ValueError as error:
            raise ProblemError(422, "invalid_clock", message=str(error)) from None
        return self.clock(request, body)

    def reset(self, request: web.Request, _: object) -> object:
        """Cut held calls, forget pushes and counts, restore time and the scenario of the start."""
        self._board.reset(self._boot_scenario)
        self._providers.reset()
        return {"reset": True}

    def nothing(self, request: web.Request, _: object) -> object:
        """There is nothing here."""
        raise ProblemError(404, "not_found")

    def _rows(self, request: web.Request) -> tuple[list[dict[str, object]], str | None]:
        query, book = request.query, self._board.wallet.book
        if unknown := sorted(set(query) - {"state", "phone", "invoice", "after", "limit"}):
            raise ProblemError(422, "invalid_query", message=f"unknown: {', '.join(unknown)}")
        state, limit = query.get("state"), query.get("limit", str(ROWS_AT_MOST))
        if state is not None and state not in list(State):
            raise ProblemError(422, "invalid_query", message=f"state: one of {', '.join(State)}")
        if not limit.isdecimal() or not 0 < int(limit[:9]) <= ROWS_AT_MOST:
            raise ProblemError(422, "invalid_query", message=f"limit: 1 to {ROWS_AT_MOST}")
        return rows(
            book.of_phone(query["phone"]) if "phone" in query else book,
            state=None if state is None else State(state),
            invoice=query.get("invoice"),
            after=query.get("after"),
            limit=int(limit),
        )


def _told(name: str) -> dict[str, str]:
    return {"behaviour": name, "meaning": BEHAVIOURS[name].meaning}
