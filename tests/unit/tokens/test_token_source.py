"""Tokens are fetched once however many ask, in time, and never in a storm."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from functools import wraps
from typing import ParamSpec

import pytest

from adapters.outbound.token_times import TokenTimes
from adapters.outbound.tokens import TokenRefused, TokenUnavailable
from application.ports import KeptToken, Token, TokenNeed
from tests.builders import after
from tests.unit.tokens.builders import KEY, LIFE, QUICK, SOON, House, ended, settled

P = ParamSpec("P")
SECOND = timedelta(seconds=1)


def on_a_loop(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def whole() -> None:
            await test(*args, **kwargs)

        asyncio.run(whole())

    return run


# -- one fetch ------------------------------------------------------------------------------------


@on_a_loop
async def test_a_thousand_askers_at_a_cold_start_make_one_fetch() -> None:
    house = House()
    source = house.source()
    tokens = await house.ask_together(source, 1_000)
    assert {token.access for token in tokens} == {"secret-access-1"}
    assert house.provider.fetches == 1
    assert [fetch.need for fetch in house.told] == [TokenNeed.MISSING]


@on_a_loop
async def test_all_processes_on_one_store_make_one_fetch() -> None:
    house = House()
    asked = [house.ask_together(house.source(), 250) for _ in range(4)]
    tokens = await asyncio.gather(*asked)
    assert {token.access for group in tokens for token in group} == {"secret-access-1"}
    assert house.provider.fetches == 1


@on_a_loop
async def test_a_token_that_serves_is_neither_fetched_nor_read_again() -> None:
    house = House()
    source = house.source()
    await house.ask(source)
    reads, writes = house.store.reads, house.store.writes
    house.clock.move(timedelta(seconds=700))
    assert (await house.ask(source)).access == "secret-access-1"
    assert (house.store.reads, house.store.writes, house.provider.fetches) == (reads, writes, 1)


@on_a_loop
async def test_a_process_that_starts_finds_the_token_of_the_others() -> None:
    house = House()
    await house.ask(house.source())
    assert (await house.ask(house.source())).access == "secret-access-1"
    assert house.provider.fetches == 1


@on_a_loop
async def test_each_account_and_customer_has_a_token_of_its_own() -> None:
    house = House()
    source = house.source()
    keys = [KEY, replace(KEY, livemode=True), replace(KEY, customer="link_1")]
    tokens = [await source.token(key, house.provider, within=SOON) for key in keys]
    assert len({token.access for token in tokens}) == 3


@on_a_loop
async def test_an_asker_that_gives_up_takes_the_fetch_from_nobody() -> None:
    house = House()
    house.provider.gate = asyncio.Event()
    source = house.source()
    hasty = asyncio.create_task(house.ask(source))
    patient = asyncio.create_task(house.ask(source))
    await settled()
    hasty.cancel()
    await settled()
    house.provider.gate.set()
    assert (await patient).access == "secret-access-1"
    assert hasty.cancelled()
    assert house.provider.fetches == 1


# -- renewed in time ------------------------------------------------------------------------------


@on_a_loop
async def test_the_old_one_serves_while_the_next_is_fetched_ahead() -> None:
    house = House()
    sources = [house.source(), house.source()]
    for source in sources:
        await house.ask(source)
    house.provider.gate = asyncio.Event()
    house.clock.move(LIFE - QUICK.ahead)
    for source in sources:
        tokens = await house.ask_together(source, 100)
        assert {token.access for token in tokens} == {"secret-access-1"}
    await settled()
    assert house.provider.fetches == 2
    house.provider.gate.set()
    await settled()
    for source in sources:
        await house.ask(source)
        await settled()
        assert (await house.ask(source)).access == "secret-access-2"
    assert house.provider.fetches == 2
    assert [fetch.need for fetch in house.told] == [TokenNeed.MISSING, TokenNeed.ENDING]


@on_a_loop
async def test_whoever_waits_for_another_process_to_renew_looks_for_it_now_and_then() -> None:
    house = House(replace(QUICK, look_ahead_every=timedelta(seconds=60)))
    other, source = house.source(), house.source()
    for each in (other, source):
        await house.ask(each)
    house.provider.gate = asyncio.Event()
    house.clock.move(LIFE - QUICK.ahead)
    await house.ask(other)
    await settled()
    reads = house.store.reads
    for _ in range(4):
        for _ in range(5):
            assert (await house.ask(source)).access == "secret-access-1"
        await settled()
    assert house.store.reads == reads + 1


@on_a_loop
async def test_a_provider_that_is_away_costs_nothing_until_the_old_one_ends() -> None:
    house = House()
    source = house.source()
    await house.ask(source)
    house.provider.broken = OSError("away")
    house.clock.move(LIFE - QUICK.ahead)
    for _ in range(50):
        assert (await house.ask(source)).access == "secret-access-1"
    await settled()
    assert house.provider.fetches == 2
    house.clock.move(QUICK.ahead - QUICK.margin)
    with pytest.raises(TokenUnavailable, match="OSError"):
        await house.ask(source)


@on_a_loop
async def test_at_its_end_a_token_is_waited_for_while_another_process_fetches_it_ahead() -> None:
    house = House()
    ahead, late = house.source(), house.source()
    for source in (ahead, late):
        await house.ask(source)
    house.provider.gate = asyncio.Event()
    house.clock.move(LIFE - QUICK.margin - SECOND)
    await house.ask(ahead)
    await settled()
    house.clock.move(SECOND)
    waiting = [asyncio.create_task(house.ask(source)) for source in (ahead, late)]
    await settled()
    house.provider.gate.set()
    assert {token.access for token in await asyncio.gather(*waiting)} == {"secret-access-2"}
    assert house.provider.fetches == 2


@pytest.mark.parametrize("life", [20, 60, 900, 1_296_000])
@on_a_loop
async def test_no_skewed_clock_hands_out_what_has_ended_or_fetches_all_the_time(life: int) -> None:
    house = House()
    house.provider.life = timedelta(seconds=life)
    sources = [house.source(off=timedelta(seconds=off)) for off in (-2.5, 0, 2.5)]
    step = timedelta(seconds=max(life / 36, 0.5))
    steps = 120
    for _ in range(steps):
        house.clock.move(step)
        for source in sources:
            token = await house.ask(source)
            await ended()
            # Ours, so skewed as the clock of whoever fetched it: 5 s at most from anybody's.
            assert house.clock() < token.ends_at + timedelta(seconds=5)
            number = int(token.access.rpartition("-")[2])
            assert number >= house.provider.fetches - 1
    lives = steps * step / house.provider.life
    assert lives / 2 < house.provider.fetches < 2.5 * lives + 2


@on_a_loop
async def test_a_token_that_ends_as_it_is_fetched_makes_no_storm() -> None:
    house = House()
    house.provider.life = timedelta(seconds=-5)
    source = house.source()
    for _ in range(100):
        await house.ask(source)
        house.clock.move(timedelta(milliseconds=200))
    await settled()
    assert house.provider.fetches <= 1 + 20 * 2


# -- refused --------------------------------------------------------------------------------------


@on_a_loop
async def test_a_revoked_token_is_thrown_away_and_fetched_once_more_by_all_together() -> None:
    house = House()
    sources = [house.source() for _ in range(3)]
    old = [await house.ask(source) for source in sources]

    async def again(number: int) -> Token:
        source = sources[number % 3]
        await source.refused(KEY, old[number % 3])
        return await house.ask(source)

    fresh = await asyncio.gather(*[again(number) for number in range(999)])
    assert {token.access for token in fresh} == {"secret-access-2"}
    assert house.provider.fetches == 2
    assert house.told[-1].need is TokenNeed.REFUSED


@on_a_loop
async def test_only_the_token_that_was_refused_is_thrown_away() -> None:
    house = House()
    sources = [house.source(), house.source()]
    old = [await house.ask(source) for source in sources]
    await sources[0].refused(KEY, old[0])
    await house.ask(sources[0])
    for source in (*sources, *sources):  # late answers to what was sent with the old one
        await source.refused(KEY, old[0])
        assert (await house.ask(source)).access == "secret-access-2"
    assert house.provider.fetches == 2
    reads = house.store.reads
    await sources[0].refused(KEY, old[0])
    assert (await house.ask(sources[0])).access == "secret-access-2"
    assert house.store.reads == reads


@on_a_loop
async def test_what_was_read_before_it_was_thrown_away_is_given_to_nobody() -> None:
    house = House()
    source = house.source()
    first = await house.ask(source)
    house.store.meet(2)  # the refusal and the next asker both find the old one in the store
    refusal = asyncio.create_task(source.refused(KEY, first))
    asker = asyncio.create_task(house.ask(source))
    await refusal
    second = await asker
    assert second.access != first.access
    assert await house.ask(source) == second
    assert house.provider.fetches == 2


@on_a_loop
async def test_a_provider_that_refuses_what_it_just_gave_is_not_asked_all_the_time() -> None:
    house = House()
    sources = [house.source(), house.source()]
    unavailable = 0
    for _ in range(200):
        for source in sources:
            try:
                token = await house.ask(source)
                await source.refused(KEY, token)
            except TokenUnavailable:
                unavailable += 1
        house.clock.move(timedelta(milliseconds=100))
    assert house.provider.fetches <= 2 * (20 / QUICK.apart.total_seconds() + 1)
    assert unavailable > 300


@on_a_loop
async def test_a_token_refused_while_the_next_is_on_its_way_does_not_lose_it() -> None:
    house = House()
    source = house.source()
    old = await house.ask(source)
    house.provider.gate = asyncio.Event()
    house.clock.move(LIFE - QUICK.ahead)
    await house.ask(source)
    await settled()
    await source.refused(KEY, old)
    waiting = asyncio.create_task(house.ask(source))
    await settled()
    house.provider.gate.set()
    assert (await waiting).access == "secret-access-2"
    assert house.provider.fetches == 2


@on_a_loop
async def test_what_a_customers_token_is_refreshed_by_outlives_its_refusal() -> None:
    house = House()
    source = house.source()
    first = await house.ask(source)
    await source.refused(KEY, first)
    await house.ask(source)
    before = house.provider.before[-1]
    assert before is not None
    assert (before.access, before.refresh) == ("", "secret-next-1")


# -- failures -------------------------------------------------------------------------------------


@on_a_loop
async def test_a_failed_fetch_is_told_to_all_who_wait_and_not_tried_by_each() -> None:
    house = House()
    house.provider.broken = TokenRefused("4017300")
    sources = [house.source(), house.source()]
    asked = [house.ask(source) for source in sources for _ in range(500)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(answer) for answer in answers} == {TokenUnavailable}
    assert house.provider.fetches == 1
    assert "the provider refuses a token: 4017300" in {str(answer) for answer in answers}
    assert [fetch.failed for fetch in house.told] == ["the provider refuses a token: 4017300"]


@on_a_loop
async def test_after_each_failure_the_provider_is_left_alone_for_longer() -> None:
    house = House()
    house.provider.broken = OSError()
    source, tried_at = house.source(), list[float]()
    began = house.clock()
    for _ in range(1_200):
        fetches = house.provider.fetches
        with pytest.raises(TokenUnavailable):
            await house.ask(source)
        if house.provider.fetches > fetches:
            tried_at.append((house.clock() - began).total_seconds())
        house.clock.move(timedelta(milliseconds=100))
    assert tried_at == [0, 1, 3, 7, 15, 31, 61, 91]
    house.provider.broken = None
    house.clock.move(timedelta(seconds=30))
    assert (await house.ask(source)).access == "secret-access-9"
    kept = house.store.get(KEY)
    assert kept is not None
    assert (kept.failures, kept.not_before) == (0, None)


@on_a_loop
async def test_a_fetch_that_hangs_is_cut_and_its_askers_wait_no_longer_than_they_can() -> None:
    house = House(replace(QUICK, fetch_within=timedelta(milliseconds=300)))
    house.provider.gate = asyncio.Event()
    source = house.source()
    with pytest.raises(TokenUnavailable, match="in time"):
        await house.ask(source, within=timedelta(milliseconds=20))
    with pytest.raises(TokenUnavailable, match="TimeoutError"):
        await house.ask(source)
    assert house.provider.fetches == 1


@on_a_loop
async def test_a_fetcher_that_dies_holds_the_others_up_until_its_claim_ends() -> None:
    house = House()
    house.provider.gate = asyncio.Event()
    doomed, others = house.source(), [house.source(), house.source()]
    lost = asyncio.create_task(house.ask(doomed))
    await settled()
    await doomed.aclose()
    with pytest.raises(asyncio.CancelledError):
        await lost
    house.provider.gate.set()
    waiting = [asyncio.create_task(house.ask(source)) for source in others]
    await settled()
    house.clock.move(QUICK.claim_for - timedelta(milliseconds=1))
    await settled()
    assert house.provider.fetches == 1
    house.clock.move(timedelta(milliseconds=1))
    tokens = await asyncio.gather(*waiting)
    assert {token.access for token in tokens} == {"secret-access-2"}
    assert house.provider.fetches == 2


@on_a_loop
async def test_whose_claim_ended_meanwhile_leaves_the_newer_token_in_its_place() -> None:
    house = House()
    slow, quick = house.source(), house.source()
    house.provider.gate = asyncio.Event()
    late = asyncio.create_task(house.ask(slow))
    await settled()
    house.clock.move(house.times.claim_for)
    gate, house.provider.gate = house.provider.gate, None
    assert (await house.ask(quick)).access == "secret-access-2"
    gate.set()
    assert (await late).access == "secret-access-2"
    assert (await house.ask(slow)).access == "secret-access-2"
    kept = house.store.get(KEY)
    assert kept is not None
    assert kept.token is not None
    assert kept.token.access == "secret-access-2"


@on_a_loop
async def test_marks_of_a_clock_gone_mad_bar_nobody() -> None:
    house = House()
    mad = after(86_400)
    house.store.put(KeptToken(KEY, 1, claimed_until=mad, not_before=mad))
    assert (await house.ask(house.source())).access == "secret-access-1"


# -- the store ------------------------------------------------------------------------------------


@on_a_loop
async def test_with_the_store_away_what_is_held_serves_and_nothing_is_fetched() -> None:
    house = House()
    source = house.source()
    await house.ask(source)
    house.store.away = True
    house.clock.move(LIFE - QUICK.ahead)
    assert (await house.ask(source)).access == "secret-access-1"
    await settled()
    with pytest.raises(TokenUnavailable, match="cannot be reached"):
        await house.ask(house.source())
    assert house.provider.fetches == 1


@on_a_loop
async def test_a_token_that_cannot_be_kept_serves_the_process_that_fetched_it() -> None:
    house = House()
    source = house.source()
    house.provider.gate = asyncio.Event()
    asked = asyncio.create_task(house.ask(source))
    await settled()
    house.store.unwritable = True
    house.provider.gate.set()
    assert (await asked).access == "secret-access-1"
    assert (await house.ask(source)).access == "secret-access-1"
    assert house.provider.fetches == 1


@on_a_loop
async def test_a_token_had_in_another_way_is_kept_for_all_and_can_be_forgotten() -> None:
    house = House()
    source, other = house.source(), house.source()
    first = Token("from-the-code", house.clock(), house.clock() + LIFE, "refresh-1")
    await house.ask(source)
    await source.keep(KEY, first)
    assert await house.ask(source) == first
    assert await house.ask(other) == first
    await source.forget(KEY)
    assert house.store.get(KEY) is None
    assert (await house.ask(source)).access == "secret-access-2"


@on_a_loop
async def test_one_that_was_forgotten_while_it_was_fetched_is_not_kept() -> None:
    house = House()
    source, other = house.source(), house.source()
    house.provider.gate = asyncio.Event()
    asked = asyncio.create_task(house.ask(source))
    await settled()
    await other.forget(KEY)
    house.provider.gate.set()
    assert (await asked).access == "secret-access-1"
    assert house.store.get(KEY) is None


# -- nothing is told of it ------------------------------------------------------------------------


@on_a_loop
async def test_no_token_shows_in_any_repr_or_message() -> None:
    house = House()
    source = house.source()
    token = await house.ask(source)
    kept = house.store.get(KEY)
    assert kept is not None
    house.provider.broken = ValueError("secret-access-2 was in the answer")
    await source.refused(KEY, token)
    with pytest.raises(TokenUnavailable) as failed:
        await house.ask(source)
    chain = f"{failed.value!r} {failed.value.__cause__!r} {failed.value.__context__!r}"
    shown = [repr(token), str(token), repr(kept), repr(house.told), chain]
    assert [text for text in shown if "secret" in text] == []
    assert token.authorization == "Bearer secret-access-1"


def test_no_token_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        test_a_failed_fetch_is_told_to_all_who_wait_and_not_tried_by_each()
        test_all_processes_on_one_store_make_one_fetch()
    assert "secret" not in caplog.text


def test_times_that_cannot_hold_together_are_refused() -> None:
    with pytest.raises(ValueError, match="within the fetch"):
        TokenTimes(claim_for=timedelta(seconds=5))
    with pytest.raises(ValueError, match="longer than zero"):
        TokenTimes(margin=timedelta(0))
