"""What DOKU tells by itself: whose it is, whether it is theirs, and what it says. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import final

from adapters.outbound.doku import messages
from adapters.outbound.doku.codes import Operation
from adapters.outbound.doku.credentials import DokuCredentials
from adapters.outbound.doku.signature import header_signature, is_signed, read_timestamp
from adapters.outbound.fields import Fields
from application.forget_notices import TOLERANCE
from application.ports import Charge, Notice, NotificationReader
from domain.errors import InvalidValue
from domain.merchant import ProviderAccount
from domain.outcome import Outcome

_HEADERS = ("client-id", "request-id", "request-timestamp", "signature")
_PLAIN: Mapping[str, str] = {"Content-Type": "text/plain"}


@final
class DokuNotifications(NotificationReader):
    """Reads the HTTP notification of developers.doku.com, signed by its headers over its bytes."""

    def names(self, notice: Notice) -> Sequence[str]:
        """The invoice, as a charge's unique reference; () when there is none."""
        told = Fields.parse(notice.body)
        invoice = told.inner("order").word("invoice_number") if told else None
        return (f"{messages.PROVIDER}:{invoice}",) if invoice else ()

    def refusal(self, notice: Notice, account: ProviderAccount, at: datetime) -> str | None:
        """None where the account's secret signed these bytes for this path within five minutes."""
        try:
            own = DokuCredentials.parse(account.credentials)
        except InvalidValue as wrong:
            return str(wrong)
        client, request_id, timestamp, signature = (notice.headers.get(n, "") for n in _HEADERS)
        if not (client and request_id and timestamp and signature):
            return "a signed header is missing"
        if client != own.client_id:
            return "the client id is not this account's"
        expected = header_signature(
            client_id=client,
            request_id=request_id,
            timestamp=timestamp,
            target=notice.path,
            secret_key=own.secret_key,
            body=notice.body,
        )
        if not is_signed(signature, expected):
            return "the signature is not this account's"
        told = read_timestamp(timestamp)
        if told is None or abs(at - told) > TOLERANCE:
            return "the time stamp is more than five minutes off"
        return None

    def read(self, notice: Notice, charge: Charge) -> Outcome:
        """What it says of that charge; only a paid one that matches in every field is Approved."""
        return messages.outcome(Operation.NOTIFICATION, charge, 200, notice.body)

    def key(self, notice: Notice) -> str:
        """Invoice, channel, status and amount: what it says, whichever request carried it."""
        told = Fields.parse(notice.body) or Fields({})
        order, transaction = told.inner("order"), told.inner("transaction")
        parts = (
            order.text("invoice_number"),
            told.inner("channel").text("id"),
            transaction.text("status"),
            order.text("amount"),
        )
        return ":".join(part or "" for part in parts)

    def reply(self, *, accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
        """A 2xx ends it (developers.doku.com, notification best practice)."""
        return (200, _PLAIN, b"OK") if accepted else (503, _PLAIN, b"later")
