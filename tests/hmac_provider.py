"""A small provider's notifications, signed by HMAC: stands in for the real ones in tests."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, final

from adapters.outbound.offer import Offer
from application.forget_notices import TOLERANCE
from application.ports import Charge, Notice, NotificationReader
from domain.merchant import ProviderAccount
from domain.outcome import Accepted, Approved, Declined, Doubt, Outcome, Unknown
from domain.reason import TIMED_OUT

KEY = "app_key"
"""The credential that signs."""
STAMP, SIGNATURE = "x-timestamp", "x-signature"


@final
@dataclass(slots=True)
class HmacReader(NotificationReader):
    """Hex of HMAC-SHA-256 over `time.path.body`; the time in Unix seconds.

    `faults` are raised, one after the other, by what is read next.
    """

    faults: list[Exception] = field(default_factory=list)

    def names(self, notice: Notice) -> Sequence[str]:
        """The one reference it speaks of."""
        try:
            said = json.loads(notice.body)
        except ValueError:
            return ()
        name = said.get("reference") if isinstance(said, dict) else None
        return (name,) if isinstance(name, str) else ()

    def refusal(self, notice: Notice, account: ProviderAccount, at: datetime) -> str | None:
        """Why it is not the account's."""
        stamp = notice.headers.get(STAMP, "")
        if not (stamp.isascii() and stamp.isdigit()):
            return "it has no time stamp"
        expected = signature(account.credentials[KEY], int(stamp), notice.path, notice.body)
        if not hmac.compare_digest(expected, notice.headers.get(SIGNATURE, "")):
            return "the signature does not match"
        off = abs(at - datetime.fromtimestamp(int(stamp), UTC))
        return "its time stamp is too far off" if off > TOLERANCE else None

    def read(self, notice: Notice, charge: Charge) -> Outcome:
        """What it says of the charge."""
        if self.faults:
            raise self.faults.pop(0)
        said = json.loads(notice.body)
        if said["amount"] != charge.amount.rupiah:
            return Unknown(Doubt.MISMATCH, str(said["status"]))
        match said["status"]:
            case "paid":
                return Approved("paid", evidence=f"hmac:{said['reference']}")
            case "expired":
                return Declined("expired", TIMED_OUT)
            case "pending":
                return Accepted("pending")
            case other:
                return Unknown(Doubt.UNHEARD_OF, str(other))

    def key(self, notice: Notice) -> str:
        """Reference, amount and status."""
        said = json.loads(notice.body)
        return f"{said['reference']}|{said['amount']}|{said['status']}"

    def reply(self, *, accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
        """Its own words."""
        said = b'{"code":"00"}' if accepted else b'{"code":"99"}'
        return 200 if accepted else 500, {"Content-Type": "application/json"}, said


def signature(key: str, unix_seconds: int, path: str, body: bytes) -> str:
    """What the provider writes beside its notification."""
    message = f"{unix_seconds}.{path}.".encode() + body
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def body_of(reference: str, amount: int, status: str = "paid", **more: Any) -> bytes:
    """What the provider says."""
    return json.dumps({"reference": reference, "amount": amount, "status": status, **more}).encode()


def headers_of(
    key: str, body: bytes, *, at: datetime, path: str = "/notifications/ovo"
) -> dict[str, str]:
    """The headers that make it genuine at that time."""
    stamp = int(at.timestamp())
    return {STAMP: str(stamp), SIGNATURE: signature(key, stamp, path, body)}


LONG_AGO = TOLERANCE + timedelta(seconds=2)


def told_by_ovo(offered: Mapping[str, Offer]) -> Mapping[str, NotificationReader]:
    """As if OVO itself sent such notifications, in the place of `bootstrap.offers.readers`."""
    return {"ovo": HmacReader()}
