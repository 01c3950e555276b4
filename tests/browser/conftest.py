"""One house, one chat and one Chromium for all browser tests; a patient for each.

They end with the package: as long as playwright is there, its event loop runs in the tests' thread.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser import chromium
from tests.integration.conftest import pytest_runtest_makereport
from tests.integration.house import PATIENT, ROOT, RunningHouse, a_house, free_port, until

__all__ = ["pytest_runtest_makereport"]
PHONE_SIZE, DESK_SIZE = (360, 740), (1280, 800)
RESTS = 10
"""Seconds between two pushes of a payment in this house."""
REFUSED_PAGE = "Failed to load resource"
"""What Chromium says of any page whose status is 4xx or 5xx."""


@dataclass(slots=True)
class RunningChat:
    """The example chat as a process, and the house behind it."""

    house: RunningHouse
    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where patients go."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait for it."""
        environment = {
            **os.environ,
            "LUNAS_URL": self.house.url,
            "LUNAS_API_KEY": self.house.key,
            "LUNAS_SANDBOX_URL": self.house.sandbox_url,
            "CHAT_PORT": str(self.port),
            "CHAT_DATA": str(self.folder),
        }
        log = self.house.folder / "chat.log"
        with log.open("wb") as out:
            command = [sys.executable, "-m", "examples.chat"]
            self.process = subprocess.Popen(
                command, env=environment, stdout=out, stderr=out, cwd=ROOT
            )
        until(lambda: b"chat ready" in log.read_bytes(), log.read_text)

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(10)

    def endpoints(self) -> list[str]:
        """The ids of the chat's webhook endpoints at Lunas."""
        data = self.house.call("GET", "/v1/webhook_endpoints").json["data"]
        return [e["id"] for e in data if e["url"] == f"{self.url}/hooks/lunas"]


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    folder = tmp_path_factory.mktemp("browser")
    # Not the usual 15 s: what the pages say of it must come from the API.
    with a_house(folder, PATIENT, resend_after=f"{RESTS}s", ovo_check_every="1s") as house:
        house.start()
        yield house


@pytest.fixture(scope="package")
def chat(house: RunningHouse, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningChat]:
    chat = RunningChat(house, tmp_path_factory.mktemp("chat"))
    chat.start()
    yield chat
    assert chat.stop() == 0


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = chromium.find()
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))
        yield browser
        browser.close()


@dataclass
class Visit:
    """A patient's browser, and what its console complained of."""

    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Keep what is an error or a warning."""
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


def a_visit(browser: Browser, size: tuple[int, int] = PHONE_SIZE, **how: Any) -> Visit:
    """A patient with a fresh browser of this size.

    Nothing turns on its pages unless a test asks for it: to draw that takes a processor of its own.
    """
    how = {"reduced_motion": "reduce", **how}
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **how)
    context.set_default_timeout(30_000)
    visit = Visit(context, context.new_page())
    visit.page.on("console", visit.hear)
    visit.page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    return visit


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """A patient with a small phone, whose console must stay silent."""
    visit = a_visit(browser)
    yield visit
    visit.context.close()
    assert [text for text in visit.complaints if REFUSED_PAGE not in text] == []
