"""Every provider that is offered, judged by one contract."""

from datetime import timedelta

from bootstrap.offers import OFFERED
from tests.contracts.provider import ProviderContract


class TestMidtrans(ProviderContract):
    name = "midtrans"
    secret = "server_key"


class TestXendit(ProviderContract):
    name = "xendit"
    secret = "api_key"


class TestDoku(ProviderContract):
    name = "doku"
    secret = "secret_key"
    asked_after = timedelta(seconds=61)


class TestQris(ProviderContract):
    name = "ovo_qris"
    secret = "client_secret"


def test_no_provider_is_offered_that_was_not_judged() -> None:
    judged = {contract.name for contract in ProviderContract.__subclasses__()}
    assert judged == set(OFFERED)
