"""`kill -9` of a dispatcher at steps of a payment's life on MongoDB: another finds it all out."""

from collections.abc import Iterator

import pytest

from tests.integration.crash_point import VARIABLE
from tests.integration.house import PATIENT, RunningHouse, a_phone, until
from tests.integration.production.servers import Production, Servers, a_production
from tests.integration.truth import assert_safe, truth_of

LONG = 120.0
CRASHING = "tests.integration.crashing_worker"
CLOCKS = PATIENT | {"LUNAS_OVO_SEND_WITHIN": "8s", "LUNAS_OVO_ASK_WITHIN": "5s"}


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory, servers: Servers) -> Iterator[Production]:
    with a_production(tmp_path_factory.mktemp("crashes"), servers, CLOCKS) as production:
        yield production


@pytest.fixture
def house(production: Production) -> Iterator[RunningHouse]:
    house = production.house
    house.ensure("sandbox", "serve")
    yield house
    house.programs.pop("worker", None)
    house.own.pop("worker", None)
    for name in ("worker", "worker-2"):
        if name in house.processes:
            house.kill(name)


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("step", "ends"),
    [
        ("after claim", {"unknown", "requires_retry"}),
        ("sending push", {"unknown", "requires_retry"}),
        ("push answered", {"succeeded"}),
        ("before told", {"succeeded"}),
        ("after told", {"succeeded"}),
    ],
)
def test_what_a_dying_worker_held_is_found_out_by_the_next(
    house: RunningHouse, step: str, ends: set[str]
) -> None:
    phone = a_phone()
    house.scenario(phones={phone: "approve"})
    house.programs["worker"] = CRASHING
    house.own["worker"] = {VARIABLE: f"{step}|{phone}"}
    house.start("worker", ready=False)
    payment_id = house.started(f"dies {step}", phone)
    dying = house.processes["worker"]
    until(lambda: dying.poll() is not None, lambda: f"it dies: {house.logs()[-2_000:]}", LONG)
    assert dying.returncode == -9
    assert_safe(truth_of(house))
    with house.hooked() as chat:
        house.start("worker-2")
        ended = house.until_status(payment_id, *ends, within=LONG)
        assert len(ended["attempts"]) == 1
        if ends == {"succeeded"}:
            chat.until_heard(payment_id, "payment.succeeded", LONG)
    assert [row["times_heard"] for row in house.pushes(phone)] in ([], [1])
    assert_safe(truth_of(house))
    checked = house.run("check", "invariants", within=120)
    assert checked.returncode == 0, checked.stdout + checked.stderr
