"""Any code to any operation, told over the control API and heard over real sockets."""

from tests.integration.sandbox.callers import Caller, with_a_caller
from tests.unit.sandbox.builders import (
    CHECK,
    CHECK_VOID,
    INQUIRY,
    PUSH,
    REVERSAL,
    VOID,
    a_message,
)

OPERATIONS = {
    "push": PUSH,
    "reversal": REVERSAL,
    "void": VOID,
    "check_push": CHECK,
    "check_void": CHECK_VOID,
    "inquiry": INQUIRY,
}
PAID = "081200000001"


def test_each_operation_gets_its_code_and_then_the_truth() -> None:
    async def run(caller: Caller) -> None:
        script = {
            name: {"code": f"Z{number}", "times": 1} for number, name in enumerate(OPERATIONS)
        }
        status, shown = await caller.post("/control/scenario", {"answers": script})
        assert status == 200
        assert shown["answers"]["void"] == {"code": "Z2", "times": 1, "acts": False}
        said = [await caller.code(a_message(op, phone=PAID)) for op in OPERATIONS.values()]
        assert said == ["Z0", "Z1", "Z2", "Z3", "Z4", "Z5"]
        assert (await caller.get("/control/scenario"))[1]["answers"] == {}
        follow_ups = [a_message(op, phone=PAID) for op in (CHECK, CHECK_VOID, VOID, INQUIRY)]
        # The push was answered with a code in no list: it waits for its customer.
        assert [await caller.code(message) for message in follow_ups] == ["68", "25", "40", "00"]

    with_a_caller(run)


def test_an_empty_404_has_no_body_and_a_reset_ends_the_script() -> None:
    async def run(caller: Caller) -> None:
        await caller.post("/control/scenario", {"answers": dict.fromkeys(OPERATIONS, "404")})
        for operation in OPERATIONS.values():
            assert await caller.send(a_message(operation, phone=PAID)) == (404, b"")
        await caller.post("/control/reset")
        assert await caller.code(a_message(phone=PAID)) == "00"

    with_a_caller(run)


def test_a_void_that_takes_place_may_be_told_as_refused() -> None:
    async def run(caller: Caller) -> None:
        script = {"void": {"code": "40", "acts": True}}
        await caller.post("/control/scenario", {"answers": script})
        assert await caller.code(a_message(phone=PAID)) == "00"
        assert await caller.code(a_message(VOID, phone=PAID)) == "40"
        _, ledger = await caller.get("/control/ledger")
        assert [push["money_kept"] for push in ledger["pushes"]] == [False]
        assert await caller.code(a_message(CHECK_VOID, phone=PAID)) == "00"

    with_a_caller(run)


def test_a_wrong_script_is_refused_and_changes_nothing() -> None:
    async def run(caller: Caller) -> None:
        for wrong in ({"flight": "40"}, {"void": 40}, {"void": {"code": "40", "times": 0}}, "40"):
            status, problem = await caller.post("/control/scenario", {"answers": wrong})
            assert (status, set(problem["problems"])) == (422, {"answers"})
        assert (await caller.get("/control/scenario"))[1]["answers"] == {}

    with_a_caller(run)
