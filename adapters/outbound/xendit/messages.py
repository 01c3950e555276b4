"""Our words into Xendit's and back: a charge becomes bytes, bytes become an outcome. Pure."""

import json
from collections.abc import Mapping

from adapters.outbound.fields import Fields
from adapters.outbound.verdicts import CONCLUSIVE, Decision, Verdict, concluded, mismatch
from adapters.outbound.xendit.api import EWALLETS, XenditApi
from adapters.outbound.xendit.codes import Operation, by_error, by_status, by_void
from application.ports import Charge
from domain.errors import InvalidValue
from domain.next_action import CustomerStep, NextAction
from domain.outcome import Accepted, Approved, Doubt, Outcome, Unknown

PROVIDER = "xendit"
VOID_BODY = b"{}"
"""A void is asked for by its address alone."""
_NO_SUCH_DATA = "DATA_NOT_FOUND"
_WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=True)

# -- what we say ----------------------------------------------------------------------------------


def reference(charge: Charge) -> str:
    """Our reference, by which Xendit knows the charge."""
    return str(charge.references.shown["reference"])


def charge_body(api: XenditApi, charge: Charge) -> bytes:
    """A one-time payment by OVO; raises InvalidValue without a phone.

    The number is E.164: Xendit refuses 08… and +6208… (docs.xendit.co, OVO; xendit-java issue 93).
    """
    if charge.phone is None:
        raise InvalidValue("phone", "is needed to charge an OVO wallet through Xendit")
    number = {"mobile_number": "+62" + charge.phone.digits.removeprefix("0")}
    wallet = {"channel_code": api.channel, "channel_properties": number}
    how: Mapping[str, object]
    if api is EWALLETS:
        how = {"checkout_method": "ONE_TIME_PAYMENT", **wallet}
    else:
        method = {"type": "EWALLET", "reusability": "ONE_TIME_USE", "ewallet": wallet}
        how = {"country": "ID", "payment_method": method}
    return written(
        reference_id=reference(charge), amount=charge.amount.rupiah, currency="IDR", **how
    )


def written(**fields: object) -> bytes:
    """The fields as JSON."""
    return _WRITER.encode(fields).encode("ascii")


# -- what they say --------------------------------------------------------------------------------


def outcome(api: XenditApi, operation: Operation, charge: Charge, body: bytes) -> Outcome:
    """What the answer to a charge, or to a question by Xendit's id, means for the money."""
    answer = Fields.parse(body)
    return Unknown(Doubt.GARBAGE) if answer is None else said(api, operation, charge, answer)


def listed_outcome(api: XenditApi, charge: Charge, body: bytes) -> Outcome:
    """What the charges of our reference say; NOT_FOUND where there is none."""
    listed = Fields.parse_list(body)
    if listed is None:
        answer = Fields.parse(body)
        if answer is not None and answer.get("error_code") == _NO_SUCH_DATA:
            return concluded(Decision(Verdict.NOT_FOUND), _NO_SUCH_DATA)
        return outcome(api, Operation.STATUS, charge, body)
    ours = [item for item in listed if item.get("reference_id") == reference(charge)]
    if len(ours) > 1:
        return concluded(Decision(Verdict.DUPLICATE), "listed twice")
    if ours:
        return said(api, Operation.STATUS, charge, ours[0])
    # A list of others is no answer to what was asked.
    return concluded(Decision(Verdict.NO_ANSWER if listed else Verdict.NOT_FOUND), "not listed")


def said(api: XenditApi, operation: Operation, charge: Charge, answer: Fields) -> Outcome:
    """What a charge, or what a webhook tells of one, says of that charge or of its void.

    A word that would conclude something is believed only of our own charge.
    """
    status = answer.word("status")
    if status is None or answer.get("error_code") is not None:
        return refused(operation, answer)
    about_void = operation in {Operation.VOID, Operation.VOID_CHECK}
    more = answer.word("void_status" if about_void else "failure_code")
    decision = by_void(operation, status, more) if about_void else by_status(status, more)
    told = f"{status} {more or ''}".strip()
    if decision.verdict in CONCLUSIVE and not _is_ours(api, operation, charge, answer):
        return mismatch(told)
    match decision.verdict:
        case Verdict.APPROVED:
            return _approved(api, operation, answer, told)
        case Verdict.ACCEPTED:
            name = _name(api, operation, answer)
            step = CustomerStep(NextAction.APPROVE_IN_OVO_APP)
            return Accepted(told, {api.handle: name} if name else {}, step)
        case _:
            return concluded(decision, told)


def refused(operation: Operation, answer: Fields) -> Outcome:
    """An error in place of what was asked for."""
    code = answer.word("error_code")
    return Unknown(Doubt.GARBAGE) if code is None else concluded(by_error(operation, code), code)


def handle_of(api: XenditApi, charge: Charge, found: Outcome | None = None) -> str | None:
    """What Xendit calls the charge: as it told when it took it, else as a check has found."""
    names: Mapping[str, str | int] = charge.handle
    match found:
        case Approved(details=details):
            names = {**details, **names}
        case Accepted(handle=handle):
            names = {**handle, **names}
    name = names.get(api.handle)
    return name if isinstance(name, str) else None


def _name(api: XenditApi, operation: Operation, answer: Fields) -> str | None:
    """Xendit's id of the charge; a webhook may be of a payment, which has an id of its own."""
    return answer.word(api.in_webhook if operation is Operation.NOTIFICATION else "id")


def _is_ours(api: XenditApi, operation: Operation, charge: Charge, answer: Fields) -> bool:
    """Whether nothing that the answer carries differs from what we asked."""
    wallet = answer.inner("payment_method").inner("ewallet")
    for told, asked in (
        (answer.get("reference_id"), reference(charge)),
        (answer.get("currency"), "IDR"),
        (_name(api, operation, answer), charge.handle.get(api.handle)),
        (wallet.get("channel_code") or answer.get("channel_code"), api.channel),
    ):
        if told is not None and asked is not None and told != asked:
            return False
    return answer.get(api.amount) is None or answer.whole(api.amount) == charge.amount.rupiah


def _approved(api: XenditApi, operation: Operation, answer: Fields, told: str) -> Outcome:
    """The rule of success: amount, our reference and Xendit's id are carried."""
    name = _name(api, operation, answer)
    if name is None or answer.get("reference_id") is None or answer.get(api.amount) is None:
        return mismatch(told)
    if operation in {Operation.VOID, Operation.VOID_CHECK}:
        return Approved(told)
    return Approved(told, {api.handle: name}, None, f"{PROVIDER}:{name}")
