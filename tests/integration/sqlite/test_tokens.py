"""Several processes on one store: one fetch in all, also when the one who fetches is killed."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from adapters.outbound.sqlite.database import migrate
from adapters.outbound.token_times import DEFAULT_TIMES

ROOT = Path(__file__).parents[3]
ASKERS = 500


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "lunas.db"
    migrate(path)
    return path


def asking(path: Path, seconds: float) -> subprocess.Popen[str]:
    """A process that waits to be let go."""
    notes = path.with_name("notes")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.integration.sqlite.fetching", path, notes,
         str(ASKERS), str(seconds)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def let_go(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()


def had(processes: Sequence[subprocess.Popen[str]]) -> set[str]:
    """The tokens that these processes were given."""
    told: set[str] = set()
    for process in processes:
        assert process.stdout is not None
        told.update(process.stdout.read().split())
        assert process.wait(30) == 0
        process.stdout.close()
    return told


def fetches(path: Path) -> list[str]:
    """By which process each was made."""
    notes = path.with_name("notes")
    return notes.read_text().split() if notes.exists() else []


def test_all_askers_of_all_processes_make_one_fetch(path: Path) -> None:
    processes = [asking(path, 0.3) for _ in range(3)]
    let_go(*processes)
    tokens = had(processes)
    (fetcher,) = fetches(path)
    assert tokens == {f"of-{fetcher}"}


def test_a_fetcher_that_is_killed_costs_one_claim_and_one_fetch_more(path: Path) -> None:
    doomed, others = asking(path, 60), [asking(path, 0.1) for _ in range(2)]
    let_go(doomed)
    end = time.monotonic() + 20
    while not fetches(path):
        assert time.monotonic() < end, "nobody fetched"
        time.sleep(0.01)
    doomed.kill()
    doomed.wait()
    began = time.monotonic()
    let_go(*others)
    tokens = had(others)
    assert time.monotonic() - began < DEFAULT_TIMES.claim_for.total_seconds() + 10
    first, second = fetches(path)
    assert first == str(doomed.pid)
    assert tokens == {f"of-{second}"}
