"""The wire to OVO's linked accounts: charges, refunds, and what became of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import final

from adapters.outbound import verdicts
from adapters.outbound.ovo_snap import messages
from adapters.outbound.ovo_snap.calls import SnapCalls
from adapters.outbound.ovo_snap.codes import CUSTOMER_REFUSED, link_again
from adapters.outbound.ovo_snap.dialect import OvoSnapDialect
from adapters.outbound.ovo_snap.link_tokens import LinkTokens
from adapters.outbound.ovo_snap.messages import Heard
from adapters.outbound.tokens import TokenUnavailable
from adapters.outbound.unanswered import doubt, why
from adapters.outbound.wire import Guard
from application.ports import Charge, PaymentGateway, RefundOrder, Token
from domain.errors import InvalidValue
from domain.merchant import ProviderAccount
from domain.moment import AttemptClocks
from domain.outcome import Declined, Doubt, NotSent, Outcome, Unknown
from domain.reason import ReasonCode
from domain.wallet_link import LinkInactive

MOST_SENDS = 2
"""Once, and once more with another token, where OVO refuses the first one's token."""
Read = Callable[[Heard], Outcome]


@final
@dataclass(frozen=True, slots=True)
class OvoSnapGateway(PaymentGateway):
    """Charges linked accounts. A call is made again for one reason alone: OVO refuses its token.

    Those are OVO's own words that it did nothing (401 01 to 04, OV00502): the token is thrown away,
    another one is had, and the same bytes go out once more, with the same reference, a new
    X-EXTERNAL-ID, and within the same deadline.
    """

    calls: SnapCalls
    tokens: LinkTokens
    clocks: AttemptClocks
    dialect: OvoSnapDialect

    async def push(self, charge: Charge) -> Outcome:
        """One charge, sent by `leave_by` or NotSent; a link that is not active is Declined.

        Accepted with where the customer enters the PIN, or Approved at once where none is asked.
        """

        def read(heard: Heard) -> Outcome:
            return messages.debit_outcome(charge, heard)

        if charge.link_id is None:
            return NotSent("the payment names no wallet link")
        return await self._act(charge, self.dialect.debit, messages.debit_body, read)

    async def check(self, charge: Charge) -> Outcome:
        """Ask what became of the charge, by our own reference; never NotSent."""
        return await self._ask(charge, lambda heard: messages.status_outcome(charge, heard))

    async def refund(self, charge: Charge, refund: RefundOrder) -> Outcome:
        """Give back that much of the charge: sent by `leave_by` or NotSent."""

        def write(charge: Charge) -> bytes:
            return messages.refund_body(charge, refund)

        def read(heard: Heard) -> Outcome:
            return messages.refund_outcome(charge, refund, heard)

        return await self._act(charge, self.dialect.refund, write, read, without_link=True)

    async def check_refund(self, charge: Charge, refund: RefundOrder) -> Outcome:
        """Ask what became of a refund, by the charge's history; never NotSent."""
        return await self._ask(charge, lambda heard: messages.refund_status(charge, refund, heard))

    def shut(self) -> None:
        """Let nothing unsent leave any more; to be called on the loop's own thread."""
        self.calls.wire.shut()

    async def aclose(self) -> None:
        """Close the wire."""
        await self.calls.wire.aclose()

    # -- what moves money ------------------------------------------------------------------------

    async def _act(
        self,
        charge: Charge,
        path: str,
        write: Callable[[Charge], bytes],
        read: Read,
        *,
        without_link: bool = False,
    ) -> Outcome:
        refused: tuple[Heard, str | None] | None = None
        try:
            body = write(charge)
        except InvalidValue as wrong:
            return NotSent(str(wrong))
        for _ in range(MOST_SENDS):
            within = charge.leave_by - self.calls.wire.uptime()
            try:
                token, link_id = await self._token(charge, within, without_link=without_link)
            except LinkInactive as ended:
                return _linked_no_more(_word(refused) or str(ended.status))
            except Exception as none:  # noqa: BLE001 - whatever it was: nothing was sent with it
                return _unsent(_word(refused), _why_no_token(none))
            told = await self._sent(charge, path, body, token)
            if not isinstance(told, Heard):
                return _unsent(_word(refused), told.why) if isinstance(told, NotSent) else told
            if not told.token_refused:
                return read(told)
            refused = (told, link_id)
            await self.tokens.refused(charge.account, link_id, token)
        assert refused is not None, "each call was refused its token"
        return await self._refused_twice(charge.account, *refused)

    async def _sent(
        self, charge: Charge, path: str, body: bytes, token: Token
    ) -> Heard | NotSent | Unknown:
        patience = self.clocks.read_within
        guard = Guard(charge.leave_by, charge.leave_by + patience)
        try:
            return await self.calls.post(
                charge.account, path, body, guard, token=token.access, patience=patience
            )
        except Exception as problem:  # noqa: BLE001 - whatever broke: the mark alone decides
            return Unknown(doubt(problem)) if guard.sent else NotSent(why(problem))

    async def _refused_twice(
        self, account: ProviderAccount, heard: Heard, link_id: str | None
    ) -> Outcome:
        """A token that was just had is refused too."""
        kind = heard.code.kind if heard.code else ""
        if link_id is not None and kind in CUSTOMER_REFUSED:
            await self.tokens.broken(account, link_id)
            return _linked_no_more(heard.word)
        return _unsent(heard.word, "the token is refused")

    # -- what asks -------------------------------------------------------------------------------

    async def _ask(self, charge: Charge, read: Read) -> Outcome:
        until = self.calls.wire.uptime() + self.clocks.ask_within
        sent = False
        try:
            body = messages.status_body(charge, self.dialect.status_service)
            for _ in range(MOST_SENDS):
                within = until - self.calls.wire.uptime()
                token, link_id = await self._token(charge, within, without_link=True)
                guard = Guard(until, until)
                try:
                    heard = await self.calls.post(
                        charge.account,
                        self.dialect.status,
                        body,
                        guard,
                        token=token.access,
                        patience=within,
                    )
                finally:
                    sent = guard.sent
                if not heard.token_refused:
                    return read(heard)
                await self.tokens.refused(charge.account, link_id, token)
            return Unknown(Doubt.UNHEARD_OF, heard.word, alarm=True)
        except InvalidValue:
            return Unknown(Doubt.SILENCE, alarm=True)
        except Exception as problem:  # noqa: BLE001 - a question that failed proves nothing
            return Unknown(doubt(problem) if sent else Doubt.SILENCE)

    async def _token(
        self, charge: Charge, within: timedelta, *, without_link: bool
    ) -> tuple[Token, str | None]:
        """The customer's token and whose it is; where that may be, the account's own instead."""
        if charge.link_id is not None:
            try:
                token = await self.tokens.of_link(charge.account, charge.link_id, within=within)
                return token, charge.link_id
            except LinkInactive:
                if not without_link:
                    raise
        return await self.tokens.of_account(charge.account, within=within), None


def _unsent(refusal: str | None, why: str) -> Outcome:
    """Nothing left, or what left before was refused in OVO's own words: no money moved."""
    if refusal is None:
        return NotSent(why)
    reason = verdicts.reason(ReasonCode.WALLET_UNREACHABLE, refusal, retryable=True)
    return Declined(refusal, reason)


def _word(refused: tuple[Heard, str | None] | None) -> str | None:
    return None if refused is None else refused[0].word


def _linked_no_more(code: str) -> Declined:
    return Declined(code, link_again(code), final=True)


def _why_no_token(problem: Exception) -> str:
    return str(problem) if isinstance(problem, TokenUnavailable) else why(problem)
