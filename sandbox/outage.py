"""Times in which callers get no answer of the wallet, and what they get instead."""

from dataclasses import dataclass
from datetime import timedelta

from sandbox.durations import parse_duration, written_duration
from sandbox.messages import Operation
from sandbox.readers import flag, one_of, some_of

CLOSE = "close"
HANG = "hang"
PAGES = ("500", "502", "503", "504")

_KIND = one_of(CLOSE, HANG, *PAGES)
_OPERATIONS = some_of(*(operation.name.lower() for operation in Operation))


@dataclass(frozen=True, slots=True)
class Outage:
    """What every caller gets: a closed connection, a page of HTML, or nothing up to the bound."""

    kind: str
    heard: bool = False  # the wallet acts on the message all the same
    of: tuple[str, ...] = ()  # the operations that it strikes; none named: every message
    lasts: timedelta | None = None  # from when it is set; None: until it is switched off

    def strikes(self, operation: Operation | None) -> bool:
        """Whether it strikes this message; None is one that could not be read."""
        return not self.of or (operation is not None and operation.name.lower() in self.of)


def read_outage(value: object) -> Outage | None:
    """The outage in its JSON: null, a kind, or an object. Raises ValueError."""
    if value is None:
        return None
    if not isinstance(value, dict):
        return Outage(_KIND(value))
    if strange := sorted(str(key)[:40] for key in set(value) - {"kind", "heard", "of", "for"}):
        raise ValueError(f"unknown in an outage: {', '.join(strange)}")
    lasts = value.get("for")
    return Outage(
        kind=_KIND(value.get("kind")),
        heard=flag(value.get("heard", False)),
        of=_OPERATIONS(value.get("of", [])),
        lasts=None if lasts is None else parse_duration(lasts),
    )


def written_outage(outage: Outage) -> dict[str, object]:
    """The outage as `read_outage` reads it."""
    return {
        "kind": outage.kind,
        "heard": outage.heard,
        "of": list(outage.of),
        "for": None if outage.lasts is None else written_duration(outage.lasts),
    }


def page(status: str) -> bytes:
    """The page that a gateway in front of the wallet shows when it has no answer from it."""
    title = {"500": "Internal Server Error", "502": "Bad Gateway"}.get(
        status, "Service Unavailable" if status == "503" else "Gateway Time-out"
    )
    return (
        f"<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{status} {title}</h1></center>\r\n<hr><center>nginx</center>\r\n"
        "</body>\r\n</html>\r\n"
    ).encode()
