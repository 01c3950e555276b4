"""Clock, settings, limits and assembly."""

import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.inbound.http.app import create_app
from adapters.inbound.http.inquiries import Loop
from bootstrap import clock as clock_module
from bootstrap.chance import api_key, fresh_id, webhook_secret
from bootstrap.clock import StoreClock
from bootstrap.embedded import opened, plan, prepare
from bootstrap.first_start import DevEnv, demo_key
from bootstrap.limits import SPARE_FILES, calls_that_fit
from bootstrap.sandbox_account import CREDENTIALS
from bootstrap.settings import Settings, read_settings
from bootstrap.sources import SettingsRefused
from bootstrap.wsgi import build_door, decide_in_step
from domain.ids import IdKind
from sandbox.accounts import DEMO_ACCOUNT
from tests.assembly import assert_whole
from tests.memory_house import MemoryHouse

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
HORIZON = timedelta(seconds=105)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("LUNAS_"):
            monkeypatch.delenv(name)


class Uptime:
    """A boot clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> timedelta:
        return timedelta(seconds=self.seconds)


@pytest.fixture
def uptime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Uptime]:
    uptime = Uptime()
    monkeypatch.setattr(clock_module, "uptime", uptime)
    return uptime  # type: ignore[return-value]  # a fixture may return or yield


def test_the_clock_goes_on_by_the_boot_clock_alone(uptime: Uptime) -> None:
    clock = StoreClock(HORIZON, NOON)
    uptime.seconds += 10
    assert clock.utc() == NOON + timedelta(seconds=10)
    assert clock().uptime == timedelta(seconds=110)


def test_a_small_difference_is_followed(uptime: Uptime) -> None:
    clock = StoreClock(HORIZON, NOON)
    clock.measure(NOON + timedelta(seconds=2.5))
    assert clock.trouble() is None
    assert clock.utc() == NOON + timedelta(seconds=2.5)


def test_a_large_one_stops_the_work_and_is_followed_after_one_horizon(uptime: Uptime) -> None:
    clock = StoreClock(HORIZON, NOON)
    ahead = NOON + timedelta(seconds=90)
    clock.measure(ahead)
    assert clock.trouble() == "the clock is 90.0 s off the store's"
    assert clock.utc() == NOON
    uptime.seconds += 104
    clock.measure(ahead + timedelta(seconds=104))
    assert clock.trouble()
    uptime.seconds += 1
    clock.measure(ahead + timedelta(seconds=105))
    assert clock.trouble() is None
    assert clock.utc() == ahead + timedelta(seconds=105)


def test_a_step_that_is_taken_back_is_forgotten(uptime: Uptime) -> None:
    clock = StoreClock(HORIZON, NOON)
    clock.measure(NOON - timedelta(seconds=3))
    assert clock.trouble()
    clock.measure(NOON)
    assert clock.trouble() is None


@pytest.mark.parametrize(
    ("spelling", "seconds"), [("55", 55), ("1.5s", 1.5), ("250ms", 0.25), ("2m", 120), ("1h", 3600)]
)
def test_durations_are_spelled_as_people_do(
    monkeypatch: pytest.MonkeyPatch, spelling: str, seconds: float
) -> None:
    monkeypatch.setenv("LUNAS_SCAN_EVERY", spelling)
    assert read_settings().scan_every == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LUNAS_PORT", "http"),
        ("LUNAS_SCAN_EVERY", "soon"),
        ("LUNAS_SCAN_EVERY", "0"),
        ("LUNAS_OVO_MINIMUM", "0"),
        ("LUNAS_LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_setting_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefused, match=name) as refused:
        read_settings()
    assert f"'{value}'" not in str(refused.value).replace("'debug', 'info'", "")


def test_clocks_out_of_order_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNAS_OVO_READ_WITHIN", "69s")
    with pytest.raises(SettingsRefused, match="our read"):
        read_settings()


def test_waiters_never_take_the_last_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LUNAS_API_THREADS", "8")
    with pytest.raises(SettingsRefused, match="api_waiters"):
        read_settings()


def test_a_file_is_read_below_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "lunas.toml"
    file.write_text('port = 1234\nwebhook_networks = ["10.0.0.0/8"]\n')
    monkeypatch.setenv("LUNAS_CONFIG", str(file))
    monkeypatch.setenv("LUNAS_WEBHOOK_NETWORKS", "127.0.0.0/8,::1/128")
    settings = read_settings()
    assert settings.port == 1234
    assert settings.webhook_networks == ("127.0.0.0/8", "::1/128")
    file.write_text("prot = 1\n")
    with pytest.raises(SettingsRefused, match="PROT"):
        read_settings()


def test_calls_leave_files_for_everything_else() -> None:
    assert calls_that_fit(10_000, 20_000) == 10_000
    assert calls_that_fit(10_000, 4_096) == 4_096 - SPARE_FILES
    assert calls_that_fit(10_000, 256) == 1


def test_the_memory_house_is_whole() -> None:
    assert_whole(MemoryHouse().core)


def test_a_port_of_the_wrong_kind_is_refused_at_assembly() -> None:
    house = MemoryHouse()
    house.core.payments.override(house.store.events)
    with pytest.raises(Exception, match="PaymentRepository"):
        house.core.start()


def test_the_embedded_house_is_whole(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")
    assert plan(settings)
    assert not (tmp_path / "var").exists()
    assert prepare(settings)
    assert prepare(settings) == []
    with opened(settings, "test") as house:
        assert_whole(house.core)
        key = demo_key(house)
        assert demo_key(house) == key
        assert len(house.store.directory.merchants()) == 1
    assert settings.command_key is None
    dev_env = DevEnv(settings, key)
    dev_env.write()
    assert settings.command_key == key
    secret_files = [settings.keys, settings.data_dir / "dev.env", settings.database]
    secret_files.append(settings.data_dir / "dev.key")
    assert [path.stat().st_mode & 0o077 for path in secret_files] == [0, 0, 0, 0]
    dev_env.put_away()
    assert settings.command_key is None


def test_only_a_house_that_asks_no_other_machine_decides_in_step(tmp_path: Path) -> None:
    def deciding() -> bool:
        return "turns" in {thread.name for thread in threading.enumerate()}

    settings = Settings(data_dir=tmp_path / "var")
    prepare(settings)
    with opened(settings, "test") as house:
        app = create_app(build_door(house, Loop()))
        for alone in (True, False):
            with ExitStack() as closing:
                decide_in_step(app, replace(house, alone=alone), closing)
                assert deciding() is alone
            assert not deciding()


def test_a_new_time_is_taken_only_when_no_provider_can_move_money_by_the_old_one(
    tmp_path: Path, uptime: Uptime
) -> None:
    settings = Settings(data_dir=tmp_path / "var", providers=("ovo", "ovo_snap"))
    prepare(settings)
    with opened(settings, "test") as house:
        longest = house.offers["ovo_snap"].provider.clocks.horizon
        assert longest > house.provider.clocks.horizon
        behind = house.clock.utc() + timedelta(seconds=90)
        house.clock.measure(behind)
        uptime.seconds += longest.total_seconds() - 1
        house.clock.measure(behind + longest - timedelta(seconds=1))
        assert house.clock.trouble()
        uptime.seconds += 1
        house.clock.measure(behind + longest)
        assert house.clock.trouble() is None


def test_the_command_line_finds_what_was_started_on_other_ports(tmp_path: Path) -> None:
    up = Settings(data_dir=tmp_path, port=18_080, sandbox_port=18_090)
    DevEnv(up, "lunas_test_of-these-tests").write()
    told = Settings(data_dir=tmp_path)
    assert told.command_url == up.api_url == "http://127.0.0.1:18080"
    assert told.command_sandbox == "http://127.0.0.1:18090"
    own = Settings(data_dir=tmp_path, url="http://lunas.example", sandbox_port=9)
    assert own.command_url == "http://lunas.example"
    assert own.command_sandbox == "http://127.0.0.1:9"
    assert Settings(data_dir=tmp_path, port=9).command_url == "http://127.0.0.1:9"
    assert Settings(data_dir=tmp_path, api_key="another").command_url == "http://127.0.0.1:8080"
    assert Settings(data_dir=tmp_path / "none").command_sandbox == "http://127.0.0.1:8090"


def test_a_database_without_its_keys_gets_no_new_ones(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "var")
    prepare(settings)
    settings.keys.unlink()
    prepare(settings)
    assert not settings.keys.exists()


def test_the_published_test_account_is_the_sandboxs() -> None:
    known = DEMO_ACCOUNT.shown() | {"app_key": DEMO_ACCOUNT.app_key}
    assert {name: known[name] for name in CREDENTIALS} == CREDENTIALS


def test_chance_is_large_and_never_the_same() -> None:
    assert len({fresh_id(IdKind.PAYMENT) for _ in range(1_000)}) == 1_000
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", api_key())
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", webhook_secret())
