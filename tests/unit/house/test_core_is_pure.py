"""What the law of imports cannot see, read from the source itself."""

import ast
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.unit.cases import for_each

ROOT = Path(__file__).parents[3]
ROOMS = {
    *("domain", "application", "adapters", "bootstrap", "sandbox", "simulation"),
    *("tests", "bench", "examples"),
}
NOT_ROOMS = {"docs", "build", "var", "deploy", "dist", "htmlcov"}
CORE = sorted(p for room in ("domain", "application") for p in (ROOT / room).rglob("*.py"))
CLOCKS = {
    f"{owner}.{name}"
    for owner in ("datetime", "date", "dt", "time")
    for name in ("now", "utcnow", "today", "time", "monotonic")
}
DOORS = {"open", "print", "input", "exec", "eval", "__import__"}


def calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The name that each call ends in, and its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(value=ast.Name(id=owner), attr=name):
                    yield f"{owner}.{name}", node.lineno
                case ast.Name(id=name):
                    yield name, node.lineno


def impure(source: str) -> list[str]:
    """Reads of a clock, and I/O without an import."""
    forbidden = DOORS | CLOCKS
    return [
        f"{name} in line {line}" for name, line in calls(ast.parse(source)) if name in forbidden
    ]


@for_each("path", CORE)
def test_the_core_reads_no_clock_and_opens_no_door(path: Path) -> None:
    assert impure(path.read_text()) == []


@pytest.mark.parametrize("sabotage", ["datetime.now(UTC)", "open('x')", "date.today()"])
def test_the_reader_of_the_core_can_fail(sabotage: str) -> None:
    assert impure(f"x = {sabotage}")


def test_every_folder_is_a_room_that_the_law_knows() -> None:
    folders = {p.name for p in ROOT.iterdir() if p.is_dir() and not p.name.startswith(".")}
    assert folders - NOT_ROOMS - {"__pycache__"} == ROOMS
    law = ConfigParser()
    law.read(ROOT / ".importlinter")
    assert set(law["importlinter"]["root_packages"].split()) == ROOMS
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert set(project["tool"]["mypy"]["packages"]) == ROOMS
    shipped = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    assert shipped == ROOMS - {"tests", "bench", "examples"}


def test_nothing_committed_names_a_path_of_one_machine() -> None:
    suspicious = ("/" + "work/", "/" + "farm/", "/" + "root/")
    sources = [
        p
        for room in ROOMS | {"docs"}
        for p in (ROOT / room).rglob("*")
        if p.suffix in {".py", ".md", ".toml", ".json", ".html", ".css", ".js"}
    ]
    assert len(sources) > 100
    found = [p.name for p in sources if any(s in p.read_text() for s in suspicious)]
    assert found == []
