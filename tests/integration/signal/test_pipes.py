"""The bell of the embedded house: named pipes in its folder."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.outbound.signal import bell as bell_module
from adapters.outbound.signal.bell import Bell
from tests.contracts.signals import ABell, BellContract, rung


@pytest.fixture(autouse=True)
def _look_around_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell_module, "LOOK_AROUND_EVERY", 0.0)


@pytest.fixture
def a_pipe_bell(tmp_path: Path) -> Iterator[ABell]:
    """Makes bells in one folder."""
    bells: list[Bell] = []

    def made(name: str) -> Bell:
        bells.append(Bell(tmp_path, name))
        return bells[-1]

    yield made
    for bell in bells:
        if not bell._closed:
            bell.close()


class TestPipes(BellContract):
    @pytest.fixture
    def a_bell(self, a_pipe_bell: ABell) -> ABell:
        return a_pipe_bell


def test_a_dead_processs_pipe_is_taken_away(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "worker.99999")
    (tmp_path / "note.txt").write_text("not a pipe")
    api = Bell(tmp_path, "api")
    api.wake()
    assert not (tmp_path / "worker.99999").exists()
    assert (tmp_path / "note.txt").exists()
    api.close()


def test_the_pipe_of_a_process_that_is_just_starting_is_left_alone(tmp_path: Path) -> None:
    """It has made its pipe, and has not opened it yet: without it, it could not start."""
    os.mkfifo(tmp_path / f"worker.{os.getpid()}")
    api = Bell(tmp_path, "api")
    api.wake()
    assert (tmp_path / f"worker.{os.getpid()}").exists()
    worker = Bell(tmp_path, "worker")
    api._looked_at = 0.0
    api.wake()
    assert rung(worker)
    worker.close()
    api.close()


def test_a_closed_bell_takes_its_pipe_away(tmp_path: Path, a_pipe_bell: ABell) -> None:
    api = a_pipe_bell("api")
    a_pipe_bell("worker")
    api.close()
    assert [path.name.split(".")[0] for path in tmp_path.iterdir()] == ["worker"]
