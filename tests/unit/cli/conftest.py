"""The house and the server of these tests."""

from collections.abc import Iterator

import pytest

from tests.unit.cli.builders import House, Say, ScriptedLunas, scripted_lunas
from tests.unit.cli.shelf import Shelf


@pytest.fixture(scope="session")
def _running() -> Iterator[ScriptedLunas]:
    with scripted_lunas() as server:
        yield server


@pytest.fixture
def lunas(_running: ScriptedLunas) -> ScriptedLunas:
    """A Lunas that says what the test tells it to say."""
    _running.script.clear()
    _running.heard.clear()
    _running.answers = None
    return _running


@pytest.fixture
def chat() -> Iterator[ScriptedLunas]:
    """A program under development, which accepts every webhook."""
    with scripted_lunas() as server:
        server.script = [Say(status=204)]
        yield server


@pytest.fixture
def shelf(lunas: ScriptedLunas) -> Shelf:
    """The events of the scripted Lunas."""
    shelf = Shelf()
    lunas.answers = shelf
    return shelf


@pytest.fixture
def house() -> House:
    """A house whose API nobody listens on."""
    return House()


@pytest.fixture
def online(lunas: ScriptedLunas) -> House:
    """A house whose API is the scripted one."""
    return House(url=lunas.url)
