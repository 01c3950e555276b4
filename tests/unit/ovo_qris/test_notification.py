"""What OVO tells by itself: whose it is, what it says, and that nobody else can say it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from adapters.outbound import snap
from adapters.outbound.ovo_qris.notification import QrisNotifications
from application.ports import Notice
from domain.merchant import ProviderAccount
from domain.outcome import Accepted, Approved, Doubt, Unknown
from tests.unit.cases import for_each
from tests.unit.ovo_qris.builders import (
    ABSENT,
    NOON_UTC,
    REFERENCE,
    SECRET,
    SECRET_NEXT,
    THEIRS,
    a_charge,
    accepted_charge,
    an_account,
    queried,
)

PATH = "/notifications/ovo_qris"
READER = QrisNotifications()


def told(status: object = "00", **changes: object) -> bytes:
    return queried(
        status, responseCode=ABSENT, responseMessage=ABSENT, serviceCode=ABSENT, **changes
    )


def a_notice(
    body: bytes | None = None,
    *,
    secret: str = SECRET,
    path: str = PATH,
    token: str = "theirs",
    at: datetime = NOON_UTC,
    **headers: str,
) -> Notice:
    body = told() if body is None else body
    stamp = snap.timestamp(at, milliseconds=False)
    signature = snap.symmetric(
        secret, method="POST", path=path, token=token, body=body, timestamp=stamp
    )
    whole: Mapping[str, str] = {
        "content-type": "application/json",
        "authorization": f"Bearer {token}",
        "x-partner-id": "testclient01",
        "x-timestamp": stamp,
        "x-signature": signature,
    }
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Notice("ntf_1", "ovo_qris", PATH, {**whole, **named}, body, at)


def refusal(notice: Notice, account: ProviderAccount | None = None) -> str | None:
    return READER.refusal(notice, account or an_account(), NOON_UTC)


def test_what_ovo_signed_is_verified() -> None:
    assert refusal(a_notice()) is None
    without = a_notice(token="")
    del (headers := dict(without.headers))["authorization"]
    assert refusal(replace(without, headers=headers)) is None


def test_white_space_on_the_way_changes_nothing() -> None:
    notice = a_notice()
    spaced = json.dumps(json.loads(told()), indent=2).encode()
    compact = snap.compacted(spaced)
    assert compact is not None
    signed = a_notice(compact)
    assert refusal(replace(signed, body=spaced)) is None
    assert refusal(replace(notice, body=spaced)) is not None


@for_each(
    "notice",
    [
        a_notice(secret="another-secret-0001"),
        a_notice(path="/notifications/another"),
        a_notice(x_signature=""),
        a_notice(x_signature="c2lnbmF0dXJl"),
        a_notice(x_timestamp="2026-11-23T10:15:31+07:00"),
        a_notice(authorization="Bearer another"),
        replace(a_notice(), body=told(amount={"value": "5.00", "currency": "IDR"})),
        replace(a_notice(), headers={}),
    ],
)
def test_what_anybody_else_sends_is_refused(notice: Notice) -> None:
    assert refusal(notice) == "the signature does not match"


@pytest.mark.parametrize("minutes", [-5, 5])
def test_it_is_good_for_five_minutes_either_way(minutes: int) -> None:
    at = NOON_UTC.replace(microsecond=0) + timedelta(minutes=minutes)
    notice = a_notice(at=at)
    now = NOON_UTC.replace(microsecond=0)
    assert READER.refusal(notice, an_account(), now) is None
    later = now - timedelta(seconds=1 if minutes > 0 else -1)
    why = READER.refusal(notice, an_account(), later)
    assert why == "its time stamp is not of these five minutes"


def test_while_secrets_are_changed_either_may_sign() -> None:
    both = an_account(False, client_secret_next=SECRET_NEXT)
    for secret in (SECRET, SECRET_NEXT):
        assert refusal(a_notice(secret=secret), both) is None
    assert refusal(a_notice(secret=SECRET_NEXT)) == "the signature does not match"


def test_another_partners_notification_and_an_unusable_account_say_so() -> None:
    assert refusal(a_notice(x_partner_id="somebody")) == "it names another partner"
    broken = an_account(False, client_secret="")
    why = refusal(a_notice(secret=""), broken)
    assert why == (
        "the account cannot verify anything: client_secret: is missing from the QRIS credentials"
    )


def test_a_path_that_ovo_signs_instead_can_be_set() -> None:
    reader = QrisNotifications("/v1.0/qr/qr-mpm-notify")
    for path in ("/v1.0/qr/qr-mpm-notify", PATH):
        assert reader.refusal(a_notice(path=path), an_account(), NOON_UTC) is None
    assert refusal(a_notice(path="/v1.0/qr/qr-mpm-notify")) == "the signature does not match"


def test_it_names_the_attempts_that_it_may_speak_of() -> None:
    assert READER.names(a_notice()) == [f"ovo_qris:{REFERENCE}"]
    swapped = told(originalPartnerReferenceNo=THEIRS, originalReferenceNo=REFERENCE)
    assert READER.names(a_notice(swapped)) == [f"ovo_qris:{REFERENCE}"]
    for body in (
        b"",
        b"[]",
        told(originalPartnerReferenceNo=5),
        told(originalPartnerReferenceNo="x"),
    ):
        assert list(READER.names(a_notice(body))) == []


def test_it_says_what_a_query_would() -> None:
    outcome = READER.read(a_notice(), accepted_charge())
    assert isinstance(outcome, Approved)
    assert outcome.evidence == f"ovo_qris:{THEIRS}"
    assert isinstance(READER.read(a_notice(told("03")), a_charge()), Accepted)
    assert READER.read(a_notice(told("06")), a_charge()) == Unknown(Doubt.NOT_FOUND, "notify52 06")
    other = told(amount={"value": "49999.00", "currency": "IDR"})
    mismatch = Unknown(Doubt.MISMATCH, "notify52 00", alarm=True)
    assert READER.read(a_notice(other), accepted_charge()) == mismatch
    assert READER.read(a_notice(b""), a_charge()) == Unknown(Doubt.GARBAGE)


def test_it_is_the_same_again_by_names_amount_and_status() -> None:
    key = READER.key(a_notice())
    assert key == f"{REFERENCE} {THEIRS} 00 50000"
    again = told(transactionStatusDesc="other words", paidTime=ABSENT)
    assert READER.key(a_notice(again, at=NOON_UTC + timedelta(seconds=9))) == key
    others = [told("03"), told(amount=ABSENT), told(originalReferenceNo="x"), b""]
    assert len({READER.key(a_notice(body)) for body in others} | {key}) == 5


@pytest.mark.parametrize(("accepted", "code"), [(True, "2005200"), (False, "5005200")])
def test_it_is_answered_in_snaps_words(accepted: bool, code: str) -> None:
    status, headers, body = READER.reply(accepted=accepted)
    assert (status, json.loads(body)["responseCode"]) == (int(code[:3]), code)
    assert headers["Content-Type"] == "application/json"
