"""Randomness in stock: never the same piece twice, in no thread and no child."""

import os
from concurrent.futures import ThreadPoolExecutor

from adapters.outbound import randomness

TAKEN = 4_000


def test_no_piece_is_given_twice_however_many_take() -> None:
    with ThreadPoolExecutor(8) as threads:
        pieces = list(threads.map(lambda _: randomness.take(12), range(TAKEN)))
    assert len(set(pieces)) == TAKEN
    assert {len(piece) for piece in pieces} == {12}


def test_a_child_does_not_repeat_its_parent() -> None:
    randomness.take(1)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, randomness.take(16))
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 16) != randomness.take(16)
    os.close(reading)
    os.close(writing)
