"""OVO's answers, read tolerantly: any bytes give an Answer or nothing, never an exception."""

import re
from dataclasses import dataclass

from adapters.outbound.ovo.reading import read

_MOST_DIGITS = 18
_NUMBER = re.compile(r"([0-9]{1,18})(?:\.0{1,6})?", re.ASCII)
_LONGEST_CODE = 4
_LONGEST_TEXT = 100
_Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """The JSON object that came, every number of it still as its text.

    OVO sends the same field now as a number, now as a string of digits (clients disagree), so the
    two are read alike; null and blank count as absent; unknown fields are ignored.
    """

    fields: _Fields

    @classmethod
    def parse(cls, body: bytes) -> "Answer | None":
        """None where this is no JSON object, or one that names a field twice."""
        fields = read(body)
        return None if fields is None else cls(fields)

    @property
    def code(self) -> str | None:
        """The response code; None where there is none, or none that could be one."""
        value = self.fields.get("responseCode")
        if isinstance(value, str) and len(value) <= _LONGEST_CODE and value.isascii():
            return value if value.isalnum() else None
        return None

    def field(self, name: str) -> object:
        """The top-level field's value; None where it is absent."""
        return _present(self.fields.get(name))

    def request_field(self, name: str) -> object:
        """A field of the echoed request; an echo that is no object differs from everything."""
        return self._inner("transactionRequestData", name)

    def response_field(self, name: str) -> object:
        """A field of the details that come with an approval."""
        return self._inner("transactionResponseData", name)

    def _inner(self, block: str, name: str) -> object:
        inner = _present(self.fields.get(block))
        if inner is None:
            return None
        return _present(inner.get(name)) if isinstance(inner, dict) else inner


def number(value: object) -> int | None:
    """The whole number that a JSON number or string of digits stands for, if it is one."""
    if not isinstance(value, str):
        return None
    if value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
        return int(value)  # as nearly always
    match = _NUMBER.fullmatch(value)
    return int(match[1]) if match else None


def text(value: object) -> str | None:
    """A short printable text that every store can hold, if it is one."""
    if not isinstance(value, str):
        return None
    short = value[:_LONGEST_TEXT]
    if not short.isprintable():
        short = "".join(sign for sign in short if sign.isprintable())
    return short.strip() or None


def _present(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value
