"""`lunas`, the command."""

import getpass
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

from adapters.inbound.cli.main import cli
from adapters.inbound.cli.tools import Audit, Finding, OpenStore, Tools
from adapters.outbound.ovo.credentials import OvoCredentials
from application.move_house import Copied
from application.ports import SettlementReader, StoreUnavailable
from bootstrap.lean import TAKEN_ALONG, TAKEN_BY_HTTPX, kept_out
from bootstrap.metrics import share_metrics
from bootstrap.sandbox_account import CREDENTIALS
from bootstrap.settings import Settings, read_settings
from bootstrap.sources import SettingsRefused
from domain.errors import InvalidValue

CANNOT_START = 4
REBUILT_TOGETHER = 1_000
"""Payments that a rebuild of the search index copies at a time."""
_ROOT = Path(__file__).resolve().parents[1]

# A process is imported when it is asked for: `lunas pay get` must not load a web server.


def _up(settings: Settings) -> int:
    from bootstrap import up  # noqa: PLC0415

    return up.run(settings)


def _serve(settings: Settings) -> int:
    share_metrics(settings)
    from bootstrap import serve  # noqa: PLC0415

    return serve.run(settings)


def _worker(settings: Settings) -> int:
    share_metrics(settings)
    with kept_out(*TAKEN_ALONG):
        from bootstrap import worker  # noqa: PLC0415 - while much is kept out

    return worker.run(settings)


def _sandbox(settings: Settings, extra: Sequence[str]) -> int:
    from bootstrap import sandbox  # noqa: PLC0415

    return sandbox.run(settings, extra)


def _demo() -> int:
    """Become `python -m examples`; returns only where there are no examples."""
    if not (_ROOT / "examples" / "__main__.py").is_file():
        print(
            "the example chat is not part of an installed Lunas: run `lunas demo` from a clone of "
            "its repository",
            file=sys.stderr,
        )
        return 1
    # Ours, and not a folder of the same name where the command is given.
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    environment = os.environ | {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
    arguments = [sys.executable, "-m", "examples"]
    os.execve(arguments[0], arguments, environment)  # noqa: S606  a fixed command, no shell
    return 1


def _simulate(arguments: Sequence[str]) -> int:
    """Become `python -m simulation`.

    The simulation stands above us: it runs the very clock and rules that are assembled here, so
    nothing here may import it. A process of its own is named, not known, as the example chat is.
    """
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    environment = os.environ | {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}
    command = [sys.executable, "-m", "simulation", *arguments]
    os.execve(command[0], command, environment)  # noqa: S606  a fixed command, no shell
    return 1


def _sign(secret: str, event_id: str, unix_seconds: int, body: bytes) -> str:
    from adapters.outbound.webhook.signature import signature  # noqa: PLC0415

    return signature([secret], event_id, unix_seconds, body)


def _new_secret() -> str:
    from bootstrap.chance import webhook_secret  # noqa: PLC0415

    return webhook_secret()


def _doctor(settings: Settings, restored: bool) -> Sequence[Finding]:
    from bootstrap import doctor  # noqa: PLC0415

    return doctor.look(settings, restored=restored)


def _check(settings: Settings, step: Callable[[int, int], None]) -> Audit:
    from bootstrap import audit  # noqa: PLC0415 - see above

    return audit.check(settings, step)


def _copy(
    settings: Settings, source: str, target: str, step: Callable[[str, str, int, int], None]
) -> Copied:
    from bootstrap import copy  # noqa: PLC0415 - see above

    return copy.copy(settings, source, target, step)


def _migrate(settings: Settings, dry_run: bool) -> Sequence[str]:
    from bootstrap import either  # noqa: PLC0415

    house = either.kind(settings)
    return house.plan(settings) if dry_run else house.prepare(settings)


def _rebuild(settings: Settings, afresh: bool, step: Callable[[int, int], None]) -> int:
    from bootstrap import either  # noqa: PLC0415 - see above

    done = 0
    with either.opened(settings, "rebuild") as house:
        for progress in house.core.rebuild_index()(REBUILT_TOGETHER, afresh=afresh):
            done = progress.done
            step(done, progress.total)
    return done


@contextmanager
def _store(settings: Settings) -> Iterator[OpenStore]:
    from bootstrap import either  # noqa: PLC0415

    with either.opened(settings, "tool") as house:
        yield OpenStore(
            house.core.open_house(),
            house.store.directory,
            house.store.inbox,
            house.core.hear_again(),
            house.core.compare_settlement(),
        )


def _new_provider(name: str) -> tuple[Sequence[str], Sequence[str]]:
    from bootstrap import provider_kit  # noqa: PLC0415 - see above

    return [str(path) for path in provider_kit.lay(name)], provider_kit.following(name)


def _judge(settings: Settings, provider: str, held: Mapping[str, str]) -> object:
    from bootstrap.offers import offers  # noqa: PLC0415 - loads what makes signatures

    return offers(settings)[provider].credentials(held)


def _settlement(settings: Settings, provider: str) -> SettlementReader:
    from bootstrap.offers import known, settlement_reader  # noqa: PLC0415 - see above

    if provider not in known():
        raise InvalidValue("--provider", f"is none of {', '.join(known())}")
    try:
        return settlement_reader(settings, provider)
    except ValueError as wrong:
        raise InvalidValue("--provider", str(wrong)) from None


def _user() -> str | None:
    """The user of this machine, if it has a name."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return None


def _told(process: Callable[[Settings], int], settings: Settings) -> int:
    """Run a process; what keeps it from starting is one line and exit code 4."""
    try:
        return process(settings)
    except (StoreUnavailable, OSError) as refused:
        print(f"cannot start: {refused}", file=sys.stderr)
        return CANNOT_START


def tools(settings: Settings) -> Tools:
    """The command line's tools, made of these settings."""
    return Tools(
        url=settings.command_url,
        api_key=settings.command_key,
        up=lambda: _told(_up, settings),
        serve=lambda: _told(_serve, settings),
        worker=lambda: _told(_worker, settings),
        sandbox=lambda extra: _sandbox(settings, extra),
        doctor=lambda restored: _doctor(settings, restored),
        migrate=lambda dry_run: _migrate(settings, dry_run),
        store=lambda: _store(settings),
        sandbox_credentials=CREDENTIALS,
        demo=_demo,
        simulate=_simulate,
        check=lambda step: _check(settings, step),
        copy=lambda source, target, step: _copy(settings, source, target, step),
        rebuild_search=lambda afresh, step: _rebuild(settings, afresh, step),
        sign=_sign,
        new_secret=_new_secret,
        listen_secret=settings.listen_secret,
        listen_secret_file=settings.data_dir / "listen.secret",
        actor=settings.actor or _user(),
        credential_fields=[field.name for field in fields(OvoCredentials)],
        providers=settings.providers,
        new_provider=_new_provider,
        judge=lambda provider, held: _judge(settings, provider, held),
        settlement=lambda provider: _settlement(settings, provider),
    )


def main() -> None:
    """Read the settings and obey; wrong settings are told by name, and end with exit code 2."""
    try:
        settings = read_settings()
    except SettingsRefused as refused:
        print(refused, file=sys.stderr)
        sys.exit(2)
    with kept_out(*TAKEN_BY_HTTPX):
        cli(obj=tools(settings), prog_name="lunas")


if __name__ == "__main__":
    main()
