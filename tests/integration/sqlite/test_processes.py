"""Several processes on one file: nothing acknowledged is lost, nothing is given out twice."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest

from adapters.outbound.sqlite.database import migrate
from adapters.outbound.sqlite.store import SqliteStore
from domain.payment import Status
from tests.builders import NOON, a_codec, a_start

ROOT = Path(__file__).parents[3]
NOBODY = 65_534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "lunas.db"
    migrate(path)
    return path


@contextmanager
def writing(path: Path, name: str, turnstile: str = "turnstile") -> Iterator[subprocess.Popen[str]]:
    """A process that writes with four threads."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.integration.sqlite.writing", path, "4", turnstile, name],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.kill()


def told(process: subprocess.Popen[str]) -> list[int]:
    """The numbers that the process was acknowledged before its output ended."""
    assert process.stdout is not None
    lines = process.stdout.read().splitlines(keepends=True)
    return [int(line.split()[0]) for line in lines if line.endswith("\n")]


def after_some(process: subprocess.Popen[str], count: int) -> list[int]:
    """Wait until that many were acknowledged."""
    assert process.stdout is not None
    return [int(process.stdout.readline().split()[0]) for _ in range(count)]


@pytest.mark.parametrize("turnstile", ["turnstile", "none"])
def test_two_processes_write_one_file(path: Path, turnstile: str) -> None:
    with writing(path, "one", turnstile) as one, writing(path, "two", turnstile) as two:
        numbers = after_some(one, 30) + after_some(two, 30)
        for process in (one, two):
            assert process.stdin is not None
            process.stdin.close()
        numbers += told(one) + told(two)
        assert (one.wait(), two.wait()) == (0, 0)
    assert len(set(numbers)) == len(numbers) >= 60
    with SqliteStore.open(path, a_codec()) as store:
        due = store.payments.due("ovo", Status.PENDING, NOON, 1_000_000)
        assert {int(payment.id[4:], 16) for payment in due} == set(numbers)
        assert len(store.events.unrelayed(1_000_000)) == len(numbers)
        assert store.sequences.take("shared", 1) == max(numbers) + 1


@pytest.mark.parametrize("patience", [0.0, 0.05, 0.1])
def test_a_killed_process_loses_nothing_that_was_acknowledged(path: Path, patience: float) -> None:
    with writing(path, "doomed") as doomed, writing(path, "other") as other:
        numbers = after_some(doomed, 20)
        time.sleep(patience)
        doomed.kill()
        numbers += told(doomed) + after_some(other, 50)
        other.kill()
        numbers += told(other)
    with SqliteStore.open(path, a_codec()) as store:
        known = {int(p.id[4:], 16) for p in store.payments.due("ovo", Status.PENDING, NOON, 10**6)}
        assert known >= set(numbers)
        assert store.sequences.take("shared", 1) > max(numbers)
        assert store.readers.rows("PRAGMA integrity_check") == [("ok",)]
        store.payments.save(a_start(order_id="afterwards"))


def as_nobody(directory: Path, script: str) -> str:
    """What a process without rights prints; root itself is never refused."""
    program = f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
from pathlib import Path
from adapters.outbound.sqlite.database import migrate
from adapters.outbound.sqlite.store import SqliteStore
from adapters.outbound.sqlite.troubles import DatabaseRefused
from application.ports import StoreUnavailable
from tests.builders import a_codec, a_start
path, codec, start = Path({str(directory)!r}) / "lunas.db", a_codec(), a_start()
os.setgid({NOBODY}); os.setuid({NOBODY})
"""
    done = subprocess.run(
        [sys.executable, "-c", program + dedent(script)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def public() -> Iterator[Path]:
    """A directory that another user can reach."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
OPEN = """
try:
    with SqliteStore.open(path, codec) as store:
        store.payments.save(start)
except DatabaseRefused as refused:
    print("refused:", refused)
"""


@only_root
@pytest.mark.parametrize("mode", [0o644, 0o666])
def test_what_may_not_be_written_is_told_at_once(public: Path, mode: int) -> None:
    migrate(public / "lunas.db")
    for file in public.iterdir():
        file.chmod(mode)
    assert "rights of its directory" in as_nobody(public, OPEN)


@only_root
def test_a_directory_without_room_for_a_new_house_is_told(public: Path) -> None:
    script = OPEN.replace("SqliteStore.open(path, codec)", "migrate(path)")
    assert "rights of its directory" in as_nobody(public, script)


@only_root
def test_a_file_that_may_not_be_read_is_told_at_once(public: Path) -> None:
    migrate(public / "lunas.db")
    public.chmod(0o777)
    assert "cannot be opened" in as_nobody(public, OPEN)
