"""Proxies of the environment: the same for what asks Lunas and for what forwards to a program."""

from functools import partial

import pytest

from tests.unit.cli.builders import House, Say, ScriptedLunas
from tests.unit.cli.shelf import Shelf, Steps

PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


@pytest.fixture
def proxied(chat: ScriptedLunas, monkeypatch: pytest.MonkeyPatch) -> ScriptedLunas:
    """A proxy, which every environment variable names; nothing is exempt from it."""
    for name in PROXIES:
        monkeypatch.setenv(name, chat.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    return chat


def test_this_machine_is_reached_without_the_proxy(
    online: House, shelf: Shelf, proxied: ScriptedLunas
) -> None:
    shelf.tell(1)
    assert online.run("events", "list").exit_code == 0
    assert proxied.heard == []


def test_other_machines_are_reached_by_the_proxy(house: House, proxied: ScriptedLunas) -> None:
    proxied.script = [Say({"data": []})]
    house.url = "http://lunas.example"
    assert house.run("pay", "list").exit_code == 0
    [heard] = proxied.heard
    assert heard.path.startswith("http://lunas.example/v1/payments")


def test_a_program_here_is_told_without_the_proxy_and_another_by_it(
    online: House, shelf: Shelf, proxied: ScriptedLunas, lunas: ScriptedLunas
) -> None:
    online.listen_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    for number, (url, by_proxy) in enumerate(
        [(f"{lunas.url}/hook", False), ("http://chat.example/hook", True)], start=1
    ):
        proxied.heard.clear()
        online.pauses = Steps(partial(shelf.tell, number), None)
        assert online.run("listen", "--forward-to", url).exit_code == 0
        told = [heard.path for heard in proxied.heard if heard.method == "POST"]
        assert told == ([url] if by_proxy else [])
    assert "/hook" in [heard.path for heard in lunas.heard]
