"""`python -m tests.integration.crashing_worker`: `lunas worker` that dies at the step named."""

import uvloop
from prometheus_client import CollectorRegistry

from adapters.inbound.dispatcher.dispatcher import run_until_signal
from bootstrap.either import kind
from bootstrap.house import House
from bootstrap.limits import raise_file_limit
from bootstrap.logs import write_json_lines
from bootstrap.settings import read_settings
from bootstrap.worker import build, watching
from tests.integration.crash_point import CrashPoint, rigged


async def _run(house: House, files: int) -> None:
    dispatcher = build(house, watching(house, CollectorRegistry()), files)
    await run_until_signal(dispatcher, lambda: print("worker ready", flush=True))
    await house.gateway().aclose()
    await house.sender().aclose()


def main() -> None:
    """Run until told to stop, or until the step comes."""
    settings = read_settings()
    write_json_lines(settings.log_level, "worker")
    files = raise_file_limit()
    chosen = kind(settings)
    with chosen.worker_place(settings), chosen.opened(settings, "worker") as house:
        uvloop.run(_run(rigged(house, CrashPoint.read()), files))


if __name__ == "__main__":
    main()
