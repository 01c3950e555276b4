"""What kind of world a seed is: how often what goes wrong, and which of the open questions hold."""

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta

from domain.rules import LateSuccess
from simulation.dice import Dice

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Switches:
    """One world. Rates are probabilities of one throw; False and 0 are a calm world."""

    workers: int = 1
    late_success: LateSuccess = LateSuccess.REVIEW
    # the wallet
    remembers_early_reversals: bool = False
    reversal_of_unknown: str = "25"
    window: float = 55.0
    waiting_check_code: str = "68"
    reversal_of_paid: str = "00"
    reversal_of_ended: str = "00"
    reversal_404s: int = 0
    status_lag: float = 0.0
    ended_answer: str = "404"
    omits: bool = False
    collision: bool = False
    duplicate_code: str = "94"
    # the way there and back
    lost_request: float = 0.0
    lost_answer: float = 0.0
    late_answer: float = 0.0
    doubled_request: float = 0.0
    slow_way: float = 0.0
    middle_box: float = 0.0
    repeated: float = 0.0
    # processes
    crash: float = 0.0
    pause: float = 0.0
    unseen_pause: float = 0.0
    longest_pause: float = 30.0
    clocks_apart: bool = False
    clock_error: float = 0.0
    # the store
    conflict: float = 0.0
    lost_write: float = 0.0
    lost_acknowledgement: float = 0.0
    last_second_lost: bool = False
    # people
    odd_customer: float = 0.0
    cancels: float = 0.0
    refunds: float = 0.0
    second_order: float = 0.0
    reads: float = 0.0
    operator_after: timedelta = field(default=timedelta(hours=3))
    receiver_down: float = 0.0
    rush: bool = False
    check_pace: float = 300.0
    # the other providers, and what they tell by themselves (simulation/mixing.py)
    mixed: bool = False
    notice_lost: float = 0.0
    notice_late: float = 0.0
    notice_twice: float = 0.0
    notice_forged: float = 0.0
    paid_late: float = 0.0
    late_by: float = 0.0
    token_life: float = 900.0
    unlinked: float = 0.0
    automatic: bool = False
    qris_cancels: bool = False
    cancel_of_paid: str = "refuse"
    expired_as: str = "05"
    refunds_end: str = "accept"

    @property
    def strays(self) -> bool:
        """Whether money may move later than any horizon allows for."""
        return self.unseen_pause > 0 or (self.paid_late > 0 and self.late_by > 0)


RATES = frozenset(f.name for f in fields(Switches) if isinstance(f.default, float)) - {
    "status_lag",
    "longest_pause",
    "check_pace",
    "late_by",
    "token_life",
}
"""The switches that a failing story is made shorter by switching off."""


NOTHING_WRONG = tuple((f.name, getattr(Switches(), f.name)) for f in fields(Switches))
"""Every switch as it is in a calm world: what a plan is forced by in which nothing goes wrong."""


def drawn(seed: int) -> Switches:
    """The world of this seed: about half of everything that can go wrong does, now and then."""
    dice = Dice(seed, 1)

    def rate(most: float) -> float:
        return dice.random() * most if dice.chance(0.5) else 0.0

    switches = Switches(
        workers=2 if dice.chance(0.4) else 1,
        late_success=dice.one_of(tuple(LateSuccess)),
        remembers_early_reversals=dice.chance(0.5),
        reversal_of_unknown=dice.one_of(("25", "404", "00")),
        window=dice.one_of((55.0, 55.0, 69.5)),
        waiting_check_code=dice.one_of(("68", "25")),
        reversal_of_paid=dice.one_of(("00", "00", "00", "40")),
        reversal_of_ended=dice.one_of(("00", "00", "25", "404")),
        reversal_404s=dice.one_of((0, 0, 0, 1, 2)),
        status_lag=dice.random() * 10 if dice.chance(0.5) else 0.0,
        ended_answer=dice.one_of(("404", "404", "404", "68", "silence")),
        omits=dice.chance(0.3),
        collision=dice.chance(0.2),
        duplicate_code=dice.one_of(("94", "40")),
        lost_request=rate(0.1),
        lost_answer=rate(0.3),
        late_answer=rate(0.3),
        doubled_request=rate(0.1),
        slow_way=rate(0.3),
        middle_box=rate(0.1),
        repeated=rate(0.3),
        crash=rate(0.004),
        pause=rate(0.01),
        unseen_pause=rate(0.02) if dice.chance(0.3) else 0.0,
        longest_pause=dice.one_of((5.0, 30.0, 150.0)),
        clocks_apart=dice.chance(0.3),
        clock_error=dice.random() * 2.4 if dice.chance(0.5) else 0.0,
        conflict=rate(0.05),
        lost_write=rate(0.03),
        lost_acknowledgement=rate(0.05),
        odd_customer=rate(0.3),
        cancels=rate(0.2),
        refunds=rate(0.4),
        second_order=rate(0.5),
        reads=rate(0.5),
        operator_after=timedelta(hours=dice.one_of((1, 12, 30))),
        receiver_down=rate(0.3),
        rush=dice.chance(0.15),
        check_pace=dice.one_of((300.0, 300.0, 2.0)),
        last_second_lost=Dice(seed, 3).chance(0.5),
    )
    return _with_other_providers(switches, Dice(seed, 4))


def _with_other_providers(switches: Switches, dice: Dice) -> Switches:
    """What the providers besides Push to Pay do; half of the worlds have some of them."""

    def rate(most: float) -> float:
        return dice.random() * most if dice.chance(0.5) else 0.0

    return replace(
        switches,
        mixed=dice.chance(0.5),
        notice_lost=rate(0.5),
        notice_late=rate(0.5),
        notice_twice=rate(0.5),
        notice_forged=rate(0.5),
        paid_late=rate(0.5),
        late_by=dice.one_of((0.0, 0.0, 7_200.0)),
        token_life=dice.one_of((900.0, 900.0, 120.0)),
        unlinked=rate(0.3),
        automatic=dice.chance(0.5),
        qris_cancels=dice.chance(0.5),
        cancel_of_paid=dice.one_of(("refuse", "return")),
        expired_as=dice.one_of(("05", "06", "07")),
        refunds_end=dice.one_of(("accept", "accept", "pending", "refuse")),
    )


def start_of(seed: int) -> datetime:
    """When the world begins: any moment of a year, often shortly before Jakarta's midnight."""
    dice = Dice(seed, 2)
    day = datetime(2026, 1, 1, tzinfo=UTC) + dice.number(365) * DAY
    late = dice.chance(0.3)
    return day + (
        timedelta(hours=16, minutes=30) if late else dice.number(86_400) * timedelta(seconds=1)
    )
