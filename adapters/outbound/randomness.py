"""Randomness of the operating system, fetched many pieces at a time."""

import os
from collections import deque

PIECE_BYTES = 16
"""The most that one take gives."""
_FETCHED_BYTES = 4_096
_pieces: deque[bytes] = deque()
# A child that shared them with its parent would repeat its names and nonces.
os.register_at_fork(after_in_child=_pieces.clear)


def take(count: int) -> bytes:
    """So many fresh bytes, for names and nonces; what must stay secret is not kept in store.

    Asking the system each time lets other threads in, and a request then waits for its next turn.
    """
    assert count <= PIECE_BYTES
    try:
        # Atomic: no two threads are given the same piece.
        piece = _pieces.pop()
    except IndexError:
        more = os.urandom(_FETCHED_BYTES)
        pieces = [more[at : at + PIECE_BYTES] for at in range(0, _FETCHED_BYTES, PIECE_BYTES)]
        piece = pieces.pop()
        _pieces.extend(pieces)
    return piece[:count]
