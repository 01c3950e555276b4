"""The embedded house: SQLite, one API process, one dispatcher, pipes between them."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Keyring
from adapters.outbound.memory.limits import MemoryRateLimiter
from adapters.outbound.ovo.addresses import addresses
from adapters.outbound.ovo.references import OvoReferences
from adapters.outbound.signal.bell import Bell
from adapters.outbound.sqlite.database import migrate
from adapters.outbound.sqlite.store import SqliteStore
from adapters.outbound.webhook.networks import Networks
from application.ports import RateLimiter
from bootstrap import chance
from bootstrap.clock import StoreClock
from bootstrap.container import Core
from bootstrap.late import Late, LateGateway
from bootstrap.lean import TAKEN_ALONG, kept_out
from bootstrap.settings import Settings
from domain.merchant import OVO_PUSH
from domain.money import Money
from domain.provider import Provider

if TYPE_CHECKING:
    from adapters.outbound.ovo.gateway import OvoGateway
    from adapters.outbound.webhook.sender import SignedWebhooks

OVO = "ovo"


@final
@dataclass(frozen=True, slots=True)
class House:
    """One process's view of the house, assembled and open; the ways out are made when needed."""

    settings: Settings
    core: Core
    store: SqliteStore
    clock: StoreClock
    bell: Bell
    limiter: RateLimiter | None
    gateway: Late["OvoGateway"]
    sender: Late["SignedWebhooks"]
    keyring: Keyring
    codec: Codec
    provider: Provider
    worker: str


def ovo(settings: Settings) -> Provider:
    """OVO Push to Pay as the core sees it."""
    return Provider(OVO, OVO_PUSH, Money(settings.ovo_minimum), settings.rules())


@contextmanager
def opened(settings: Settings, role: str) -> Iterator[House]:
    """Open the store and assemble every use case; `role` names the process among its neighbours.

    Raises what the key file and the store refuse, in words that say what to do, and ValueError for
    addresses and networks that cannot be meant.
    """
    provider = ovo(settings)
    addresses(settings.wallet_url, settings.ovo_live_url)
    networks = Networks.parse(settings.webhook_networks)
    with ExitStack() as closing:
        keyring = Keyring.read(settings.keys)
        codec = Codec(keyring)
        store = SqliteStore.open(settings.database, codec)
        closing.callback(store.close)
        bell = Bell(settings.bells, role)
        closing.callback(bell.close)
        policy = settings.rate_policy()
        clock = StoreClock(provider.clocks.horizon, store.heartbeats.now())
        gateway, sender = _ways_out(settings, provider, networks, clock)
        worker = f"{role}-{secrets.token_hex(6)}"
        core = Core(
            payments=store.payments,
            events=store.events,
            deliveries=store.deliveries,
            endpoints=store.endpoints,
            directory=store.directory,
            accounts=store.accounts,
            sequences=store.sequences,
            heartbeats=store.heartbeats,
            idempotency=store.idempotency,
            signal=bell,
            waiter=bell,
            gateway=LateGateway(gateway),
            references=OvoReferences(store.sequences, block=settings.ovo_reference_block),
            provider=provider,
            clock=clock,
            new_id=chance.fresh_id,
            luck=chance.luck,
            new_secret=chance.webhook_secret,
            new_api_key=chance.api_key,
            worker=worker,
            alone=True,
            webhook_answer_within=settings.webhook_answer_within,
            per_endpoint=settings.delivery_width_per_endpoint,
        )
        core.check_dependencies()
        yield House(
            settings=settings,
            core=core,
            store=store,
            clock=clock,
            bell=bell,
            limiter=MemoryRateLimiter(policy) if policy else None,
            gateway=gateway,
            sender=sender,
            keyring=keyring,
            codec=codec,
            provider=provider,
            worker=worker,
        )


def _ways_out(
    settings: Settings, provider: Provider, networks: Networks, clock: StoreClock
) -> tuple[Late["OvoGateway"], Late["SignedWebhooks"]]:
    """To the wallet and to the endpoints; what they are made of is imported by their first use."""

    def gateway() -> "OvoGateway":
        with kept_out(*TAKEN_ALONG):
            from bootstrap import wires  # noqa: PLC0415 - loads the HTTP client
        return wires.gateway(settings, provider, clock.utc)

    def sender() -> "SignedWebhooks":
        with kept_out(*TAKEN_ALONG):
            from bootstrap import wires  # noqa: PLC0415 - loads the HTTP client
        return wires.sender(settings, provider, networks, clock.utc)

    return Late(gateway), Late(sender)


def check(settings: Settings) -> None:
    """See that the house can be opened, and leave it; raises StoreUnavailable."""
    SqliteStore.open(settings.database, Codec(Keyring.read(settings.keys))).close()


def prepare(settings: Settings) -> list[str]:
    """Lay what a first start needs: folder, keys, database; tells what was made. Repeatable.

    A database without its keys gets no new ones: they could read nothing of it.
    """
    made = []
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not settings.keys.exists() and not settings.database.exists():
        Keyring.create(settings.keys)
        made.append(f"key file {settings.keys}")
    return [*made, *migrate(settings.database)]


def plan(settings: Settings) -> list[str]:
    """What `prepare` would make, without making it."""
    new = not settings.keys.exists() and not settings.database.exists()
    keys = [f"key file {settings.keys}"] if new else []
    return [*keys, *migrate(settings.database, dry_run=True)]
