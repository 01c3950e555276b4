"""What a status check, a reversal or a void finds: plain decisions about a push, changing nothing.

Where OVO publishes no answer the choice is INFERRED and, where it matters, a scenario switch.
"""

from datetime import datetime, timedelta

from sandbox import codes
from sandbox.answers import JAKARTA
from sandbox.codes import CODES, Afterwards
from sandbox.messages import Operation
from sandbox.push import EMPTY_404, Push, State
from sandbox.scenario import Scenario

RETENTION = timedelta(days=7)  # public clients' notes on RC 54


def status_of(push: Push, scenario: Scenario, now: datetime) -> str:
    """The code that a status check gets; `push.follow_ups` already counts this one."""
    if is_forgotten(push):
        return codes.NOT_FOUND
    if now - push.heard_at > RETENTION:
        return codes.TOO_OLD
    state = push.state_at(now - scenario.status_lag)
    if state is None:
        return codes.NOT_FOUND
    missing = max(push.behaviour.missing_checks, scenario.missing_checks)
    checks = push.follow_ups[Operation.CHECK_PUSH]
    if checks <= missing:
        return codes.NOT_FOUND
    if checks <= missing + max(push.behaviour.pending_checks, scenario.pending_checks):
        return codes.PENDING
    return {
        State.WAITING: scenario.waiting_check_code,
        State.PAID: codes.APPROVED,
        State.FAILED: push.code,
        State.ENDED: scenario.ended_check_code,
        State.REVERSED: codes.ALREADY_REVERSED,
        State.VOIDED: codes.APPROVED,  # the push was approved; the void has a check of its own
    }[state]


def reversal_answer(push: Push, scenario: Scenario) -> str:
    """The code that a reversal gets, or `EMPTY_404`; this one is counted already."""
    if is_forgotten(push):
        return scenario.reversal_of_unknown
    if push.follow_ups[Operation.REVERSAL] <= max(
        push.behaviour.reversal_404s, scenario.reversal_404s
    ):
        return EMPTY_404
    return {
        State.WAITING: codes.APPROVED,
        State.PAID: scenario.reversal_of_paid,
        State.FAILED: scenario.reversal_of_ended,
        State.ENDED: scenario.reversal_of_ended,
        State.REVERSED: scenario.reversal_again_code,
        State.VOIDED: codes.ALREADY_REVERSED,  # the money is back already, by another road
    }[push.state]


def void_answer(push: Push, scenario: Scenario, now: datetime) -> str:
    """The code that a void gets: 00 for a paid push of the same day in Jakarta."""
    if push.state is State.VOIDED:
        return scenario.void_again_code
    if push.paid_at is None or push.state is not State.PAID:
        return codes.TRANSACTION_FAILED
    same_day = push.paid_at.astimezone(JAKARTA).date() == now.astimezone(JAKARTA).date()
    return codes.APPROVED if same_day else scenario.void_refused_code


def void_status_of(push: Push, scenario: Scenario, now: datetime) -> str:
    """The code that a check of a void gets."""
    if push.state_at(now - scenario.status_lag) is not State.VOIDED:
        return codes.NOT_FOUND
    return codes.TOO_OLD if now - push.heard_at > RETENTION else codes.APPROVED


def is_forgotten(push: Push) -> bool:
    """Whether the push was refused before it became a transaction."""
    return push.state is State.FAILED and CODES[push.code].afterwards is Afterwards.FORGOTTEN
