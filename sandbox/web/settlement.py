"""The control API of the settlement files: what moved on a day, as each provider tells it."""

from datetime import date

from aiohttp import web

from sandbox.acquirer.partners import PARTNERS
from sandbox.acquirer.settlement import settlement_file
from sandbox.answers import JAKARTA
from sandbox.json_api import ProblemError, answering
from sandbox.settlement import settlement_csv
from sandbox.switchboard import Switchboard
from sandbox.web.board import ProviderBoard

PUSH = "ovo"


class SettlementControl:
    """The files of Push to Pay and of the other providers, under one address."""

    def __init__(self, board: Switchboard, providers: ProviderBoard) -> None:
        self._board = board
        self._providers = providers

    def routes(self) -> list[web.RouteDef]:
        """Each path with its method."""
        return [web.get("/control/settlement.csv", answering(self.file))]

    def file(self, request: web.Request, _: object) -> object:
        """The movements of `?date=`, today unless given, of `?provider=`, Push to Pay unless given.

        `?mid=` is for one merchant of Push to Pay, `?partner=` for one of another provider.
        """
        query = request.query
        provider = query.get("provider", PUSH)
        chosen = "mid" if provider == PUSH else "partner"
        if unknown := sorted(set(query) - {"date", "provider", chosen}):
            raise ProblemError(422, "invalid_query", message=f"unknown: {', '.join(unknown)}")
        day = self._day(query.get("date"))
        text = (
            self._of_pushes(day, query.get(chosen))
            if provider == PUSH
            else self._of_provider(provider, day, query.get(chosen))
        )
        name = f"invented-settlement-{'' if provider == PUSH else f'{provider}-'}{day}.csv"
        return web.Response(
            text=text,
            content_type="text/csv",
            headers={
                "Cache-Control": "no-store",
                "Content-Disposition": f'attachment; filename="{name}"',
            },
        )

    def _day(self, asked: str | None) -> date:
        if not asked:
            return self._board.clock().astimezone(JAKARTA).date()
        try:
            return date.fromisoformat(asked)
        except ValueError:
            raise ProblemError(422, "invalid_query", message="date: YYYY-MM-DD") from None

    def _of_pushes(self, day: date, mid: str | None) -> str:
        wallet = self._board.wallet
        return settlement_csv(wallet.book, day, mid=mid, faults=wallet.scenario.settlement_faults)

    def _of_provider(self, name: str, day: date, partner: str | None) -> str:
        exchange = self._providers.exchange
        if name not in exchange.providers:
            known = ", ".join((PUSH, *exchange.providers))
            raise ProblemError(422, "invalid_query", message=f"provider: one of {known}")
        if partner not in {None, *PARTNERS}:
            raise ProblemError(422, "invalid_query", message=f"partner: {' or '.join(PARTNERS)}")
        form = exchange.providers[name].settlement_form
        return settlement_file(exchange.life.charges, form, day, provider=name, partner=partner)
