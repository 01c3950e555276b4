"""A notification of Midtrans: whose it is, whether it is theirs, and what it says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.outbound.midtrans.notification import MidtransNotifications
from adapters.outbound.midtrans.signature import signature_key
from domain.merchant import ProviderAccount
from domain.outcome import NotSent
from tests.unit.cases import for_each
from tests.unit.gateways.builders import (
    ABSENT,
    NOON_UTC,
    REFERENCE,
    as_body,
    fields,
    word,
)
from tests.unit.gateways.notices import a_notice
from tests.unit.midtrans.builders import CREDENTIALS, SERVER_KEY, a_charge, an_answer

READER = MidtransNotifications()
VECTOR = (
    "941d3b3f0ea79141311267f9f960df6ea8df39c929b5700352008236db13be0b"
    "c438fdd40bcd2df755ed4c6cf5c6665d851504813f2a714a2101fd8f9751d694"
)
SECOND = (
    "12e50cef489322c8180d6d34bedc4b66a56fc384b1c9fac0dd5798b71f645437"
    "d37ec8246acc0720063e26225b032e552ec07bf5f2fb5f9f05b78bd64d34cc7d"
)


def an_account(**credentials: str) -> ProviderAccount:
    return ProviderAccount("mer_1", "midtrans", False, CREDENTIALS | credentials)


def told(status: str = "settlement", code: str = "200", /, **changes: object) -> dict[str, object]:
    """A signed notification; `changes` are made after it was signed."""
    answer = an_answer(status, code)
    answer["signature_key"] = signature_key(
        order_id=REFERENCE, status_code=code, gross_amount="50000.00", server_key=SERVER_KEY
    )
    return fields(answer, changes)


def refused(body: object, **credentials: str) -> str | None:
    return READER.refusal(a_notice(body), an_account(**credentials), NOON_UTC)


def test_the_vectors_hold() -> None:
    first = ("TMC-0001", "200", "50000.00", "SB-Mid-server-TESTKEY")
    second = ("order-1", "200", "15000.00", "SB-Mid-server-TEST")
    for (order, code, amount, key), expected in ((first, VECTOR), (second, SECOND)):
        made = signature_key(order_id=order, status_code=code, gross_amount=amount, server_key=key)
        assert made == expected


def test_what_the_server_key_signed_is_theirs() -> None:
    assert refused(told()) is None


@for_each(
    "change",
    [
        {"order_id": "other"},
        {"status_code": "201"},
        {"gross_amount": "50000.0"},
        {"gross_amount": "50001.00"},
        {"signature_key": "0" * 128},
        {"signature_key": "\udcff"},
    ],
)
def test_what_was_changed_after_it_was_signed_is_refused(change: dict[str, object]) -> None:
    assert refused(told(**change)) == "the signature key is not this account's"


def test_the_signature_is_compared_letter_by_letter() -> None:
    assert refused(told(signature_key=str(told()["signature_key"]).upper())) is not None


def test_another_accounts_key_refuses_it() -> None:
    assert refused(told(), server_key="SB-Mid-server-OTHER") is not None


@for_each("name", ["order_id", "status_code", "gross_amount", "signature_key"])
@for_each("value", [ABSENT, None, "", {}, True])
def test_a_missing_signed_field_refuses_it(name: str, value: object) -> None:
    assert refused(told(**{name: value})) == "a signed field is missing"


def test_an_account_without_a_key_refuses_everything_and_names_the_field() -> None:
    assert str(refused(told(), server_key="")).startswith("server_key: ")


def test_it_names_the_charge_by_our_reference() -> None:
    assert READER.names(a_notice(told())) == (f"midtrans:{REFERENCE}",)
    assert READER.names(a_notice(told())) == a_charge().references.unique
    for body in (b"", b"[]", b"{}", as_body({"order_id": "two words"})):
        assert READER.names(a_notice(body)) == ()


@for_each(
    ("status", "code", "expected"),
    [
        ("settlement", "200", "approved settlement"),
        ("pending", "201", "accepted 201"),
        ("deny", "202", "declined deny provider_rejected"),
        ("expire", "407", "unknown not_found expire"),
    ],
)
def test_it_says_what_a_check_would(status: str, code: str, expected: str) -> None:
    assert word(READER.read(a_notice(told(status, code)), a_charge())) == expected


def test_another_amount_is_a_mismatch() -> None:
    found = READER.read(a_notice(told(gross_amount="1.00")), a_charge())
    assert word(found) == "unknown mismatch settlement alarm"


def test_the_same_notification_again_has_the_same_key_and_any_other_has_another() -> None:
    same = READER.key(a_notice(told(), webhook_id="2"))
    assert READER.key(a_notice(told())) == same
    others = [told("pending", "201"), told(gross_amount="1.00"), told(order_id="x")]
    keys = {READER.key(a_notice(other)) for other in others}
    assert len(keys | {same}) == 4


def test_it_is_answered_with_200_or_told_to_come_again() -> None:
    assert READER.reply(accepted=True)[0] == 200
    assert READER.reply(accepted=False)[0] == 503


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_without_an_exception(body: bytes) -> None:
    notice = a_notice(body)
    assert READER.refusal(notice, an_account(), NOON_UTC) is not None
    READER.names(notice)
    READER.key(notice)
    assert not isinstance(READER.read(notice, a_charge()), NotSent)
