"""The wire to Xendit's Payments API: a charge at once, and its truth by our own reference."""

from typing import final
from urllib.parse import quote, urlencode

from adapters.outbound.exchange import Call, Exchange
from adapters.outbound.xendit import messages
from adapters.outbound.xendit.codes import Operation
from adapters.outbound.xendit.credentials import XenditCredentials
from adapters.outbound.xendit.signature import authorization
from application.ports import Charge, PaymentGateway, RefundOrder
from domain.moment import AttemptClocks
from domain.outcome import Doubt, NotSent, Outcome, Unknown

CHARGES, REFUNDS = "/payment_requests", "/refunds"
IDEMPOTENCY = "Idempotency-Key"
"""xendit-node@c5494c3: `idempotency-key` on both."""
_NAMELESS = "Xendit's own id of the charge is not known"


@final
class XenditGateway(PaymentGateway):
    """A charge has the clocks' `read_within`, all else their `ask_within`.

    Our reference is the idempotency key too. What Xendit has no way to: take back a charge that
    its customer has not answered yet.
    """

    def __init__(self, exchange: Exchange, clocks: AttemptClocks) -> None:
        self._exchange = exchange
        self._clocks = clocks

    async def push(self, charge: Charge) -> Outcome:
        """One payment request; Accepted once Xendit has shown it to the customer."""
        return await self._exchange.act(
            charge,
            lambda: _call(
                charge, CHARGES, messages.charge_body(charge), messages.reference(charge)
            ),
            lambda _, body: messages.outcome(Operation.CHARGE, charge, body),
            self._clocks.read_within,
        )

    async def check(self, charge: Charge) -> Outcome:
        """Ask by Xendit's id where it told one, else by our reference."""
        if name := messages.handle_of(charge):
            return await self._exchange.ask(
                charge,
                lambda: _call(charge, f"{CHARGES}/{quote(name, safe='')}"),
                lambda _, body: messages.outcome(Operation.STATUS, charge, body),
            )
        query = urlencode({"reference_id": messages.reference(charge)})
        return await self._exchange.ask(
            charge,
            lambda: _call(charge, f"{CHARGES}?{query}"),
            lambda _, body: messages.listed_outcome(charge, body),
        )

    async def refund(self, charge: Charge, refund: RefundOrder) -> Outcome:
        """One refund by its own reference, whole or partial (14 days, by docs.xendit.co, OVO).

        Where the answer to the charge was lost, its id is asked for first; unknown, nothing leaves.
        """
        name = await self._name_of(charge)
        if name is None:
            return NotSent(_NAMELESS)
        return await self._exchange.act(
            charge,
            lambda: _call(charge, REFUNDS, messages.refund_body(name, refund), refund.refund_id),
            lambda _, body: messages.refund_outcome(charge, refund, body),
            self._clocks.ask_within,
        )

    async def check_refund(self, charge: Charge, refund: RefundOrder) -> Outcome:
        """Ask for the refunds of the payment request."""
        name = await self._name_of(charge)
        if name is None:
            return Unknown(Doubt.SILENCE)
        query = urlencode({messages.HANDLE: name})
        return await self._exchange.ask(
            charge,
            lambda: _call(charge, f"{REFUNDS}?{query}"),
            lambda _, body: messages.refund_check_outcome(charge, refund, body),
        )

    def shut(self) -> None:
        """Let nothing unsent leave any more; on the loop's own thread."""
        self._exchange.shut()

    async def aclose(self) -> None:
        """Close the wire."""
        await self._exchange.aclose()

    async def _name_of(self, charge: Charge) -> str | None:
        known = messages.handle_of(charge)
        return known or messages.handle_of(charge, await self.check(charge))


def _call(charge: Charge, path: str, body: bytes = b"", key: str | None = None) -> Call:
    account = charge.account
    secret = XenditCredentials.parse(account.credentials).key_for(livemode=account.livemode)
    headers = [("Authorization", authorization(secret))]
    if key is not None:
        headers.append((IDEMPOTENCY, key))
    return Call(path, headers, body)
