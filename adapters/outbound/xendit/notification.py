"""What Xendit tells by itself: whose it is, whether it is theirs, and what it says. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import final

from adapters.outbound.fields import Fields
from adapters.outbound.xendit import messages
from adapters.outbound.xendit.api import api_of
from adapters.outbound.xendit.codes import Operation
from adapters.outbound.xendit.credentials import XenditCredentials
from adapters.outbound.xendit.signature import is_token
from application.ports import Charge, Notice, NotificationReader
from domain.errors import InvalidValue
from domain.merchant import ProviderAccount
from domain.outcome import Declined, Doubt, Outcome, Unknown

_PLAIN: Mapping[str, str] = {"Content-Type": "text/plain"}


@final
class XenditWebhooks(NotificationReader):
    """Reads the webhooks of charges, of either API.

    A static token vouches for them, and nothing signs their bodies: each is a hint, of which only a
    success that matches in every field counts by itself.
    """

    def names(self, notice: Notice) -> Sequence[str]:
        """The payment's reference, as a charge's unique one; () for anything but a payment."""
        told = Fields.parse(notice.body)
        if told is None or api_of(told.word("event")) is None:
            return ()
        reference = told.inner("data").word("reference_id")
        return (f"{messages.PROVIDER}:{reference}",) if reference else ()

    def refusal(self, notice: Notice, account: ProviderAccount, at: datetime) -> str | None:
        """None where its token is the account's; there is no time stamp to judge."""
        try:
            token = XenditCredentials.parse(account.credentials).callback_token
        except InvalidValue as wrong:
            return str(wrong)
        told = notice.headers.get("x-callback-token", "")
        return None if is_token(told, token) else "the callback token is not this account's"

    def read(self, notice: Notice, charge: Charge) -> Outcome:
        """What it says of that charge; its failure is heard by asking, never by itself."""
        told = Fields.parse(notice.body)
        if told is None:
            return Unknown(Doubt.GARBAGE)
        api = api_of(told.word("event"))
        if api is None:
            return Unknown(Doubt.UNHEARD_OF)
        said = messages.said(api, Operation.NOTIFICATION, charge, told.inner("data"))
        # Nothing signs the body: whoever has the token could make us believe that no money moved.
        return Unknown(Doubt.PENDING, said.code) if isinstance(said, Declined) else said

    def key(self, notice: Notice) -> str:
        """Event, payment, status and amount; Xendit repeats a webhook under the same `webhook-id`,
        which is a header that nobody vouches for."""
        told = Fields.parse(notice.body) or Fields({})
        payment = told.inner("data")
        names = ("id", "reference_id", "status", "amount", "charge_amount", "failure_code")
        return ":".join([told.text("event") or "", *(payment.text(name) or "" for name in names)])

    def reply(self, *, accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
        """A 2xx within 30 seconds ends it; else it is repeated up to six times (docs.xendit.co)."""
        return (200, _PLAIN, b"OK") if accepted else (503, _PLAIN, b"later")
