"""The embedded house: SQLite, one API process, one dispatcher, pipes between them."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import final

from adapters.inbound.http.presenter import Presenter
from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Keyring
from adapters.outbound.ovo.dialect import OvoDialect
from adapters.outbound.ovo.gateway import OvoGateway
from adapters.outbound.ovo.references import OvoReferences
from adapters.outbound.signal.bell import Bell
from adapters.outbound.sqlite.database import migrate
from adapters.outbound.sqlite.store import SqliteStore
from adapters.outbound.webhook.networks import Networks
from adapters.outbound.webhook.sender import SignedWebhooks
from adapters.outbound.wire import Wire
from bootstrap import chance
from bootstrap.clock import StoreClock
from bootstrap.container import Core
from bootstrap.settings import Settings
from domain.merchant import OVO_PUSH
from domain.money import Money
from domain.provider import Provider

OVO = "ovo"


@final
@dataclass(frozen=True, slots=True)
class House:
    """One process's view of the house, assembled and open."""

    settings: Settings
    core: Core
    store: SqliteStore
    clock: StoreClock
    bell: Bell
    gateway: OvoGateway
    sender: SignedWebhooks
    keyring: Keyring
    provider: Provider
    worker: str


def ovo(settings: Settings) -> Provider:
    """OVO Push to Pay as the core sees it."""
    return Provider(OVO, OVO_PUSH, Money(settings.ovo_minimum), settings.rules())


def dialect(settings: Settings) -> OvoDialect:
    """What is inferred of OVO's protocol, as set."""
    return OvoDialect(
        hmac_includes_body=settings.ovo_hmac_includes_body,
        require_invoice=settings.ovo_require_invoice,
        require_batch=settings.ovo_require_batch,
        minimum=Money(settings.ovo_minimum),
    )


@contextmanager
def opened(settings: Settings, role: str) -> Iterator[House]:
    """Open the store and assemble every use case; `role` names the process among its neighbours.

    Raises what the key file and the store refuse, in words that say what to do.
    """
    provider = ovo(settings)
    with ExitStack() as closing:
        keyring = Keyring.read(settings.keys)
        store = SqliteStore.open(settings.database, Codec(keyring))
        closing.callback(store.close)
        bell = Bell(settings.bells, role)
        closing.callback(bell.close)
        clock = StoreClock(provider.clocks.horizon, store.heartbeats.now())
        gateway = OvoGateway(
            wire=Wire(on_the_wire=provider.clocks.on_the_wire),
            clock=clock.utc,
            clocks=provider.clocks,
            test_url=settings.wallet_url,
            live_url=settings.ovo_live_url,
            dialect=dialect(settings),
        )
        networks = Networks.parse(settings.webhook_networks)
        sender = SignedWebhooks(
            wire=Wire(keep_alive=True, allow=networks.allow),
            body=Presenter({provider.method: provider}).event_body,
            clock=clock.utc,
            answer_within=settings.webhook_answer_within,
        )
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
            gateway=gateway,
            references=OvoReferences(store.sequences, block=settings.ovo_reference_block),
            sender=sender,
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
        yield House(settings, core, store, clock, bell, gateway, sender, keyring, provider, worker)


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
