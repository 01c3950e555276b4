"""The codec: everything comes back exactly, and nothing personal stands in the clear."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Keyring, Unreadable
from adapters.outbound.sealed import FORMAT
from domain.attempt import Attempt, AttemptStatus, Proof, References
from domain.errors import InvalidValue
from domain.events import Event, EventType
from domain.exception_record import Closing, ExceptionKind, ExceptionRecord
from domain.follow_up import (
    NOTHING_ASKED,
    Decision,
    FollowUp,
    Question,
    QuestionKind,
    Void,
    VoidStatus,
)
from domain.history import Entry
from domain.merchant import ProviderAccount
from domain.moment import Moment
from domain.money import Money
from domain.msisdn import Msisdn
from domain.next_action import CustomerStep, NextAction
from domain.order import Customer, Order
from domain.outcome import Accepted, Doubt
from domain.payment import Payment, Status
from domain.reason import Reason, ReasonCode, Texts, WhoCanFix
from domain.refund import Refund, RefundKind, RefundStatus
from domain.webhook import Secret
from tests.builders import (
    PHONE,
    a_claim,
    a_codec,
    a_decline,
    a_kept,
    a_link,
    a_payment,
    a_stop,
    a_story,
    after,
    an_account,
    an_active_link,
    an_approval,
    an_endpoint,
    an_endpoint_event,
)
from tests.unit.cases import for_each

CODEC = a_codec()

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
some = st.none() | texts
whole = st.integers(min_value=-(2**80), max_value=2**80)
# Each from one number: hypothesis draws a date, a span or a pattern part by part.
spans = st.integers(0, 9_999 * 86_400 * 10**6).map(lambda n: timedelta(microseconds=n))
times = st.integers(0, 100 * 365 * 86_400 * 10**6).map(
    lambda n: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(microseconds=n)
)
phones = st.integers(10**7, 10**11 - 1).map(lambda n: Msisdn(f"08{n}"))
details = st.dictionaries(texts, texts | whole, max_size=3)
money = st.integers(min_value=0, max_value=2**80).map(Money)
reasons = st.builds(
    Reason,
    code=st.sampled_from(ReasonCode),
    provider_code=some,
    retryable=st.booleans(),
    who_can_fix=st.sampled_from(WhoCanFix),
    message=st.builds(Texts, texts, texts),
)
moments = st.builds(Moment, times, texts, spans)
decisions = st.builds(
    Decision, st.integers(1, 9), moments, st.none() | moments, st.none() | times, some
)
voids = st.builds(
    Void, st.sampled_from(VoidStatus), times, st.lists(decisions, max_size=2).map(tuple)
)
questions = st.builds(Question, st.sampled_from(QuestionKind), st.integers(1, 9), moments, some)
follow_ups = st.just(NOTHING_ASKED) | st.builds(
    FollowUp,
    asked=st.integers(0, 9),
    open=st.none() | questions,
    ask_at=st.none() | times,
    asked_at=st.none() | times,
    checked=st.booleans(),
    slow=st.integers(0, 9),
    watched=st.integers(0, 9),
    reversals=st.lists(decisions, max_size=2).map(tuple),
    approved_at=st.none() | times,
    reverse_from=st.none() | times,
    void=st.none() | voids,
)
refunds_by_hand = st.builds(
    Refund,
    id=texts,
    attempt_id=texts,
    amount=money,
    kind=st.sampled_from(RefundKind),
    status=st.sampled_from(RefundStatus),
    reason=texts,
    actor=texts,
    created_at=times,
    updated_at=times,
    closed_by=some,
    evidence=some,
)
refunds = refunds_by_hand | st.builds(
    lambda refund, call, ask_at: replace(refund, call=call, ask_at=ask_at),
    refunds_by_hand,
    voids,
    st.none() | times,
)
exceptions = st.builds(
    ExceptionRecord,
    id=texts,
    kind=st.sampled_from(ExceptionKind),
    attempt_id=texts,
    amount=money,
    opened_at=times,
    code=some,
    closed=st.none() | st.builds(Closing, times, texts, texts, texts, some),
)
held_attempts = st.builds(
    Attempt,
    id=texts,
    number=st.integers(1, 9),
    provider=texts,
    status=st.sampled_from(AttemptStatus),
    phone=st.none() | phones,
    references=st.builds(References, details, st.lists(texts, max_size=2).map(tuple)),
    claimed=moments,
    window_ends_at=times,
    worker=texts,
    answered_at=st.none() | times,
    response_code=some,
    note=some,
    doubt=st.none() | st.sampled_from(Doubt),
    proof=st.none() | st.sampled_from(Proof),
    concluded_at=st.none() | times,
    charged_at=st.none() | times,
    evidence=some,
    follow_up=follow_ups,
)
steps = st.builds(CustomerStep, st.sampled_from(NextAction), some, some)
attempts = held_attempts | st.builds(
    lambda attempt, at, handle, step: replace(attempt, accepted_at=at, handle=handle, step=step),
    held_attempts,
    times,
    details,
    st.none() | steps,
)
orders = st.builds(
    Order,
    order_id=texts,
    amount=money,
    method=texts,
    provider=texts,
    expires_in=spans,
    phone=st.none() | phones,
    description=some,
    customer=st.none() | st.builds(Customer, some, texts),
    return_url=some,
    metadata=st.dictionaries(texts, texts, max_size=2),
    link_id=some,
)
payments = st.builds(
    Payment,
    id=texts,
    merchant_id=texts,
    livemode=st.booleans(),
    order=orders,
    status=st.sampled_from(Status),
    created_at=times,
    updated_at=times,
    expires_at=times,
    due_at=st.none() | times,
    phone=st.none() | phones,
    attempts=st.lists(attempts, max_size=3).map(tuple),
    reason=st.none() | reasons,
    amount_refunded=money,
    details=details,
    payer_name=some,
    paid_at=st.none() | times,
    cancel_requested_at=st.none() | times,
    unsent=st.integers(0, 9),
    refunds=st.lists(refunds, max_size=2).map(tuple),
    exceptions=st.lists(exceptions, max_size=2).map(tuple),
    history=st.lists(st.builds(Entry, times, texts, texts, details), max_size=2).map(tuple),
    sequence=st.integers(0, 99),
    version=st.integers(0, 99),
)


@settings(max_examples=40, deadline=None)
@given(payments, st.sampled_from(EventType), times, st.none() | st.integers(1, 9))
def test_any_payment_comes_back_exactly_and_so_does_any_event_about_it(
    payment: Payment, type_: EventType, at: datetime, sequence: int | None
) -> None:
    assert CODEC.decode_payment(CODEC.encode_payment(payment)) == payment
    event = Event("evt_1", type_, payment.merchant_id, True, at, sequence, payment)
    assert CODEC.decode_event(CODEC.encode_event(event)) == event


def test_an_endpoint_and_its_event_come_back() -> None:
    secrets = (Secret("whsec_bmV3"), Secret("whsec_b2xk", datetime(2026, 1, 1, tzinfo=UTC)))
    endpoint = an_endpoint(secrets=secrets, events=(EventType.FAILED,)).disable("gone")
    assert CODEC.decode_endpoint(CODEC.encode_endpoint(endpoint)) == endpoint
    event = an_endpoint_event(endpoint)
    assert CODEC.decode_event(CODEC.encode_event(event)) == event


@pytest.mark.parametrize("account", [an_account(), an_account(livemode=True, stopped=a_stop())])
def test_an_account_comes_back(account: ProviderAccount) -> None:
    assert CODEC.decode_account(CODEC.encode_account(account)) == account


@settings(max_examples=20, deadline=None)
@given(st.binary(max_size=64), st.booleans())
def test_a_kept_answer_comes_back_byte_for_byte(body: bytes, secret: bool) -> None:
    kept = a_kept(body=body, secret=secret)
    assert CODEC.decode_kept(CODEC.encode_kept(kept)) == kept


def test_times_of_another_zone_come_back_as_the_same_moment() -> None:
    jakarta = datetime.fromisoformat("2026-11-23T12:00:00.123456+07:00")
    payment = replace(a_payment(), paid_at=jakarta)
    known = CODEC.decode_payment(CODEC.encode_payment(payment))
    assert (known.paid_at, known.paid_at and known.paid_at.tzinfo) == (jakarta, UTC)


def test_what_is_no_text_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidValue) as refused:
        CODEC.encode_payment(a_payment(description="secret \ud800"))
    assert "secret" not in str(refused.value)


# -- privacy --------------------------------------------------------------------------------------


def test_nothing_personal_stands_in_the_clear() -> None:
    payment = a_payment(a_decline(), an_approval())
    step = CustomerStep(NextAction.REDIRECT, "https://wallet.example/address-canary", "qr-canary")
    waiting = a_payment(Accepted("2005400", step=step))
    endpoint, account = an_endpoint(), an_account()
    kept = a_kept(body=b"body-canary", secret=True)
    written = b"".join(
        [
            CODEC.encode_payment(payment),
            CODEC.encode_payment(waiting),
            CODEC.encode_endpoint(endpoint),
            CODEC.encode_account(account),
            CODEC.encode_kept(kept),
            CODEC.links.encode(a_link().claim("canary-code", after(1)).link),
            CODEC.links.encode(an_active_link()),
        ]
    )
    digits = PHONE.digits[2:]
    canaries = ("credential-canary", "canary", "address-canary", "qr-canary")
    for canary in (digits, "Siti", endpoint.secrets[0].value, *canaries):
        assert canary.encode() not in written


def test_a_phone_is_sealed_once_and_afresh_each_time() -> None:
    payment = a_claim(a_payment()).payment
    first, second = CODEC.encode_payment(payment), CODEC.encode_payment(payment)
    assert first != second
    assert first.count(b"k1.") == 1


def test_a_payment_without_personal_data_seals_nothing() -> None:
    assert CODEC.payment_to_plain(a_payment(phone=None))["sealed"] is None


def test_a_phones_hash_needs_the_key_and_hides_the_number() -> None:
    other = Codec(Keyring([("k1", bytes(32))]))
    assert CODEC.phone_hash(PHONE) == a_codec().phone_hash(PHONE)
    assert CODEC.phone_hash(PHONE) != other.phone_hash(PHONE)
    assert PHONE.digits not in CODEC.phone_hash(PHONE)


# -- tampering ------------------------------------------------------------------------------------


def moved_payment() -> bytes:
    mine = CODEC.payment_to_plain(a_payment())
    mine["sealed"] = CODEC.payment_to_plain(a_payment())["sealed"]
    return orjson.dumps(mine)


def altered_payment() -> bytes:
    plain = CODEC.payment_to_plain(a_payment())
    head, tail = plain["sealed"][:20], plain["sealed"][20:]
    plain["sealed"] = head + ("A" if tail[0] != "A" else "B") + tail[1:]
    return orjson.dumps(plain)


def cut_payment() -> bytes:
    return CODEC.encode_payment(a_payment())[:-10]


def stripped_payment() -> bytes:
    return orjson.dumps({**CODEC.payment_to_plain(a_payment()), "sealed": None})


def payment_of_a_lost_key() -> bytes:
    return Codec(Keyring([("lost", bytes(32))])).encode_payment(a_payment())


def payment_of_a_newer_lunas() -> bytes:
    return orjson.dumps({**CODEC.payment_to_plain(a_payment()), "v": FORMAT + 1})


@for_each(
    ("broken", "words"),
    [
        (moved_payment, "altered or moved"),
        (altered_payment, "altered or moved"),
        (cut_payment, "altered"),
        (stripped_payment, "altered"),
        (payment_of_a_lost_key, "'lost', which the key file lacks"),
        (payment_of_a_newer_lunas, "newer Lunas"),
    ],
)
def test_what_cannot_be_read_says_why_and_tells_nothing(
    broken: Callable[[], bytes], words: str
) -> None:
    with pytest.raises(Unreadable, match=words) as refused:
        CODEC.decode_payment(broken())
    assert PHONE.digits not in str(refused.value)


def test_a_secret_moved_to_another_endpoint_does_not_open() -> None:
    mine, theirs = (CODEC.endpoint_to_plain(an_endpoint()) for _ in range(2))
    with pytest.raises(Unreadable):
        CODEC.endpoint_from_plain(mine | {"sealed": theirs["sealed"]})


def test_credentials_moved_to_live_mode_do_not_open() -> None:
    plain = CODEC.account_to_plain(an_account())
    with pytest.raises(Unreadable):
        CODEC.account_from_plain(plain | {"live": True})


def test_an_answer_moved_to_another_key_does_not_open() -> None:
    plain = CODEC.kept_to_plain(a_kept(secret=True))
    with pytest.raises(Unreadable):
        CODEC.kept_from_plain(plain | {"scope": "another"})


def test_each_change_of_a_story_is_its_own_record() -> None:
    story = a_story(a_decline(), an_approval())
    written = [CODEC.encode_payment(change.payment) for change in story]
    assert [CODEC.decode_payment(data).version for data in written] == [1, 2, 3, 4, 5, 6]
