"""A reader of the pages: a shell of their own, in a folder that looks like the project's."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tests.integration import forked
from tests.integration.house import ROOT, call, free_port, until
from tests.integration.started import Started, a_started

_numbers = count(1)


@dataclass(slots=True)
class Shell:
    """A reader's shell; `lunas` is found in it as the pages have it."""

    folder: Path
    environment: dict[str, str]

    def run(self, script: str) -> str:
        """Run a block; fails on an error of the shell, of a command, or a problem in an answer."""
        done = subprocess.run(
            ["/bin/sh", "-e", "-c", script],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "/errors/" not in done.stdout, done.stdout
        return done.stdout

    def lunas(self, *arguments: str, typed: str = "", ends: int = 0) -> str:
        """What the command says; it has to end with that code."""
        done = forked.run(
            "bootstrap",
            *arguments,
            environment=self.environment,
            folder=self.folder,
            typed=typed,
            within=120,
        )
        assert done.returncode == ends, (arguments, done.stdout, done.stderr)
        return done.stdout

    def told(self, *arguments: str) -> Any:
        """What the command says to a program."""
        return json.loads(self.lunas(*arguments, "--json"))

    def call(self, method: str, path: str, body: object = None) -> Any:
        """A request with the key that `make run` has left; it has to succeed."""
        lines = (self.folder / "var/dev.env").read_text().splitlines()
        told = dict(line.split("=", 1) for line in lines)
        headers = {"Authorization": f"Bearer {told['LUNAS_API_KEY']}"}
        headers |= {"Idempotency-Key": f"reader-{next(_numbers)}"}
        answer = call(method, told["LUNAS_URL"] + path, body=body, headers=headers)
        assert 200 <= answer.status < 300, answer.body
        return answer.json

    def started(self, *arguments: str) -> AbstractContextManager[Started]:
        """The command while the block lasts."""
        return a_started(*arguments, folder=self.folder, environment=self.environment)


def a_shell(folder: Path, settings: Mapping[str, str] | None = None) -> Shell:
    """With ports of its own and nothing set beside but these variables."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LUNAS_", "PROM", "CHAT_"))
    }
    environment |= {
        "LUNAS_PORT": str(free_port()),
        "LUNAS_SANDBOX_PORT": str(free_port()),
        "LUNAS_SANDBOX_AUTO_APPROVE": "200ms",
        "CHAT_PORT": str(free_port()),
        "PATH": f"{folder / '.venv/bin'}{os.pathsep}{environment['PATH']}",
        **(settings or {}),
    }
    (folder / ".venv").symlink_to(ROOT / ".venv")
    return Shell(folder, environment)


@contextmanager
def a_reader(folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Shell]:
    """Somebody for whom `make run` runs in a first shell, with these variables set."""
    shell = a_shell(folder, settings)
    with shell.started("up") as up:
        until((folder / "var/dev.env").exists, lambda: f"dev.env: {up.said}", 60)
        yield shell
        assert up.stop() == 0
