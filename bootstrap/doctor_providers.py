"""What `lunas doctor` says of the providers beside OVO Push to Pay."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from adapters.inbound.cli.tools import Finding, Verdict
from application.ports import PaymentRepository
from bootstrap.offers import known
from domain.payment import Status

_AHEAD = timedelta(days=365)
"""Later than anything is due."""
_WAITING = (Status.PENDING, Status.AWAITING_CUSTOMER, Status.REQUIRES_RETRY)


def switched_off(
    on: tuple[str, ...], payments: PaymentRepository, now: datetime
) -> Iterator[Finding]:
    """Providers that are not switched on, though something is still to be done at them."""
    for name in known():
        if name not in on and _has_work(payments, name, now + _AHEAD):
            text = (
                f"payments of {name} are not settled, and LUNAS_PROVIDERS lacks it: nobody finds"
                " out what became of them"
            )
            fix = "switch it on until they are; stop its accounts to start no more"
            yield Finding("provider", Verdict.BAD, text, fix)


def _has_work(payments: PaymentRepository, name: str, until: datetime) -> bool:
    asked = payments.to_ask(name, until, 1)
    return bool(asked) or any(payments.due(name, status, until, 1) for status in _WAITING)
