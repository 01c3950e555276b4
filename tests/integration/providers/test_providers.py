"""Every provider that is offered, judged by one contract."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from application.ports import LinkWish
from bootstrap.offers import OFFERED
from domain.ids import IdKind
from domain.wallet_link import LinkChange, LinkSecrets, LinkStatus, WalletLink
from tests.builders import an_id
from tests.contracts.provider import PHONE, ProviderContract, Shop, around


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


class TestLinkedOvo(ProviderContract):
    name = "ovo_snap"
    secret = "client_secret"

    async def prepared(self, shop: Shop) -> None:
        """The customer's wallet is linked, and charged without a PIN."""
        assert shop.offer.linking is not None
        wire = shop.offer.linking(around(shop.store))
        now = datetime.now(UTC)
        fresh = a_link(now)
        change = LinkChange(fresh)
        shop.store.links.save(change)
        wish = LinkWish(shop.account, fresh.id, "p-123", fresh.phone, "https://lunas.example/back")
        binding = await wire.bind(wish)
        _, told = await shop.caller.get("/control/links")
        path = f"/control/links/{told['links'][0]['id']}/confirm"
        _, agreed = await shop.caller.post(path)
        code = parse_qs(urlsplit(agreed["redirect"]).query)["authCode"][0]
        bound = replace(fresh, secrets=LinkSecrets(linkage_token=binding.linkage_token))
        claimed = bound.claim(code, now)
        shop.store.links.save(claimed)
        tokens = await wire.exchange(shop.account, claimed.link)
        active = claimed.link.activate(tokens, now, an_id(IdKind.EVENT, now))
        shop.store.links.save(active)
        shop.link_id = active.link.id


def a_link(now: datetime) -> WalletLink:
    """A link whose customer has still to agree."""
    return WalletLink(
        id=an_id(IdKind.WALLET_LINK, now),
        merchant_id="mer_1",
        livemode=False,
        provider="ovo_snap",
        customer_id="p-123",
        phone=PHONE,
        status=LinkStatus.PENDING,
        created_at=now,
        updated_at=now,
        expires_at=now + timedelta(minutes=30),
        return_url="https://chat.example/wallet",
    )


def test_no_provider_is_offered_that_was_not_judged() -> None:
    judged = {contract.name for contract in ProviderContract.__subclasses__()}
    assert judged == set(OFFERED)
