"""Free loopback ports, and whether something listens on one."""

import os
import socket
from random import SystemRandom

_OURS = range(20_000, 32_000)
"""Below what systems give to connections that go out: none takes a port between look and use."""
_LANES = 12
"""Tests side by side look in parts of their own: a house keeps its ports while it is down."""
_GIVEN: set[int] = set()


def _lane() -> range:
    """The part of this process of tests (`gw3` of pytest-xdist)."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    size = len(_OURS) // _LANES
    first = int(worker or 0) % _LANES * size
    return _OURS[first : first + size]


def free_port() -> int:
    """A port that nobody listens on just now, another one each time."""
    while True:
        port = SystemRandom().choice(_lane())
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _GIVEN:
            _GIVEN.add(port)
            return port


def listens(port: int) -> bool:
    """Whether a connection to the port is taken."""
    with socket.socket() as caller:
        caller.settimeout(1.0)
        return caller.connect_ex(("127.0.0.1", port)) == 0
