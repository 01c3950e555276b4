"""What the wallet does unless a push says otherwise: OVO's clocks, accidents and open questions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from types import MappingProxyType

from sandbox import codes
from sandbox.behaviour import BEHAVIOURS
from sandbox.durations import parse_duration, written_duration
from sandbox.phones import is_phone
from sandbox.signature import HmacMode

SCENARIO_PHONES = 10_000
_MOST_TIMES = 1_000


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time drawn evenly between two bounds."""

    least: timedelta = timedelta()
    most: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Scenario:
    """Every choice that a test may make. The defaults are OVO's published clocks.

    The window (55 s) and the wallet's limit (70 s) are published by OVO's aggregators; what is
    not published is a switch here, and its default is INFERRED.
    """

    behaviour: str = "wait"
    phones: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    magic_amounts: bool = True
    auto_approve: timedelta | None = None
    answer_after: Span = Span()
    latency: Span = Span()
    drop_rate: float = 0.0
    duplicate_rate: float = 0.0
    silence: bool = False
    window: timedelta = timedelta(seconds=55)
    wallet_limit: timedelta = timedelta(seconds=70)
    late_after: timedelta = timedelta(seconds=72)
    silence_bound: timedelta = timedelta(seconds=120)
    minimum_amount: int = 1
    hmac_mode: HmacMode = HmacMode.APP_RANDOM
    failure_http_status: int = 400
    duplicate_code: str = codes.DUPLICATE
    ended_check_code: str = codes.NOT_FOUND
    missing_checks: int = 0
    pending_checks: int = 0
    reversal_404s: int = 0
    reversal_of_unknown: str = codes.NOT_FOUND
    reversal_of_ended: str = codes.APPROVED
    void_again_code: str = codes.TRANSACTION_FAILED
    void_refused_code: str = codes.TRANSACTION_FAILED

    def __post_init__(self) -> None:
        if not self.window < self.wallet_limit < self.late_after < self.silence_bound:
            raise ScenarioError(
                {"window": "needs window < wallet_limit < late_after < silence_bound"}
            )


class ScenarioError(ValueError):
    """A scenario that cannot be: `problems` says for each key what is wrong with it."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{key}: {text}" for key, text in problems.items()))
        self.problems = problems


def changed(scenario: Scenario, change: object) -> Scenario:
    """The scenario with the given keys changed and the others kept. Raises ScenarioError."""
    if not isinstance(change, dict):
        raise ScenarioError({"": "a scenario is a JSON object"})
    problems: dict[str, str] = {}
    values: dict[str, object] = {}
    for key, value in change.items():
        reader = _READERS.get(key)
        if reader is None:
            problems[str(key)[:40]] = "unknown key"
            continue
        try:
            values[key] = reader(value)
        except ValueError as error:
            problems[key] = str(error)
    if problems:
        raise ScenarioError(problems)
    return replace(scenario, **values)  # type: ignore[arg-type]  # each reader returns its field


def shown(scenario: Scenario) -> dict[str, object]:
    """The scenario as the JSON object that `changed` reads."""
    return {f.name: _written(getattr(scenario, f.name)) for f in fields(scenario)}


def _written(value: object) -> object:
    if isinstance(value, timedelta):
        return written_duration(value)
    if isinstance(value, Span):
        return {"min": written_duration(value.least), "max": written_duration(value.most)}
    return dict(value) if isinstance(value, Mapping) else value


def _span(value: object) -> Span:
    if value is None:
        return Span()
    if not isinstance(value, dict):
        exact = parse_duration(value)
        return Span(exact, exact)
    if set(value) != {"min", "max"}:
        raise ValueError("a duration, or an object of min and max")
    span = Span(parse_duration(value["min"]), parse_duration(value["max"]))
    if span.least > span.most:
        raise ValueError("min is longer than max")
    return span


def _perhaps_duration(value: object) -> timedelta | None:
    return None if value is None else parse_duration(value)


def _rate(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError("a number between 0 and 1")
    return float(value)


def _whole(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"a whole number between {least} and {most}")
        return value

    return read


def _failure_status(value: object) -> int:
    return 200 if value == 200 else _whole(400, 599)(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")
    return value


def _one_of(*allowed: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError(f"one of {', '.join(allowed)}")
        return value

    return read


def _phones(value: object) -> Mapping[str, str]:
    if not isinstance(value, dict) or len(value) > SCENARIO_PHONES:
        raise ValueError(f"an object of at most {SCENARIO_PHONES} phones and their behaviours")
    if not all(is_phone(phone) for phone in value):
        raise ValueError("a phone is written 08...")
    return MappingProxyType({phone: _BEHAVIOUR(name) for phone, name in value.items()})


_BEHAVIOUR = _one_of(*BEHAVIOURS)

_READERS: dict[str, Callable[[object], object]] = {
    "behaviour": _BEHAVIOUR,
    "phones": _phones,
    "magic_amounts": _flag,
    "auto_approve": _perhaps_duration,
    "answer_after": _span,
    "latency": _span,
    "drop_rate": _rate,
    "duplicate_rate": _rate,
    "silence": _flag,
    "window": parse_duration,
    "wallet_limit": parse_duration,
    "late_after": parse_duration,
    "silence_bound": parse_duration,
    "minimum_amount": _whole(1, 1_000_000),
    "hmac_mode": lambda value: HmacMode(_one_of(*HmacMode)(value)),
    "failure_http_status": _failure_status,
    "duplicate_code": _one_of(codes.DUPLICATE, codes.TRANSACTION_FAILED),
    "ended_check_code": _one_of("25", "17", "26", "40", "68"),
    "missing_checks": _whole(0, _MOST_TIMES),
    "pending_checks": _whole(0, _MOST_TIMES),
    "reversal_404s": _whole(0, _MOST_TIMES),
    "reversal_of_unknown": _one_of("25", "404"),
    "reversal_of_ended": _one_of("00", "25", "404"),
    "void_again_code": _one_of("40", "00"),
    "void_refused_code": _one_of("40", "58"),
}
assert set(_READERS) == {f.name for f in fields(Scenario)}
