"""Which behaviour a push gets: its phone in the scenario, then magic, then the default."""

from sandbox.behaviour import BEHAVIOURS, Behaviour
from sandbox.codes import APPROVED, CODES
from sandbox.magic import AMOUNTS, PHONES
from sandbox.messages import Request
from sandbox.scenario import Scenario


def behaviour_of(request: Request, scenario: Scenario) -> Behaviour:
    """What is to happen to this push."""
    phone = request.phone or ""
    name = scenario.phones.get(phone) or _magic(request, scenario) or scenario.behaviour
    return BEHAVIOURS[name]


def acts_at_once(request: Request, behaviour: Behaviour, scenario: Scenario) -> bool:
    """Whether the simulated customer needs no time: magic and bare codes are instantaneous."""
    by_name = request.phone in scenario.phones
    of_code = behaviour.name == APPROVED or behaviour.name in CODES
    return of_code or (not by_name and _magic(request, scenario) is not None)


def _magic(request: Request, scenario: Scenario) -> str | None:
    by_phone = PHONES.get(request.phone or "")
    if by_phone is None and scenario.magic_amounts:
        return AMOUNTS.get(request.amount)
    return by_phone
