"""What the dispatcher tells about itself: a port of observers, joined in bootstrap."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from application.confirm_payment import Report
from application.deliver_events import DeliveryReport
from application.index_payments import Indexed
from application.ports import Received, Verdict
from application.push_payments import Claim
from application.resolve_payments import Asking


class Watch(Protocol):
    """Hears every step that a payment takes in the dispatcher; must be quick and never raise."""

    @abstractmethod
    def unwell(self, providers: Sequence[str]) -> None:
        """These providers' circuits are open now; told with every heartbeat."""

    @abstractmethod
    def claimed(self, claims: Sequence[Claim]) -> None:
        """These pushes are about to be sent."""

    @abstractmethod
    def answered(self, claim: Claim, report: Report, took: timedelta) -> None:
        """A push came back, or did not."""

    @abstractmethod
    def heard(self, asking: Asking, report: Report, took: timedelta) -> None:
        """A check, reversal, void or void check came back, or did not."""

    @abstractmethod
    def recorded(self, reports: int, *, held: int) -> None:
        """So many outcomes are durable; so many are held because the store is away."""

    @abstractmethod
    def delivered(self, report: DeliveryReport, took: timedelta) -> None:
        """An endpoint answered, or did not."""

    @abstractmethod
    def found(self, what: str, count: int) -> None:
        """Upkeep found so many: `expired`, `abandoned`, `probed`, `forgotten`."""

    @abstractmethod
    def indexed(self, turn: Indexed) -> None:
        """The search index has these copies, and so much waits behind them."""

    @abstractmethod
    def noticed(self, heard: Sequence[Received]) -> None:
        """What became of these notifications; one without a verdict is heard again."""

    @abstractmethod
    def dropped(self, verdict: Verdict, count: int) -> None:
        """So many notifications of that verdict were forgotten: too old, or too many."""

    @abstractmethod
    def holding(self, what: str, count: int) -> None:
        """So many calls are open now: `pushes`, `questions`, `deliveries`."""

    @abstractmethod
    def trouble(self, about: str, error: BaseException) -> None:
        """A turn failed and will be tried again."""
