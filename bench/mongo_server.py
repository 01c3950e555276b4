"""A server of MongoDB's protocol for the time of a measurement; it need not survive a crash."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "SecantusDB 0.7.0b3"
"""Stands in for MongoDB, which no package registry has; its speed says nothing of MongoDB's."""
PROGRAM = "secantusd-py"
STARTED_WITHIN_SECONDS = 240.0


@contextmanager
def mongo_server(folder: Path) -> Iterator[str]:
    """Its URI, without a database."""
    program = shutil.which(PROGRAM, path=str(Path(sys.executable).parent))
    assert program, f"{PROGRAM} is not installed"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = int(listener.getsockname()[1])
    process = subprocess.Popen(
        [
            *(program, "--port", str(port), "--storage-path", str(folder)),
            *("--oplog-max-entries", "1000", "--log-level", "ERROR"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + STARTED_WITHIN_SECONDS
        while not _listens(port):
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.05)
        yield f"mongodb://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0
