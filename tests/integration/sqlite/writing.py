"""A process that writes payments until its input ends, telling each one that was acknowledged.

Run as `python -m tests.integration.sqlite.writing DATABASE THREADS TURNSTILE NAME`.
"""

import sys
import threading
from pathlib import Path

from adapters.outbound.sqlite.store import SqliteStore
from domain.order import Order
from domain.payment import Payment
from tests.builders import MERCHANT, NOON, a_codec, an_order


def main(path: Path, threads: int, *, turnstile: bool, name: str) -> None:
    """Write until the input ends, or for ever."""
    store = SqliteStore.open(path, a_codec(), turnstile=turnstile)
    tell = threading.Lock()
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            number = store.sequences.take("shared", 1)
            store.payments.save(
                Payment.start(
                    id=f"pay_{number:032x}",
                    merchant_id=MERCHANT,
                    livemode=False,
                    order=numbered(number),
                    at=NOON,
                    event_id=f"evt_{number:032x}",
                )
            )
            with tell:
                sys.stdout.write(f"{number} {name}\n")
                sys.stdout.flush()

    writers = [threading.Thread(target=write) for _ in range(threads)]
    for writer in writers:
        writer.start()
    sys.stdin.read()
    stop.set()
    for writer in writers:
        writer.join()
    store.close()


def numbered(number: int) -> Order:
    """The order of that number."""
    return an_order(order_id=f"order-{number}")


if __name__ == "__main__":
    main(
        Path(sys.argv[1]), int(sys.argv[2]), turnstile=sys.argv[3] == "turnstile", name=sys.argv[4]
    )
