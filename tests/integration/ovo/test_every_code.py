"""Each row of OVO's codes for each operation, said by the real sandbox over a real wire.

The rows come from the product, so that a new one cannot be forgotten; what each has to mean is
written here once more, from the promises about money and not from the product's table.
"""

import pytest

from adapters.outbound.ovo.codes import DECISIONS, Operation
from adapters.outbound.ovo.gateway import OvoGateway
from application.ports import ProviderRefused, ProviderUnavailable
from tests.integration.ovo.sandbox_process import (
    APPROVE,
    SOMEBODY,
    Call,
    Sandbox,
    asked,
    fresh,
    gateways,
    run,
    said,
    word,
)

SPOKEN: dict[Operation, tuple[str, Call | None]] = {
    # operation: as the sandbox names it, and how we ask; an inquiry has no payment
    Operation.PUSH: ("push", OvoGateway.push),
    Operation.CHECK: ("check_push", OvoGateway.check),
    Operation.REVERSAL: ("reversal", OvoGateway.reverse),
    Operation.VOID: ("void", OvoGateway.void),
    Operation.CHECK_VOID: ("check_void", OvoGateway.check_void),
    Operation.INQUIRY: ("inquiry", None),
}
IN_NO_LIST = ("99", "Z9", "0")
MEANS = {
    # code: to a push; to a check, a reversal, a void and a check of a void; to a phone inquiry
    "00": ("approved 00", "approved 00", "yes"),
    "8": ("unknown unheard_of 8 alarm", "unknown unheard_of 8 alarm", "neither"),
    "11": ("unknown unheard_of 11 alarm", "unknown unheard_of 11 alarm", "neither"),
    "13": ("declined 13 final", "unknown unheard_of 13 alarm", "refused 13"),
    "14": ("declined 14", "declined 14", "no"),
    "16": ("unknown unheard_of 16 alarm", "unknown unheard_of 16 alarm", "neither"),
    "17": ("declined 17", "declined 17", "refused 17"),
    "18": ("unknown unheard_of 18 alarm", "unknown unheard_of 18 alarm", "neither"),
    "25": ("unknown unheard_of 25 alarm", "unknown not_found 25", "neither"),
    "26": ("declined 26", "declined 26", "refused 26"),
    "30": ("declined 30 final", "unknown unheard_of 30 alarm", "refused 30"),
    "40": ("unknown duplicate 40 alarm", "unknown unheard_of 40 alarm", "refused 40"),
    "44": ("unknown unheard_of 44 alarm", "unknown unheard_of 44 alarm", "neither"),
    "51": ("declined 51", "declined 51", "refused 51"),
    "54": ("unknown unheard_of 54 alarm", "unknown too_old 54 alarm", "neither"),
    "56": ("declined 56 final", "unknown unheard_of 56 alarm", "refused 56"),
    "57": ("unknown unheard_of 57 alarm", "unknown unheard_of 57 alarm", "neither"),
    "58": ("declined 58 final stops", "unknown unheard_of 58 alarm stops", "refused 58 stops"),
    "61": ("declined 61", "declined 61", "refused 61"),
    "63": ("declined 63 final stops", "unknown unheard_of 63 alarm stops", "refused 63 stops"),
    "64": ("declined 64 final", "unknown unheard_of 64 alarm", "refused 64"),
    "65": ("declined 65", "declined 65", "refused 65"),
    "66": ("unknown unheard_of 66 alarm", "unknown unheard_of 66 alarm", "neither"),
    "67": ("declined 67 final", "unknown unheard_of 67 alarm", "refused 67"),
    "68": ("unknown pending 68", "unknown pending 68", "unavailable"),
    "73": ("unknown unheard_of 73 alarm", "unknown reversed 73", "neither"),
    "94": ("unknown duplicate 94 alarm", "unknown unheard_of 94 alarm", "refused 94"),
    "96": ("declined 96 final", "unknown unheard_of 96 alarm", "refused 96"),
    "BR": ("declined BR final", "unknown unheard_of BR alarm", "refused BR"),
    "EB": ("declined EB final stops", "unknown unheard_of EB alarm stops", "refused EB stops"),
    "ER": ("unknown wallet_failure ER", "unknown unheard_of ER alarm", "unavailable"),
    "99": ("unknown unheard_of 99 alarm", "unknown unheard_of 99 alarm", "neither"),
    "Z9": ("unknown unheard_of Z9 alarm", "unknown unheard_of Z9 alarm", "neither"),
    "0": ("unknown unheard_of 0 alarm", "unknown unheard_of 0 alarm", "neither"),
}
_ID = {operation: name for operation, (name, _) in SPOKEN.items()}
PAIRS = [*DECISIONS, *((operation, code) for operation in Operation for code in IN_NO_LIST)]
each_pair = pytest.mark.parametrize(
    ("operation", "code"), PAIRS, ids=[f"{_ID[operation]}-{code}" for operation, code in PAIRS]
)
each_operation = pytest.mark.parametrize("operation", Operation, ids=lambda it: _ID[it])


def meant(operation: Operation, code: str) -> str:
    to_push, to_follow_up, to_inquiry = MEANS[code]
    others = {Operation.PUSH: to_push, Operation.INQUIRY: to_inquiry}
    return others.get(operation, to_follow_up)


def heard(
    sandbox: Sandbox, operation: Operation, scenario: dict[str, object], *, late: bool = False
) -> str:
    """What this operation, about a paid push where there has to be one, says in that scenario."""
    _, call = SPOKEN[operation]
    charge = fresh(APPROVE)
    if call not in {None, OvoGateway.push}:
        assert said(sandbox, charge, OvoGateway.push) == ["approved 00"]
    sandbox.scenario(**scenario)
    if call is None:
        return _inquired(sandbox, late=late)

    async def main() -> str:
        async with gateways(sandbox) as (patient, impatient):
            return word(await call(impatient if late else patient, charge))

    return run(main())


def _inquired(sandbox: Sandbox, *, late: bool) -> str:
    try:
        answer = asked(sandbox, SOMEBODY, late=late)
    except ProviderRefused as refused:
        return f"refused {refused.code}{' stops' * refused.stops_account}"
    except ProviderUnavailable:
        return "unavailable"
    return {True: "yes", False: "no", None: "neither"}[answer]


def test_no_code_and_no_operation_is_forgotten() -> None:
    assert set(SPOKEN) == set(Operation)
    listed = set(MEANS) - set(IN_NO_LIST)
    assert set(DECISIONS) == {(operation, code) for operation in Operation for code in listed}


@each_pair
def test_each_code_to_each_operation_whatever_the_http_status(
    sandbox: Sandbox, operation: Operation, code: str
) -> None:
    name, _ = SPOKEN[operation]
    for status in (200, 400):
        sandbox.reset()
        script: dict[str, object] = {"answers": {name: code}, "failure_http_status": status}
        assert heard(sandbox, operation, script) == meant(operation, code)


UNANSWERED = [
    # what happens, what is known of the money then; an inquiry is unavailable by all of them
    ("empty_404", "unknown empty_404"),
    ("page", "unknown garbage"),
    ("no_code", "unknown garbage"),
    ("cut", "unknown cut"),
    ("cut_after", "unknown cut"),
    ("silence", "unknown silence"),
    ("silence_after", "unknown silence"),
]


def the_accident(what: str, name: str) -> dict[str, object]:
    """The scenario in which this operation, and no other, has that accident."""
    accidents: dict[str, dict[str, object]] = {
        "empty_404": {"answers": {name: "404"}},
        "page": {"answers": {name: "502"}},
        "no_code": {"answers": {name: "00"}, "answer_omits": ["responseCode"]},
        "cut": {"outage": {"kind": "close", "of": [name]}},
        "cut_after": {"outage": {"kind": "close", "of": [name], "heard": True}},
        "silence": {"outage": {"kind": "hang", "of": [name]}},
        "silence_after": {"outage": {"kind": "hang", "of": [name], "heard": True}},
    }
    return accidents[what]


@each_operation
@pytest.mark.parametrize(("what", "known"), UNANSWERED, ids=[what for what, _ in UNANSWERED])
def test_no_answer_to_any_operation_proves_nothing(
    sandbox: Sandbox, operation: Operation, what: str, known: str
) -> None:
    name, call = SPOKEN[operation]
    accident, late = the_accident(what, name), what.startswith("silence")
    told = "unavailable" if call is None else known
    assert heard(sandbox, operation, accident, late=late) == told
