"""The wire to OVO Push to Pay: one POST a question, each held until it ends, none repeated."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import final

from adapters.outbound.ovo import messages
from adapters.outbound.ovo.addresses import addresses
from adapters.outbound.ovo.codes import Operation
from adapters.outbound.ovo.credentials import OvoCredentials
from adapters.outbound.ovo.dialect import OvoDialect
from adapters.outbound.ovo.signature import signature
from adapters.outbound.unanswered import doubt, why
from adapters.outbound.wire import Answer, Guard, Wire
from application.ports import Charge, PaymentGateway, ProviderUnavailable
from domain.errors import InvalidValue
from domain.merchant import ProviderAccount
from domain.moment import AttemptClocks
from domain.msisdn import Msisdn
from domain.outcome import Doubt, NotSent, Outcome, Unknown

CONNECT_WITHIN = timedelta(seconds=5)
_HEADERS = (
    ("Accept", "application/json"),
    ("Content-Type", "application/json"),
    ("User-Agent", "lunas"),
)


@final
class OvoGateway(PaymentGateway):
    """Test accounts speak to `test_url` only, live ones to `live_url` only; None switches one off.

    Sources of the addresses: OVO technical document 1.7.1 (`https://app.byte-stack.net/pos` for
    staging, `https://apigw.ovo.id/pos` for production; older hosts exist). `clock` is the process's
    corrected clock (aware). Raises ValueError when the two addresses are one, or live is not https.
    """

    def __init__(
        self,
        *,
        wire: Wire,
        clock: Callable[[], datetime],
        clocks: AttemptClocks,
        test_url: str | None,
        live_url: str | None,
        dialect: OvoDialect | None = None,
        connect_within: timedelta = CONNECT_WITHIN,
    ) -> None:
        self._wire = wire
        self._clock = clock
        self._clocks = clocks
        self._urls = addresses(test_url, live_url)
        self._dialect = dialect or OvoDialect()
        self._connect_within = connect_within

    async def push(self, charge: Charge) -> Outcome:
        """One push, held for at most the read time after `leave_by`.

        NotSent only where the guard proves that no byte left. When cancelled it raises
        CancelledError, and nothing leaves afterwards; whether something had left before is then
        not told: call `shut` first, and what is unsent comes back as NotSent by itself.
        """
        return await self._act(Operation.PUSH, charge, self._clocks.read_within)

    async def reverse(self, charge: Charge) -> Outcome:
        """One reversal, sent by the decision's `leave_by` or NotSent; cancelled like a push."""
        return await self._act(Operation.REVERSAL, charge, self._clocks.ask_within)

    async def void(self, charge: Charge) -> Outcome:
        """One void, sent by the decision's `leave_by` or NotSent; cancelled like a push."""
        return await self._act(Operation.VOID, charge, self._clocks.ask_within)

    async def check(self, charge: Charge) -> Outcome:
        """Ask what became of the push; never NotSent, which would speak of the push itself."""
        return await self._ask(Operation.CHECK, charge)

    async def check_void(self, charge: Charge) -> Outcome:
        """Ask what became of a void; never NotSent, which would speak of the void itself."""
        return await self._ask(Operation.CHECK_VOID, charge)

    async def is_registered(self, account: ProviderAccount, phone: Msisdn) -> bool | None:
        """Ask whether the number has a wallet; moves nothing.

        Raises ProviderRefused or ProviderUnavailable.
        """
        guard = self._guard_of_a_question()
        try:
            at = self._clock()
            credentials = OvoCredentials.parse(account.credentials)
            body = messages.inquiry_body(credentials, phone, at, self._dialect)
            answer = await self._post(account, body, at, guard, self._clocks.ask_within)
        except Exception as problem:  # noqa: BLE001 - told as one of the two
            raise ProviderUnavailable(why(problem)) from None
        return messages.registration(answer.status, answer.content)

    def shut(self) -> None:
        """Let nothing unsent leave any more: such a push ends at once as NotSent.

        Calls that are held go on until they are answered. To be called on the loop's own thread.
        """
        self._wire.shut()

    async def aclose(self) -> None:
        """Close the wire."""
        await self._wire.aclose()

    async def _act(self, operation: Operation, charge: Charge, patience: timedelta) -> Outcome:
        guard = Guard(charge.leave_by, charge.leave_by + patience)
        try:
            told = await self._told(operation, charge, guard, patience)
            if operation is Operation.PUSH and isinstance(told, Unknown):
                ended = told.doubt is Doubt.EMPTY_404
                return replace(told, after=self._since(guard)) if ended else told
            return told
        except Exception as problem:  # noqa: BLE001 - whatever broke: the mark alone decides
            return Unknown(doubt(problem)) if guard.sent else NotSent(why(problem))

    async def _ask(self, operation: Operation, charge: Charge) -> Outcome:
        guard = self._guard_of_a_question()
        try:
            return await self._told(operation, charge, guard, self._clocks.ask_within)
        except InvalidValue:
            return Unknown(Doubt.SILENCE, alarm=True)
        except Exception as problem:  # noqa: BLE001 - a question that failed proves nothing
            return Unknown(doubt(problem) if guard.sent else Doubt.SILENCE)

    async def _told(
        self, operation: Operation, charge: Charge, guard: Guard, patience: timedelta
    ) -> Outcome:
        at = self._clock()
        body = messages.charge_body(operation, charge, at, self._dialect)
        answer = await self._post(charge.account, body, at, guard, patience)
        return messages.outcome(operation, charge, answer.status, answer.content, self._dialect)

    def _since(self, guard: Guard) -> timedelta | None:
        return None if guard.sent_at is None else self._wire.uptime() - guard.sent_at

    def _guard_of_a_question(self) -> Guard:
        until = self._wire.uptime() + self._clocks.ask_within
        return Guard(leave_by=until, end_by=until)

    async def _post(
        self, account: ProviderAccount, body: bytes, at: datetime, guard: Guard, patience: timedelta
    ) -> Answer:
        url = self._urls[account.livemode]
        if url is None:
            raise InvalidValue("mode", "no OVO address is configured for it")
        credentials = OvoCredentials.parse(account.credentials)
        random = messages.unix_seconds(at)
        signed = signature(
            app_id=credentials.app_id,
            app_key=credentials.app_key,
            random=random,
            body=body if self._dialect.hmac_includes_body else b"",
        )
        try:
            # Past httpx's client: nothing may redirect, keep cookies or log here, and a held call
            # costs 21 KiB instead of 24, and half the processor time.
            return await self._wire.post(
                url,
                [*_HEADERS, ("app-id", credentials.app_id), ("random", random), ("hmac", signed)],
                body,
                guard,
                connect=self._connect_within.total_seconds(),
                read=patience.total_seconds(),
            )
        finally:
            guard.shut = True
