"""What every bell between the processes of a house promises, whatever it is made of."""

import select
import threading
from collections.abc import Callable
from threading import Thread
from typing import Protocol

import pytest

from application.ports import ChangeWaiter, WorkSignal

SOON = 10.0
"""Seconds after which a test gives up."""


class Ringing(WorkSignal, ChangeWaiter, Protocol):
    """One process's bell."""

    def fileno(self) -> int:
        """Readable when another process rang."""

    def drain(self) -> None:
        """Take what was rung."""

    def answer(self) -> Thread:
        """The thread that tells this process's waiters."""

    def close(self) -> None:
        """Hear and tell nothing more."""


ABell = Callable[[str], Ringing]


class BellContract:
    """Bells of one house, each as in a process of its own."""

    @pytest.fixture
    def a_bell(self) -> ABell:
        """A bell of that name that the others' rings reach; closed with the test."""
        raise NotImplementedError("say which bell is on trial")

    def test_one_process_wakes_the_other_and_not_itself(self, a_bell: ABell) -> None:
        api, worker = a_bell("api"), a_bell("worker")
        api.wake()
        assert rung(worker)
        worker.drain()
        assert not rung(worker, 0)
        assert not rung(api, 0.02)

    def test_every_process_is_woken(self, a_bell: ABell) -> None:
        api, *workers = (a_bell(name) for name in ("api", "worker-1", "worker-2", "worker-3"))
        api.wake("pay_1")
        assert all(rung(worker) for worker in workers)

    def test_a_ring_after_the_last_look_is_seen(self, a_bell: ABell) -> None:
        api, worker = a_bell("api"), a_bell("worker")
        for _ in range(5):
            api.wake()
            assert rung(worker)
            worker.drain()

    def test_looking_where_nobody_rang_harms_nothing(self, a_bell: ABell) -> None:
        a_bell("api").drain()

    def test_a_waiter_hears_of_a_change_made_elsewhere(self, a_bell: ABell) -> None:
        api, worker = a_bell("api"), a_bell("worker")
        api.answer()
        with api.listen("pay_1") as changed:
            worker.wake("pay_1")
            assert changed(SOON)
            worker.wake("pay_2")
            assert not changed(0.05)

    def test_a_waiter_hears_of_a_change_made_here(self, a_bell: ABell) -> None:
        api = a_bell("api")
        with api.listen("pay_1") as changed:
            api.wake("pay_1")
            assert changed(0)

    def test_a_change_between_the_read_and_the_wait_is_not_missed(self, a_bell: ABell) -> None:
        api, worker = a_bell("api"), a_bell("worker")
        api.answer()
        with api.listen("pay_1") as changed, api.listen("pay_2") as mark:
            worker.wake("pay_1")
            worker.wake("pay_2")
            assert mark(SOON)
            assert changed(SOON)

    def test_a_flood_of_rings_neither_blocks_nor_loses_the_waiters(self, a_bell: ABell) -> None:
        api, worker = a_bell("api"), a_bell("worker")
        with api.listen("pay_last") as changed:
            for number in range(20_000):
                worker.wake(f"pay_{number:032d}")
            worker.wake("pay_last")
            api.answer()
            assert changed(SOON), "whoever rings too much wakes everybody"

    def test_a_neighbour_that_leaves_is_forgotten_and_one_that_comes_is_found(
        self, a_bell: ABell
    ) -> None:
        api, worker = a_bell("api"), a_bell("worker")
        api.wake()
        worker.close()
        api.wake()
        again = a_bell("worker")
        api.wake()
        assert rung(again)

    def test_a_closed_bell_is_silent(self, a_bell: ABell) -> None:
        api, worker = a_bell("api"), a_bell("worker")
        api.close()
        api.wake("pay_1")
        assert not rung(worker, 0.02)

    def test_many_threads_may_ring_at_once(self, a_bell: ABell) -> None:
        api, worker = a_bell("api"), a_bell("worker")
        api.answer()
        names = [f"pay_{number}" for number in range(20)]
        with api.listen(names[0]) as first, api.listen(names[-1]) as last:
            threads = [threading.Thread(target=worker.wake, args=(name,)) for name in names]
            for thread in threads:
                thread.start()
            assert first(SOON)
            assert last(SOON)
            for thread in threads:
                thread.join()


def rung(bell: Ringing, within: float = SOON) -> bool:
    """Whether somebody rang, or does within that time."""
    return bool(select.select([bell.fileno()], [], [], within)[0])
