"""Every provider that is offered, judged by one contract."""

from bootstrap.offers import OFFERED
from tests.contracts.provider import ProviderContract


class TestMidtrans(ProviderContract):
    name = "midtrans"
    secret = "server_key"


class TestXendit(ProviderContract):
    name = "xendit"
    secret = "secret_key"


class TestDoku(ProviderContract):
    name = "doku"
    secret = "secret_key"


def test_no_provider_is_offered_that_was_not_judged() -> None:
    judged = {contract.name for contract in ProviderContract.__subclasses__()}
    assert judged == set(OFFERED)
