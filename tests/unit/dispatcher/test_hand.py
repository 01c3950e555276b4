"""The places for deliveries that several threads ask for, and one loop fills."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from adapters.inbound.dispatcher.hand import Hand
from application.ports import Parcel
from tests.builders import a_delivery, a_start, an_endpoint

EVENT = a_start().events[0]


def a_parcel(endpoint_id: str = "we_1") -> Parcel:
    """One for that endpoint."""
    endpoint = an_endpoint(id=endpoint_id)
    return Parcel(a_delivery(EVENT.id, endpoint_id), endpoint, EVENT)


def at_work(hand: Hand) -> list[Parcel]:
    """What is begun, from now on."""
    begun: list[Parcel] = []

    async def begin() -> None:
        hand.begin(begun.extend)

    asyncio.run(begin())
    return begun


def test_there_are_so_many_places_and_a_share_for_each_endpoint() -> None:
    hand = Hand(lambda: 3, per_endpoint=2)
    at_work(hand)
    taken = [hand.take_place(endpoint_id) for endpoint_id in ("a", "a", "a", "b", "c")]
    assert taken == [True, True, False, True, False]
    hand.leave_place("b")
    assert [hand.take_place("a"), hand.take_place("c")] == [False, True]


def test_no_place_is_given_while_the_lane_is_not_at_work() -> None:
    hand = Hand(lambda: 9, per_endpoint=9)
    assert not hand.take_place("we_1")
    at_work(hand)
    assert [hand.take_place(endpoint_id) for endpoint_id in ("we_1", "we_2", "we_1")] == [True] * 3
    hand.end()
    assert not hand.take_place("we_1")
    assert dict(hand.count()) == {"we_1": 2, "we_2": 1}


def test_threads_at_once_take_no_more_places_than_there_are() -> None:
    hand = Hand(lambda: 50, per_endpoint=50)
    at_work(hand)
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(hand.take_place, ["we_1"] * 200))
    assert sum(taken) == 50


def test_what_is_sent_by_a_thread_begins_in_the_loop() -> None:
    async def test() -> Sequence[Parcel]:
        begun: list[Parcel] = []
        hand = Hand(lambda: 9, per_endpoint=9)
        hand.look()
        hand.send([a_parcel()])
        hand.begin(begun.extend)
        parcel = a_parcel()
        await asyncio.to_thread(hand.send, [parcel])
        await asyncio.to_thread(hand.look)
        async with asyncio.timeout(5):
            await hand.alarm.sleep(60)
        assert begun == [parcel], "nothing is begun by a lane that is not at work"
        return begun

    assert len(asyncio.run(test())) == 1
