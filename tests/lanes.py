"""`pytest -p tests.lanes --lanes N`: collects once, and shares the files out among N forks.

Interpreters of their own, as pytest-xdist starts them, would each import and collect every file;
a fork has it all. A lane takes the next file when it has run one to its end, so a file's tests run
in one process and in their order, and what is made once for a session is made once for a lane. A
test that takes its process with it has failed, and so has a run in which a test was not run.

Nothing may have been started before the fork that a fork cannot share: fixtures are made after it.
"""

import gc
import os
import struct
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any, NoReturn, cast, final

import pytest

LANE = "PYTEST_LANE"
"""The variable that tells the number of the lane to whatever runs in one."""
TOGETHER = "together"
"""The mark of files that share what is made for their folder: they are run as one."""
MOST = 32
MOST_FILES = 2_000
"""Their turns fit into any pipe."""
_TURN = struct.Struct("H")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--lanes N`."""
    told = f"how many processes share the files, 1 to {MOST}"
    parser.addoption("--lanes", type=int, default=1, metavar="N", help=told)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run the collected tests in lanes, if that was asked for."""
    lanes = session.config.getoption("--lanes")
    if not 1 <= lanes <= MOST:
        raise pytest.UsageError(f"--lanes takes 1 to {MOST}")
    if lanes == 1 or session.testsfailed or session.config.getoption("collectonly"):
        return None  # pytest's own way
    _Run(session, _by_file(session.items)).through(lanes)
    return True


def _by_file(items: Sequence[pytest.Item]) -> Sequence[Sequence[pytest.Item]]:
    files: dict[object, list[pytest.Item]] = {}
    for item in items:
        together = item.get_closest_marker(TOGETHER)
        files.setdefault(together.args[0] if together else item.path, []).append(item)
    return tuple(files.values())


@dataclass(slots=True)
class _Lane:
    """A fork: what it says, and which test it is at."""

    number: int
    pid: int
    said: "Connection[Any, Any]"
    at: str | None = None
    ended: bool = False


@final
class _Run:
    """The process that collected: it runs nothing itself, and reports what the lanes say."""

    def __init__(self, session: pytest.Session, files: Sequence[Sequence[pytest.Item]]) -> None:
        self._session = session
        self._config = session.config
        self._files = files
        self._turns = _all_turns(len(files))
        self._over = 0

    def through(self, count: int) -> None:
        """Run everything; raises as pytest's own loop does."""
        base = _factory(self._config).getbasetemp()
        gc.collect()
        gc.freeze()  # what was collected stays shared, and no lane looks through it for garbage
        lanes: list[_Lane] = []
        try:
            for number in range(min(count, len(self._files))):
                lanes.append(self._fork(number, lanes, base))
            for lane in self._speaking(lanes):
                self._hear(lane)
        finally:
            for lane in lanes:
                lane.said.close()  # whoever speaks on ends
            for lane in lanes:
                os.waitpid(lane.pid, 0)
            os.close(self._turns)
            gc.unfreeze()
        self._judge()

    def _fork(self, number: int, others: Sequence[_Lane], base: Path) -> _Lane:
        said, say = Pipe(duplex=False)
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            said.close()
            for other in others:
                other.said.close()
            os.environ[LANE] = str(number)
            _factory(self._config)._basetemp = base / f"lane-{number}"
            (base / f"lane-{number}").mkdir()
            _Speaker(self._config, say).run(self._session, self._files, self._turns)
        say.close()
        return _Lane(number, pid, said)

    @staticmethod
    def _speaking(lanes: Sequence[_Lane]) -> Iterator[_Lane]:
        speaking = {lane.said: lane for lane in lanes}
        while speaking:
            for said in wait([*speaking]):
                lane = speaking[cast("Connection[Any, Any]", said)]
                yield lane
                if lane.ended:
                    del speaking[lane.said]

    def _hear(self, lane: _Lane) -> None:
        try:
            what, told = lane.said.recv()
        except EOFError:
            what, told = "lost", "it ended without a word"
        hook = self._config.hook
        if what == "begins":
            lane.at = told
        elif what == "reports":
            for data in told:
                self._report(hook.pytest_report_from_serializable(config=self._config, data=data))
        elif what == "warning":
            self._warn(*told)
        else:
            lane.ended = True
            if what == "lost":
                self._report(_lost(lane, told))

    def _warn(self, words: str, kind: type[Warning], file: str, line: int, nodeid: str) -> None:
        message = warnings.WarningMessage(words, kind, file, line)
        told = {"warning_message": message, "when": "runtest", "nodeid": nodeid, "location": None}
        self._config.hook.pytest_warning_recorded.call_historic(kwargs=told)

    def _report(self, report: pytest.TestReport) -> None:
        hook = self._config.hook
        hook.pytest_runtest_logreport(report=report)
        if report.when == "teardown":
            self._over += 1
            hook.pytest_runtest_logfinish(nodeid=report.nodeid, location=report.location)
        if self._session.shouldfail or self._session.shouldstop:
            while os.read(self._turns, _TURN.size * 1_000):
                pass  # no lane begins another file

    def _judge(self) -> None:
        session = self._session
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        missing = len(session.items) - self._over
        if missing and not session.shouldfail:
            session.shouldfail = f"{missing} of {len(session.items)} tests were not run"
        if session.shouldfail:
            raise session.Failed(session.shouldfail)


def _all_turns(files: int) -> int:
    """A pipe that holds the number of each file once: who reads one has its turn."""
    if files > MOST_FILES:
        raise pytest.UsageError(f"--lanes shares out {MOST_FILES} files at most, not {files}")
    turns, queue = os.pipe()
    os.write(queue, b"".join(_TURN.pack(number) for number in range(files)))
    os.close(queue)
    return turns


def _lost(lane: _Lane, why: str) -> pytest.TestReport:
    at = lane.at or f"lane {lane.number}"
    place = (at.partition("::")[0], None, at)
    told = f"lane {lane.number} was lost at {at}: {why}"
    return pytest.TestReport(at, place, {}, "failed", told, "call")


def _factory(config: pytest.Config) -> pytest.TempPathFactory:
    factory: pytest.TempPathFactory = cast("Any", config)._tmp_path_factory
    return factory


@final
class _Speaker:
    """A lane from inside: it tells everything and prints nothing."""

    def __init__(self, config: pytest.Config, say: "Connection[Any, Any]") -> None:
        self._config = config
        self._say = say
        self._reports: list[object] = []

    def run(
        self, session: pytest.Session, files: Sequence[Sequence[pytest.Item]], turns: int
    ) -> NoReturn:
        """Run files until there are none, and end the process."""
        try:
            self._settle()
            self._take_turns(session, files, turns)
            self._say.send(("over", None))
        except BaseException:  # noqa: BLE001 - whatever it is, the run is told
            with suppress(OSError):
                self._say.send(("lost", traceback.format_exc()))
        finally:
            # What the collecting process is to do at its end is not done by each fork.
            os._exit(0)

    def _settle(self) -> None:
        plugins = self._config.pluginmanager
        plugins.unregister(plugins.get_plugin("terminalreporter"))
        # The files that hold what tests print were opened before the fork: each has its own.
        capture = plugins.get_plugin("capturemanager")
        assert capture is not None
        capture.stop_global_capturing()
        capture.start_global_capturing()
        capture.suspend_global_capture()
        plugins.register(self)

    def _take_turns(
        self, session: pytest.Session, files: Sequence[Sequence[pytest.Item]], turns: int
    ) -> None:
        # After the last of a file only what is made for the session stays.
        nobody = cast("pytest.Item", session)
        try:
            while turn := os.read(turns, _TURN.size):
                items = files[_TURN.unpack(turn)[0]]
                for item, following in zip(items, [*items[1:], nobody], strict=True):
                    self._say.send(("begins", item.nodeid))
                    self._config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        finally:
            session._setupstate.teardown_exact(None)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell it, with the others of its test: each message costs."""
        hook = self._config.hook
        data = hook.pytest_report_to_serializable(config=self._config, report=report)
        self._reports.append(data)
        if report.when == "teardown":
            self._say.send(("reports", self._reports))
            self._reports.clear()

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, nodeid: str
    ) -> None:
        """Tell it, in words."""
        told = warning_message
        words = (str(told.message), told.category, told.filename, told.lineno, nodeid)
        self._say.send(("warning", words))
