"""Redis is flushed, restarted, killed and gone while payments go on: slower, never wrong."""

import threading
from collections.abc import Callable, Iterator

import pytest

from tests.integration.house import RunningHouse
from tests.integration.production.servers import Production, Servers, a_production
from tests.servers.redis import RedisServer

LONG = 120.0
MANY = 8


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Production]:
    with a_production(tmp_path_factory.mktemp("redis_away"), servers) as production:
        yield production


@pytest.fixture
def house(production: Production) -> RunningHouse:
    if production.servers.redis.process is None:
        production.servers.redis.start()
    production.house.ensure("sandbox", "worker", "worker-2", "serve", "serve-2")
    return production.house


def flushed(redis: RedisServer) -> None:
    redis.flush()


def restarted(redis: RedisServer) -> None:
    redis.stop()
    redis.start()


def killed(redis: RedisServer) -> None:
    redis.kill()
    redis.start()


def gone(redis: RedisServer) -> None:
    redis.stop()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "accident", [flushed, restarted, killed, gone], ids=lambda accident: accident.__name__
)
def test_payments_go_on_whatever_happens_to_redis(
    production: Production, house: RunningHouse, accident: Callable[[RedisServer], None]
) -> None:
    name = accident.__name__
    with house.hooked("payment.succeeded") as chat:
        ids: list[str] = []
        begun = threading.Event()

        def shop() -> None:
            for number in range(MANY):
                ids.append(house.started(f"{name}-{number}"))
                if number == 2:
                    begun.set()

        selling = threading.Thread(target=shop)
        selling.start()
        assert begun.wait(LONG)
        accident(production.servers.redis)
        selling.join(LONG)
        assert len(ids) == MANY
        for payment_id in ids:
            house.until_status(payment_id, "succeeded", within=LONG)
            chat.until_heard(payment_id, "payment.succeeded", LONG)
    assert {row["times_heard"] for row in house.pushes("081200000001")} == {1}
    body = {"order_id": f"{name}-key", "amount": 50_000, "phone": None}
    first = house.call("POST", "/v1/payments", body, Idempotency_Key=name)
    again = house.call("POST", "/v1/payments", body, api="serve-2", Idempotency_Key=name)
    assert (first.status, again.status) == (202, 202)
    assert again.body == first.body
