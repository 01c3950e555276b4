"""What one provider and its customers do unless a charge says otherwise."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from types import MappingProxyType
from typing import ClassVar, TypeVar
from urllib.parse import urlsplit

from sandbox import readers as read
from sandbox.acquirer.accidents import NO_ACCIDENTS, Accidents, written_accidents
from sandbox.acquirer.conduct import CONDUCTS
from sandbox.phones import is_phone
from sandbox.readers import SCENARIO_PHONES, Span
from sandbox.scenario import ScenarioError

FORGERIES = ("wrong_key", "changed_byte", "wrong_amount", "other_merchant")
_MOST_TIMES = 1_000
_LONGEST_URL = 512
_HOST_AND_PORT = re.compile(r"[A-Za-z0-9._:\[\]-]+", re.ASCII)  # fit for a page's policy
_NO_TIME = Span()
Reader = Callable[[object], object]
APlan = TypeVar("APlan", bound="Plan")


@dataclass(frozen=True, slots=True)
class Plan:
    """Every choice that a test may make about one provider. Providers add their own."""

    readers: ClassVar[Mapping[str, Reader]] = {}

    customer: str = "wait"
    customer_after: Span = _NO_TIME
    phones: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    magic: bool = True
    window: timedelta = timedelta(seconds=55)
    late_by: timedelta = timedelta(seconds=5)
    minimum_amount: int = 1
    answers: Accidents = field(default_factory=lambda: NO_ACCIDENTS)
    answer_late_after: timedelta = timedelta(seconds=80)
    silence_bound: timedelta = timedelta(seconds=120)
    status_lag: timedelta = timedelta()
    missing_checks: int = 0
    pending_checks: int = 0
    refunds: str = "accept"
    refund_after: timedelta = timedelta(seconds=5)
    notify_url: str | None = None
    notifications: str = "normal"
    notified_after: Span = _NO_TIME
    forgeries: tuple[str, ...] = ()
    notification_tries: int = 3
    notification_every: timedelta = timedelta(seconds=5)


def changed(plan: APlan, change: object) -> APlan:
    """The plan with the given keys changed and the others kept. Raises ScenarioError."""
    if not isinstance(change, dict):
        raise ScenarioError({"": "a scenario is a JSON object"})
    readers = {**_READERS, **plan.readers}
    problems: dict[str, str] = {}
    values: dict[str, object] = {}
    for key, value in change.items():
        reader = readers.get(key)
        if reader is None:
            problems[str(key)[:40]] = "unknown key"
            continue
        try:
            values[key] = reader(value)
        except ValueError as error:
            problems[key] = str(error)
    if problems:
        raise ScenarioError(problems)
    return replace(plan, **values)  # type: ignore[arg-type]  # each reader returns its field


def shown(plan: Plan) -> dict[str, object]:
    """The plan as the JSON object that `changed` reads."""
    plain = {f.name: read.written(getattr(plan, f.name)) for f in fields(plan)}
    return plain | {"answers": written_accidents(plan.answers)}


conduct = read.one_of(*CONDUCTS)


def _phones(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict) or len(value) > SCENARIO_PHONES:
        raise ValueError(f"an object of at most {SCENARIO_PHONES} phones and what they do")
    if not all(is_phone(phone) for phone in value):
        raise ValueError("a phone is written 08...")
    return MappingProxyType({phone: conduct(name) for phone, name in value.items()})


def is_url(value: object) -> bool:
    """Whether the value is an absolute http or https address."""
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_URL or not value.isascii():
        return False
    if not value.isprintable():
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    plain = _HOST_AND_PORT.fullmatch(parts.netloc) is not None
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and plain


def _perhaps_url(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not is_url(value):
        raise ValueError("an http or https address, or null")
    return value


_READERS: Mapping[str, Reader] = {
    "customer": conduct,
    "customer_after": read.span,
    "phones": _phones,
    "magic": read.flag,
    "window": read.parse_duration,
    "late_by": read.parse_duration,
    "minimum_amount": read.whole(1, 1_000_000),
    "answer_late_after": read.parse_duration,
    "silence_bound": read.parse_duration,
    "status_lag": read.parse_duration,
    "missing_checks": read.whole(0, _MOST_TIMES),
    "pending_checks": read.whole(0, _MOST_TIMES),
    "refunds": read.one_of("accept", "pending", "refuse"),
    "refund_after": read.parse_duration,
    "notify_url": _perhaps_url,
    "notifications": read.one_of("normal", "twice", "out_of_order", "never"),
    "notified_after": read.span,
    "forgeries": read.some_of(*FORGERIES),
    "notification_tries": read.whole(1, 20),
    "notification_every": read.parse_duration,
}
# `answers` is read by each provider's own reader, which knows its operations.
assert set(_READERS) | {"answers"} == {f.name for f in fields(Plan)}
