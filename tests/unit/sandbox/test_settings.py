"""Durations, scenarios and accounts as people and programs write them."""

from datetime import timedelta

import pytest

from sandbox.accounts import DEMO_ACCOUNT, AccountError, Accounts, parse_accounts
from sandbox.durations import parse_duration, written_duration
from sandbox.local import is_foreign, is_loopback, is_own_name
from sandbox.providers import plans_of
from sandbox.readers import Span
from sandbox.scenario import Scenario, ScenarioError, changed, shown
from tests.unit.cases import for_each

ACCOUNT = {
    "app_id": "other",
    "app_key": "0123456789abcdef" * 4,
    "merchant_id": "2000002",
    "store_code": "OTHER1",
    "tid": "00300002",
    "mid": "0010000000OT001",
}


@for_each(
    ("text", "seconds"),
    [("2s", 2), ("500ms", 0.5), ("1.1", 1.1), (1.1, 1.1), (3, 3), ("15m", 900), ("0", 0)],
)
def test_a_duration_is_read_in_every_form(text: object, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@for_each("text", ["", "x", "-1s", -1, "1y", True, None, [], "1e3", "9" * 9 + "d"])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


def test_a_duration_is_written_as_it_is_read() -> None:
    for seconds in (0, 0.001, 1.1, 72, 86_400):
        span = timedelta(seconds=seconds)
        assert parse_duration(written_duration(span)) == span


def test_a_scenario_is_shown_as_it_is_read() -> None:
    scenario = changed(
        Scenario(),
        {
            "behaviour": "drop",
            "phones": {"081234567890": "61"},
            "answers": {"void": "40", "push": {"code": "Z9", "times": 2, "acts": True}},
            "latency": "20ms",
            "drop_rate": 1,
            "outage": {"kind": "hang", "heard": True, "of": ["void"], "for": "5s"},
            "host_skew": "-7h",
            "lies": ["amount", "batch"],
            "random_within": 30,
        },
    )
    assert changed(Scenario(), shown(scenario)) == scenario


def test_a_change_keeps_what_it_does_not_name() -> None:
    once = changed(Scenario(), {"behaviour": "late"})
    twice = changed(once, {"answer_after": {"min": 1, "max": "2s"}})
    assert twice.behaviour == "late"
    assert twice.answer_after == Span(timedelta(seconds=1), timedelta(seconds=2))


@for_each(
    ("change", "named"),
    [
        ({"behavior": "drop", "windows": 1}, {"behavior", "windows"}),
        ({"behaviour": "fly"}, {"behaviour"}),
        ({"phones": {"0812": "drop"}}, {"phones"}),
        ({"phones": {"081234567890": "fly"}}, {"phones"}),
        ({"drop_rate": 1.1}, {"drop_rate"}),
        ({"drop_rate": True}, {"drop_rate"}),
        ({"duplicate_code": "00"}, {"duplicate_code"}),
        ({"failure_http_status": 204}, {"failure_http_status"}),
        ({"latency": {"min": "2s", "max": "1s"}}, {"latency"}),
        ({"latency": {"min": "2s"}}, {"latency"}),
        ({"silence": "yes"}, {"silence"}),
        ({"outage": "fire"}, {"outage"}),
        ({"outage": {"kind": "502", "until": "1s"}}, {"outage"}),
        ({"outage": {"kind": "502", "of": ["flight"]}}, {"outage"}),
        ({"outage": {"for": "1s"}}, {"outage"}),
        ({"answers": []}, {"answers"}),
        ({"answers": {"flight": "40"}}, {"answers"}),
        ({"answers": {"void": 40}}, {"answers"}),
        ({"answers": {"void": "cut"}}, {"answers"}),
        ({"answers": {"void": {"times": 1}}}, {"answers"}),
        ({"answers": {"void": {"code": "40", "times": 0}}}, {"answers"}),
        ({"answers": {"void": {"code": "40", "heard": True}}}, {"answers"}),
        ({"answer_omits": ["nothing"]}, {"answer_omits"}),
        ({"answer_omits": "tid"}, {"answer_omits"}),
        ({"answer_types": [{}]}, {"answer_types"}),
        ({"lies": ["amount", "amount"]}, {"lies"}),
        ({"host_skew": "-x"}, {"host_skew"}),
        ({"settlement_faults": ["late"]}, {"settlement_faults"}),
        ({"auth_http_status": 302}, {"auth_http_status"}),
        ({"missing_checks": -1}, {"missing_checks"}),
        ({"window": "71s"}, {"window"}),
        ([], {""}),
    ],
)
def test_a_wrong_scenario_names_every_wrong_key(change: object, named: set[str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        changed(Scenario(), change)
    assert set(caught.value.problems) == named


def test_accounts_are_read_and_found() -> None:
    accounts = Accounts(DEMO_ACCOUNT, *parse_accounts([ACCOUNT]))
    assert accounts.key_of("other") == ACCOUNT["app_key"]
    found = accounts.terminal(tid="00300002", mid="0010000000OT001")
    assert found is not None
    assert found.app_id == "other"
    assert "app_key" not in found.shown()
    assert ACCOUNT["app_key"] not in repr(found)


@for_each(
    ("wrong", "said"),
    [
        ([], "empty"),
        (["x"], "object"),
        ({**ACCOUNT, "extra": "x"}, "extra"),
        ({"app_id": "x"}, "app_key"),
        ({**ACCOUNT, "tid": ""}, "tid"),
        ({**ACCOUNT, "tid": 1}, "tid"),
    ],
)
def test_what_is_no_account_is_refused_by_name(wrong: object, said: str) -> None:
    with pytest.raises(AccountError, match=said):
        parse_accounts(wrong)


def test_an_account_cannot_take_over_a_key_or_a_terminal() -> None:
    accounts = Accounts(*parse_accounts(ACCOUNT))
    with pytest.raises(AccountError, match="app_key"):
        accounts.add(parse_accounts({**ACCOUNT, "app_key": "x"})[0])
    with pytest.raises(AccountError, match="terminal"):
        accounts.add(parse_accounts({**ACCOUNT, "app_id": "thief"})[0])


@for_each(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("8.8.8.8", False),
        ("", False),
        (None, False),
    ],
)
def test_only_this_machine_is_local(host: str | None, local: bool) -> None:
    assert is_loopback(host) == local


@for_each(
    ("host", "own"),
    [
        ("127.0.0.1:8090", True),
        ("[::1]:8090", True),
        ("localhost", True),
        ("sandbox.localhost:8090", True),
        ("192.168.1.7:8090", True),
        ("evil.example:8090", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("[", False),
        ("", False),
    ],
)
def test_only_addresses_and_localhost_name_this_machine(host: str, own: bool) -> None:
    assert is_own_name(host) == own


@for_each(
    ("site", "origin", "foreign"),
    [
        (None, None, False),  # a program
        ("same-origin", "http://127.0.0.1:8090", False),
        ("none", None, False),
        ("cross-site", "http://evil.example", True),
        ("same-site", "http://127.0.0.1:3000", True),
        (None, "http://127.0.0.1:8090", False),
        (None, "http://127.0.0.1:3000", True),
        (None, "http://evil.example", True),
        (None, "null", True),
        (None, "", True),
    ],
)
def test_a_browser_tells_whose_page_asks(
    site: str | None, origin: str | None, foreign: bool
) -> None:
    assert is_foreign(site=site, origin=origin, host="127.0.0.1:8090") == foreign


def test_the_providers_of_a_file_get_their_plans_and_their_address() -> None:
    told = {"ovo_qris": {"window": "60s"}, "xendit": {"notify_url": "http://127.0.0.1:1/x"}}
    plans = plans_of(told, notify_url="http://127.0.0.1:2/in/{provider}")
    assert plans["ovo_qris"].window == timedelta(seconds=60)
    assert plans["ovo_qris"].notify_url == "http://127.0.0.1:2/in/ovo_qris"
    assert plans["xendit"].notify_url == "http://127.0.0.1:1/x"
    assert plans_of({})["doku"].notify_url is None


@for_each("told", [[], {"paypal": {}}, {"doku": {"fly": 1}}, {"doku": []}])
def test_providers_that_can_not_be_are_refused(told: object) -> None:
    with pytest.raises(ScenarioError):
        plans_of(told)
