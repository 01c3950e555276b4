"""The wire to DOKU's OVO push payment: held until OVO has answered, then asked by our invoice."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import final

from adapters.outbound.doku import messages
from adapters.outbound.doku.codes import Operation
from adapters.outbound.doku.credentials import DokuCredentials
from adapters.outbound.doku.signature import header_signature, request_timestamp
from adapters.outbound.exchange import Call, Exchange
from application.ports import Charge, PaymentGateway
from domain.moment import AttemptClocks
from domain.outcome import Doubt, Outcome, Unknown

PAYMENT, VOID = "/ovo-emoney/v1/payment", "/ovo-emoney/v1/cancel"
STATUS_AFTER = timedelta(seconds=60)
"""Before that DOKU's status is not to be asked for (developers.doku.com, check status API)."""

TIMEOUT_STANDS_AFTER = timedelta(minutes=15)
"""From the claim until a TIMEOUT that is still told is DOKU's last word; inferred."""


@final
class DokuGateway(PaymentGateway):
    """Payments and voids are signed by their check sum, questions by their headers.

    `clock` is the process's corrected clock (aware); `new_request_id` gives text that is never the
    same again. A push whose answer never came cannot be taken back: DOKU cancels paid ones only.
    """

    def __init__(
        self,
        exchange: Exchange,
        *,
        clock: Callable[[], datetime],
        new_request_id: Callable[[], str],
        clocks: AttemptClocks,
        status_after: timedelta = STATUS_AFTER,
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._new_request_id = new_request_id
        self._clocks = clocks
        self._status_after = status_after

    async def push(self, charge: Charge) -> Outcome:
        """One payment, held for up to OVO's 70 seconds; only SUCCESS settles it."""
        return await self._act(Operation.PAYMENT, charge, PAYMENT, self._clocks.read_within)

    async def void(self, charge: Charge) -> Outcome:
        """One void of a paid push, sent by the decision's `leave_by` or NotSent."""
        return await self._act(Operation.VOID, charge, VOID, self._clocks.ask_within)

    async def check(self, charge: Charge) -> Outcome:
        """Ask by our invoice; before DOKU knows the truth it is not asked, and PENDING."""
        late = self._clock() >= charge.claimed_at + TIMEOUT_STANDS_AFTER
        return await self._ask(Operation.LATE_STATUS if late else Operation.STATUS, charge)

    async def check_void(self, charge: Charge) -> Outcome:
        """Ask by our invoice whether the charge was given back."""
        return await self._ask(Operation.VOID_CHECK, charge)

    def shut(self) -> None:
        """Let nothing unsent leave any more; on the loop's own thread."""
        self._exchange.shut()

    async def aclose(self) -> None:
        """Close the wire."""
        await self._exchange.aclose()

    async def _act(
        self, operation: Operation, charge: Charge, path: str, patience: timedelta
    ) -> Outcome:
        return await self._exchange.act(
            charge,
            lambda: Call(path, (), messages.payment_body(charge)),
            lambda status, body: messages.outcome(operation, charge, status, body),
            patience,
        )

    async def _ask(self, operation: Operation, charge: Charge) -> Outcome:
        if self._clock() < charge.claimed_at + self._status_after:
            return Unknown(Doubt.PENDING)
        return await self._exchange.ask(
            charge,
            lambda: self._status(charge),
            lambda status, body: messages.outcome(operation, charge, status, body),
        )

    def _status(self, charge: Charge) -> Call:
        own = DokuCredentials.parse(charge.account.credentials)
        path = f"/orders/v1/status/{messages.invoice(charge)}"
        request_id, timestamp = self._new_request_id(), request_timestamp(self._clock())
        signed = header_signature(
            client_id=own.client_id,
            request_id=request_id,
            timestamp=timestamp,
            target=path,
            secret_key=own.secret_key,
        )
        headers = (
            ("Client-Id", own.client_id),
            ("Request-Id", request_id),
            ("Request-Timestamp", timestamp),
            ("Signature", signed),
        )
        return Call(path, headers)
