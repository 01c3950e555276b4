"""What the wallet does unless a push says otherwise: OVO's clocks, accidents and open questions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from types import MappingProxyType

from sandbox import codes
from sandbox import readers as read
from sandbox.fields import ANSWER_FIELDS, LIES, TYPES
from sandbox.outage import Outage, read_outage, written_outage
from sandbox.readers import Span
from sandbox.scripted import Script, read_script, written_script
from sandbox.signature import HmacMode

FAULTS = ("missing_line", "duplicated_line", "wrong_amount", "unknown_line")
_MOST_TIMES = 1_000
_NO_TIME = Span()


@dataclass(frozen=True, slots=True)
class Scenario:
    """Every choice that a test may make. The defaults are OVO's published clocks.

    The window (55 s) and the wallet's limit (70 s) are published by OVO's aggregators; what is
    not published is a switch here, and its default is INFERRED.
    """

    behaviour: str = "wait"
    phones: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    magic_amounts: bool = True
    answers: Script = field(default_factory=lambda: MappingProxyType({}))
    auto_approve: timedelta | None = None
    answer_after: Span = _NO_TIME
    latency: Span = _NO_TIME
    drop_rate: float = 0.0
    duplicate_rate: float = 0.0
    silence: bool = False
    outage: Outage | None = None
    delivered_after: Span = _NO_TIME
    window: timedelta = timedelta(seconds=55)
    wallet_limit: timedelta = timedelta(seconds=70)
    late_after: timedelta = timedelta(seconds=72)
    silence_bound: timedelta = timedelta(seconds=120)
    minimum_amount: int = 1
    hmac_mode: HmacMode = HmacMode.APP_RANDOM
    random_within: timedelta | None = None
    auth_code: str = codes.NOT_AUTHENTIC
    auth_http_status: int | None = None
    phone_form: str = "08"
    malformed_code: str = codes.MALFORMED
    failure_http_status: int = 400
    duplicate_code: str = codes.DUPLICATE
    ended_answer: str = "404"
    ended_check_code: str = codes.NOT_FOUND
    waiting_check_code: str = codes.PENDING
    missing_checks: int = 0
    pending_checks: int = 0
    status_lag: timedelta = timedelta()
    reversal_404s: int = 0
    reversal_of_unknown: str = codes.NOT_FOUND
    remembers_early_reversals: bool = False
    reversal_of_ended: str = codes.APPROVED
    reversal_of_paid: str = codes.APPROVED
    reversal_again_code: str = codes.APPROVED
    void_again_code: str = codes.TRANSACTION_FAILED
    void_refused_code: str = codes.TRANSACTION_FAILED
    inquiry_tells_name: bool = False
    answer_omits: tuple[str, ...] = ()
    answer_nulls: tuple[str, ...] = ()
    answer_types: tuple[str, ...] = ()
    failure_receipt: str = "absent"
    lies: tuple[str, ...] = ()
    host_skew: timedelta = timedelta()
    settlement_faults: tuple[str, ...] = ()

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
    plain = {f.name: _shown(getattr(scenario, f.name)) for f in fields(scenario)}
    return plain | {"answers": written_script(scenario.answers)}


def _shown(value: object) -> object:
    return written_outage(value) if isinstance(value, Outage) else read.written(value)


_READERS: dict[str, Callable[[object], object]] = {
    "behaviour": read.behaviour,
    "phones": read.phones,
    "magic_amounts": read.flag,
    "answers": read_script,
    "auto_approve": read.perhaps_duration,
    "answer_after": read.span,
    "latency": read.span,
    "drop_rate": read.rate,
    "duplicate_rate": read.rate,
    "silence": read.flag,
    "outage": read_outage,
    "delivered_after": read.span,
    "window": read.parse_duration,
    "wallet_limit": read.parse_duration,
    "late_after": read.parse_duration,
    "silence_bound": read.parse_duration,
    "minimum_amount": read.whole(1, 1_000_000),
    "hmac_mode": lambda value: HmacMode(read.one_of(*HmacMode)(value)),
    "random_within": read.perhaps_duration,
    "auth_code": read.one_of(codes.NOT_AUTHENTIC, codes.SYSTEM_FAILURE),
    "auth_http_status": read.perhaps_failure_status,
    "phone_form": read.one_of("08", "any"),
    "malformed_code": read.one_of(codes.MALFORMED, codes.FORMAT_ERROR),
    "failure_http_status": read.failure_status,
    "duplicate_code": read.one_of(codes.DUPLICATE, codes.TRANSACTION_FAILED),
    "ended_answer": read.one_of("404", "68", "26", "silence"),
    "ended_check_code": read.one_of("25", "17", "26", "40", "68"),
    "waiting_check_code": read.one_of(codes.PENDING, codes.NOT_FOUND),
    "missing_checks": read.whole(0, _MOST_TIMES),
    "pending_checks": read.whole(0, _MOST_TIMES),
    "status_lag": read.parse_duration,
    "reversal_404s": read.whole(0, _MOST_TIMES),
    "reversal_of_unknown": read.one_of("25", "404", "00"),
    "remembers_early_reversals": read.flag,
    "reversal_of_ended": read.one_of("00", "25", "404"),
    "reversal_of_paid": read.one_of("00", "40"),
    "reversal_again_code": read.one_of("00", "73"),
    "void_again_code": read.one_of("40", "00"),
    "void_refused_code": read.one_of("40", "58"),
    "inquiry_tells_name": read.flag,
    "answer_omits": read.some_of(*ANSWER_FIELDS),
    "answer_nulls": read.some_of(*ANSWER_FIELDS),
    "answer_types": read.some_of(*TYPES),
    "failure_receipt": read.one_of("absent", "null", "empty"),
    "lies": read.some_of(*LIES),
    "host_skew": read.signed_duration,
    "settlement_faults": read.some_of(*FAULTS),
}
assert set(_READERS) == {f.name for f in fields(Scenario)}
