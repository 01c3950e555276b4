"""The house and the server of these tests."""

from collections.abc import Iterator

import pytest

from tests.unit.cli.builders import House, ScriptedLunas, scripted_lunas


@pytest.fixture(scope="package")
def _running() -> Iterator[ScriptedLunas]:
    with scripted_lunas() as server:
        yield server


@pytest.fixture
def lunas(_running: ScriptedLunas) -> ScriptedLunas:
    """A Lunas that says what the test tells it to say."""
    _running.script.clear()
    _running.heard.clear()
    return _running


@pytest.fixture
def house() -> House:
    """A house whose API nobody listens on."""
    return House()


@pytest.fixture
def online(lunas: ScriptedLunas) -> House:
    """A house whose API is the scripted one."""
    return House(url=lunas.url)
