"""The parts of records as plain values: times, numbers, orders, attempts, reasons."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.attempt import Attempt, AttemptStatus, References
from domain.copying import replace
from domain.moment import Moment
from domain.money import Money
from domain.msisdn import Msisdn
from domain.next_action import CustomerStep, NextAction
from domain.order import Customer, Order
from domain.reason import Reason, ReasonCode, Texts, WhoCanFix

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST_NUMBER = 2**63 - 1
"""Larger whole numbers stand as text: JSON readers would round them."""
_ATTEMPT_STATUS = {status.value: status for status in AttemptStatus}

Plain = dict[str, Any]
"""Text, whole numbers, booleans, None, lists and dicts of these."""


def instant(at: datetime) -> int:
    """Microseconds since 1970; raises TypeError for a time without a zone."""
    return (at - _EPOCH) // _MICROSECOND


def from_instant(microseconds: int) -> datetime:
    """The UTC time of an instant."""
    return _EPOCH + timedelta(microseconds=microseconds)


def optional_instant(at: datetime | None) -> int | None:
    """The instant of a time that may be missing."""
    return None if at is None else (at - _EPOCH) // _MICROSECOND


def optional_time(microseconds: int | None) -> datetime | None:
    """The time of an instant that may be missing."""
    return None if microseconds is None else from_instant(microseconds)


def number(value: int) -> int | str:
    """A whole number, as text beyond 64 bits; int() reads either."""
    return value if value <= _LARGEST_NUMBER else str(value)


def numbers(values: Mapping[str, str | int]) -> Plain:
    """Numbers beyond 64 bits become [text], which nothing else here is."""
    if not values:
        return {}
    return {
        name: [str(value)] if type(value) is int and abs(value) > _LARGEST_NUMBER else value
        for name, value in values.items()
    }


def exact(values: Plain) -> Plain:
    """What numbers() was given."""
    return {name: int(value[0]) if type(value) is list else value for name, value in values.items()}


def place(phone: Msisdn | None, phones: list[str]) -> int | None:
    """Where the phone stands among the record's phones, to which it is added if it is new."""
    if phone is None:
        return None
    if phone.digits not in phones:
        phones.append(phone.digits)
    return phones.index(phone.digits)


def order_to_plain(order: Order, phones: list[str]) -> Plain:
    """The order; its phone goes to `phones`."""
    customer = order.customer
    return {
        "id": order.order_id,
        "amount": number(order.amount.rupiah),
        "method": order.method,
        "provider": order.provider,
        "expires_in": order.expires_in // _MICROSECOND,
        "phone": place(order.phone, phones),
        "description": order.description,
        "customer": None if customer is None else [customer.id, customer.locale],
        "return_url": order.return_url,
        "metadata": dict(order.metadata),
        **({} if order.link_id is None else {"link": order.link_id}),
    }


def order_from_plain(plain: Plain, phones: Sequence[Msisdn]) -> Order:
    """The order that order_to_plain was given."""
    phone, customer = plain["phone"], plain["customer"]
    return Order(
        order_id=plain["id"],
        amount=Money(int(plain["amount"])),
        method=plain["method"],
        provider=plain["provider"],
        expires_in=timedelta(microseconds=plain["expires_in"]),
        phone=None if phone is None else phones[phone],
        description=plain["description"],
        customer=None if customer is None else Customer(*customer),
        return_url=plain["return_url"],
        metadata=plain["metadata"],
        link_id=plain.get("link"),
    )


def attempt_to_plain(attempt: Attempt, phones: list[str]) -> Plain:
    """The attempt; its phone goes to `phones`."""
    return {
        "id": attempt.id,
        "number": attempt.number,
        "provider": attempt.provider,
        "status": attempt.status,
        "phone": place(attempt.phone, phones),
        "shown": numbers(attempt.references.shown),
        "unique": attempt.references.unique,
        "claimed": instant(attempt.claimed.at),
        "boot": attempt.claimed.boot,
        "uptime": attempt.claimed.uptime // _MICROSECOND,
        "window": instant(attempt.window_ends_at),
        "worker": attempt.worker,
        "answered": optional_instant(attempt.answered_at),
        "code": attempt.response_code,
        "note": attempt.note,
        "charged": optional_instant(attempt.charged_at),
        "evidence": attempt.evidence,
        **({} if attempt.accepted_at is None else _accepted(attempt.accepted_at, attempt.handle)),
    }


def _accepted(at: datetime, handle: Mapping[str, str | int]) -> Plain:
    return {"accepted": instant(at), "handle": numbers(handle)}


def attempt_from_plain(plain: Plain, phones: Sequence[Msisdn]) -> Attempt:
    """The attempt that attempt_to_plain was given, but for its step."""
    phone = plain["phone"]
    return Attempt(
        id=plain["id"],
        number=plain["number"],
        provider=plain["provider"],
        status=_ATTEMPT_STATUS[plain["status"]],
        phone=None if phone is None else phones[phone],
        references=References(exact(plain["shown"]), tuple(plain["unique"])),
        claimed=Moment(
            at=from_instant(plain["claimed"]),
            boot=plain["boot"],
            uptime=timedelta(microseconds=plain["uptime"]),
        ),
        window_ends_at=from_instant(plain["window"]),
        worker=plain["worker"],
        answered_at=optional_time(plain["answered"]),
        response_code=plain["code"],
        note=plain["note"],
        charged_at=optional_time(plain.get("charged")),
        evidence=plain.get("evidence"),
        accepted_at=optional_time(plain.get("accepted")),
        handle=exact(plain.get("handle", {})),
    )


def steps_to_plain(attempts: Sequence[Attempt]) -> list[list[Any] | None] | None:
    """What the attempts ask of the customer; None if that is nothing.

    Whoever has such an address may be able to pay, or to see who pays: it is sealed.
    """
    if all(attempt.step is None for attempt in attempts):
        return None
    steps = [attempt.step for attempt in attempts]
    return [None if step is None else [step.action, step.url, step.qr] for step in steps]


def step_from_plain(attempt: Attempt, step: list[Any] | None) -> Attempt:
    """The attempt with its step, if it has one."""
    if step is None:
        return attempt
    action, url, qr = step
    return replace(attempt, step=CustomerStep(NextAction(action), url, qr))


def reason_to_plain(reason: Reason | None) -> Plain | None:
    """The reason, if there is one."""
    if reason is None:
        return None
    return {
        "code": reason.code,
        "provider_code": reason.provider_code,
        "retryable": reason.retryable,
        "who": reason.who_can_fix,
        "id": reason.message.id,
        "en": reason.message.en,
    }


def reason_from_plain(plain: Plain | None) -> Reason | None:
    """The reason that reason_to_plain was given."""
    if plain is None:
        return None
    return Reason(
        code=ReasonCode(plain["code"]),
        provider_code=plain["provider_code"],
        retryable=plain["retryable"],
        who_can_fix=WhoCanFix(plain["who"]),
        message=Texts(plain["id"], plain["en"]),
    )
