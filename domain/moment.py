"""Time as Lunas reads it, and the clocks of an attempt."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Moment:
    """One reading of the wall clock (UTC) and of the boot clock, taken together.

    `uptime` counts suspended time too (Linux CLOCK_BOOTTIME); `boot` names the machine's boot, so
    that two uptimes are compared only when they can be.
    """

    at: datetime
    boot: str
    uptime: timedelta

    def since(self, earlier: "Moment") -> timedelta:
        """How long ago `earlier` was: the smaller of wall and boot age where both can be told."""
        wall = self.at - earlier.at
        return min(wall, self.uptime - earlier.uptime) if self.boot == earlier.boot else wall


@dataclass(frozen=True, slots=True)
class AttemptClocks:
    """How long each part of an attempt may take, from its claim on.

    The defaults are OVO's (customer 55 s, wallet up to 70 s) and Lunas's own bounds around them.
    `blocking` says that the one call is held until the customer has decided; otherwise the provider
    answers at once and tells later, and `wallet_answers_within` is how long after the charge came
    money may still move. Raises ValueError when their order cannot keep the promise that no late
    push is called failed.
    """

    send_within: timedelta = timedelta(seconds=10)
    customer_window: timedelta = timedelta(seconds=55)
    wallet_answers_within: timedelta = timedelta(seconds=70)
    read_within: timedelta = timedelta(seconds=75)
    ask_within: timedelta = timedelta(seconds=15)
    on_the_wire: timedelta = timedelta(seconds=10)
    status_lag: timedelta = timedelta(seconds=10)
    skew: timedelta = timedelta(seconds=5)
    blocking: bool = True

    def __post_init__(self) -> None:
        if not _ZERO < self.customer_window < self.wallet_answers_within:
            raise ValueError("the customer's window must end before the wallet's")
        if self.blocking and self.wallet_answers_within >= self.read_within:
            raise ValueError("customer window < wallet's answer < our read, or answers are cut off")
        bounds = (self.send_within, self.ask_within, self.on_the_wire, self.status_lag, self.skew)
        if min(*bounds, self.read_within) <= _ZERO:
            raise ValueError("every clock of an attempt must be longer than zero")
        if self.horizon <= self.answer_within:
            raise ValueError("the horizon must lie after the answer deadline")

    @property
    def answer_within(self) -> timedelta:
        """From the claim until the call has certainly ended."""
        return self.send_within + self.read_within

    @property
    def settles_within(self) -> timedelta:
        """From the end of the customer's window until its last payment has moved."""
        return self.wallet_answers_within - self.customer_window

    @property
    def horizon(self) -> timedelta:
        """From the claim until nothing can move any more; before it only good news is believed."""
        return (
            self.send_within
            + self.on_the_wire
            + self.wallet_answers_within
            + self.status_lag
            + self.skew
        )

    @property
    def shortest_life(self) -> timedelta:
        """Of a payment: one push ends in it, though its worker was busy when it became due."""
        return self.send_within + self.horizon

    @property
    def reverse_after(self) -> timedelta:
        """From the claim until an attempt that nobody answered may be taken back."""
        return self.answer_within if self.blocking else self.horizon - self.status_lag

    @property
    def decision_gone(self) -> timedelta:
        """From a reversal's or void's decision until it can no longer be on its way."""
        return self.send_within + self.on_the_wire + self.ask_within + self.status_lag + self.skew
