"""The deliveries that a simulated process claims as it writes their events."""

from collections.abc import Callable, Sequence
from typing import final

from application.ports import Outbox, Parcel


@final
class Hand(Outbox):
    """There is always room; `post` makes a delivery if the process lives until then."""

    def __init__(self, post: Callable[[Parcel], None], look: Callable[[], None]) -> None:
        self._post = post
        self._look = look

    def take_place(self, endpoint_id: str) -> bool:
        return True

    def leave_place(self, endpoint_id: str) -> None:
        pass

    def send(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            self._post(parcel)

    def look(self) -> None:
        self._look()
