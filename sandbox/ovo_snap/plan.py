"""What a test may choose about OVO's linked accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from types import MappingProxyType

from sandbox import readers as read
from sandbox.acquirer.accidents import reader_of
from sandbox.acquirer.plan import Plan
from sandbox.snap.plan import SNAP_READERS, SnapPlan

B2B_TOKEN = "b2b_token"  # noqa: S105 # the name of an operation
CUSTOMER_TOKEN = "customer_token"  # noqa: S105 # the name of an operation
BIND = "bind"
UNBIND = "unbind"
BALANCE = "balance"
CHARGE = "charge"
STATUS = "status"
REFUND = "refund"

# OVO's page, SNAP Open API 1.0.7. The newer v3.0 of a third-party note is taken too.
PATHS: Mapping[str, str] = {
    path.replace("{v}", version): operation
    for path, operation in {
        "/OVOSNAP/{v}/access-token/b2b": B2B_TOKEN,
        "/OVOSNAP/{v}/access-token/b2b2c": CUSTOMER_TOKEN,
        "/OVOSNAP/{v}/oauth/account/registration-account-binding": BIND,
        "/OVOSNAP/{v}/oauth/account/registration-account-unbinding": UNBIND,
        "/OVOSNAP/{v}/registration-account-binding": BIND,
        "/OVOSNAP/{v}/registration-account-unbinding": UNBIND,
        "/OVOSNAP/{v}/balance-inquiry": BALANCE,
        "/OVOSNAP/{v}/debit/payment-host-to-host": CHARGE,
        "/OVOSNAP/{v}/debit/status": STATUS,
        "/OVOSNAP/{v}/debit/refund": REFUND,
    }.items()
    for version in ("v1.0", "v2.0", "v3.0")
}


@dataclass(frozen=True, slots=True)
class LinkedPlan(SnapPlan):
    """The choices about linked accounts. That a payment page lives five minutes is invented."""

    window: timedelta = timedelta(minutes=5)
    customer_token_life: timedelta = timedelta(days=15)
    b2b2c_names: str = "standard"
    rotates_refresh_token: bool = False
    needs_linkage_token: bool = True
    auth_code_life: timedelta = timedelta(minutes=10)
    balance: int = 20_000_000
    expired_as: str = "05"
    status_service_code: str = "54"
    status_token: str = "customer"  # noqa: S105 # a choice
    refund_again: str = "replay"
    refund_within: timedelta = timedelta(days=60)


LinkedPlan.readers = MappingProxyType(
    {
        **SNAP_READERS,
        "answers": reader_of(*dict.fromkeys(PATHS.values())),
        "customer_token_life": read.parse_duration,
        "b2b2c_names": read.one_of("standard", "ovo"),
        "rotates_refresh_token": read.flag,
        "needs_linkage_token": read.flag,
        "auth_code_life": read.parse_duration,
        "balance": read.whole(0, 999_999_999_999),
        "expired_as": read.one_of("05", "06", "07"),
        "status_service_code": read.one_of("54", "55", "either"),
        "status_token": read.one_of("customer", "either"),
        "refund_again": read.one_of("replay", "inconsistent"),
        "refund_within": read.parse_duration,
    }
)
assert set(LinkedPlan.readers) - {"answers"} == {f.name for f in fields(LinkedPlan)} - {
    f.name for f in fields(Plan)
}
