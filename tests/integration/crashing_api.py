"""`python -m tests.integration.crashing_api`: `lunas serve` that dies at the step named."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.types import WSGIApplication

from bootstrap import serve, wsgi
from bootstrap.either import opened
from bootstrap.house import House
from bootstrap.settings import Settings, read_settings
from tests.integration.crash_point import CrashingPayments, CrashPoint


@contextmanager
def _rigged(settings: Settings, role: str) -> Iterator[House]:
    with opened(settings, role) as house:
        payments: Any = CrashingPayments(house.store.payments, CrashPoint.read())
        house.core.payments.override(payments)
        yield house


def create() -> WSGIApplication:
    """What granian loads: the API over ports with a crash inside."""
    wsgi.opened = _rigged  # the one name by which it opens its house
    return wsgi.create()


def main() -> None:
    """Become the server."""
    command = serve.command(read_settings())[:-1]
    os.execv(command[0], [*command, f"{__spec__.name}:create"])  # a fixed command of ours


if __name__ == "__main__":
    main()
