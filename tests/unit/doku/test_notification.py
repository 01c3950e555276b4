"""A notification of DOKU: whose it is, whether it is theirs, and what it says."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.outbound.doku.notification import DokuNotifications
from adapters.outbound.doku.signature import header_signature, request_timestamp
from application.ports import Notice
from domain.merchant import ProviderAccount
from domain.outcome import NotSent
from tests.unit.cases import for_each
from tests.unit.doku.builders import CLIENT, CREDENTIALS, SECRET, a_charge, a_status
from tests.unit.gateways.builders import NOON_UTC, REFERENCE, as_body, word
from tests.unit.gateways.notices import a_notice

READER = DokuNotifications()
PATH = "/v1/notifications/doku"


def an_account(**credentials: str) -> ProviderAccount:
    return ProviderAccount("mer_1", "doku", False, CREDENTIALS | credentials)


def signed(body: bytes, *, path: str = PATH, at: str | None = None) -> Notice:
    timestamp = at or request_timestamp(NOON_UTC)
    signature = header_signature(
        client_id=CLIENT,
        request_id="r-1",
        timestamp=timestamp,
        target=path,
        secret_key=SECRET,
        body=body,
    )
    return a_notice(
        body,
        path=path,
        client_id=CLIENT,
        request_id="r-1",
        request_timestamp=timestamp,
        signature=signature,
    )


def refused(notice: Notice, *, late: float = 0, **credentials: str) -> str | None:
    return READER.refusal(notice, an_account(**credentials), NOON_UTC + timedelta(seconds=late))


BODY = as_body(a_status())


def test_what_the_secret_signed_is_theirs() -> None:
    assert refused(signed(BODY)) is None


def test_the_very_bytes_are_signed_and_not_what_they_mean() -> None:
    spaced = BODY.replace(b": ", b" :  ")
    assert refused(signed(spaced)) is None
    theirs = signed(BODY)
    again = Notice(theirs.id, "doku", PATH, theirs.headers, spaced, NOON_UTC)
    assert refused(again) == "the signature is not this account's"


def test_it_is_signed_for_our_path_alone() -> None:
    theirs = signed(BODY, path="/elsewhere")
    assert refused(theirs) is None
    moved = Notice(theirs.id, "doku", PATH, theirs.headers, BODY, NOON_UTC)
    assert refused(moved) == "the signature is not this account's"


@for_each("name", ["request-id", "request-timestamp", "signature", "client-id"])
def test_a_header_that_is_changed_or_missing_refuses_it(name: str) -> None:
    theirs = signed(BODY)
    for value in ("", "2026-11-23T05:00:01Z", "HMACSHA256=\udcff"):
        headers = dict(theirs.headers) | {name: value}
        assert refused(Notice("ntf_1", "doku", PATH, headers, BODY, NOON_UTC)) is not None


def test_another_accounts_secret_or_client_id_refuses_it() -> None:
    assert refused(signed(BODY), secret_key="SK-other") == "the signature is not this account's"
    assert refused(signed(BODY), client_id="MCH-other") == "the client id is not this account's"
    assert str(refused(signed(BODY), secret_key="")).startswith("secret_key: ")


@for_each(("late", "taken"), [(300, True), (-300, True), (300.1, False), (-301, False)])
def test_its_time_stamp_is_within_five_minutes(late: float, taken: bool) -> None:
    assert (refused(signed(BODY), late=late) is None) is taken


@pytest.mark.parametrize("at", ["yesterday", "2026-11-23T05:00:00", "1763874000"])
def test_a_time_stamp_that_is_none_refuses_it(at: str) -> None:
    assert refused(signed(BODY, at=at)) == "the time stamp is more than five minutes off"


def test_it_names_the_charge_by_our_reference() -> None:
    assert READER.names(a_notice(BODY)) == (f"doku:{REFERENCE}",) == a_charge().references.unique
    for body in (b"", b"[]", b"{}", as_body({"order": {"invoice_number": "two words"}})):
        assert READER.names(a_notice(body)) == ()


@for_each(
    ("status", "expected"),
    [
        ("SUCCESS", "approved SUCCESS"),
        ("FAILED", "unknown not_found FAILED"),
        ("TIMEOUT", "unknown pending TIMEOUT"),
        ("REFUNDED", "unknown reversed REFUNDED"),
    ],
)
def test_it_says_what_a_check_would(status: str, expected: str) -> None:
    assert word(READER.read(a_notice(a_status(status)), a_charge())) == expected


def test_another_amount_is_a_mismatch() -> None:
    order = {"invoice_number": REFERENCE, "amount": 1}
    told = READER.read(a_notice(a_status(order=order)), a_charge())
    assert word(told) == "unknown mismatch SUCCESS alarm"


def test_the_same_said_again_has_the_same_key_whichever_request_carried_it() -> None:
    assert READER.key(signed(BODY)) == READER.key(signed(BODY, at="2026-11-23T05:04:00Z"))
    others = [a_status("FAILED"), a_status(order={"invoice_number": REFERENCE, "amount": 1})]
    assert len({READER.key(a_notice(told)) for told in [a_status(), *others]}) == 3


def test_it_is_answered_with_200_or_told_to_come_again() -> None:
    assert READER.reply(accepted=True)[0] == 200
    assert READER.reply(accepted=False)[0] == 503


@settings(deadline=None)
@given(
    st.binary(max_size=200), st.dictionaries(st.sampled_from(["signature", "client-id"]), st.text())
)
def test_any_bytes_are_refused_without_an_exception(body: bytes, headers: dict[str, str]) -> None:
    notice = Notice("ntf_1", "doku", PATH, headers, body, NOON_UTC)
    assert READER.refusal(notice, an_account(), NOON_UTC) is not None
    READER.names(notice)
    READER.key(notice)
    assert not isinstance(READER.read(notice, a_charge()), NotSent)
