"""Our words into DOKU's and back: a charge becomes bytes, bytes become an outcome. Pure."""

import json
from datetime import datetime

from adapters.outbound.doku.codes import Operation, by_error, by_status
from adapters.outbound.doku.credentials import DokuCredentials
from adapters.outbound.doku.signature import check_sum, read_timestamp
from adapters.outbound.fields import Fields
from adapters.outbound.verdicts import CONCLUSIVE, Verdict, concluded, mismatch
from application.ports import Charge
from domain.errors import InvalidValue
from domain.outcome import Approved, Doubt, Outcome, Unknown

PROVIDER = "doku"
_BLOCK = {Operation.PAYMENT: "ovo_payment", Operation.VOID: "ovo_payment"}
"""Where the status of an answer stands; a status or notification has it in `transaction`."""
_WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True)

# -- what we say ----------------------------------------------------------------------------------


def invoice(charge: Charge) -> str:
    """Our reference, by which DOKU knows the charge."""
    return str(charge.references.shown["reference"])


def payment_body(charge: Charge) -> bytes:
    """A push, and, in the same words, the void of a paid one; raises InvalidValue without a phone.

    Source: developers.doku.com, OVO push payment. No document shows a void's body: that it repeats
    the payment's, check sum and all, is inferred from its path being the payment's neighbour.
    """
    if charge.phone is None:
        raise InvalidValue("phone", "is needed to charge an OVO wallet through DOKU")
    own = DokuCredentials.parse(charge.account.credentials)
    made = check_sum(
        amount=charge.amount.rupiah,
        client_id=own.client_id,
        invoice=invoice(charge),
        ovo_id=charge.phone.digits,
        secret_key=own.secret_key,
    )
    fields = {
        "client": {"id": own.client_id},
        "order": {"invoice_number": invoice(charge), "amount": charge.amount.rupiah},
        "ovo_info": {"ovo_id": charge.phone.digits},
        "security": {"check_sum": made},
    }
    return _WRITER.encode(fields).encode("ascii")


# -- what they say --------------------------------------------------------------------------------


def outcome(operation: Operation, charge: Charge, http_status: int, body: bytes) -> Outcome:
    """What the answer to a payment or what follows it, or a notification, means for the money.

    A word that would conclude something is believed only of our own charge.
    """
    answer = Fields.parse(body)
    if answer is None:
        return Unknown(Doubt.GARBAGE)
    block = answer.inner(_BLOCK.get(operation, "transaction"))
    status = block.word("status")
    if status is None:
        return _refused(operation, http_status, answer)
    decision = by_status(operation, status)
    told = f"{status} {block.word('response_code') or ''}".strip()
    if decision.verdict in CONCLUSIVE and not _is_ours(charge, answer):
        return mismatch(told)
    if decision.verdict is Verdict.APPROVED:
        return _approved(operation, charge, answer, told)
    return concluded(decision, told)


def _refused(operation: Operation, http_status: int, answer: Fields) -> Outcome:
    """An error in place of a status. It says a message at least, and rarely a code."""
    error = answer.inner("error")
    if not error.found:
        return Unknown(Doubt.GARBAGE)
    code = error.word("code")
    return concluded(by_error(operation, code, http_status), code or str(http_status))


def _is_ours(charge: Charge, answer: Fields) -> bool:
    """Whether nothing that the answer carries differs from what we asked."""
    order, client = answer.inner("order"), answer.inner("client")
    told = order.get("invoice_number")
    if told is not None and told != invoice(charge):
        return False
    if order.get("amount") is not None and order.whole("amount") != charge.amount.rupiah:
        return False
    named = client.get("id")
    return named is None or named == _client(charge)


def _approved(operation: Operation, charge: Charge, answer: Fields, told: str) -> Outcome:
    """The rule of success: amount and invoice are carried. Balances and the name stop here."""
    order = answer.inner("order")
    if order.get("invoice_number") is None or order.get("amount") is None:
        return mismatch(told)
    details = _details(answer.inner("ovo_payment"))
    if operation in {Operation.VOID, Operation.VOID_CHECK}:
        return Approved(told, details)
    name = answer.inner("ovo_info").text("ovo_account_name")
    # DOKU's number counts the approvals of nobody knows whom: the invoice is unique for ever.
    evidence = f"{PROVIDER}:{_client(charge)}:{invoice(charge)}"
    return Approved(told, details, name, evidence, _time(answer.inner("transaction").get("date")))


def _client(charge: Charge) -> str:
    return DokuCredentials.parse(charge.account.credentials).client_id


def _details(payment: Fields) -> dict[str, str | int]:
    found = {
        "approval_code": payment.text("approval_code"),
        "reference_number": payment.word("reference_number"),
        "cash_used": payment.whole("cash_used"),
        "points_used": payment.whole("ovo_points_used"),
    }
    return {name: value for name, value in found.items() if value is not None}


def _time(told: object) -> datetime | None:
    return read_timestamp(told) if isinstance(told, str) else None
