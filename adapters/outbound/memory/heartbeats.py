"""Signs of life in memory."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import final

from adapters.outbound.memory.state import State
from application.ports import Heartbeat, Heartbeats

REMEMBERED = timedelta(days=1)
"""A worker silent for longer is forgotten altogether."""


@final
class MemoryHeartbeats(Heartbeats):
    """Which workers live."""

    def __init__(self, state: State) -> None:
        self._state = state

    def beat(self, heartbeat: Heartbeat) -> None:
        self._state.write(lambda: self._beat(heartbeat))

    def alive(self, since: datetime) -> Sequence[Heartbeat]:
        with self._state.lock:
            beats = [beat for beat in self._state.heartbeats.values() if beat.at >= since]
        return sorted(beats, key=lambda beat: beat.worker)

    def now(self) -> datetime:
        return self._state.now()

    def _beat(self, heartbeat: Heartbeat) -> None:
        beats = self._state.heartbeats
        beats[heartbeat.worker] = heartbeat
        for beat in list(beats.values()):
            if beat.at < heartbeat.at - REMEMBERED:
                del beats[beat.worker]
