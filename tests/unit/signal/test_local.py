"""The waiters within one process."""

import threading

from adapters.outbound.signal.local import LocalSignal


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


def test_a_waiter_is_told_once_of_a_change() -> None:
    signal = LocalSignal()
    with signal.listen("pay_1") as changed:
        signal.wake("pay_1")
        assert changed(0)
        assert not changed(0)
