"""`lunas doctor`: what is right and wrong with this house, in plain words with a fix each."""

import http.client
import os
import resource
import shutil
import tomllib
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from adapters.inbound.cli.tools import Finding, Verdict
from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Keyring
from adapters.outbound.ovo.references import BATCH_SIZE
from adapters.outbound.ovo.signature import signature
from application.abandon_attempts import MISSING_AFTER
from bootstrap import doctor_providers, doctor_search
from bootstrap.clock import TOLERATED, StoreClock
from bootstrap.either import kind
from bootstrap.limits import SPARE_FILES
from bootstrap.means import Store
from bootstrap.settings import Settings, StoreKind
from bootstrap.sources import PREFIX, TWIN, config_file, secrets_of
from domain.errors import LunasError

GOOD, WARNING, BAD = Verdict.GOOD, Verdict.WARNING, Verdict.BAD
LEAST_FREE_BYTES = 512 * 1024 * 1024
_NOT_OURS = (
    "LUNAS_CONFIG",
    "LUNAS_SUPERVISED",
    "LUNAS_SANDBOX_",
    "LUNAS_PROVIDER_",
    "LUNAS_SIMULATION_",
)
"""Read by bootstrap itself, or by the sandbox."""
# Source: OVO technical document 1.7.1, the published example of the signature.
_VECTOR = {
    "app_id": "hypermart",
    "random": "1468914526",
    "app_key": "a4f6bf89b2a85781b7c1cab997b7ee0c89be03f7ac6ef29b63a45d07253cc401",
}
_VECTOR_HMAC = "8087f83ffc6a6564b8161e6dce1ee9a82dfc514c83de341587f16abd512fcfd6"


def look(settings: Settings, *, restored: bool) -> Sequence[Finding]:
    """Look at everything once. `restored` first moves every reference sequence to a new batch."""
    parts: list[Callable[[], Iterator[Finding]]] = [
        lambda: _settings(settings),
        lambda: _store(settings, restored=restored),
        lambda: _servers(settings),
        _dialect,
        lambda: _api(settings),
        lambda: _sandbox(settings),
        lambda: _files(settings),
        lambda: _disk(settings),
    ]
    return [finding for part in parts for finding in part()]


def _settings(settings: Settings) -> Iterator[Finding]:
    twins = {name + TWIN for name in secrets_of(Settings)}
    known = {PREFIX + name.upper() for name in {*Settings.model_fields, *twins}}
    ours = sorted(name for name in os.environ if name.startswith(PREFIX))
    strange = [name for name in ours if name not in known and not name.startswith(_NOT_OURS)]
    for name in strange:
        yield Finding("settings", WARNING, f"{name} means nothing to Lunas", "unset it")
    file = config_file()
    if file:
        try:
            tomllib.loads(file.read_text())
            yield Finding("settings", GOOD, f"{file} is read")
        except (OSError, tomllib.TOMLDecodeError) as wrong:
            text = f"{file} cannot be read: {wrong}"
            yield Finding("settings", BAD, text, "mend the file or unset LUNAS_CONFIG")
    changed = settings.changed()
    for name, value in changed.items():
        yield Finding("settings", GOOD, f"{name}={value}")
    rest = len(Settings.model_fields) - len(changed)
    yield Finding("settings", GOOD, f"{rest} settings have their defaults (docs/settings.md)")
    horizon = settings.clocks().horizon.total_seconds()
    yield Finding("settings", GOOD, f"the clocks agree; the horizon is {horizon:g} s")


def _store(settings: Settings, *, restored: bool) -> Iterator[Finding]:
    try:
        keyring = Keyring.read(settings.keys)
    except LunasError as refused:
        yield Finding("keys", BAD, str(refused), "`lunas migrate` makes one for a new house")
        return
    yield Finding("keys", GOOD, "the key file is readable by its owner only")
    try:
        store = kind(settings).store(settings, Codec(keyring))
    except LunasError as refused:
        yield Finding("store", BAD, str(refused), "`lunas migrate`, or restore a backup")
        return
    try:
        yield Finding("store", GOOD, "the database opens, and its schema is this version's")
        if restored:
            count = store.sequences.skip(BATCH_SIZE)
            text = f"{count} reference sequences were moved on to a new batch"
            yield Finding("references", GOOD, text)
        merchants = store.directory.merchants()
        if merchants:
            yield Finding("merchants", GOOD, f"{len(merchants)} in the directory")
        else:
            fix = "`lunas merchants add NAME`"
            yield Finding("merchants", WARNING, "there is no merchant yet", fix)
        yield from _clock_and_worker(settings, store)
        now = store.heartbeats.now()
        yield from doctor_providers.switched_off(settings.providers, store.payments, now)
        yield from doctor_search.search(settings, store)
    except LunasError as refused:
        yield Finding("store", BAD, str(refused), "look at the disk and the folder's owner")
    finally:
        store.close()


def _servers(settings: Settings) -> Iterator[Finding]:
    if settings.store is StoreKind.MONGODB:
        from bootstrap import doctor_servers  # noqa: PLC0415 - an embedded house has none

        yield from doctor_servers.mongodb(settings)
        yield from doctor_servers.redis(settings)
        yield from doctor_servers.elasticsearch(settings)
    elif settings.search_url is not None:
        from bootstrap import doctor_servers  # noqa: PLC0415 - most embedded houses have none

        yield from doctor_servers.elasticsearch(settings)


def _clock_and_worker(settings: Settings, store: Store) -> Iterator[Finding]:
    clock = StoreClock(settings.clocks().horizon)
    clock.measure(store.heartbeats.now())
    if trouble := clock.trouble():
        yield Finding("clock", BAD, trouble, "set the machine's clock by NTP")
    else:
        text = f"within {TOLERATED.total_seconds():g} s of the store's"
        yield Finding("clock", GOOD, text)
    alive = store.heartbeats.alive(store.heartbeats.now() - MISSING_AFTER)
    if not alive:
        yield Finding("worker", WARNING, "none has been heard of", "start `lunas worker`")
    for beat in alive:
        if beat.trouble:
            yield Finding("worker", BAD, f"{beat.worker} starts nothing: {beat.trouble}")
        else:
            yield Finding("worker", GOOD, f"{beat.worker} is at work")
        for provider in beat.unwell:
            text = f"{beat.worker} cannot use {provider}: new orders go elsewhere where they can"
            yield Finding("provider", BAD, text, "look at its address, its keys and its own state")


def _dialect() -> Iterator[Finding]:
    if signature(**_VECTOR, body=b"") == _VECTOR_HMAC:
        yield Finding("OVO", GOOD, "the signature reproduces OVO's published example")
    else:
        fix = "do not go live: reinstall Lunas"
        yield Finding("OVO", BAD, "the signature does not reproduce OVO's example", fix)


def _api(settings: Settings) -> Iterator[Finding]:
    status = _status(settings.command_url, "/readyz")
    if status == http.client.OK:
        yield Finding("API", GOOD, f"{settings.command_url} is ready")
    elif status is None:
        fix = "start `lunas serve`, or `make run`"
        yield Finding("API", WARNING, f"{settings.command_url} does not answer", fix)
    else:
        fix = f"read {settings.command_url}/readyz"
        yield Finding("API", BAD, f"{settings.command_url} is not ready ({status})", fix)


def _sandbox(settings: Settings) -> Iterator[Finding]:
    base = settings.command_sandbox
    if _status(base, "/healthz") == http.client.OK:
        yield Finding("sandbox", GOOD, f"{base} answers")
    else:
        fix = "start `lunas sandbox`; live payments do not need it"
        yield Finding("sandbox", WARNING, f"{base} does not answer", fix)


def _files(settings: Settings) -> Iterator[Finding]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = hard - SPARE_FILES
    if room >= settings.push_width:
        yield Finding("open files", GOOD, f"{hard} allowed: {settings.push_width} pushes fit")
    else:
        text = f"{hard} allowed: only {max(room, 1)} pushes are held at once"
        fix = f"raise the hard limit to {settings.push_width + SPARE_FILES} (`ulimit -Hn`)"
        yield Finding("open files", WARNING, text, fix)


def _disk(settings: Settings) -> Iterator[Finding]:
    try:
        free = shutil.disk_usage(settings.data_dir).free
    except OSError:
        fix = "`lunas migrate` makes it"
        yield Finding("disk", BAD, f"there is no folder {settings.data_dir}", fix)
        return
    if free >= LEAST_FREE_BYTES:
        yield Finding("disk", GOOD, f"{free // 1024**2:,} MiB are free for the store")
    else:
        text = f"only {free // 1024**2:,} MiB are free for the store"
        yield Finding("disk", BAD, text, "make room: a full disk stops every payment")


def _status(url: str, path: str) -> int | None:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=3.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
