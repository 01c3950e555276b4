"""What may be odd about an answer: fields left out, other JSON types, and plain lies."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sandbox import codes
from sandbox.fields import LIES, TYPES
from sandbox.messages import GREATEST_REFERENCE
from sandbox.scenario import Scenario

Answer = dict[str, Any]

_INNER = ("transactionRequestData", "transactionResponseData")
_MOST_DIGITS = 13
_MONEY = ("cashUsed", "cashBalance", "ovoPointsUsed", "ovoPointsEarned", "ovoPointsBalance")


def distorted(
    answer: Answer, scenario: Scenario, *, omits: Iterable[str] = (), lies: Iterable[str] = ()
) -> Answer:
    """The answer as this scenario, or the behaviour of its push, has it leave. It is changed."""
    if answer["responseCode"] != codes.APPROVED:
        if scenario.failure_receipt != "absent":
            empty: Answer | None = {} if scenario.failure_receipt == "empty" else None
            answer["transactionResponseData"] = empty
    elif "amount" in answer:  # an inquiry's answer has nothing to lie about
        for word in {*lies, *scenario.lies}:
            _LIES[word](answer)
    for word in scenario.answer_types:
        _TYPES[word](answer)
    for name in {*omits, *scenario.answer_omits}:
        for part in _parts(answer):
            part.pop(name, None)
    for name in scenario.answer_nulls:
        for part in _parts(answer):
            if name in part:
                part[name] = None
    return answer


def _parts(answer: Answer) -> list[Answer]:
    inner = [answer[name] for name in _INNER if isinstance(answer.get(name), dict)]
    return [answer, *inner]


def _request_data(answer: Answer) -> Answer:
    data: Answer = answer["transactionRequestData"]
    return data


def _other_amount(answer: Answer) -> None:
    answer["amount"] += 1


def _other_reference(answer: Answer) -> None:
    answer["referenceNumber"] = answer["referenceNumber"] % GREATEST_REFERENCE + 1


def _other_invoice(answer: Answer) -> None:
    data = _request_data(answer)
    data["merchantInvoice"] = ("Y" if data["merchantInvoice"][0] == "X" else "X") + data[
        "merchantInvoice"
    ][1:]


def _other_batch(answer: Answer) -> None:
    data = _request_data(answer)
    data["batchNo"] = f"{int(data['batchNo']) % GREATEST_REFERENCE + 1:06}"


def _as(convert: Callable[[Any], object], *names: str) -> Callable[[Answer], None]:
    def change(answer: Answer) -> None:
        for part in _parts(answer):
            for name in names:
                if name in part:
                    part[name] = convert(part[name])

    return change


def _unpadded(value: object) -> str:
    return str(value).lstrip("0") or "0"


def _number(value: object) -> object:
    text = str(value)  # a refused message's own processing code may be any text
    return int(text) if text.isdecimal() and len(text) < _MOST_DIGITS else text


_LIES: Mapping[str, Callable[[Answer], None]] = {
    "amount": _other_amount,
    "reference": _other_reference,
    "invoice": _other_invoice,
    "batch": _other_batch,
}
_TYPES: Mapping[str, Callable[[Answer], None]] = {
    "amount_text": _as(str, "amount"),
    "amount_decimal": _as(float, "amount"),
    "reference_text": _as(lambda number: f"{number:06}", "referenceNumber"),
    "trace_text": _as(str, "traceNumber"),
    "money_numbers": _as(_number, *_MONEY),
    "batch_unpadded": _as(_unpadded, "batchNo"),
    "batch_number": _as(_number, "batchNo"),
    "operation_unpadded": _as(_unpadded, "type", "processingCode"),
    "operation_numbers": _as(_number, "type", "processingCode"),
}
assert set(_LIES) == set(LIES)
assert set(_TYPES) == set(TYPES)
