"""What Midtrans tells by itself: whose it is, whether it is theirs, and what it says. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import final

from adapters.outbound.fields import Fields
from adapters.outbound.midtrans import messages
from adapters.outbound.midtrans.codes import Operation
from adapters.outbound.midtrans.credentials import MidtransCredentials
from adapters.outbound.midtrans.signature import is_signed, signature_key
from application.ports import Charge, Notice, NotificationReader
from domain.errors import InvalidValue
from domain.merchant import ProviderAccount
from domain.outcome import Outcome

_SIGNED = ("order_id", "status_code", "gross_amount")


@final
class MidtransNotifications(NotificationReader):
    """Reads the HTTP(S) notification of docs.midtrans.com; it has no time stamp to judge."""

    def names(self, notice: Notice) -> Sequence[str]:
        """The order id, as a charge's unique reference; () when there is none."""
        told = Fields.parse(notice.body)
        order = told.word("order_id") if told else None
        return (f"{messages.PROVIDER}:{order}",) if order else ()

    def refusal(self, notice: Notice, account: ProviderAccount, at: datetime) -> str | None:
        """None where its signature key is the one of the account's server key."""
        told = Fields.parse(notice.body)
        if told is None:
            return "the body is no JSON object"
        try:
            server_key = MidtransCredentials.parse(account.credentials).server_key
        except InvalidValue as wrong:
            return str(wrong)
        signed = {name: value for name in _SIGNED if isinstance(value := told.get(name), str)}
        signature = told.get("signature_key")
        if len(signed) < len(_SIGNED) or not isinstance(signature, str):
            return "a signed field is missing"
        expected = signature_key(
            order_id=signed["order_id"],
            status_code=signed["status_code"],
            gross_amount=signed["gross_amount"],
            server_key=server_key,
        )
        return None if is_signed(signature, expected) else "the signature key is not this account's"

    def read(self, notice: Notice, charge: Charge) -> Outcome:
        """What it says of that charge; only a paid one that matches in every field is Approved."""
        return messages.outcome(Operation.NOTIFICATION, charge, notice.body)

    def key(self, notice: Notice) -> str:
        """Order, transaction, status, amount, and what was refunded of it."""
        told = Fields.parse(notice.body) or Fields({})
        names = ("order_id", "transaction_id", "transaction_status", "status_code")
        amounts = ("gross_amount", "refund_amount", "refund_key")
        return ":".join(told.text(name) or "" for name in (*names, *amounts))

    def reply(self, *, accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
        """200 ends it; Midtrans repeats what was answered otherwise."""
        return (200, _PLAIN, b"OK") if accepted else (503, _PLAIN, b"later")


_PLAIN: Mapping[str, str] = {"Content-Type": "text/plain"}
