"""One effect for one key."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from adapters.inbound.http.app import create_app
from adapters.inbound.http.idempotency import key_of
from adapters.inbound.http.problems import Code, Refusal
from adapters.outbound.keyring import Keyring
from adapters.outbound.memory.idempotency import MemoryIdempotency
from application.ports import Kept, StoreUnavailable
from tests.unit.cases import for_each
from tests.unit.http.house import Api, House, an_order, pointers, the_example


def test_the_same_request_again_gives_the_same_bytes(house: House, api: Api) -> None:
    first = api.post("/v1/payments", the_example(), key="k")
    house.later(600)
    again = api.post("/v1/payments", the_example(), key="k")
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert len(api.get("/v1/payments").get_json()["data"]) == 1


@pytest.mark.parametrize(
    "same",
    [
        {"phone": "+62 812 0000 0001"},
        {"currency": "IDR"},
        {"method": "ovo_push"},
        {"expires_in": 3600},
        {"metadata": {}},
        {"description": None},
        {"customer": None},
    ],
)
def test_only_the_meaning_counts(api: Api, same: dict[str, Any]) -> None:
    api.post("/v1/payments", an_order(), key="k")
    again = api.post("/v1/payments", an_order(**same), key="k")
    assert again.headers["Idempotency-Replayed"] == "true"


def test_the_order_of_members_means_nothing(api: Api) -> None:
    api.post("/v1/payments", an_order(metadata={"a": "1", "b": "2"}), key="k")
    turned = dict(reversed(an_order(metadata={"b": "2", "a": "1"}).items()))
    assert "Idempotency-Replayed" in api.post("/v1/payments", turned, key="k").headers


@pytest.mark.parametrize(
    "other",
    [
        {"amount": 50_001},
        {"order_id": "consult-8813"},
        {"phone": "081200000002"},
        {"phone": None},
        {"expires_in": 3601},
        {"description": "x"},
        {"customer": {}},
        {"return_url": "https://chat.example/"},
        {"metadata": {"a": "1"}},
    ],
)
def test_another_meaning_under_the_same_key_is_refused(api: Api, other: dict[str, Any]) -> None:
    api.post("/v1/payments", an_order(), key="k")
    answer = api.post("/v1/payments", an_order(**other), key="k")
    assert answer.status_code == 422
    assert answer.get_json(force=True)["code"] == "idempotency_key_reused"


def test_a_quoted_key_is_the_same_key(api: Api) -> None:
    api.post("/v1/payments", an_order(), key="k")
    assert "Idempotency-Replayed" in api.post("/v1/payments", an_order(), key='"k"').headers


@for_each(
    ("header", "key"),
    [
        ("k", "k"),
        ('"k"', "k"),
        (' "k" ', "k"),
        (r'"a\"b\\c"', r'a"b\c'),
        ('"', '"'),
        ('a"b', 'a"b'),
        ("two words", "two words"),
        ("x" * 255, "x" * 255),
        (f'"{"x" * 255}"', "x" * 255),
    ],
)
def test_keys_bare_and_quoted(header: str, key: str) -> None:
    assert key_of({"HTTP_IDEMPOTENCY_KEY": header}) == key


@for_each("header", [None, "", "  ", '""'])
def test_a_missing_key_is_told(header: str | None) -> None:
    environ = {} if header is None else {"HTTP_IDEMPOTENCY_KEY": header}
    with pytest.raises(Refusal) as refused:
        key_of(environ)
    assert refused.value.code is Code.IDEMPOTENCY_KEY_MISSING


@for_each("header", ["x" * 256, "kaffeé", "a\tb", "a\x7f", "\xff"])
def test_a_key_that_cannot_be_one_is_malformed(header: str) -> None:
    with pytest.raises(Refusal) as refused:
        key_of({"HTTP_IDEMPOTENCY_KEY": header})
    assert refused.value.code is Code.MALFORMED


def test_each_post_that_makes_or_moves_something_needs_a_key(api: Api) -> None:
    payment = f"/v1/payments/pay_{'0' * 32}"
    endpoint = f"/v1/webhook_endpoints/we_{'0' * 32}"
    for path in (
        "/v1/payments",
        f"{payment}/push",
        f"{payment}/cancel",
        "/v1/webhook_endpoints",
        f"{endpoint}/rotate_secret",
        f"{endpoint}/recover",
        f"/v1/events/evt_{'0' * 32}/redeliver",
    ):
        answer = api.post(path, {}, key=None)
        assert answer.status_code == 400
        assert answer.get_json(force=True)["code"] == "idempotency_key_missing"
        assert pointers(answer) == ["/Idempotency-Key"]


def test_a_key_belongs_to_its_client_and_path(house: House, api: Api) -> None:
    first = api.post("/v1/payments", an_order("a"), key="k").get_json()["id"]
    second = api.post("/v1/payments", an_order("b"), key="other").get_json()["id"]
    assert api.post(f"/v1/payments/{first}/cancel", key="k").status_code == 200
    assert api.post(f"/v1/payments/{second}/cancel", key="k").get_json()["id"] == second
    stranger = house.a_client(house.other_key).post("/v1/payments", an_order("a"), key="k")
    assert "Idempotency-Replayed" not in stranger.headers


def test_a_step_that_had_nothing_to_do_is_kept_too(house: House, api: Api) -> None:
    payment_id = api.post("/v1/payments", an_order()).get_json()["id"]
    house.push()
    path = f"/v1/payments/{payment_id}/cancel"
    api.post(path, key="first")
    nothing = api.post(path, key="second")
    again = api.post(path, key="second")
    assert (again.data, again.headers["Idempotency-Replayed"]) == (nothing.data, "true")


def test_what_was_refused_is_not_kept(house: House, api: Api) -> None:
    house.a_client("lunas_test_" + "x" * 32).post("/v1/payments", an_order(), key="k")
    assert api.post("/v1/payments", an_order(amount="1"), key="k").status_code == 422
    first = api.post("/v1/payments", an_order(), key="first").get_json()["id"]
    assert api.post("/v1/payments", an_order(), key="k").status_code == 409
    api.post(f"/v1/payments/{first}/cancel")
    answer = api.post("/v1/payments", an_order(), key="k")
    assert answer.status_code == 202
    assert "Idempotency-Replayed" not in answer.headers


def test_a_key_is_remembered_for_thirty_days(house: House, api: Api) -> None:
    api.post("/v1/payments", an_order(), key="k")
    house.now += timedelta(days=30) - timedelta(seconds=1)
    assert "Idempotency-Replayed" in api.post("/v1/payments", an_order(), key="k").headers
    house.later(2)
    assert api.post("/v1/payments", an_order(), key="k").status_code == 409


def test_an_answer_with_a_secret_is_kept_as_one(house: House, api: Api) -> None:
    hook = {"url": "https://chat.example/hooks"}
    first = api.post("/v1/webhook_endpoints", hook, key="k")
    again = api.post("/v1/webhook_endpoints", hook, key="k")
    assert again.data == first.data
    assert [kept.secret for kept in house.store.state.kept.values()] == [True]


def test_many_at_once_have_one_effect_and_one_answer(house: House) -> None:
    at_once = 16
    gate = Barrier(at_once)

    def start(_: int) -> tuple[int, bytes]:
        api = house.a_client(house.key)
        gate.wait()
        answer = api.post("/v1/payments", the_example(), key="k")
        return answer.status_code, answer.data

    with ThreadPoolExecutor(at_once) as threads:
        answers = set(threads.map(start, range(at_once)))
    assert len(answers) == 1
    assert len(house.client.get("/v1/payments").get_json()["data"]) == 1


def test_a_kept_answer_is_told_though_nothing_can_be_written(
    house: House, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreUnavailable

    first = api.post("/v1/payments", an_order(), key="k")
    restarted = house.a_client(
        house.key, create_app(replace(house.door, registry=CollectorRegistry()))
    )
    monkeypatch.setattr(type(house.store.payments), "save", refuse)
    for program in (api, restarted):
        again = program.post("/v1/payments", an_order(), key="k")
        assert (again.status_code, again.data) == (202, first.data)
        assert again.headers["Idempotency-Replayed"] == "true"
        assert program.post("/v1/payments", an_order("new"), key="new").status_code == 503


def test_a_key_of_before_a_restart_still_refuses_another_meaning(house: House, api: Api) -> None:
    api.post("/v1/payments", an_order(), key="k")
    restarted = house.a_client(
        house.key, create_app(replace(house.door, registry=CollectorRegistry()))
    )
    other = restarted.post("/v1/payments", an_order("another"), key="k")
    assert (other.status_code, other.get_json(force=True)["code"]) == (
        422,
        "idempotency_key_reused",
    )


def test_the_loser_of_a_race_hears_the_winners_answer(
    house: House, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment_id = api.post("/v1/payments", an_order(phone=None)).get_json()["id"]
    path = f"/v1/payments/{payment_id}/push"
    winner = api.post(path, {"phone": "081200000001"}, key="k")
    finding = MemoryIdempotency.find
    looks = iter([True])

    def too_early(store: MemoryIdempotency, scope: str) -> Kept | None:
        return None if next(looks, False) else finding(store, scope)

    monkeypatch.setattr(MemoryIdempotency, "find", too_early)
    loser = api.post(path, {"phone": "081200000001"}, key="k")
    assert (loser.status_code, loser.data) == (winner.status_code, winner.data)
    assert loser.headers["Idempotency-Replayed"] == "true"


def test_a_key_of_an_older_fingerprint_key_still_replays(house: House, api: Api) -> None:
    keys = [("k2", b"2" * 32), ("k1", b"1" * 32)]
    old, both = Keyring(keys[1:]), Keyring(keys)

    def program(keyring: Keyring) -> Api:
        door = replace(house.door, fingerprint=keyring.fingerprint, registry=CollectorRegistry())
        return house.a_client(house.key, create_app(door))

    first = program(old).post("/v1/payments", an_order(), key="k")
    again = program(both).post("/v1/payments", an_order(), key="k")
    assert (again.data, again.headers["Idempotency-Replayed"]) == (first.data, "true")
