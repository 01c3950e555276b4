"""The wallet's answers in the documented shape: which fields, of which JSON type, and when."""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from sandbox import codes
from sandbox.messages import ANSWER_TYPES, CODES, Operation, Request
from sandbox.phones import ovo_id
from sandbox.push import Push

JAKARTA = timezone(timedelta(hours=7), "WIB")  # no daylight saving time, ever

_POINTS_AT_MOST = 10_000
_CASH_BALANCE = 250_000
_POINTS_BALANCE = 0
_NO_SKEW = timedelta()
_TWO = tuple(f"{number:02}" for number in range(60))
_TELL_OF_THE_PAYMENT = {Operation.PUSH, Operation.CHECK_PUSH}


def answer_to(
    request: Request,
    *,
    code: str,
    trace: int,
    now: datetime,
    push: Push | None = None,
    skew: timedelta = _NO_SKEW,
    tells_name: bool = False,
) -> dict[str, object]:
    """The answer to a well-formed request; `push` is the one that it speaks of.

    A 00 carries the trace number and the host time of the movement that it tells of, also when a
    status check or a repeated reversal brings it (INFERRED): a settlement line is found by them.
    """
    if code == codes.APPROVED and push is not None and push.money_moved:
        if request.operation in _TELL_OF_THE_PAYMENT:
            trace, now = push.trace, (push.paid_at or now) + skew
        else:
            trace, now = push.return_trace or trace, (push.returned_at or now) + skew
    else:
        now += skew
    data: dict[str, object] = {}
    kind, processing_code = CODES[request.operation]
    answer: dict[str, object] = {"type": ANSWER_TYPES[kind], "processingCode": processing_code}
    if request.operation is Operation.INQUIRY:
        data["phone"] = request.phone
        answer["date"] = request.date
        _tell_host(answer, trace, now)
    else:
        data["merchantInvoice"] = request.invoice
        data["batchNo"] = str(request.batch_no).zfill(6)
        if request.phone is not None:
            data["phone"] = request.phone
        answer["amount"], answer["date"] = request.amount, request.date
        _tell_host(answer, trace, now)
        answer["referenceNumber"] = request.reference_number
    if code == codes.APPROVED:
        if push is not None and push.approval_code:
            answer["approvalCode"] = push.approval_code
        answer["responseCode"] = code
    else:
        answer["responseCode"], answer["message"] = code, codes.meaning(code)
    answer["tid"], answer["mid"] = request.tid, request.mid
    answer["transactionRequestData"] = data
    if code == codes.APPROVED and push is not None and push.money_moved:
        answer["transactionResponseData"] = _receipt(push)
    elif code == codes.APPROVED and tells_name and request.operation is Operation.INQUIRY:
        answer["transactionResponseData"] = _name_of(request.phone or "")
    return answer


def refusal_of(
    raw: Mapping[str, object], *, code: str, reason: str, trace: int, now: datetime
) -> dict[str, object]:
    """The answer to a message that was not let in; whatever of it can be read is echoed."""
    kind, processing_code = raw.get("type"), raw.get("processingCode")
    amount, reference = raw.get("amount"), str(raw.get("referenceNumber"))
    answer: dict[str, object] = {
        "type": ANSWER_TYPES.get(kind, "0210") if isinstance(kind, str) else "0210",
        "processingCode": processing_code if isinstance(processing_code, str) else "",
        "amount": amount if type(amount) is int else 0,
        "date": _text(raw, "date"),
    }
    _tell_host(answer, trace, now)
    known = reference.isdecimal() and len(reference) < 7
    answer["referenceNumber"] = int(reference) if known else 0
    answer["responseCode"] = code
    answer["message"] = f"{codes.meaning(code)}: {reason}"
    answer["tid"], answer["mid"] = _text(raw, "tid"), _text(raw, "mid")
    return answer


def points_used(amount: int, phone: str) -> int:
    """How much of the amount is paid in points: odd phones spend up to Rp 10.000 (invented)."""
    return min(amount, _POINTS_AT_MOST) if int(phone[-1]) % 2 else 0


def _tell_host(answer: dict[str, object], trace: int, now: datetime) -> None:
    here = now.astimezone(JAKARTA)
    answer["traceNumber"] = trace
    answer["hostTime"] = _TWO[here.hour] + _TWO[here.minute] + _TWO[here.second]
    answer["hostDate"] = _TWO[here.month] + _TWO[here.day]


def _receipt(push: Push) -> dict[str, str]:
    account, points = push.account, points_used(push.request.amount, push.phone)
    return {
        "storeAddress1": account.store_address,
        "storeAddress2": account.store_city,
        "cashUsed": str(push.request.amount - points),
        "ovoPointsUsed": str(points),
        "ovoPointsEarned": "0",
        "cashBalance": str(_CASH_BALANCE),
        "ovoPointsBalance": str(_POINTS_BALANCE),
        **_name_of(push.phone),
        "storeName": account.store_name,
        "storeCode": account.store_code,
        "paymentType": "PUSH TO PAY",
    }


def _name_of(phone: str) -> dict[str, str]:
    return {"ovoid": ovo_id(phone), "fullName": f"PELANGGAN UJI {phone[-4:]}"}


def _text(raw: Mapping[str, object], name: str) -> str:
    value = raw.get(name)
    return value if isinstance(value, str) else ""
