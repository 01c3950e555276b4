"""The wire to Midtrans's Core API: a charge at once, and its truth by our own order id."""

from typing import final

from adapters.outbound.exchange import Call, Exchange
from adapters.outbound.midtrans import messages
from adapters.outbound.midtrans.codes import Operation
from adapters.outbound.midtrans.credentials import MidtransCredentials
from adapters.outbound.midtrans.signature import authorization
from application.ports import Charge, PaymentGateway, RefundOrder
from domain.moment import AttemptClocks
from domain.outcome import Outcome


@final
class MidtransGateway(PaymentGateway):
    """A charge has the clocks' `read_within`, all else their `ask_within`.

    Neither a cancel of a pending OVO charge (not in Midtrans's list of those that have one) nor a
    void is offered.
    """

    def __init__(self, exchange: Exchange, clocks: AttemptClocks) -> None:
        self._exchange = exchange
        self._clocks = clocks

    async def push(self, charge: Charge) -> Outcome:
        """One charge; Accepted once Midtrans has shown it to the customer."""
        return await self._exchange.act(
            charge,
            lambda: _call(charge, "/v2/charge", messages.charge_body(charge)),
            lambda _, body: messages.outcome(Operation.CHARGE, charge, body),
            self._clocks.read_within,
        )

    async def check(self, charge: Charge) -> Outcome:
        """Ask by our order id, whether or not Midtrans ever told its own."""
        return await self._exchange.ask(
            charge,
            lambda: _call(charge, _path(charge, "status")),
            lambda _, body: messages.outcome(Operation.STATUS, charge, body),
        )

    async def refund(self, charge: Charge, refund: RefundOrder) -> Outcome:
        """One refund by its key, whole or partial (7 days, by docs.midtrans.com)."""
        return await self._exchange.act(
            charge,
            lambda: _call(charge, _path(charge, "refund"), messages.refund_body(refund)),
            lambda _, body: messages.refund_outcome(charge, refund, body),
            self._clocks.ask_within,
        )

    async def check_refund(self, charge: Charge, refund: RefundOrder) -> Outcome:
        """Ask for the refunds that Midtrans lists with the charge."""
        return await self._exchange.ask(
            charge,
            lambda: _call(charge, _path(charge, "status")),
            lambda _, body: messages.refund_check_outcome(charge, refund, body),
        )

    def shut(self) -> None:
        """Let nothing unsent leave any more; on the loop's own thread."""
        self._exchange.shut()

    async def aclose(self) -> None:
        """Close the wire."""
        await self._exchange.aclose()


def _path(charge: Charge, what: str) -> str:
    return f"/v2/{messages.order_id(charge)}/{what}"


def _call(charge: Charge, path: str, body: bytes = b"") -> Call:
    key = MidtransCredentials.parse(charge.account.credentials).server_key
    return Call(path, (("Authorization", authorization(key)),), body)
