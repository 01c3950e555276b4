"""Bells between processes, and waiters within one."""

import os
import select
import threading
from pathlib import Path

import pytest

from adapters.outbound.signal import bell as bell_module
from adapters.outbound.signal.bell import Bell
from adapters.outbound.signal.local import LocalSignal


@pytest.fixture(autouse=True)
def _look_around_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell_module, "LOOK_AROUND_EVERY", 0.0)


def rung(bell: Bell) -> bool:
    return bool(select.select([bell.fileno()], [], [], 0.5)[0])


def a_pair(folder: Path) -> tuple[Bell, Bell]:
    return Bell(folder, "api"), Bell(folder, "worker")


def test_one_process_wakes_the_other_and_not_itself(tmp_path: Path) -> None:
    api, worker = a_pair(tmp_path)
    api.wake()
    assert rung(worker)
    worker.drain()
    assert not select.select([worker.fileno(), api.fileno()], [], [], 0)[0]
    api.close()
    worker.close()


def test_a_waiter_hears_of_a_change_made_elsewhere(tmp_path: Path) -> None:
    api, worker = a_pair(tmp_path)
    api.answer()
    with api.listen("pay_1") as changed:
        worker.wake("pay_1")
        assert changed(5)
        worker.wake("pay_2")
        assert not changed(0.05)
    api.close()
    worker.close()


def test_a_change_between_the_read_and_the_wait_is_not_missed() -> None:
    signal = LocalSignal()
    with signal.listen("pay_1") as changed:
        signal.wake("pay_1")
        assert changed(0)
        assert not changed(0)


def test_every_waiter_of_a_payment_is_woken_and_none_is_left_behind() -> None:
    signal = LocalSignal()
    heard: list[bool] = []

    def wait() -> None:
        with signal.listen("pay_1") as changed:
            started.release()
            heard.append(changed(5))

    started = threading.Semaphore(0)
    threads = [threading.Thread(target=wait) for _ in range(10)]
    for thread in threads:
        thread.start()
    for _ in threads:
        started.acquire()
    signal.wake("pay_1")
    for thread in threads:
        thread.join()
    assert heard == [True] * 10
    assert not signal._waiting


def test_a_flood_of_rings_neither_blocks_nor_loses_the_waiters(tmp_path: Path) -> None:
    api, worker = a_pair(tmp_path)
    with api.listen("pay_last") as changed:
        for number in range(4_000):  # more than twice what a pipe holds
            worker.wake(f"pay_{number:032d}")
        api.answer()
        assert changed(5), "an overfull pipe wakes everybody"
    api.close()
    worker.close()


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


def test_a_neighbour_that_leaves_is_forgotten_and_one_that_comes_is_found(tmp_path: Path) -> None:
    api, worker = a_pair(tmp_path)
    api.wake()
    worker.close()
    api.wake()
    again = Bell(tmp_path, "worker")
    api.wake()
    assert rung(again)
    api.close()
    again.close()


def test_a_closed_bell_is_silent(tmp_path: Path) -> None:
    api, worker = a_pair(tmp_path)
    api.close()
    api.wake("pay_1")
    assert not select.select([worker.fileno()], [], [], 0.02)[0]
    assert [p.name.split(".")[0] for p in tmp_path.iterdir()] == ["worker"]
    worker.close()
