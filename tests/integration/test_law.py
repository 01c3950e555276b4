"""Each contract of the law is broken once, in a copy of the tree, and seen to bite."""

import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("domain", "application", "adapters", "bootstrap", "sandbox", "tests", "bench", "examples")
CACHE = "cache"
NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.pyc", "*.html", "*.css", "results.json")

SABOTAGES = {
    "house": ("domain/money.py", "from application import ports"),
    "adapters": ("adapters/inbound/http/app.py", "from adapters.outbound import wire"),
    "inbound": ("adapters/inbound/http/app.py", "from adapters.inbound.dispatcher import wake"),
    "outbound": ("adapters/outbound/ovo/gateway.py", "from adapters.outbound.memory import store"),
    "sandbox-alone": ("sandbox/wallet.py", "from domain import money"),
    "examples-alone": ("examples/chat/pages.py", "from domain import money"),
    "examples-unknown": ("bootstrap/up.py", "from examples.chat import pages"),
    "sandbox-unknown": ("adapters/outbound/ovo/gateway.py", "from sandbox import signature"),
    "pure-core": ("application/start_payment.py", "import asyncio"),
    "acyclic": ("domain/money.py", "from domain import order"),
    "door-aiohttp": ("adapters/outbound/ovo/gateway.py", "import aiohttp"),
    "door-httpx": ("adapters/inbound/dispatcher/wake.py", "import httpx"),
    "door-flask": ("adapters/inbound/cli/main.py", "import flask"),
    "door-pydantic": ("adapters/outbound/codec.py", "import pydantic"),
    "door-sqlite": ("adapters/outbound/memory/store.py", "import sqlite3"),
    "door-qr": ("adapters/inbound/cli/main.py", "import segno"),
    "door-redis": ("adapters/outbound/memory/limits.py", "import redis"),
    "door-mongo": ("adapters/outbound/sqlite/store.py", "import pymongo"),
    "door-elasticsearch": ("adapters/inbound/cli/search.py", "import elasticsearch"),
    "door-crypto": ("adapters/outbound/ovo/signature.py", "import cryptography"),
    "door-container": ("adapters/inbound/http/door.py", "import dependency_injector"),
    "door-terminal": ("adapters/inbound/http/door.py", "import click"),
    "door-metrics": ("adapters/inbound/cli/main.py", "import prometheus_client"),
    "door-logs": ("adapters/outbound/wire.py", "import structlog"),
    "unit-tests": ("tests/unit/domain/test_values.py", "import redis"),
}


def law() -> ConfigParser:
    """The contracts as they stand."""
    parser = ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser


def contracts() -> list[str]:
    """Their names."""
    prefix = "importlinter:contract:"
    return [section.removeprefix(prefix) for section in law().sections() if prefix in section]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of everything that the law is about."""
    copy = tmp_path_factory.mktemp("tree")
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=NOT_COPIED)
    shutil.copy(ROOT / ".importlinter", copy)
    return copy


def lint(tree: Path, *contract: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the copy; what did not change since is read from its cache."""
    only = [f"--contract={name}" for name in contract]
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    return subprocess.run(
        [*command, f"--cache-dir={tree / CACHE}", *only],
        cwd=tree,
        env={"PYTHONPATH": str(tree), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_contract_has_its_sabotage() -> None:
    assert sorted(SABOTAGES) == sorted(contracts())


def test_the_law_is_kept(tree: Path) -> None:
    result = lint(tree)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("contract", sorted(SABOTAGES))
def test_the_contract_bites(tree: Path, contract: str) -> None:
    file, line = SABOTAGES[contract]
    path = tree / file
    source = path.read_text()
    path.write_text(source + f"\n{line}\n")
    try:
        result = lint(tree, contract)
    finally:
        path.write_text(source)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout


@pytest.mark.parametrize(
    "room", ["adapters/sideways", "adapters/inbound/grpc", "adapters/outbound/postgres"]
)
def test_a_new_room_must_be_announced(tree: Path, room: str) -> None:
    folder = tree / room
    folder.mkdir()
    (folder / "__init__.py").touch()
    try:
        result = lint(tree)
    finally:
        shutil.rmtree(folder)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "exhaustive" in result.stdout.lower() or "BROKEN" in result.stdout
