"""What Heartbeats promise, whatever they are made of."""

from datetime import timedelta

from application.ports import Heartbeat
from tests.builders import NOON, a_heartbeat, after
from tests.contracts.stores import HandClock, Store, StoreContract


class HeartbeatsContract(StoreContract):
    """Which workers live."""

    def test_the_latest_beat_of_each_worker_counts(self, store: Store) -> None:
        troubled = Heartbeat("worker-1", after(5), "the clock is off", ("midtrans", "ovo"))
        for beat in (a_heartbeat(), a_heartbeat("worker-2"), troubled):
            store.heartbeats.beat(beat)
        assert store.heartbeats.alive(NOON) == [troubled, a_heartbeat("worker-2")]
        assert store.heartbeats.alive(after(5)) == [troubled]
        assert list(store.heartbeats.alive(after(5.000001))) == []

    def test_a_worker_silent_for_days_is_forgotten(self, store: Store) -> None:
        store.heartbeats.beat(a_heartbeat())
        later = a_heartbeat("worker-2", NOON + timedelta(days=2))
        store.heartbeats.beat(later)
        assert store.heartbeats.alive(NOON - timedelta(days=9)) == [later]

    def test_now_is_the_stores_clock(self, store: Store, clock: HandClock) -> None:
        assert store.heartbeats.now() == NOON
        clock.move(timedelta(seconds=1))
        assert store.heartbeats.now() == after(1)
