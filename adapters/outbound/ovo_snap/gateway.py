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
from domain.moment import AttemptClocks
from domain.outcome import Declined, Doubt, NotSent, Outcome, Unknown
from domain.reason import ReasonCode
from domain.wallet_link import LinkInactive

MOST_SENDS = 2
"""Once, and once more with another token, where OVO refuses the first one's token; what needs no
customer a last time with the account's own, where OVO takes none of the customer's."""
Read = Callable[[Heard], Outcome]


@dataclass(frozen=True, slots=True)
class _Told:
    """An answer, and with whose token it was had: a link's, or the account's own (None)."""

    heard: Heard
    token: Token
    link_id: str | None


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
        """Once, and again with another token; without a link in the end with the account's own."""
        try:
            body = write(charge)
        except InvalidValue as wrong:
            return NotSent(str(wrong))
        refused: Heard | None = None
        for sends in range(1, MOST_SENDS + 1 + without_link):
            told = await self._sent(charge, path, body, without_link=without_link)
            if not isinstance(told, _Told):
                return _unsent(refused, told, charging=not without_link)
            if not told.heard.token_refused:
                return read(told.heard)
            refused = told.heard
            await self.tokens.refused(charge.account, told.link_id, told.token)
            if sends >= MOST_SENDS and not await self._let_go(charge, told):
                break
        assert refused is not None, "each call was refused its token"
        if not without_link and _is_the_customers(refused):
            return _linked_no_more(refused.word)
        return _unsent(refused, NotSent("the token is refused"), charging=not without_link)

    async def _sent(
        self, charge: Charge, path: str, body: bytes, *, without_link: bool
    ) -> _Told | NotSent | Declined | Unknown:
        within = charge.leave_by - self.calls.wire.uptime()
        patience = self.clocks.ask_within if without_link else self.clocks.read_within
        try:
            token, link_id = await self._token(charge, within, without_link=without_link)
        except LinkInactive as ended:
            return _linked_no_more(str(ended.status))
        except Exception as none:  # noqa: BLE001 - whatever it was: nothing was sent with it
            return NotSent(_why_no_token(none))
        guard = Guard(charge.leave_by, charge.leave_by + patience)
        try:
            heard = await self.calls.post(
                charge.account, path, body, guard, token=token.access, patience=patience
            )
        except Exception as problem:  # noqa: BLE001 - whatever broke: the mark alone decides
            return Unknown(doubt(problem)) if guard.sent else NotSent(why(problem))
        return _Told(heard, token, link_id)

    async def _let_go(self, charge: Charge, told: _Told) -> bool:
        """Whether OVO takes none of the customer's tokens: then the link is broken from now on."""
        if told.link_id is None or not _is_the_customers(told.heard):
            return False
        await self.tokens.broken(charge.account, told.link_id)
        return True

    # -- what asks -------------------------------------------------------------------------------

    async def _ask(self, charge: Charge, read: Read) -> Outcome:
        until = self.calls.wire.uptime() + self.clocks.ask_within
        sent = False
        try:
            body = messages.status_body(charge, self.dialect.status_service)
            for sends in range(1, MOST_SENDS + 2):
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
                told = _Told(heard, token, link_id)
                if sends >= MOST_SENDS and not await self._let_go(charge, told):
                    break
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


def _is_the_customers(heard: Heard) -> bool:
    return heard.code is not None and heard.code.kind in CUSTOMER_REFUSED


def _unsent(
    refused: Heard | None, told: NotSent | Declined | Unknown, *, charging: bool
) -> Outcome:
    """What ended it, where what left before was refused its token: nothing was done by that.

    The refusal of a token ends a charge, which may be tried again, but no refund: its history tells
    that it was not made, and so it is made later.
    """
    if refused is None or isinstance(told, Unknown):
        return told
    if not charging:
        return Unknown(Doubt.WALLET_FAILURE, refused.word)
    if isinstance(told, Declined):
        return _linked_no_more(refused.word)
    reason = verdicts.reason(ReasonCode.WALLET_UNREACHABLE, refused.word, retryable=True)
    return Declined(refused.word, reason)


def _linked_no_more(code: str) -> Declined:
    return Declined(code, link_again(code), final=True)


def _why_no_token(problem: Exception) -> str:
    return str(problem) if isinstance(problem, TokenUnavailable) else why(problem)
