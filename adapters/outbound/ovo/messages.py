"""Our words into OVO's and back: a charge becomes bytes, bytes become an outcome. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import orjson

from adapters.outbound.ovo.answer import Answer, number, text
from adapters.outbound.ovo.codes import Operation, Verdict, decide
from adapters.outbound.ovo.credentials import OvoCredentials
from adapters.outbound.ovo.dialect import OvoDialect
from application.ports import Charge, ProviderRefused, ProviderUnavailable
from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from domain.outcome import Approved, Declined, Details, Doubt, Outcome, Unknown

WIB = timezone(timedelta(hours=7), "WIB")
"""OVO's clock, without summer time."""
_HALF_A_YEAR = timedelta(days=180)
_ENVELOPES: Mapping[Operation, tuple[str, str, str]] = {
    # request type, processing code, response type. Source: OVO technical document 1.7.1
    Operation.PUSH: ("0200", "040000", "0210"),
    Operation.CHECK: ("0100", "040000", "0110"),
    Operation.REVERSAL: ("0400", "040000", "0410"),
    Operation.VOID: ("0200", "020040", "0210"),
    Operation.CHECK_VOID: ("0100", "020040", "0110"),
    Operation.INQUIRY: ("0100", "050000", "0110"),
}
_EXPECTED = {operation: (int(kind), int(code)) for operation, (_, code, kind) in _ENVELOPES.items()}
"""The type and the processing code of an answer, as numbers."""
_CARRIED = ("type", "processingCode", "amount", "referenceNumber")
"""What a success must tell by itself."""
_NOTHING_HERE = 404
_CONCLUSIVE = frozenset(
    {
        Verdict.APPROVED,
        Verdict.DECLINED,
        Verdict.REFUSED,
        Verdict.MISCONFIGURED,
        Verdict.NOT_FOUND,
        Verdict.REVERSED,
        Verdict.TOO_OLD,
    }
)
_DOUBTS: Mapping[Verdict, tuple[Doubt, bool]] = {
    # verdict: why nothing is known, and whether a human is told
    Verdict.PENDING: (Doubt.PENDING, False),
    Verdict.DUPLICATE: (Doubt.DUPLICATE, True),
    Verdict.FAILURE: (Doubt.WALLET_FAILURE, False),
    Verdict.NOT_FOUND: (Doubt.NOT_FOUND, False),
    Verdict.REVERSED: (Doubt.REVERSED, False),
    Verdict.TOO_OLD: (Doubt.TOO_OLD, True),
    Verdict.ACCOUNT_REFUSED: (Doubt.UNHEARD_OF, True),
    Verdict.NO_ANSWER: (Doubt.UNHEARD_OF, True),
}

# -- what we say ----------------------------------------------------------------------------------


def wallet_date(at: datetime) -> str:
    """`yyyy-MM-dd HH:mm:ss.SSS` in GMT+7, exactly three digits of milliseconds, cut not rounded.

    Source: OVO additional guidance.
    """
    return at.astimezone(WIB).isoformat(" ", "milliseconds").removesuffix("+07:00")


def unix_seconds(at: datetime) -> str:
    """The `random` header: Unix time in seconds, ten digits."""
    return f"{int(at.timestamp()):010d}"


def charge_body(operation: Operation, charge: Charge, at: datetime, dialect: OvoDialect) -> bytes:
    """A push, or what follows one by the same references; `at` is the time of this request.

    Raises InvalidValue for credentials that cannot be OVO's.
    """
    shown = charge.references.shown
    width = 6 if dialect.padded_references else 1
    names = {
        "batchNo": str(shown["batch_no"]).zfill(width),
        "merchantInvoice": shown["merchant_invoice"],
    }
    if operation is not Operation.REVERSAL or dialect.phone_on_reversal:
        names["phone"] = _phone(charge).digits
    fields = _envelope(operation, OvoCredentials.parse(charge.account.credentials), at, dialect)
    fields["amount"] = charge.amount.rupiah
    fields["referenceNumber"] = str(shown["reference_no"]).zfill(width)
    fields["transactionRequestData"] = names
    return _written(fields)


def _phone(charge: Charge) -> Msisdn:
    """Whom to push; raises InvalidValue where nobody is, which the core does not let happen."""
    if charge.phone is None:
        raise InvalidValue("phone", "is needed to push")
    return charge.phone


def inquiry_body(
    credentials: OvoCredentials, phone: Msisdn, at: datetime, dialect: OvoDialect
) -> bytes:
    """The question whether a number has a wallet: the envelope and the number, no more."""
    asked = {"transactionRequestData": {"phone": phone.digits}}
    return _written(_envelope(Operation.INQUIRY, credentials, at, dialect) | asked)


def _envelope(
    operation: Operation, credentials: OvoCredentials, at: datetime, dialect: OvoDialect
) -> dict[str, object]:
    kind, processing_code, _ = _ENVELOPES[operation]
    return {
        "type": kind,
        "processingCode": processing_code,
        "date": wallet_date(at),
        "tid": credentials.tid,
        "mid": credentials.mid,
        "merchantId": credentials.merchant_id,
        "storeCode": credentials.store_code,
        "appSource": dialect.app_source,
    }


def _written(fields: Mapping[str, object]) -> bytes:
    return orjson.dumps(fields)  # ASCII: credentials, phones and our own references are


# -- what they say --------------------------------------------------------------------------------


def outcome(
    operation: Operation, charge: Charge, status: int, body: bytes, dialect: OvoDialect
) -> Outcome:
    """What the answer to a push, or to what followed it, means for the money.

    The HTTP status decides nothing but the empty 404 (OVO's end of the customer's window); a code
    that would conclude something is believed only of our own push.
    """
    answer = Answer.parse(body)
    if answer is None or answer.code is None:
        ended = status == _NOTHING_HERE and not body.strip()
        return Unknown(Doubt.EMPTY_404 if ended else Doubt.GARBAGE)
    decision = decide(operation, answer.code)
    if decision.verdict in _CONCLUSIVE and not _is_ours(operation, charge, answer):
        return Unknown(Doubt.MISMATCH, decision.code, alarm=True)
    if decision.verdict is Verdict.APPROVED:
        return _approved(operation, charge, answer, dialect)
    if reason := decision.reason:
        return Declined(
            decision.code,
            reason,
            final=not decision.retryable,
            stops_account=decision.verdict is Verdict.MISCONFIGURED,
        )
    doubt, alarm = _DOUBTS[decision.verdict]
    refused = decision.verdict is Verdict.ACCOUNT_REFUSED
    return Unknown(doubt, decision.code, alarm, stops_account=refused)


def registration(status: int, body: bytes) -> bool | None:
    """What the answer to a phone inquiry says; None where it says neither.

    Raises ProviderRefused, or ProviderUnavailable where there is no answer.
    """
    answer = Answer.parse(body)
    if answer is None or answer.code is None:
        raise ProviderUnavailable(f"HTTP {status} without an answer")
    decision = decide(Operation.INQUIRY, answer.code)
    match decision.verdict:
        case Verdict.APPROVED:
            return True if _answers(Operation.INQUIRY, answer, required=True) else None
        case Verdict.DECLINED:
            return False if _answers(Operation.INQUIRY, answer, required=False) else None
        case Verdict.REFUSED | Verdict.MISCONFIGURED:
            stops = decision.verdict is Verdict.MISCONFIGURED
            raise ProviderRefused(decision.code, stops_account=stops)
        case Verdict.PENDING | Verdict.FAILURE:
            raise ProviderUnavailable(f"OVO answered {decision.code}")
        case _:
            return None


def _approved(operation: Operation, charge: Charge, answer: Answer, dialect: OvoDialect) -> Outcome:
    """The rule of success: 00 for the same operation, amount and reference; of whatever was asked.

    Invoice and batch need not be carried (known clients fill them in by themselves) unless the
    dialect requires them. Whatever is carried was compared already (`_is_ours`).
    """
    carried = (
        all(answer.field(name) is not None for name in _CARRIED)
        and not (dialect.require_invoice and answer.request_field("merchantInvoice") is None)
        and not (dialect.require_batch and answer.request_field("batchNo") is None)
    )
    if not carried:
        return Unknown(Doubt.MISMATCH, "00", alarm=True)
    paid = operation in {Operation.PUSH, Operation.CHECK}
    name = text(answer.response_field("fullName")) if paid else None
    details = _details(answer)
    if not paid:
        return Approved("00", details)
    evidence, charged_at = _proof(charge, details)
    return Approved("00", details, name, evidence, charged_at)


def _proof(charge: Charge, details: Details) -> tuple[str | None, datetime | None]:
    """What this charge is known by, and when it was made by the wallet's clock, where it is told.

    The host's date has no year: it is the one that lies nearest to our claim.
    """
    approval, date, time = (details.get(n) for n in ("approval_code", "host_date", "host_time"))
    if not (isinstance(approval, str) and isinstance(date, str) and isinstance(time, str)):
        return None, None
    account = OvoCredentials.parse(charge.account.credentials)
    evidence = "|".join((account.tid, account.mid, approval, date, time))
    claimed = charge.claimed_at.astimezone(WIB)
    charged = _at(claimed.year, date, time)
    if charged is None or abs(charged - claimed) > _HALF_A_YEAR:
        years = (claimed.year - 1, claimed.year, claimed.year + 1)
        told = [at for year in years if (at := _at(year, date, time))]
        charged = min(told, key=lambda at: abs(at - claimed), default=None)
    return evidence, None if charged is None else charged.astimezone(UTC)


def _at(year: int, date: str, time: str) -> datetime | None:
    try:
        month, day = int(date[:2]), int(date[2:])
        return datetime(year, month, day, int(time[:2]), int(time[2:4]), int(time[4:]), tzinfo=WIB)
    except ValueError:
        return None


def _is_ours(operation: Operation, charge: Charge, answer: Answer) -> bool:
    """Whether nothing that the answer carries differs from what we asked."""
    shown = charge.references.shown
    invoice = answer.request_field("merchantInvoice")
    return (
        _agrees(answer.field("amount"), charge.amount.rupiah)
        and _agrees(answer.field("referenceNumber"), shown["reference_no"])
        and _agrees(answer.request_field("batchNo"), shown["batch_no"])
        and _answers(operation, answer, required=False)
        and (invoice is None or invoice == shown["merchant_invoice"])
    )


def _answers(operation: Operation, answer: Answer, *, required: bool) -> bool:
    """Whether type and processing code are those of the answer to that operation.

    Compared as numbers: OVO's guidance prints them without their leading zeros.
    """
    kind, processing_code = _EXPECTED[operation]
    told, told_code = answer.field("type"), answer.field("processingCode")
    if required and (told is None or told_code is None):
        return False
    return _agrees(told, kind) and _agrees(told_code, processing_code)


def _agrees(told: object, asked: str | int) -> bool:
    """Whether it is the number that was asked for, or was left out."""
    return told is None or number(told) == asked


def _details(answer: Answer) -> Details:
    """What is kept of a success. Balances and points earned stop here: they are not ours to know.

    Host date and time are MMdd and HHmmss of OVO's clock; the sum of cash and points is the amount.
    """
    wallet = text(answer.response_field("ovoid"))
    found: Mapping[str, str | int | None] = {
        "approval_code": text(answer.field("approvalCode")),
        "trace_number": number(answer.field("traceNumber")),
        "host_date": _digits(answer.field("hostDate"), 4),
        "host_time": _digits(answer.field("hostTime"), 6),
        "cash_used": number(answer.response_field("cashUsed")),
        "points_used": number(answer.response_field("ovoPointsUsed")),
        "wallet_id": f"********{wallet[-4:]}" if wallet else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _digits(value: object, width: int) -> str | None:
    padded = value.zfill(width) if isinstance(value, str) else ""
    return padded if len(padded) == width and padded.isascii() and padded.isdigit() else None
