"""A caller's message read as strictly as OVO may read it."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sandbox.phones import in_local_form, is_phone

LONGEST_INVOICE = 50  # public client's field notes: unique, at most 50 characters
GREATEST_REFERENCE = 999_999  # OVO additional guidance: 1 to 999999, for batch and reference
_MOST_RUPIAH = 999_999_999_999
_LONGEST_ID = 50
_MOST_DIGITS = 6  # of a reference written as text

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}", re.ASCII)
_TYPE = re.compile(r"[0-9]{4}", re.ASCII)
_PROCESSING_CODE = re.compile(r"[0-9]{6}", re.ASCII)


class Operation(Enum):
    """What a message asks for: its `type` and `processingCode` (OVO technical document 1.7.1)."""

    PUSH = ("0200", "040000")
    REVERSAL = ("0400", "040000")
    VOID = ("0200", "020040")
    CHECK_PUSH = ("0100", "040000")
    CHECK_VOID = ("0100", "020040")
    INQUIRY = ("0100", "050000")

    __hash__ = object.__hash__  # each is one object; an enumeration's own is interpreted


CODES = {operation: operation.value for operation in Operation}
WORDS = {operation: operation.name.lower() for operation in Operation}
OPERATIONS = {operation.value: operation for operation in Operation}
ANSWER_TYPES = {"0200": "0210", "0400": "0410", "0100": "0110"}


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A well-formed message. An inquiry has neither amount nor references; they are 0 and empty."""

    operation: Operation
    date: str
    tid: str
    mid: str
    merchant_id: str
    store_code: str
    phone: str | None
    amount: int = 0
    reference_number: int = 0
    batch_no: int = 0
    invoice: str = ""

    @property
    def references(self) -> tuple[str, str, int, int]:
        """What OVO counts pushes by: terminal, batch and reference number."""
        return (self.tid, self.mid, self.batch_no, self.reference_number)


class UnknownOperationError(ValueError):
    """The type and processing code belong to no operation."""


class MalformedError(ValueError):
    """A field is missing or badly formed; the text names it and holds no value."""


def parse(raw: dict[str, object], *, any_phone: bool = False) -> Request:
    """The message in the JSON object. Raises UnknownOperationError or MalformedError.

    Any integer passes as amount: whether zero or too little is for the wallet to say. With
    `any_phone` a number may also be written 628… or +628….
    """
    operation = _operation(raw)
    if raw.get("appSource") != "POS":
        raise MalformedError("appSource")
    data = raw.get("transactionRequestData")
    if not isinstance(data, dict):
        raise MalformedError("transactionRequestData")
    if any_phone and "phone" in data:
        data = data | {"phone": in_local_form(data["phone"])}
    date, tid, mid = _date(raw), _identifier(raw, "tid"), _identifier(raw, "mid")
    merchant_id, store_code = _identifier(raw, "merchantId"), _identifier(raw, "storeCode")
    phone = _phone(data, optional=operation is Operation.REVERSAL)
    if operation is Operation.INQUIRY:
        return Request(operation, date, tid, mid, merchant_id, store_code, phone)
    amount = _amount(raw)
    reference_number, batch_no = _reference(raw, "referenceNumber"), _reference(data, "batchNo")
    return Request(
        operation, date, tid, mid, merchant_id, store_code, phone,
        amount, reference_number, batch_no, _invoice(data),
    )  # fmt: skip


def _operation(raw: dict[str, object]) -> Operation:
    kind, code = raw.get("type"), raw.get("processingCode")
    if isinstance(kind, str) and isinstance(code, str) and (kind, code) in OPERATIONS:
        return OPERATIONS[kind, code]
    _matching(raw, "type", _TYPE)
    _matching(raw, "processingCode", _PROCESSING_CODE)
    raise UnknownOperationError


def _amount(raw: dict[str, object]) -> int:
    amount = raw.get("amount")
    if type(amount) is not int or abs(amount) > _MOST_RUPIAH:  # a bool is an int too
        raise MalformedError("amount")
    return amount


def _matching(raw: dict[str, object], name: str, form: re.Pattern[str]) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or form.fullmatch(value) is None:
        raise MalformedError(name)
    return value


def _identifier(raw: dict[str, object], name: str) -> str:
    value = raw.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID or not value.isprintable():
        raise MalformedError(name)
    return value


def _date(raw: dict[str, object]) -> str:
    written = _matching(raw, "date", _DATE)
    try:
        datetime.fromisoformat(written)
    except ValueError:
        raise MalformedError("date") from None
    return written


def _reference(raw: dict[str, object], name: str) -> int:
    value = raw.get(name)
    if isinstance(value, str) and len(value) <= _MOST_DIGITS and value.isascii():
        value = int(value) if value.isdigit() else None
    if type(value) is not int or not 1 <= value <= GREATEST_REFERENCE:
        raise MalformedError(name)
    return value


def _invoice(data: dict[str, object]) -> str:
    value = data.get("merchantInvoice")
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_INVOICE:
        raise MalformedError("merchantInvoice")
    if not value.isprintable() or value != value.strip():
        raise MalformedError("merchantInvoice")
    return value


def _phone(data: dict[str, object], *, optional: bool) -> str | None:
    value = data.get("phone")
    if value is None and optional and "phone" not in data:
        return None
    if not isinstance(value, str) or not is_phone(value):
        raise MalformedError("phone")
    return value
