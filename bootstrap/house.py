"""One process's view of a house, assembled from what the house brings.

`embedded` and `production` bring the store and the bell; the rest is the same in both.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Keyring
from adapters.outbound.offer import Gateway, Offer, Surroundings
from adapters.outbound.ovo.addresses import addresses
from adapters.outbound.ovo.references import OvoReferences
from adapters.outbound.webhook.networks import Networks
from application.ports import (
    IdempotencyStore,
    PaymentIndex,
    RateLimiter,
    WalletLinking,
    WalletLinks,
)
from bootstrap import chance
from bootstrap.clock import StoreClock
from bootstrap.container import Core
from bootstrap.late import Late, LateGateway, LateLinking
from bootstrap.lean import TAKEN_ALONG, kept_out
from bootstrap.means import Auditing, Bring, Ringing, Store
from bootstrap.offers import offers, readers
from bootstrap.routes import routes
from bootstrap.settings import Settings
from bootstrap.tokens import TokenFetches, late_tokens
from bootstrap.wellness import Wellness
from domain.merchant import OVO_PUSH
from domain.money import Money
from domain.provider import Provider
from domain.routing import Route

if TYPE_CHECKING:
    from adapters.outbound.ovo.gateway import OvoGateway
    from adapters.outbound.tokens import TokenSource
    from adapters.outbound.webhook.sender import SignedWebhooks

OVO = "ovo"
Around = Callable[[Offer], Surroundings]
"""Gives what a provider's ways out are made with."""


@final
@dataclass(frozen=True, slots=True)
class House:
    """One process's view of the house, assembled and open; the ways out are made when needed."""

    settings: Settings
    core: Core
    store: Store
    answers: IdempotencyStore
    index: PaymentIndex
    clock: StoreClock
    bell: Ringing
    limiter: RateLimiter | None
    audit: Callable[[], Auditing]
    gateway: Late["OvoGateway"]
    sender: Late["SignedWebhooks"]
    keyring: Keyring
    codec: Codec
    provider: Provider
    offers: Mapping[str, Offer]
    gateways: Mapping[str, Late[Gateway]]
    tokens: Late["TokenSource"]
    token_fetches: TokenFetches
    worker: str
    alone: bool


def ovo(settings: Settings) -> Provider:
    """OVO Push to Pay as the core sees it."""
    return Provider(OVO, OVO_PUSH, Money(settings.ovo_minimum), settings.rules())


@contextmanager
def assembled(settings: Settings, role: str, bring: Bring) -> Iterator[House]:
    """Assemble every use case; `role` names the process among its neighbours.

    Raises what the key file and the store refuse, in words that say what to do, and ValueError for
    addresses and networks that cannot be meant.
    """
    provider, offered = ovo(settings), offers(settings)
    addresses(settings.wallet_url, settings.ovo_live_url)
    networks = Networks.parse(settings.webhook_networks)
    with ExitStack() as closing:
        keyring = Keyring.read(settings.keys)
        codec = Codec(keyring)
        means = bring(keyring, codec, closing)
        store = means.store
        everyone = [provider, *(offer.provider for offer in offered.values())]
        longest = max(each.clocks.horizon for each in everyone)
        clock = StoreClock(longest, store.heartbeats.now())
        gateway, sender = _ways_out(settings, provider, offered, networks, clock)
        token_fetches = TokenFetches()
        tokens = late_tokens(store.tokens, clock.utc, token_fetches)
        around = _around(clock, tokens, store.links)
        gateways = _other_gateways(offered, around)
        worker = f"{role}-{secrets.token_hex(6)}"
        core = Core(
            payments=store.payments,
            feed=store.feed,
            index=means.index,
            events=store.events,
            deliveries=store.deliveries,
            endpoints=store.endpoints,
            links=store.links,
            linking=_linking(offered, around),
            directory=store.directory,
            accounts=store.accounts,
            sequences=store.sequences,
            heartbeats=store.heartbeats,
            idempotency=means.answers,
            inbox=store.inbox,
            readers=readers(offered),
            signal=means.bell,
            waiter=means.bell,
            first_of=means.first_of,
            gateway=LateGateway(gateway),
            references=OvoReferences(store.sequences, block=settings.ovo_reference_block),
            provider=provider,
            others={name: offer.provider for name, offer in offered.items()},
            other_gateways={name: LateGateway(late) for name, late in gateways.items()},
            routes=_routes(settings, provider, offered),
            unwell=Wellness(store.heartbeats),
            clock=clock,
            new_id=chance.fresh_id,
            luck=chance.luck,
            new_secret=chance.webhook_secret,
            new_api_key=chance.api_key,
            worker=worker,
            alone=means.alone,
            webhook_answer_within=settings.webhook_answer_within,
            per_endpoint=settings.delivery_width_per_endpoint,
            searched_description=settings.search_description,
        )
        core.check_dependencies()
        yield House(
            settings=settings,
            core=core,
            store=store,
            answers=means.answers,
            index=means.index,
            clock=clock,
            bell=means.bell,
            limiter=means.limiter,
            audit=means.audit,
            gateway=gateway,
            sender=sender,
            keyring=keyring,
            codec=codec,
            provider=provider,
            offers=offered,
            gateways=gateways,
            tokens=tokens,
            token_fetches=token_fetches,
            worker=worker,
            alone=means.alone,
        )


def _routes(
    settings: Settings, provider: Provider, offered: Mapping[str, Offer]
) -> Sequence[Route]:
    by_name = {provider.name: provider, **{n: offer.provider for n, offer in offered.items()}}
    try:
        return routes(settings.routes, by_name)
    except ValueError as wrong:
        raise ValueError(f"LUNAS_ROUTES: {wrong}") from None


def _around(clock: StoreClock, tokens: Late["TokenSource"], links: WalletLinks) -> Around:
    """What the other providers' ways out are made with, at their first use."""

    def around(offer: Offer) -> Surroundings:
        with kept_out(*TAKEN_ALONG):
            from bootstrap import wires  # noqa: PLC0415 - loads the HTTP client
        return wires.around(offer, clock.utc, tokens(), links)

    return around


def _other_gateways(offered: Mapping[str, Offer], around: Around) -> Mapping[str, Late[Gateway]]:
    """To the other providers; like OVO's, each is made by its first use."""

    def late(offer: Offer) -> Late[Gateway]:
        return Late(lambda: offer.gateway(around(offer)))

    return {name: late(offer) for name, offer in offered.items()}


def _linking(offered: Mapping[str, Offer], around: Around) -> Mapping[str, WalletLinking]:
    """To the providers whose wallets can be linked."""

    def late(offer: Offer, make: Callable[[Surroundings], WalletLinking]) -> WalletLinking:
        return LateLinking(Late(lambda: make(around(offer))))

    return {
        name: late(offer, offer.linking)
        for name, offer in offered.items()
        if offer.linking is not None
    }


def _ways_out(
    settings: Settings,
    provider: Provider,
    offered: Mapping[str, Offer],
    networks: Networks,
    clock: StoreClock,
) -> tuple[Late["OvoGateway"], Late["SignedWebhooks"]]:
    """To the wallet and to the endpoints; what they are made of is imported by their first use."""

    def gateway() -> "OvoGateway":
        with kept_out(*TAKEN_ALONG):
            from bootstrap import wires  # noqa: PLC0415 - loads the HTTP client
        return wires.gateway(settings, provider, clock.utc)

    def sender() -> "SignedWebhooks":
        with kept_out(*TAKEN_ALONG):
            from bootstrap import wires  # noqa: PLC0415 - loads the HTTP client
        everyone = [provider, *(offer.provider for offer in offered.values())]
        return wires.sender(settings, everyone, networks, clock.utc)

    return Late(gateway), Late(sender)
