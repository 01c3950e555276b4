"""The wire to Xendit: a charge at once, and its truth by our own reference."""

from typing import final
from urllib.parse import quote, urlencode

from adapters.outbound.exchange import Call, Exchange
from adapters.outbound.xendit import messages, refunds
from adapters.outbound.xendit.api import XenditApi
from adapters.outbound.xendit.codes import Operation
from adapters.outbound.xendit.credentials import XenditCredentials
from adapters.outbound.xendit.signature import authorization
from application.ports import Charge, PaymentGateway, RefundOrder
from domain.moment import AttemptClocks
from domain.outcome import Doubt, NotSent, Outcome, Unknown

REFUNDS = "/refunds"
_NOT_OFFERED = NotSent("this way of Xendit's offers no such thing")
_NEVER_MADE = Unknown(Doubt.UNHEARD_OF)
_NAMELESS = NotSent("Xendit's own id of the charge is not known")


@final
class XenditGateway(PaymentGateway):
    """A charge has the clocks' `read_within`, all else their `ask_within`.

    Our reference is the idempotency key too. What must be asked for by Xendit's own id, asks for
    that first where the answer to the charge was lost. A charge that its customer has not answered
    cannot be taken back.
    """

    def __init__(self, exchange: Exchange, clocks: AttemptClocks, api: XenditApi) -> None:
        self._exchange = exchange
        self._clocks = clocks
        self._api = api

    async def push(self, charge: Charge) -> Outcome:
        """One charge; Accepted once Xendit has shown it to the customer."""
        api = self._api
        return await self._exchange.act(
            charge,
            lambda: self._posted(
                charge, api.charges, messages.charge_body(api, charge), messages.reference(charge)
            ),
            lambda _, body: messages.outcome(api, Operation.CHARGE, charge, body),
            self._clocks.read_within,
        )

    async def check(self, charge: Charge) -> Outcome:
        """Ask by Xendit's id where it told one, else by our reference."""
        if name := messages.handle_of(self._api, charge):
            return await self._asked(Operation.STATUS, charge, name)
        query = urlencode({"reference_id": messages.reference(charge)})
        return await self._exchange.ask(
            charge,
            lambda: _call(charge, f"{self._api.charges}?{query}"),
            lambda _, body: messages.listed_outcome(self._api, charge, body),
        )

    async def void(self, charge: Charge) -> Outcome:
        """Give the whole charge back, on its day before 23:50 WIB (docs.xendit.co)."""
        if self._api.refunds:
            return _NOT_OFFERED
        if (name := await self._name_of(charge)) is None:
            return _NAMELESS
        path = f"{self._path(name)}/void"
        return await self._exchange.act(
            charge,
            lambda: self._posted(charge, path, messages.VOID_BODY, f"{name}-void"),
            lambda _, body: messages.outcome(self._api, Operation.VOID, charge, body),
            self._clocks.ask_within,
        )

    async def check_void(self, charge: Charge) -> Outcome:
        """Ask the charge what became of its void."""
        if self._api.refunds:
            return _NEVER_MADE
        if (name := await self._name_of(charge)) is None:
            return Unknown(Doubt.SILENCE)
        return await self._asked(Operation.VOID_CHECK, charge, name)

    async def refund(self, charge: Charge, refund: RefundOrder) -> Outcome:
        """One refund by its own reference, whole or partial (14 days, by docs.xendit.co, OVO)."""
        if not self._api.refunds:
            return _NOT_OFFERED
        if (name := await self._name_of(charge)) is None:
            return _NAMELESS
        return await self._exchange.act(
            charge,
            lambda: self._posted(
                charge, REFUNDS, refunds.refund_body(name, refund), refund.refund_id
            ),
            lambda _, body: refunds.refund_outcome(charge, refund, body),
            self._clocks.ask_within,
        )

    async def check_refund(self, charge: Charge, refund: RefundOrder) -> Outcome:
        """Ask for the refunds of the payment request."""
        if not self._api.refunds:
            return _NEVER_MADE
        if (name := await self._name_of(charge)) is None:
            return Unknown(Doubt.SILENCE)
        query = urlencode({refunds.HANDLE: name})
        return await self._exchange.ask(
            charge,
            lambda: _call(charge, f"{REFUNDS}?{query}"),
            lambda _, body: refunds.refund_check_outcome(charge, refund, body),
        )

    def shut(self) -> None:
        """Let nothing unsent leave any more; on the loop's own thread."""
        self._exchange.shut()

    async def aclose(self) -> None:
        """Close the wire."""
        await self._exchange.aclose()

    async def _asked(self, operation: Operation, charge: Charge, name: str) -> Outcome:
        return await self._exchange.ask(
            charge,
            lambda: _call(charge, self._path(name)),
            lambda _, body: messages.outcome(self._api, operation, charge, body),
        )

    async def _name_of(self, charge: Charge) -> str | None:
        known = messages.handle_of(self._api, charge)
        return known or messages.handle_of(self._api, charge, await self.check(charge))

    def _path(self, name: str) -> str:
        return f"{self._api.charges}/{quote(name, safe='')}"

    def _posted(self, charge: Charge, path: str, body: bytes, key: str) -> Call:
        return _call(charge, path, body, *((name, key) for name in self._api.keys))


def _call(charge: Charge, path: str, body: bytes = b"", *more: tuple[str, str]) -> Call:
    account = charge.account
    secret = XenditCredentials.parse(account.credentials).key_for(livemode=account.livemode)
    return Call(path, (("Authorization", authorization(secret)), *more), body)
