"""What a status check finds of a charge: the truth, late, or only after some checks."""

from datetime import datetime

from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.plan import Plan

STATUS = "status"
CANCEL = "cancel"
VOID = "void"


def told_state(charge: Charge, plan: Plan, now: datetime) -> State | None:
    """What this check tells, which it counts; None: that there is no such charge."""
    charge.follow_ups[STATUS] += 1
    checks = charge.follow_ups[STATUS]
    if checks <= plan.missing_checks:
        return None
    if checks <= plan.missing_checks + plan.pending_checks:
        return State.WAITING
    return charge.state_at(now - plan.status_lag)
