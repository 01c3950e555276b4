"""What `datetime` is in a compiled simulation: moments and spans as counts of microseconds.

A world compares and adds times some thousands of times for each payment. Here that is one addition
of two integers; what is seldom asked for is asked of the module that this one stands in for. Only
what a world uses is here, and each of it answers as the original does.
"""
# ruff: noqa: DTZ001, N801, PLR0917  the original's names and arguments; without a zone on purpose

import datetime as original
from datetime import date, time
from typing import ClassVar, Final, final, overload

from mypy_extensions import i64, mypyc_attr

_NOT_GIVEN: Final[i64] = -(1 << 62)
_SECOND: Final[i64] = 1_000_000
_MINUTE: Final[i64] = 60_000_000
_HOUR: Final[i64] = 3_600_000_000
_DAY: Final[i64] = 86_400_000_000
_EXACTLY: Final[i64] = -1
"""In the place of a year: the microseconds are given."""
_EPOCH: Final = original.datetime(1970, 1, 1)
_FIRST_DAY: Final = _EPOCH.toordinal()
_TICK: Final = original.timedelta(microseconds=1)
_TWO: Final = [f"{number:02}" for number in range(100)]
_THREE: Final = [f"{number:03}" for number in range(1_000)]
_DATES: Final[dict[int, str]] = {}
"""Days since the epoch as they are written; at most _MOST_DATES."""
_DAYS: Final[dict[str, int]] = {}
"""The same the other way round, of dates that were read; at most as many."""
_MOST_DATES: Final = 4_000
_NUMBERS: Final = {written: number for number, written in enumerate(_TWO[:60])}
_THOUSANDTHS: Final = {written: number * 1_000 for number, written in enumerate(_THREE)}
_WRITTEN: Final = len("2026-11-27 09:00:00.000")


@final
@mypyc_attr(acyclic=True)
class timedelta:
    """A span. `us` are its microseconds."""

    def __init__(
        self,
        days: float = 0.0,
        seconds: float = 0.0,
        microseconds: float = 0.0,
        milliseconds: float = 0.0,
        minutes: float = 0.0,
        hours: float = 0.0,
        exactly: i64 = _NOT_GIVEN,
    ) -> None:
        if exactly != _NOT_GIVEN:
            self.us: i64 = exactly
            return
        whole = int(seconds)
        part = (seconds - whole) * 1e6
        us: i64 = i64(whole) * _SECOND + i64(int(part))
        rest = part - int(part)
        if days != 0.0 or hours != 0.0 or minutes != 0.0 or milliseconds != 0.0:
            for value, unit in (
                (milliseconds, 1_000),
                (minutes, 60_000_000),
                (hours, 3_600_000_000),
                (days, 86_400_000_000),
            ):
                whole = int(value)
                part = (value - whole) * unit
                us += i64(whole) * i64(unit) + i64(int(part))
                rest += part - int(part)
        if microseconds != 0.0:
            us += i64(int(microseconds))
            rest += microseconds - int(microseconds)
        self.us = us if rest == 0.0 else us + _rounded(rest, us & 1)

    def __add__(self, other: "timedelta") -> "timedelta":
        return timedelta(exactly=self.us + other.us)

    def __sub__(self, other: "timedelta") -> "timedelta":
        return timedelta(exactly=self.us - other.us)

    def __neg__(self) -> "timedelta":
        return timedelta(exactly=-self.us)

    def __abs__(self) -> "timedelta":
        return self if self.us >= 0 else timedelta(exactly=-self.us)

    def __mul__(self, times: float) -> "timedelta":
        whole = int(times)
        if whole == times:
            return timedelta(exactly=self.us * i64(whole))
        above, below = times.as_integer_ratio()
        us, rest = divmod(int(self.us) * above, below)
        if 2 * rest > below or (2 * rest == below and us % 2):
            us += 1
        return timedelta(exactly=i64(us))

    def __rmul__(self, times: float) -> "timedelta":
        return self * times

    @overload
    def __truediv__(self, other: "timedelta") -> float: ...
    @overload
    def __truediv__(self, other: float) -> "timedelta": ...
    def __truediv__(self, other: "timedelta | float") -> "timedelta | float":
        if isinstance(other, timedelta):
            return self._original() / other._original()
        return _span(self._original() / other)

    def __floordiv__(self, other: "timedelta") -> int:
        return int(self.us // other.us)

    def __lt__(self, other: "timedelta") -> bool:
        return self.us < other.us

    def __le__(self, other: "timedelta") -> bool:
        return self.us <= other.us

    def __gt__(self, other: "timedelta") -> bool:
        return self.us > other.us

    def __ge__(self, other: "timedelta") -> bool:
        return self.us >= other.us

    def __eq__(self, other: object) -> bool:
        return isinstance(other, timedelta) and self.us == other.us

    def __hash__(self) -> int:
        return hash(self.us)

    def __bool__(self) -> bool:
        return self.us != 0

    @property
    def days(self) -> int:
        """Whole days, rounded down."""
        return int(self.us // _DAY)

    def total_seconds(self) -> float:
        """All of it in seconds."""
        return float(int(self.us)) / 1e6

    def __repr__(self) -> str:
        return repr(self._original())

    def __str__(self) -> str:
        return str(self._original())

    def __reduce__(self) -> tuple[object, ...]:
        return _span_of, (int(self.us),)

    def _original(self) -> original.timedelta:
        return original.timedelta(microseconds=int(self.us))


def _rounded(left: float, odd: i64) -> i64:
    """The nearest whole number; halfway, the one that makes the sum even."""
    nearest = _nearest(left)
    if abs(nearest - left) == 0.5:
        one = float(int(odd))
        nearest = 2.0 * _nearest((left + one) * 0.5) - one
    return i64(int(nearest))


def _nearest(value: float) -> float:
    """The nearest whole number; halfway, the one further from 0."""
    whole = float(int(value))
    if abs(value - whole) >= 0.5:
        whole += 1.0 if value > 0.0 else -1.0
    return whole


def _span(span: original.timedelta) -> timedelta:
    return timedelta(exactly=i64(span // _TICK))


def _span_of(us: int) -> timedelta:
    return timedelta(exactly=i64(us))


@final
@mypyc_attr(acyclic=True)
class timezone:
    """A fixed distance from UTC."""

    def __init__(self, offset: timedelta, name: str = "") -> None:
        self.us: i64 = offset.us
        self.original = original.timezone(offset._original(), name)
        if self.original.tzname(None) == original.UTC.tzname(None):
            self.original = original.UTC
        written = original.datetime(2000, 1, 1, tzinfo=self.original).isoformat()
        self.written = written[19:]

    def __repr__(self) -> str:
        return repr(self.original)


UTC: Final = timezone(timedelta(), "UTC")


@final
@mypyc_attr(acyclic=True)
class datetime:
    """A moment. `us` are microseconds since 1970, of UTC where it has a zone."""

    max: ClassVar["datetime"]

    def __init__(
        self,
        year: i64,
        month: i64 = 1,
        day: i64 = 1,
        hour: i64 = 0,
        minute: i64 = 0,
        second: i64 = 0,
        microsecond: i64 = 0,
        tzinfo: timezone | None = None,
    ) -> None:
        self.tzinfo = tzinfo
        if year == _EXACTLY:
            self.us: i64 = microsecond
            return
        real = original.datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second), int(microsecond)
        )
        self.us = _since_epoch(real) - (0 if tzinfo is None else tzinfo.us)

    @staticmethod
    def now(zone: timezone) -> "datetime":
        """The time of this machine."""
        return _moment(original.datetime.now(zone.original), zone)

    @staticmethod
    def combine(day: date, hour: time, zone: timezone) -> "datetime":
        """That time of that day."""
        us = i64(day.toordinal() - _FIRST_DAY) * _DAY + _of_the_day(hour) - zone.us
        return datetime(_EXACTLY, microsecond=us, tzinfo=zone)

    @staticmethod
    def fromisoformat(written: str) -> "datetime":
        """The moment that is written; raises ValueError. With a zone it is one of UTC."""
        if len(written) == _WRITTEN and (us := _read(written)) != _NOT_GIVEN:
            return datetime(_EXACTLY, microsecond=us)
        real = original.datetime.fromisoformat(written)
        if real.tzinfo is None:
            return _moment(real, None)
        return _moment(real.astimezone(original.UTC), UTC)

    @staticmethod
    def strptime(written: str, form: str) -> "datetime":
        """A moment without a zone; raises ValueError."""
        real = original.datetime.strptime(written, form)  # noqa: DTZ007
        return _moment(real, None)

    def __add__(self, span: timedelta) -> "datetime":
        return datetime(_EXACTLY, microsecond=self.us + span.us, tzinfo=self.tzinfo)

    @overload
    def __sub__(self, other: "datetime") -> timedelta: ...
    @overload
    def __sub__(self, other: timedelta) -> "datetime": ...
    def __sub__(self, other: "datetime | timedelta") -> "datetime | timedelta":
        if isinstance(other, datetime):
            return timedelta(exactly=self.us - other.us)
        return datetime(_EXACTLY, microsecond=self.us - other.us, tzinfo=self.tzinfo)

    def __lt__(self, other: "datetime") -> bool:
        return self.us < other.us

    def __le__(self, other: "datetime") -> bool:
        return self.us <= other.us

    def __gt__(self, other: "datetime") -> bool:
        return self.us > other.us

    def __ge__(self, other: "datetime") -> bool:
        return self.us >= other.us

    def __eq__(self, other: object) -> bool:
        return isinstance(other, datetime) and self.us == other.us

    def __hash__(self) -> int:
        return hash(self.us)

    def astimezone(self, zone: timezone) -> "datetime":
        """The same moment by another clock."""
        return datetime(_EXACTLY, microsecond=self.us, tzinfo=zone)

    def replace(self, *, microsecond: int = -1, tzinfo: timezone | None = None) -> "datetime":
        """With other microseconds, or by another clock."""
        us = self._local()
        if microsecond >= 0:
            us += i64(microsecond) - us % _SECOND
        zone = self.tzinfo if tzinfo is None else tzinfo
        return datetime(_EXACTLY, microsecond=us - (0 if zone is None else zone.us), tzinfo=zone)

    @property
    def year(self) -> int:
        written = _date(self._local() // _DAY)
        return int(written[:4])

    @property
    def month(self) -> int:
        written = _date(self._local() // _DAY)
        return int(written[5:7])

    @property
    def day(self) -> int:
        written = _date(self._local() // _DAY)
        return int(written[8:])

    @property
    def hour(self) -> int:
        return int(self._local() // _HOUR % 24)

    @property
    def minute(self) -> int:
        return int(self._local() // _MINUTE % 60)

    @property
    def second(self) -> int:
        return int(self._local() // _SECOND % 60)

    @property
    def microsecond(self) -> int:
        return int(self._local() % _SECOND)

    def date(self) -> date:
        """The day by its clock."""
        return original.date.fromordinal(int(self._local() // _DAY) + _FIRST_DAY)

    def time(self) -> time:
        """The time of day by its clock."""
        return self._original().time()

    def __format__(self, form: str) -> str:
        return format(self._original(), form)

    def strftime(self, form: str) -> str:
        """As that form has it."""
        return self._original().strftime(form)

    def timestamp(self) -> float:
        """Seconds since 1970; exact until the year 2255."""
        return float(int(self.us)) / 1e6

    def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
        """As it is written."""
        if timespec != "milliseconds":
            return self._original().isoformat(sep, timespec)
        local = self._local()
        day = local // _DAY
        rest = local - day * _DAY
        hour = _TWO[rest // _HOUR]
        minute = _TWO[rest // _MINUTE % 60]
        second = _TWO[rest // _SECOND % 60]
        thousandth = _THREE[rest // 1_000 % 1_000]
        zone = "" if self.tzinfo is None else self.tzinfo.written
        return f"{_date(day)}{sep}{hour}:{minute}:{second}.{thousandth}{zone}"

    def __repr__(self) -> str:
        return repr(self._original())

    def __str__(self) -> str:
        return str(self._original())

    def __reduce__(self) -> tuple[object, ...]:
        return _moment_of, (int(self.us), self.tzinfo is not None)

    def _local(self) -> i64:
        return self.us if self.tzinfo is None else self.us + self.tzinfo.us

    def _original(self) -> original.datetime:
        plain = _EPOCH + original.timedelta(microseconds=int(self._local()))
        return plain if self.tzinfo is None else plain.replace(tzinfo=self.tzinfo.original)


def _moment(real: original.datetime, zone: timezone | None) -> datetime:
    us = _since_epoch(real)
    return datetime(_EXACTLY, microsecond=us - (0 if zone is None else zone.us), tzinfo=zone)


def _since_epoch(real: original.datetime) -> i64:
    """Its microseconds since 1970 by its own clock."""
    us = i64(real.toordinal() - _FIRST_DAY) * _DAY + i64(real.hour) * _HOUR
    return us + i64(real.minute) * _MINUTE + i64(real.second) * _SECOND + i64(real.microsecond)


def _of_the_day(hour: time) -> i64:
    """Its microseconds since midnight."""
    us = i64(hour.hour) * _HOUR + i64(hour.minute) * _MINUTE
    return us + i64(hour.second) * _SECOND + i64(hour.microsecond)


def _read(written: str) -> i64:
    """What `2026-11-27 09:00:00.000` says; _NOT_GIVEN where it is written otherwise, or wrongly."""
    if written[10] != " " or written[13] != ":" or written[16] != ":" or written[19] != ".":
        return _NOT_GIVEN
    hour, minute = _NUMBERS.get(written[11:13], 60), _NUMBERS.get(written[14:16], 60)
    second, thousandth = _NUMBERS.get(written[17:19], 60), _THOUSANDTHS.get(written[20:], -1)
    day = _day(written[:10])
    if hour >= 24 or minute == 60 or second == 60 or thousandth < 0 or day == _NOT_GIVEN:
        return _NOT_GIVEN
    us = day * _DAY + i64(hour) * _HOUR + i64(minute) * _MINUTE
    return us + i64(second) * _SECOND + i64(thousandth)


def _day(written: str) -> i64:
    """Days from the epoch to the date that is written; _NOT_GIVEN where there is none."""
    number = _DAYS.get(written)
    if number is None:
        try:
            number = original.date.fromisoformat(written).toordinal() - _FIRST_DAY
        except ValueError:
            return _NOT_GIVEN
        if len(_DAYS) >= _MOST_DATES:
            _DAYS.clear()
        _DAYS[written] = number
    return i64(number)


def _moment_of(us: int, aware: bool) -> datetime:
    return datetime(_EXACTLY, microsecond=i64(us), tzinfo=UTC if aware else None)


def _date(day: i64) -> str:
    """A day since the epoch as it is written."""
    number = int(day)
    written = _DATES.get(number)
    if written is None:
        if len(_DATES) >= _MOST_DATES:
            _DATES.clear()
        written = _DATES[number] = (_EPOCH + original.timedelta(days=number)).date().isoformat()
    return written


datetime.max = datetime(9999, 12, 31, 23, 59, 59, 999_999)

__all__ = ["UTC", "date", "datetime", "time", "timedelta", "timezone"]
