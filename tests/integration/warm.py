"""`python -m tests.integration.warm FD`: an interpreter that is forked instead of started anew.

Most of what a command costs is the import of what it is made of. Here that is imported once for a
lane of tests; each command is then a process of its own as ever, with its arguments, environment,
folder and files, which may be killed. What imports are tried for (`test_interpreters.py`), what a
reader types into a shell, and whatever a process starts by itself begins with a fresh interpreter.

Each request comes as one packet with four files: the three standard ones, and a pipe that is told
the process's number at once, and its exit status at its end.
"""

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

from bootstrap.lean import TAKEN_ALONG, kept_out

LONGEST_REQUEST = 256 * 1024
FILES = 4
_TO_BE_RUN = "bootstrap.__main__"
_LOADED = (
    _TO_BE_RUN,
    "bootstrap.either",
    "bootstrap.house",
    "bootstrap.lanes",
    "bootstrap.offers",
    "adapters.outbound.sqlite.store",
    "adapters.inbound.dispatcher.dispatcher",
    "adapters.inbound.dispatcher.pushes",
    "sandbox.server",
    "uvloop",
)
_DECIDES_BY_ITS_PROCESS = "prometheus_client"
"""Where it counts depends on a variable that is set before it is imported."""


def main() -> None:
    """Fork for each request until there are no more; a fork returns to run what was asked for."""
    with kept_out(*TAKEN_ALONG):
        for name in _LOADED:
            importlib.import_module(name)
    assert _DECIDES_BY_ITS_PROCESS not in sys.modules
    del sys.modules[_TO_BE_RUN]  # it is run, not imported
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who watches a process is not waited for
    with socket.socket(fileno=int(sys.argv[1])) as requests:
        while True:
            packet, files, _, _ = socket.recv_fds(requests, LONGEST_REQUEST, FILES)
            if not packet:
                return
            if os.fork() == 0:
                break
            for file in files:
                os.close(file)
    _become(json.loads(packet), files)


def _become(asked: Any, files: Sequence[int]) -> None:
    """Be the process that was asked for, watched by its parent."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    process = os.fork()
    if process:
        _watch(process, files)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if asked["session"]:
        os.setsid()
    for number, file in enumerate(files[:3]):
        os.dup2(file, number)
    os.closerange(3, max(files) + 1)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = [asked["module"], *asked["arguments"]]
    runpy.run_module(asked["module"], run_name="__main__", alter_sys=True)


def _watch(process: int, files: Sequence[int]) -> NoReturn:
    *theirs, told = files
    for file in theirs:
        os.close(file)
    with suppress(BrokenPipeError):  # whoever asked is gone
        os.write(told, f"{process}\n".encode())
        status = os.waitpid(process, 0)[1]
        os.write(told, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


if __name__ == "__main__":
    main()
