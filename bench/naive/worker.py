"""`python -m bench.naive.worker WALLET_PORT DATABASE TIMEOUT THREADS`: charges what is pending."""

import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from bench.naive.orders import Orders
from bench.naive.wallet import NoAnswer, push

APPROVED, TRIES = "00", 3


def charge(orders: Orders, row: tuple[str, str, int, int], port: int, timeout: float) -> None:
    """Charge one order: paid on 00, failed on another code, tried again where nothing came."""
    order_id, phone, amount, tries = row
    try:
        # A fresh invoice each time: the wallet refuses one that it has seen.
        code = push(f"{order_id}-{tries}", amount, phone, port=port, timeout=timeout)
    except NoAnswer:
        orders.mark(order_id, "pending" if tries < TRIES else "failed")
    else:
        orders.mark(order_id, "paid" if code == APPROVED else "failed")


def main(port: int, database: Path, timeout: float, threads: int) -> None:
    """Charge until killed."""
    orders = Orders(database)
    orders.recover()
    with ThreadPoolExecutor(threads) as pool:
        held: set[Future[None]] = set()
        while True:
            held = {call for call in held if not call.done()}
            rows = orders.take(threads - len(held)) if len(held) < threads else []
            held |= {pool.submit(charge, orders, row, port, timeout) for row in rows}
            if not rows:
                time.sleep(0.05)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
