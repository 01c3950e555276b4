"""Customers of many minds and a wallet with accidents: the same for whatever is measured."""

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle, islice
from typing import Any

from bench.house import House, call
from bench.orders import AMOUNT, usual_phone

PHONES = 2_000
LATE = 0.05
MINDS: Mapping[str, float] = {"approve": 0.75, "decline": 0.08, "ignore": 0.12, "late": LATE}
SELLERS = 8


def phones(seed: int, minds: Mapping[str, float] = MINDS, count: int = PHONES) -> dict[str, str]:
    """What each phone's owner does."""
    chance = random.Random(seed)
    names, weights = zip(*minds.items(), strict=True)
    return {usual_phone(n): chance.choices(names, weights)[0] for n in range(count)}


def orders(count: int, known: Sequence[str]) -> list[tuple[str, str]]:
    """So many orders, each of the next phone."""
    return [(f"order-{n}", phone) for n, phone in enumerate(islice(cycle(known), count))]


def sell(port: int, wanted: Sequence[tuple[str, str]], rate: float, ask: "Ask") -> None:
    """Start all of them at this rate, on a few connections; each until it is answered 202."""
    began, todo, lock = time.monotonic(), list(enumerate(wanted))[::-1], threading.Lock()

    def seller() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                if not todo:
                    return
                number, (order_id, phone) = todo.pop()
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            path, headers = ask(order_id)
            body = {"order_id": order_id, "amount": AMOUNT, "phone": phone}
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            told = answer.read()
            if answer.status != http.client.ACCEPTED:
                raise RuntimeError(f"{order_id}: {answer.status} {told[:200]!r}")

    sellers = [threading.Thread(target=seller) for _ in range(SELLERS)]
    for thread in sellers:
        thread.start()
    for thread in sellers:
        thread.join()
    if todo:
        raise RuntimeError(f"{len(todo)} orders were not taken")


Ask = Callable[[str], tuple[str, dict[str, str]]]
"""Path and headers of one start."""


def accidents(house: House, **scenario: Any) -> None:
    """Have the wallet do this from now on."""
    call(house.sandbox_port, "POST", "/control/scenario", scenario)
