"""A webhook of Xendit: whose it is, whether it is theirs, and how little it proves."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.outbound.xendit.notification import XenditWebhooks
from domain.merchant import ProviderAccount
from domain.outcome import Approved, Declined, NotSent
from tests.unit.cases import for_each
from tests.unit.gateways.builders import ABSENT, NOON_UTC, REFERENCE, as_body, word
from tests.unit.gateways.notices import a_notice
from tests.unit.xendit.builders import CREDENTIALS, REQUEST, TOKEN, a_charge, a_webhook

READER = XenditWebhooks()


def an_account(**credentials: str) -> ProviderAccount:
    return ProviderAccount("mer_1", "xendit", False, CREDENTIALS | credentials)


def refused(token: str | None, **credentials: str) -> str | None:
    headers = {} if token is None else {"x_callback_token": token}
    return READER.refusal(a_notice(a_webhook(), **headers), an_account(**credentials), NOON_UTC)


def read(body: object, **changes: object) -> str:
    return word(READER.read(a_notice(body), a_charge(**changes)))


def test_the_accounts_token_is_theirs() -> None:
    assert refused(TOKEN) is None


@for_each("token", [None, "", TOKEN[:-1], TOKEN + " ", TOKEN.upper(), "\udcff", "ключ"])
def test_any_other_token_is_refused(token: str | None) -> None:
    assert refused(token) == "the callback token is not this account's"


def test_an_account_without_a_token_refuses_everything_and_names_the_field() -> None:
    assert str(refused("", callback_token="")).startswith("callback_token: ")


def test_it_names_the_charge_by_our_reference() -> None:
    names = READER.names(a_notice(a_webhook()))
    assert names == (f"xendit:{REFERENCE}",) == a_charge().references.unique
    refund = a_webhook(event="refund.succeeded", reference_id="re_1")
    for body in (b"", b"[]", b"{}", as_body(refund), as_body({"event": "payment.succeeded"})):
        assert READER.names(a_notice(body)) == ()


def test_a_success_that_matches_in_every_field_is_believed() -> None:
    told = READER.read(a_notice(a_webhook()), a_charge(handle={"payment_request_id": REQUEST}))
    assert isinstance(told, Approved)
    assert told.evidence == f"xendit:{REQUEST}"


@for_each(
    "change",
    [
        {"amount": 1},
        {"amount": ABSENT},
        {"reference_id": "other"},
        {"currency": "USD"},
        {"payment_request_id": ABSENT},
        {"payment_request_id": None},
    ],
)
def test_a_success_that_does_not_match_is_a_mismatch(change: dict[str, Any]) -> None:
    assert read(a_webhook(**change)) == "unknown mismatch SUCCEEDED alarm"


def test_a_success_of_another_payment_request_is_a_mismatch() -> None:
    other = {"payment_request_id": "pr-2"}
    assert read(a_webhook(), handle=other) == "unknown mismatch SUCCEEDED alarm"


@pytest.mark.parametrize("failure", ["USER_DECLINED_PAYMENT", "INVALID_MERCHANT_CREDENTIALS"])
def test_a_failure_is_only_a_hint_for_nothing_signs_it(failure: str) -> None:
    told = read(a_webhook("FAILED", failure_code=failure))
    assert told == f"unknown pending FAILED {failure}"


def test_what_is_no_payment_says_nothing() -> None:
    assert read(a_webhook(event="refund.succeeded")) == "unknown unheard_of"
    assert read(b"[]") == "unknown garbage"


def test_the_same_said_again_has_the_same_key_and_any_other_has_another() -> None:
    same = READER.key(a_notice(a_webhook(), webhook_id="2"))
    assert READER.key(a_notice(a_webhook(), webhook_id="1")) == same
    others = [a_webhook("FAILED"), a_webhook(amount=1), a_webhook(id="py-2")]
    assert len({same, *(READER.key(a_notice(other)) for other in others)}) == 4


def test_it_is_answered_with_200_or_told_to_come_again() -> None:
    assert READER.reply(accepted=True)[0] == 200
    assert READER.reply(accepted=False)[0] == 503


@settings(deadline=None)
@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes_are_judged_without_an_exception(body: bytes, token: str) -> None:
    notice = a_notice(body, x_callback_token=token)
    assert (READER.refusal(notice, an_account(), NOON_UTC) is None) is (token == TOKEN)
    READER.names(notice)
    READER.key(notice)
    assert not isinstance(READER.read(notice, a_charge()), NotSent | Declined)
