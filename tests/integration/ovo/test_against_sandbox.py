"""Pushes and what follows them, as the truth of the sandbox answers them, over a real wire."""

from dataclasses import replace

import pytest

from adapters.outbound.ovo.gateway import OvoGateway
from application.ports import ProviderRefused
from tests.integration.ovo.sandbox_process import (
    APPROVE,
    PUBLISHED,
    SOMEBODY,
    Call,
    Sandbox,
    asked,
    every_call,
    fresh,
    magic,
    said,
)

NEVER_A_TRANSACTION = "unknown not_found 25"
LIVES_ON = "unknown pending 68"
PUSH_CODES = [
    # code, said to the push, said to a check of it
    ("8", "unknown unheard_of 8 alarm", "unknown unheard_of 8 alarm"),
    ("11", "unknown unheard_of 11 alarm", "unknown unheard_of 11 alarm"),
    ("13", "declined 13 final", "unknown unheard_of 13 alarm"),
    ("14", "declined 14", "declined 14"),
    ("16", "unknown unheard_of 16 alarm", "unknown unheard_of 16 alarm"),
    ("17", "declined 17", "declined 17"),
    ("18", "unknown unheard_of 18 alarm", "unknown unheard_of 18 alarm"),
    ("25", "unknown unheard_of 25 alarm", NEVER_A_TRANSACTION),
    ("26", "declined 26", "declined 26"),
    ("30", "declined 30 final", NEVER_A_TRANSACTION),
    ("40", "unknown duplicate 40 alarm", "unknown unheard_of 40 alarm"),
    ("44", "unknown unheard_of 44 alarm", "unknown unheard_of 44 alarm"),
    ("51", "declined 51", "declined 51"),
    ("54", "unknown unheard_of 54 alarm", NEVER_A_TRANSACTION),
    ("56", "declined 56 final", "unknown unheard_of 56 alarm"),
    ("57", "unknown unheard_of 57 alarm", "unknown unheard_of 57 alarm"),
    ("58", "declined 58 final stops", NEVER_A_TRANSACTION),
    ("61", "declined 61", "declined 61"),
    ("63", "declined 63 final stops", NEVER_A_TRANSACTION),
    ("64", "declined 64 final", "unknown unheard_of 64 alarm"),
    ("65", "declined 65", "declined 65"),
    ("66", "unknown unheard_of 66 alarm", "unknown unheard_of 66 alarm"),
    ("67", "declined 67 final", "unknown unheard_of 67 alarm"),
    ("68", "unknown pending 68", LIVES_ON),
    ("73", "unknown unheard_of 73 alarm", NEVER_A_TRANSACTION),
    ("94", "unknown duplicate 94 alarm", NEVER_A_TRANSACTION),
    ("96", "declined 96 final", NEVER_A_TRANSACTION),
    ("99", "unknown unheard_of 99 alarm", LIVES_ON),
    ("BR", "declined BR final", NEVER_A_TRANSACTION),
    ("EB", "declined EB final stops", NEVER_A_TRANSACTION),
    ("ER", "unknown wallet_failure ER", LIVES_ON),
]


@pytest.mark.parametrize(("code", "to_push", "to_check"), PUSH_CODES)
def test_each_code_to_a_push_and_to_a_check_of_it(
    sandbox: Sandbox, code: str, to_push: str, to_check: str
) -> None:
    charge = fresh(magic(code))
    assert said(sandbox, charge, OvoGateway.push, OvoGateway.check) == [to_push, to_check]


@pytest.mark.parametrize("status", [200, 400, 500])
def test_the_http_status_of_a_refusal_decides_nothing(sandbox: Sandbox, status: int) -> None:
    sandbox.scenario(failure_http_status=status)
    assert said(sandbox, fresh(magic("17")), OvoGateway.push) == ["declined 17"]


def test_paid_voided_and_asked_about(sandbox: Sandbox) -> None:
    calls = [OvoGateway.push, OvoGateway.check, OvoGateway.check_void, OvoGateway.void]
    calls += [OvoGateway.check_void, OvoGateway.check, OvoGateway.void, OvoGateway.reverse]
    assert said(sandbox, fresh(APPROVE), *calls) == [
        "approved 00",
        "approved 00",
        "unknown not_found 25",
        "approved 00",
        "approved 00",
        "approved 00",  # the void has a check of its own
        "unknown unheard_of 40 alarm",
        "unknown reversed 73",
    ]


def test_paid_reversed_and_asked_about(sandbox: Sandbox) -> None:
    calls = [OvoGateway.push, OvoGateway.reverse, OvoGateway.check, OvoGateway.reverse]
    calls += [OvoGateway.void, OvoGateway.check_void]
    assert said(sandbox, fresh(APPROVE), *calls) == [
        "approved 00",
        "approved 00",
        "unknown reversed 73",
        "approved 00",
        "unknown unheard_of 40 alarm",
        "unknown not_found 25",
    ]


def test_what_was_never_pushed_is_not_found(sandbox: Sandbox) -> None:
    calls = [OvoGateway.check, OvoGateway.reverse, OvoGateway.void, OvoGateway.check_void]
    assert said(sandbox, fresh(), *calls) == ["unknown not_found 25"] * 4


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        ({"reversal_of_unknown": "404"}, "unknown empty_404"),
        ({"reversal_of_unknown": "25"}, "unknown not_found 25"),
    ],
)
def test_a_reversal_of_what_is_unknown(
    sandbox: Sandbox, scenario: dict[str, object], told: str
) -> None:
    sandbox.scenario(**scenario)
    assert said(sandbox, fresh(), OvoGateway.reverse) == [told]


@pytest.mark.parametrize(
    ("answer", "told"),
    [("00", "approved 00"), ("25", "unknown not_found 25"), ("404", "unknown empty_404")],
)
def test_a_reversal_of_what_has_ended(sandbox: Sandbox, answer: str, told: str) -> None:
    sandbox.scenario(reversal_of_ended=answer)
    charge = fresh(magic("17"))
    assert said(sandbox, charge, OvoGateway.push, OvoGateway.reverse) == ["declined 17", told]


def test_a_reversal_that_is_not_heard_twice_is_heard_the_third_time(sandbox: Sandbox) -> None:
    sandbox.scenario(reversal_404s=2)
    calls = [OvoGateway.push, *[OvoGateway.reverse] * 3, OvoGateway.check]
    assert said(sandbox, fresh(APPROVE), *calls) == [
        "approved 00",
        "unknown empty_404",
        "unknown empty_404",
        "approved 00",
        "unknown reversed 73",
    ]


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        ({}, "unknown unheard_of 40 alarm"),
        ({"void_refused_code": "58"}, "unknown unheard_of 58 alarm stops"),
    ],
)
def test_a_void_on_the_next_day(sandbox: Sandbox, scenario: dict[str, object], told: str) -> None:
    sandbox.scenario(**scenario)
    charge = fresh(APPROVE)
    assert said(sandbox, charge, OvoGateway.push) == ["approved 00"]
    sandbox.post("/clock", advance="25h")
    assert said(sandbox, charge, OvoGateway.void, OvoGateway.check_void) == [
        told,
        "unknown not_found 25",
    ]


def test_a_void_twice_may_be_told_as_done(sandbox: Sandbox) -> None:
    sandbox.scenario(void_again_code="00")
    calls = [OvoGateway.push, OvoGateway.void, OvoGateway.void]
    assert said(sandbox, fresh(APPROVE), *calls) == ["approved 00"] * 3


def test_a_void_of_what_was_declined(sandbox: Sandbox) -> None:
    calls = [OvoGateway.push, OvoGateway.void, OvoGateway.check_void]
    assert said(sandbox, fresh(magic("17")), *calls)[1:] == [
        "unknown unheard_of 40 alarm",
        "unknown not_found 25",
    ]


def test_after_seven_days_a_check_says_that_it_is_too_old(sandbox: Sandbox) -> None:
    charge = fresh(APPROVE)
    assert said(sandbox, charge, OvoGateway.push) == ["approved 00"]
    sandbox.post("/clock", advance="8d")
    assert said(sandbox, charge, OvoGateway.check) == ["unknown too_old 54 alarm"]


def test_the_first_checks_may_say_anything_but_the_truth(sandbox: Sandbox) -> None:
    sandbox.scenario(missing_checks=2, pending_checks=1)
    calls = [OvoGateway.push, *[OvoGateway.check] * 4]
    assert said(sandbox, fresh(APPROVE), *calls) == [
        "approved 00",
        "unknown not_found 25",
        "unknown not_found 25",
        "unknown pending 68",
        "approved 00",
    ]


@pytest.mark.parametrize("code", ["94", "40"])
def test_references_used_twice_are_a_duplicate(sandbox: Sandbox, code: str) -> None:
    sandbox.scenario(duplicate_code=code)
    told = said(sandbox, fresh(APPROVE), OvoGateway.push, OvoGateway.push)
    assert told == ["approved 00", f"unknown duplicate {code} alarm"]


def test_a_push_that_arrives_twice_hears_of_the_duplicate_and_is_paid_all_the_same(
    sandbox: Sandbox,
) -> None:
    sandbox.scenario(duplicate_rate=1, behaviour="approve")
    told = said(sandbox, fresh(), OvoGateway.push, OvoGateway.check)
    assert told == ["unknown duplicate 94 alarm", "approved 00"]


@pytest.mark.parametrize("digits", ["reference_no", "merchant_invoice"])
def test_a_check_by_half_of_our_references_finds_nothing(sandbox: Sandbox, digits: str) -> None:
    charge = fresh(APPROVE)
    assert said(sandbox, charge, OvoGateway.push) == ["approved 00"]
    other = fresh().references.shown[digits]
    wrong = replace(charge.references, shown={**charge.references.shown, digits: other})
    told = said(sandbox, replace(charge, references=wrong), OvoGateway.check, OvoGateway.reverse)
    assert told == ["unknown not_found 25"] * 2


BY_THE_HEADERS = [({"app_key": "0" * 64}, "63"), ({"tid": "00399999"}, "EB")]


@pytest.mark.parametrize(("credentials", "code"), BY_THE_HEADERS, ids=["63", "EB"])
@every_call
def test_a_rotated_key_or_a_blocked_terminal_never_decides_about_a_paid_push(
    sandbox: Sandbox, call: Call, credentials: dict[str, str], code: str
) -> None:
    charge = fresh(APPROVE)
    assert said(sandbox, charge, OvoGateway.push) == ["approved 00"]
    account = replace(charge.account, credentials=PUBLISHED | credentials)
    to_push = f"declined {code} final stops"
    to_the_others = f"unknown unheard_of {code} alarm stops"
    told = to_push if call is OvoGateway.push else to_the_others
    assert said(sandbox, replace(charge, account=account), call) == [told]
    assert said(sandbox, charge, OvoGateway.check) == ["approved 00"]


def test_amounts_that_the_wallet_does_not_take(sandbox: Sandbox) -> None:
    sandbox.scenario(minimum_amount=10_000)
    assert said(sandbox, fresh(APPROVE, amount=9_999), OvoGateway.push) == ["declined 67 final"]


def test_an_inquiry_says_yes_or_no(sandbox: Sandbox) -> None:
    assert asked(sandbox, SOMEBODY) is True
    assert asked(sandbox, magic("14")) is False


@pytest.mark.parametrize(("credentials", "code"), BY_THE_HEADERS, ids=["63", "EB"])
def test_an_inquiry_tells_a_refused_account(
    sandbox: Sandbox, credentials: dict[str, str], code: str
) -> None:
    with pytest.raises(ProviderRefused) as caught:
        asked(sandbox, SOMEBODY, credentials=credentials)
    assert (caught.value.code, caught.value.stops_account) == (code, True)
