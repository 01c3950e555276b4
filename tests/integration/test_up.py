"""`lunas up`, what `make run` starts: one command, everything, and nothing left behind."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from bootstrap import up
from tests.integration.house import PATIENT, RunningHouse, a_house, a_phone, until

PROMISED_SECONDS = 5.0
"""Within which Ctrl-C and SIGTERM stop everything."""
_DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print(); time.sleep(600)"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    settings = {k: v for k, v in PATIENT.items() if k != "LUNAS_DRAIN"}
    with a_house(tmp_path_factory.mktemp("up"), settings) as house:
        yield house


@pytest.fixture
def house(shared: RunningHouse) -> RunningHouse:
    shared.ensure("up")
    return with_dev_key(shared)


def with_dev_key(house: RunningHouse) -> RunningHouse:
    """The house as the shell of a developer sees it."""
    path = house.data / "dev.env"
    until(path.exists, house.logs)
    assert path.stat().st_mode & 0o077 == 0
    dev = dict(line.split("=", 1) for line in path.read_text().splitlines())
    assert dev["LUNAS_URL"] == house.url
    assert dev["LUNAS_SANDBOX_URL"] == house.sandbox_url
    return replace(house, key=dev["LUNAS_API_KEY"])


def stop(house: RunningHouse, number: signal.Signals) -> None:
    """Ctrl-C or SIGTERM: exit 0 long before a customer's time is over, and nobody is left."""
    assert house.stop("up", within=15, number=number) == 0
    until(lambda: not house.pids(), lambda: f"nobody left: {house.pids()}", 2)


def test_sigterm_stops_everything_and_the_next_start_keeps_the_data(
    house: RunningHouse,
) -> None:
    paid = house.started("kept")
    house.until_status(paid, "succeeded")
    phone = a_phone()
    held = house.started("held", phone)
    house.shown_push(phone)
    stop(house, signal.SIGTERM)

    house.start("up")
    assert with_dev_key(house).key == house.key
    assert house.payment(paid)["status"] == "succeeded"
    assert house.payment(held)["status"] == "unknown"
    house.until_status(house.started("after"), "succeeded")


def test_ctrl_c_does_not_wait_for_customers_or_for_waiting_callers(house: RunningHouse) -> None:
    phone = a_phone()
    held = house.started("held-2", phone)
    house.shown_push(phone)
    asked = house.until_status(held, "awaiting_customer")["sequence"]
    path = f"/v1/payments/{held}?wait=30&sequence={asked}"
    waiting = threading.Thread(target=lambda: suppressed(house, path), daemon=True)
    waiting.start()
    time.sleep(0.3)
    stop(house, signal.SIGINT)
    waiting.join(5)
    assert not waiting.is_alive()


def test_a_child_that_does_not_end_is_killed_before_the_time_promised_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert up.STOP_WITHIN + up.LOOK_EVERY < PROMISED_SECONDS
    monkeypatch.setattr(up, "STOP_WITHIN", 0.2)
    with subprocess.Popen([sys.executable, "-c", _DEAF], stdout=subprocess.PIPE) as deaf:
        assert deaf.stdout is not None
        deaf.stdout.readline()
        try:
            up.Family([up.Child("deaf", [], {}, deaf)], print).stop()
            assert deaf.wait(0) == -signal.SIGKILL
        finally:
            deaf.kill()


def suppressed(house: RunningHouse, path: str) -> None:
    with suppress(OSError, http.client.HTTPException):
        house.call("GET", path)


def test_a_child_that_dies_is_started_again(house: RunningHouse) -> None:
    for words in (["sandbox"], ["bootstrap", "worker"], ["granian"]):
        before = house.pids(*words)
        assert before, words
        for pid in before:
            os.kill(pid, signal.SIGKILL)

        def anew(words: list[str] = words, before: list[int] = before) -> bool:
            now = house.pids(*words)
            return bool(now) and not set(now) & set(before)

        until(anew, house.logs, 20)
        house.wait_ready()
        house.until_status(house.started(f"after-{words[-1]}"), "succeeded")


def test_nobody_outlives_a_killed_parent(house: RunningHouse) -> None:
    assert len(house.pids()) >= 4
    house.kill("up")
    until(lambda: not house.pids(), lambda: f"nobody left: {house.pids()}", 10)
    house.start("up")
    house.until_status(house.started("after-kill"), "succeeded")


def test_a_port_in_use_is_told_by_the_name_of_its_setting(house: RunningHouse) -> None:
    second = house.run("up")
    assert second.returncode == 1
    assert "LUNAS_PORT" in second.stderr
    house.until_status(house.started("undisturbed"), "succeeded")
