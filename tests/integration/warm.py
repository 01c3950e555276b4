"""`python -m tests.integration.warm FD RUN`: an interpreter that is forked, not started anew.

Most of what a command costs is the import of what it is made of. Here that is imported once for a
run of tests, whose process is `RUN` and whose lanes come in at the socket `FD`; each command is
then a process of its own as ever, with its arguments, environment, folder and files, which may be
killed. The server that `lunas serve` becomes is run where it is imported. What imports are tried
for (`test_interpreters.py`), what a reader types into a shell, and whatever a process starts by
itself begins with a fresh interpreter.

Its end is quick, too: what runs at an end runs, and then the process is gone, without taking apart
all that it shares with the others. That copied each page of it, which cost more than a command.

Each request comes as one packet with four files: the three standard ones, and a pipe that is told
the process's number at once, and its exit status at its end.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from prometheus_client import values

from bootstrap.lean import TAKEN_ALONG, kept_out

LONGEST_REQUEST = 256 * 1024
FILES = 4
MOST_FILES = 65_536
"""No file of ours has such a number: beside its own, a fork has none."""
_TO_BE_RUN = "bootstrap.__main__"
_execve = os.execve
_LOADED = (
    _TO_BE_RUN,
    "adapters.inbound.cli.client",
    "adapters.inbound.cli.connection",
    "adapters.inbound.dispatcher.dispatcher",
    "adapters.inbound.dispatcher.pushes",
    "adapters.outbound.sqlite.search",
    "adapters.outbound.sqlite.store",
    "bootstrap.embedded",
    "bootstrap.house",
    "bootstrap.lanes",
    "bootstrap.offers",
    "bootstrap.worker",
    "bootstrap.wsgi",
    "granian.cli",
    "sandbox.server",
    "uvloop",
)
_LOADED_LAST = ("rich.box", "rich.console", "rich.table", "rich.text")
"""What the others are imported without."""
_IMPORTED = frozenset({"granian", "sandbox", "simulation"})
"""What `lunas serve`, `lunas sandbox` and `lunas simulate` become."""
_LOADED_WHEN_ASKED = {
    "simulate": ("simulation.report", "simulation.showing"),
    "LUNAS_MONGODB_URL": ("bootstrap.production",),
    "LUNAS_SEARCH_URL": ("adapters.outbound.search.index",),
}
"""By command or setting, what only few lanes need."""


def main() -> None:
    """Fork for each request until there are no more; a fork returns to run what was asked for."""
    with kept_out(*TAKEN_ALONG):
        for name in _LOADED:
            importlib.import_module(name)
    for name in _LOADED_LAST:
        importlib.import_module(name)
    del sys.modules[_TO_BE_RUN]  # it is run, not imported
    values.ValueClass = _first_value
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as door:
        asked, files = _asked_for(door, os.pidfd_open(int(sys.argv[2])))
    if asked is not None:
        _become(asked, files)


def _asked_for(door: socket.socket, run: int) -> tuple[Any, Sequence[int]]:
    """Watch what was forked, and fork for each request: the fork returns with it.

    The one that watches returns with none, once the run is over.
    """
    ended, tell = os.pipe()
    os.set_blocking(tell, False)
    signal.set_wakeup_fd(tell, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, _woken)
    soon = select.poll()
    for file in (door.fileno(), ended, run):
        soon.register(file, select.POLLIN)
    lanes: dict[int, socket.socket] = {}
    watched: dict[int, int] = {}
    while True:
        ready = {file for file, _ in soon.poll()}
        if run in ready:
            Path(door.getsockname()).unlink(missing_ok=True)
            return None, ()
        if ended in ready:
            os.read(ended, LONGEST_REQUEST)
            _tell_of_the_ended(watched)
        if door.fileno() in ready:
            lane, _ = door.accept()
            lanes[lane.fileno()] = lane
            soon.register(lane, select.POLLIN)
        for number in ready & lanes.keys():
            packet, files = b"", list[int]()
            with suppress(ConnectionResetError):  # its lane was killed
                packet, files, _, _ = socket.recv_fds(lanes[number], LONGEST_REQUEST, FILES)
            if not packet:
                soon.unregister(number)
                lanes.pop(number).close()
                continue
            asked = json.loads(packet)
            _load_for(asked)
            process = os.fork()
            if process == 0:
                return asked, files
            *theirs, told = files
            for file in theirs:
                os.close(file)
            watched[process] = told
            _say(told, process)


def _load_for(asked: Any) -> None:
    for name in {*asked["arguments"][:1], *asked["environment"]} & _LOADED_WHEN_ASKED.keys():
        for module in _LOADED_WHEN_ASKED[name]:
            importlib.import_module(module)


def _woken(*_: object) -> None:
    """What ended is looked for in its turn."""


def _tell_of_the_ended(watched: dict[int, int]) -> None:
    for process in list(watched):
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            told = watched.pop(process)
            _say(told, os.waitstatus_to_exitcode(status))
            os.close(told)


def _say(told: int, number: int) -> None:
    with suppress(BrokenPipeError):  # whoever asked is gone
        os.write(told, f"{number}\n".encode())


def _first_value(*given: Any, **named: Any) -> Any:
    """Where numbers are counted depends on a variable that is set by then, not when imported."""
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]  # it is untyped
    return values.ValueClass(*given, **named)


def _become(asked: Any, files: Sequence[int]) -> None:
    """Be the process that was asked for."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if asked["session"]:
        os.setsid()
    for number, file in enumerate(files[:3]):
        os.dup2(file, number)
    os.closerange(3, MOST_FILES)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.execv = _go_on  # type: ignore[assignment]  # of all that it takes, what we give it
    os.execve = _go_on  # type: ignore[assignment]  # of its environment, too
    _run(asked["module"], asked["arguments"])


def _go_on(path: str, words: list[str], environment: Mapping[str, str] = os.environ) -> NoReturn:
    """Become another program; what is imported here already is run without a new interpreter."""
    python, option, module, *arguments = words
    if (python, option) != (sys.executable, "-m") or module not in _IMPORTED:
        _execve(path, words, environment)
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _run(module, arguments)


def _run(module: str, arguments: Sequence[str]) -> NoReturn:
    """Run it to its end; what is raised is Python's to tell."""
    status = 0
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        status = ended.code or 0
    threading._shutdown()  # type: ignore[attr-defined]  # has no public name, and ends Python too
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
