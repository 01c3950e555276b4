"""What the command line is handed: the house's own tools, assembled by bootstrap."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from application.compare_settlement import CompareSettlement
from application.hear_again import HearAgain
from application.invariants import Breach
from application.move_house import Copied
from application.open_house import OpenHouse
from application.ports import Directory, Inbox, SettlementReader


class Verdict(StrEnum):
    """How a finding of the doctor is to be taken."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the doctor looked at, in plain words, with what to do about it."""

    about: str
    verdict: Verdict
    text: str
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class OpenStore:
    """The store, opened for the commands that speak to it directly."""

    house: OpenHouse
    directory: Directory
    inbox: Inbox
    hear_again: HearAgain
    compare: CompareSettlement


@dataclass(frozen=True, slots=True)
class Audit:
    """What a look through the store found: `count` breaches, of which some or all are told.

    `with_money` payments were also judged by the ledger of the sandbox at `ledger`.
    """

    payments: int
    with_money: int
    ledger: str | None
    count: int
    breaches: Sequence[Breach]


def _missing(*_: object) -> NoReturn:
    raise NotImplementedError("bootstrap did not hand the command line this tool")


@dataclass(frozen=True, slots=True)
class Tools:
    """Everything a command may call; nothing is opened before it is used.

    The processes return their exit code. `migrate(dry_run)` returns what was, or would be, done.
    `sandbox_credentials` are the published test credentials for a merchant's test account.
    `providers` are those that an account can be made for, OVO first; `judge(provider, held)` raises
    InvalidValue for credentials that an account at another one cannot have. `pause` waits so many
    seconds, and `uptime` counts them.

    `new_provider(name)` lays a provider's folder and returns its files and what is left to do; it
    raises InvalidValue.

    `settlement(provider)` reads that provider's settlement files; it raises InvalidValue for a name
    that no provider has.

    `check(step)` looks through the store, and calls `step(looked_at, of)` on its way.

    `copy(source, target, step)` moves the house, and calls `step(what, kind, done, of)`.

    `rebuild_search(afresh, step)` makes the search index anew, calls `step(copied, of)` on its way,
    and returns how many payments it copied; it raises IndexUnavailable.

    `sign(secret, event_id, unix_seconds, body)` is the `webhook-signature` of a production webhook,
    `new_secret` a fresh `whsec_…`. `lunas listen` signs with `listen_secret`, or else with the one
    kept in `listen_secret_file`. `actor` is who decides, if nobody else is named.
    """

    url: str
    api_key: str | None = field(repr=False)
    up: Callable[[], int]
    serve: Callable[[], int]
    worker: Callable[[], int]
    sandbox: Callable[[Sequence[str]], int]
    doctor: Callable[[bool], Sequence[Finding]]
    migrate: Callable[[bool], Sequence[str]]
    store: Callable[[], AbstractContextManager[OpenStore]]
    sandbox_credentials: Mapping[str, str] = field(repr=False)
    credential_fields: Sequence[str] = ()
    providers: Sequence[str] = ("ovo",)
    new_provider: Callable[[str], tuple[Sequence[str], Sequence[str]]] = _missing
    judge: Callable[[str, Mapping[str, str]], object] = _missing
    settlement: Callable[[str], SettlementReader] = _missing
    pause: Callable[[float], None] = time.sleep
    uptime: Callable[[], float] = time.monotonic
    demo: Callable[[], int] = _missing
    simulate: Callable[[Sequence[str]], int] = _missing
    check: Callable[[Callable[[int, int], None]], Audit] = _missing
    copy: Callable[[str, str, Callable[[str, str, int, int], None]], Copied] = _missing
    rebuild_search: Callable[[bool, Callable[[int, int], None]], int] = _missing
    sign: Callable[[str, str, int, bytes], str] = _missing
    new_secret: Callable[[], str] = _missing
    listen_secret: str | None = field(default=None, repr=False)
    listen_secret_file: Path = Path("var", "listen.secret")
    actor: str | None = None
