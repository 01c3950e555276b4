"""What of linked accounts can be set, and what an account must hold."""

from datetime import timedelta

import pytest

from adapters.outbound.ovo_snap.credentials import OvoSnapCredentials
from adapters.outbound.ovo_snap.offer import offer
from domain.errors import InvalidValue
from domain.provider import Needs
from tests.unit.cases import for_each
from tests.unit.ovo_snap.builders import credentials
from tests.unit.snap.keys import pems


def test_linked_accounts_are_offered_as_they_are() -> None:
    provider = offer({}, "http://sandbox.test").provider
    assert (provider.name, provider.method, provider.needs) == (
        "ovo_snap",
        "ovo_linked",
        Needs.LINK,
    )
    assert not provider.clocks.blocking
    assert provider.clocks.customer_window == timedelta(minutes=5)
    assert provider.rules.check_every == timedelta(seconds=5)
    assert (provider.rules.refunds, provider.rules.refund_within) == (True, timedelta(days=60))
    assert (provider.rules.voids, provider.rules.most_reversals) == (False, 0)


@for_each(
    ("options", "field"),
    [
        ({"live_url": "http://wallet.example"}, "live_url"),
        ({"live_url": "https://x.test", "test_url": "https://x.test"}, "live_url"),
        ({"path_debit": "debit"}, "path_debit"),
        ({"version": "v 3"}, "path_token_b2b2c"),
        ({"status_service": "5"}, "status_service"),
        ({"customer_window_seconds": "5"}, "customer_window_seconds"),
        ({"customer_window_seconds": "long"}, "customer_window_seconds"),
        ({"customer_window_seconds": "3001"}, "customer_window_seconds"),
        ({"check_every_seconds": "0"}, "check_every_seconds"),
        ({"colour": "violet"}, "colour"),
    ],
)
def test_what_cannot_be_set_is_named(options: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        offer(options, "http://sandbox.test")
    assert refused.value.field == field


def test_credentials_are_read_and_never_printed() -> None:
    next_key = pems("next")[0]
    known = OvoSnapCredentials.parse(credentials(private_key_next=next_key, more="x"))
    assert len(known.signing) == 2
    assert not known.automatic
    assert OvoSnapCredentials.parse(credentials(payment="AUTO")).automatic
    for secret in ("test-client-secret", "PRIVATE"):
        assert secret not in repr(known)


@for_each(
    "name",
    ["client_id", "client_secret", "private_key", "merchant_id"],
)
def test_what_is_missing_is_named(name: str) -> None:
    given = credentials()
    del given[name]
    with pytest.raises(InvalidValue) as refused:
        OvoSnapCredentials.parse(given)
    assert refused.value.field == name


@for_each(
    ("name", "value"),
    [
        ("client_id", ""),
        ("client_secret", "a b"),
        ("merchant_id", "1/2"),
        ("channel_id", "123456"),
        ("device_id", ""),
        ("payment", "auto"),
        ("pay_method", "CARD"),
        ("private_key", "canary-key"),
        ("private_key_next", "canary-key"),
        ("client_secret_next", "canary key"),
    ],
)
def test_what_cannot_be_is_named_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        OvoSnapCredentials.parse(credentials(**{name: value}))
    assert refused.value.field == name
    assert "canary" not in str(refused.value)
