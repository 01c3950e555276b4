"""The ways out of the house. Imported by whoever goes out: the HTTP libraries take 20 MB."""

from collections.abc import Callable, Sequence
from datetime import datetime

from adapters.inbound.http.presenter import Presenter
from adapters.outbound.offer import Offer, Surroundings
from adapters.outbound.ovo.dialect import OvoDialect
from adapters.outbound.ovo.gateway import OvoGateway
from adapters.outbound.tokens import TokenSource
from adapters.outbound.webhook.networks import Networks
from adapters.outbound.webhook.sender import SignedWebhooks
from adapters.outbound.wire import Wire
from application.ports import WalletLinks
from bootstrap.settings import Settings
from domain.money import Money
from domain.provider import Provider


def gateway(settings: Settings, provider: Provider, clock: Callable[[], datetime]) -> OvoGateway:
    """The way to the wallet."""
    return OvoGateway(
        wire=Wire(on_the_wire=provider.clocks.on_the_wire),
        clock=clock,
        clocks=provider.clocks,
        test_url=settings.wallet_url,
        live_url=settings.ovo_live_url,
        dialect=dialect(settings),
    )


def around(
    offer: Offer, clock: Callable[[], datetime], tokens: TokenSource, links: WalletLinks
) -> Surroundings:
    """What another provider's ways out are made with."""
    wire = Wire(on_the_wire=offer.provider.clocks.on_the_wire)
    return Surroundings(wire, clock, tokens, links)


def sender(
    settings: Settings,
    providers: Sequence[Provider],
    networks: Networks,
    clock: Callable[[], datetime],
) -> SignedWebhooks:
    """The way to the merchants' endpoints."""
    return SignedWebhooks(
        wire=Wire(keep_alive=True, allow=networks.allow),
        body=Presenter.of(providers).event_body,
        clock=clock,
        answer_within=settings.webhook_answer_within,
    )


def dialect(settings: Settings) -> OvoDialect:
    """What is inferred of OVO's protocol, as set."""
    return OvoDialect(
        hmac_includes_body=settings.ovo_hmac_includes_body,
        require_invoice=settings.ovo_require_invoice,
        require_batch=settings.ovo_require_batch,
        minimum=Money(settings.ovo_minimum),
    )
