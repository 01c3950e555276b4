"""Asking a wallet about a number."""

import asyncio
from datetime import timedelta
from threading import Event, Thread

import pytest

from adapters.inbound.http.inquiries import Inquiries, Loop
from application.ports import ProviderRefused, ProviderUnavailable, QueueFull, StoreUnavailable
from tests.unit.http.house import Api, House, pointers

PATH = "/v1/phone_inquiries"


@pytest.mark.parametrize("known", [True, False, None])
def test_the_wallet_knows_it_or_not_or_does_not_say(
    house: House, api: Api, known: bool | None
) -> None:
    house.wallet.knows = known
    answer = api.post(PATH, {"phone": "+62 812 0000 0001"}, key=None)
    assert (answer.status_code, answer.get_json()) == (200, {"registered": known})
    assert house.wallet.asked == ["081200000001"]


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        (ProviderRefused("30", stops_account=False), 502, "provider_rejected"),
        (ProviderRefused("58", stops_account=True), 503, "provider_misconfigured"),
        (ProviderUnavailable(), 503, "provider_unavailable"),
        (StoreUnavailable(), 503, "store_unavailable"),
    ],
)
def test_a_wallet_in_trouble(
    house: House, api: Api, trouble: Exception, status: int, code: str
) -> None:
    house.wallet.knows = trouble
    answer = api.post(PATH, {"phone": "081200000001"}, key=None)
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (status, code)
    assert ("Retry-After" in answer.headers) == (status == 503)


def test_a_bad_number_is_not_asked_about(house: House, api: Api) -> None:
    answer = api.post(PATH, {"phone": "0811"}, key=None)
    assert (answer.status_code, pointers(answer)) == (422, ["/phone"])
    assert api.post(PATH, {}, key=None).status_code == 422
    assert house.wallet.asked == []


def test_without_an_account_nothing_is_asked(house: House, api: Api) -> None:
    house.store.state.accounts.clear()
    answer = api.post(PATH, {"phone": "081200000001"}, key=None)
    assert answer.get_json(force=True)["code"] == "provider_misconfigured"


def test_a_wallet_that_never_answers_is_given_up() -> None:
    loop = Loop()
    loop.start()
    with pytest.raises(ProviderUnavailable):
        loop.run(asyncio.sleep(60), timedelta(milliseconds=50))
    loop.stop()
    loop.stop()


def test_a_loop_that_does_not_run_answers_nothing() -> None:
    with pytest.raises(ProviderUnavailable):
        Loop().run(asyncio.sleep(0), timedelta(seconds=1))


def test_stopping_ends_what_runs() -> None:
    loop, begun, ended = Loop(), Event(), Event()
    loop.start()

    async def question() -> None:
        begun.set()
        await asyncio.sleep(60)

    def ask() -> None:
        with pytest.raises(ProviderUnavailable):
            loop.run(question(), timedelta(seconds=30))
        ended.set()

    Thread(target=ask, daemon=True).start()
    assert begun.wait(5)
    loop.stop()
    assert ended.wait(5)


def test_past_the_bound_the_queue_is_full() -> None:
    loop, begun, go_on = Loop(), Event(), Event()
    loop.start()
    inquiries = Inquiries(loop, 1, timedelta(seconds=5))

    async def question() -> bool:
        begun.set()
        await asyncio.to_thread(go_on.wait, 5)
        return True

    first = Thread(target=lambda: inquiries.ask(question()), daemon=True)
    first.start()
    assert begun.wait(5)
    with pytest.raises(QueueFull):
        inquiries.ask(question())
    go_on.set()
    first.join(5)
    assert inquiries.ask(question()) is True
    loop.stop()
