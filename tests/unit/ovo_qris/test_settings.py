"""What a house sets of QRIS, and what an account must have."""

from dataclasses import replace

import pytest

from adapters.outbound.ovo_qris.credentials import QrisCredentials
from adapters.outbound.ovo_qris.offer import offer
from adapters.outbound.ovo_qris.places import Places
from domain.errors import InvalidValue
from domain.money import Money
from domain.provider import Needs
from tests.unit.cases import for_each
from tests.unit.ovo_qris.builders import SANDBOX, SECRET, SECRET_NEXT, credentials
from tests.unit.snap.keys import pems


def test_the_usual_house_speaks_to_the_sandbox_alone() -> None:
    places = Places.parse({}, SANDBOX)
    assert dict(places.urls) == {False: f"{SANDBOX}/ovo-qris", True: None}
    assert not places.cancels


@for_each(
    ("options", "words"),
    [
        ({"live_url": "http://apigw.test"}, "live_url must be https"),
        ({"live_url": "https://a.test", "test_url": "https://a.test"}, "must not be one"),
        ({"test_url": "ftp://a.test"}, "test_url must be an http"),
        ({"test_url": "https://me:word@a.test"}, "test_url must be an http"),
        ({"test_url": "https://a.test/?q"}, "test_url must be an http"),
        ({"test_url": "https://"}, "test_url must be an http"),
        ({"test_url": "https://a.test/" + "x" * 200}, "too long"),
        ({"query_path": "qr"}, "query_path must be a path"),
        ({"cancel_path": "/qr?x"}, "cancel_path must be a path"),
        ({"token_path": "/a//b"}, "token_path must be a path"),
        ({"minimum": "1.5"}, "minimum must be whole rupiah"),
        ({"maximum": "-1"}, "maximum must be whole rupiah"),
        ({"minimum": "20", "maximum": "10"}, "takes no amount"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused_by_name(
    options: dict[str, str], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        offer(options, SANDBOX)


def test_the_offer_needs_nothing_of_the_customer_and_takes_back_only_what_can_be() -> None:
    provider = offer({}, SANDBOX).provider
    assert (provider.name, provider.method) == ("ovo_qris", "qris")
    assert provider.needs is Needs.NOTHING
    assert (provider.minimum, provider.maximum) == (Money(1_000), Money(10_000_000))
    assert not provider.clocks.blocking
    assert provider.rules.most_reversals == 0
    assert (provider.rules.voids, provider.rules.refunds) == (True, False)
    with_cancel = offer({"cancel_path": "/v1.0/qr/qr-mpm-cancel", "minimum": "1"}, SANDBOX)
    assert with_cancel.provider.rules.most_reversals == 3
    assert with_cancel.provider.minimum == Money(1)


def test_credentials_are_read_with_and_without_their_successors() -> None:
    present = QrisCredentials.parse(credentials())
    assert (present.secrets, len(present.keys)) == ((SECRET,), 1)
    both = QrisCredentials.parse(
        credentials(client_secret_next=SECRET_NEXT, private_key_next=pems("next")[0])
    )
    assert (both.secrets, len(both.keys)) == ((SECRET, SECRET_NEXT), 2)
    assert both.keys[0] == present.keys[0]
    assert SECRET not in repr(both)
    assert repr(both).startswith("QrisCredentials(client_id=...,")


@for_each(
    ("name", "value"),
    [
        *[(name, "") for name in ("client_id", "client_secret", "private_key", "merchant_id")],
        *[(name, "") for name in ("terminal_id", "channel_id")],
        ("client_id", "two words"),
        ("client_id", "line\r\nX-Other: 1"),
        ("client_secret", "short"),
        ("client_secret_next", "short"),
        ("private_key", "-----BEGIN PRIVATE KEY-----"),
        ("private_key_next", "no key"),
        ("terminal_id", "1" * 17),
        ("channel_id", "95-21"),
    ],
)
def test_a_credential_that_cannot_be_one_is_named_and_never_repeated(name: str, value: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        offer({}, SANDBOX).credentials(credentials(**{name: value}))
    assert refused.value.field == name
    assert not value or value not in str(refused.value)


def test_unknown_names_among_credentials_are_ignored() -> None:
    assert QrisCredentials.parse(credentials(mid="1")) == QrisCredentials.parse(credentials())


def test_a_place_is_a_value() -> None:
    places = Places.parse({"test_url": "https://stage.test/base/"}, SANDBOX)
    assert places.urls[False] == "https://stage.test/base"
    assert replace(places) == places
