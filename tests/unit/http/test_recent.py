"""Answers remembered beside the store: the very same request, and nothing else, gets them."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.inbound.http.idempotency import KEPT_FOR
from adapters.inbound.http.recent import LARGEST_BYTES, MOST_REMEMBERED, Recent
from adapters.outbound.memory.idempotency import MemoryIdempotency
from application.ports import Fingerprint, Kept, StoreUnavailable
from tests.unit.http.house import Api, House, an_order

SAID = ("application/json", b"{}")


def an_answer(scope: str = "s", body: bytes = b"told", *, secret: bool = False) -> Kept:
    return Kept(
        scope=scope,
        fingerprint=Fingerprint("k", "d"),
        status=202,
        headers={},
        body=body,
        expires_at=datetime(2026, 12, 23, tzinfo=UTC),
        secret=secret,
    )


def away(_: object, __: str) -> Kept | None:
    """No answer can be found in the store."""
    raise StoreUnavailable


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of kept answers that is away."""
    monkeypatch.setattr(MemoryIdempotency, "find", away)


@pytest.mark.usefixtures("unread")
def test_the_very_same_request_is_answered_without_the_store(api: Api) -> None:
    first = api.post("/v1/payments", an_order(), key="k")
    again = api.post("/v1/payments", an_order(), key="k")
    assert (again.status_code, again.data) == (202, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.usefixtures("unread")
def test_other_words_are_for_the_store_to_judge(api: Api) -> None:
    api.post("/v1/payments", an_order(), key="k")
    assert api.post("/v1/payments", an_order(currency="IDR"), key="k").status_code == 503


def test_words_of_another_type_are_refused_as_ever(api: Api) -> None:
    api.post("/v1/payments", an_order(), key="k")
    told = {"Content-Type": "text/plain"}
    assert api.post("/v1/payments", an_order(), key="k", headers=told).status_code == 415


def test_what_the_store_replays_is_remembered_too(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = api.post("/v1/payments", an_order(), key="k")
    api.post("/v1/payments", an_order(currency="IDR"), key="k")
    monkeypatch.setattr(MemoryIdempotency, "find", away)
    assert api.post("/v1/payments", an_order(currency="IDR"), key="k").data == first.data


def test_a_refusal_is_not_remembered(api: Api) -> None:
    api.post("/v1/payments", an_order(), key="k")
    for _ in range(2):
        refused = api.post("/v1/payments", an_order(), key="another")
        assert refused.get_json(force=True)["code"] == "order_in_progress"


@pytest.mark.usefixtures("unread")
def test_an_answer_that_has_expired_is_not_told(house: House, api: Api) -> None:
    api.post("/v1/payments", an_order(), key="k")
    house.later(KEPT_FOR.total_seconds() - 1)
    assert api.post("/v1/payments", an_order(), key="k").status_code == 202
    house.later(1)
    assert api.post("/v1/payments", an_order(), key="k").status_code == 503


def test_a_revoked_key_is_told_nothing(house: House, api: Api) -> None:
    api.post("/v1/payments", an_order(), key="k")
    for client in house.store.directory.clients(house.merchant_id):
        house.store.directory.revoke_client(client.id, house.now + timedelta(seconds=1))
    assert api.post("/v1/payments", an_order(), key="k").status_code == 401


def test_another_client_is_told_nothing(house: House, api: Api) -> None:
    mine = api.post("/v1/payments", an_order(), key="k")
    theirs = house.a_client(house.other_key).post("/v1/payments", an_order(), key="k")
    assert theirs.status_code == 202
    assert theirs.get_json()["id"] != mine.get_json()["id"]


def test_what_is_remembered_is_bounded() -> None:
    recent = Recent()
    for number in range(MOST_REMEMBERED + 1):
        recent.add(an_answer(str(number)), SAID)
    assert recent.find("0", SAID) is None
    assert recent.find("1", SAID) == an_answer("1")
    recent.add(an_answer("large", b"x" * LARGEST_BYTES), SAID)
    assert recent.find("large", SAID) is None


def test_an_answer_with_a_secret_is_not_remembered() -> None:
    recent = Recent()
    recent.add(an_answer(secret=True), SAID)
    assert recent.find("s", SAID) is None
