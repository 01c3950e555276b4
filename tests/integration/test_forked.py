"""A forked process is a process as any other: what it is given, what it says and how it ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration import forked
from tests.integration.house import at_once, until

TELLING = "tests.integration.telling"
WITHIN = 60.0
VARIABLES = {"COLOUR": "red"}
LANES = 3
_RUN = """
import os, subprocess, sys
lanes = []
for number in range(int(sys.argv[2])):
    variables = os.environ | {"PYTEST_XDIST_WORKER": f"gw{number}"}
    lanes.append(subprocess.Popen([sys.executable, "-c", sys.argv[1]], env=variables))
sys.exit(any(lane.wait() for lane in lanes))
"""
_LANE = """
from pathlib import Path
from tests.integration import forked
done = forked.run("tests.integration.telling", "0", environment={}, folder=Path(), within=60)
print(done.stdout, end="", flush=True)
"""


def ran(*arguments: str, folder: Path, typed: str = "") -> "subprocess.CompletedProcess[str]":
    return forked.run(
        TELLING, *arguments, environment=VARIABLES, folder=folder, typed=typed, within=WITHIN
    )


def told(*arguments: str, folder: Path, typed: str = "") -> Any:
    return json.loads(ran("0", *arguments, folder=folder, typed=typed).stdout)


@contextmanager
def waiting(folder: Path) -> Iterator[forked.Forked]:
    """A process with a session of its own that has told everything and does not end by itself."""
    log = folder / "log"
    with Path(os.devnull).open("rb") as nothing, log.open("wb") as out:
        process = forked.start(
            *(TELLING, "waits"),
            environment=VARIABLES,
            folder=folder,
            files=(nothing, out, out),
            session=True,
        )
    try:
        until(lambda: b"{" in log.read_bytes(), "what it tells")
        yield process
    finally:
        process.kill()
        process.wait(WITHIN)


def test_it_has_its_own_arguments_variables_folder_and_input_and_nothing_else(
    tmp_path: Path,
) -> None:
    found = told("one", "two words", folder=tmp_path, typed="typed in")
    assert found["arguments"] == ["one", "two words"]
    assert found["variables"] == VARIABLES
    assert found["folder"] == str(tmp_path)
    assert found["typed"] == "typed in"
    assert found["files"][:3] == [0, 1, 2]
    assert len(found["files"]) == 4, "the last is the list's own"
    assert not found["leads"]


def test_each_is_another_process_with_other_chances_however_many_at_once(tmp_path: Path) -> None:
    found = at_once([lambda: told(folder=tmp_path)] * 8)
    assert len({each["pid"] for each in found} | {os.getpid()}) == 9
    assert len({each["chance"] for each in found}) == 8


@pytest.mark.parametrize("status", [0, 1, 3])
def test_it_ends_as_it_says(tmp_path: Path, status: int) -> None:
    done = ran(str(status), folder=tmp_path)
    assert (done.returncode, done.stderr) == (status, "a remark\n")


def test_it_ends_when_its_threads_have_and_what_runs_at_an_end_did(tmp_path: Path) -> None:
    done = ran("lingers", folder=tmp_path)
    assert done.returncode == 0
    assert done.stdout.splitlines()[1:] == ["a thread", "at the end"]


def test_what_it_raises_is_told_and_ends_it(tmp_path: Path) -> None:
    done = ran("raises", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.endswith("ValueError: as asked\n")
    assert json.loads(done.stdout)["arguments"] == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_can_be_killed_and_its_end_is_told(tmp_path: Path, number: signal.Signals) -> None:
    with waiting(tmp_path) as process:
        assert process.poll() is None
        assert os.getpgid(process.pid) == process.pid, "it leads a group that can be killed"
        os.killpg(process.pid, number)
        assert process.wait(WITHIN) == -number
        assert process.poll() == -number


def test_ctrl_c_interrupts_it(tmp_path: Path) -> None:
    with waiting(tmp_path) as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(WITHIN) == -signal.SIGINT
    assert b"KeyboardInterrupt" in (tmp_path / "log").read_bytes()


def test_who_waits_too_long_for_it_is_told_and_it_goes_on(tmp_path: Path) -> None:
    with waiting(tmp_path) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.01)
        assert process.poll() is None


def test_a_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        forked.run(TELLING, "waits", environment=VARIABLES, folder=tmp_path, within=1.0)


def test_lanes_of_one_run_share_an_interpreter_which_ends_with_the_run() -> None:
    run = subprocess.run(
        [sys.executable, "-c", _RUN, _LANE, str(LANES)],
        cwd=forked.ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=WITHIN,
    )
    each = [json.loads(line) for line in run.stdout.splitlines()]
    assert len({told["pid"] for told in each}) == LANES
    (interpreter,) = {told["parent"] for told in each}
    until(lambda: not lives(interpreter), "the interpreter ends")


def lives(pid: int) -> bool:
    """Whether it runs; one that nobody has asked about since its end does not."""
    try:
        _, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except OSError:
        return False
    return rest.split()[0] != "Z"
