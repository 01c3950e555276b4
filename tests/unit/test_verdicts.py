"""What a gateway's word means for the money, verdict by verdict."""

import pytest

from adapters.outbound.verdicts import (
    CONCLUSIVE,
    REFUSALS,
    Decision,
    Verdict,
    concluded,
    mismatch,
    reason,
)
from domain.outcome import Declined, Doubt, Unknown
from domain.reason import ReasonCode
from tests.unit.cases import for_each

UNKNOWNS = {
    Verdict.PENDING: Unknown(Doubt.PENDING, "X"),
    Verdict.DUPLICATE: Unknown(Doubt.DUPLICATE, "X", alarm=True),
    Verdict.FAILURE: Unknown(Doubt.WALLET_FAILURE, "X"),
    Verdict.ENDED: Unknown(Doubt.NOT_FOUND, "X"),
    Verdict.NOT_FOUND: Unknown(Doubt.NOT_FOUND, "X"),
    Verdict.REVERSED: Unknown(Doubt.REVERSED, "X"),
    Verdict.ACCOUNT_REFUSED: Unknown(Doubt.UNHEARD_OF, "X", alarm=True, stops_account=True),
    Verdict.NO_ANSWER: Unknown(Doubt.UNHEARD_OF, "X", alarm=True),
}


def test_every_verdict_is_told_to_the_core() -> None:
    told = {Verdict.APPROVED, Verdict.ACCEPTED} | REFUSALS | set(UNKNOWNS)
    assert told == set(Verdict)
    for verdict, expected in UNKNOWNS.items():
        assert concluded(Decision(verdict), "X") == expected


@pytest.mark.parametrize(
    ("verdict", "final", "stops"),
    [
        (Verdict.DECLINED, False, False),
        (Verdict.REFUSED, True, False),
        (Verdict.MISCONFIGURED, True, True),
    ],
)
def test_a_refusal_says_whether_to_try_again_and_whether_the_account_stops(
    verdict: Verdict, final: bool, stops: bool
) -> None:
    told = concluded(Decision(verdict, ReasonCode.LIMIT_EXCEEDED), "X")
    assert isinstance(told, Declined)
    assert (told.code, told.final, told.stops_account) == ("X", final, stops)
    assert told.reason.provider_code == "X"
    assert told.reason.retryable is not final


@pytest.mark.parametrize("verdict", [Verdict.DECLINED, Verdict.REFUSED, Verdict.MISCONFIGURED])
def test_a_refusal_without_a_reason_is_a_mistake_in_the_table(verdict: Verdict) -> None:
    with pytest.raises(ValueError, match=verdict):
        Decision(verdict)


@for_each("verdict", sorted(set(Verdict) - REFUSALS))
def test_a_reason_without_a_refusal_is_a_mistake_in_the_table(verdict: Verdict) -> None:
    with pytest.raises(ValueError, match=verdict):
        Decision(verdict, ReasonCode.LIMIT_EXCEEDED)


def test_whatever_could_end_an_attempt_must_be_of_our_own_charge() -> None:
    assert set(Verdict) - CONCLUSIVE == {
        *(Verdict.PENDING, Verdict.DUPLICATE, Verdict.FAILURE),
        *(Verdict.ACCOUNT_REFUSED, Verdict.NO_ANSWER),
    }
    assert mismatch("X") == Unknown(Doubt.MISMATCH, "X", alarm=True)


def test_each_reason_is_told_in_two_languages() -> None:
    for code in ReasonCode:
        told = reason(code, "X", retryable=True)
        assert told.message.id != told.message.en
        assert 10 < len(told.message.id) <= 120
