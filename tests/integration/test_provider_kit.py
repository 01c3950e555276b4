"""A provider is laid in a copy of the repository, and switched on by three lines."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bootstrap.provider_kit import ROOT, following, lay
from domain.errors import InvalidValue

COPIED = ("adapters", "application", "bootstrap", "domain", "sandbox", "simulation", "tests")
FILES = ("pyproject.toml", ".importlinter", "bench", "examples")
MOST_LINES = 10
"""Outside of its own folder and tests, so many lines are touched at most."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources."""
    root = tmp_path_factory.mktemp("kit")
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in (*COPIED, *FILES):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=ignored)
        else:
            shutil.copy(source, root / name)
    return root


def changed(path: Path, before: str, after: str) -> int:
    """Replace once; tells how many lines it adds or changes."""
    text = path.read_text("utf-8")
    assert before in text, path
    path.write_text(text.replace(before, after, 1), "utf-8")
    return max(1, after.count("\n") - before.count("\n"))


def switched_on(root: Path, name: str) -> int:
    """The lines that a provider touches outside of its folder and tests."""
    offers = root / "bootstrap" / "offers.py"
    door = "from adapters.outbound.offer import"
    return (
        changed(root / ".importlinter", "    memory | ", f"    memory | {name} | ")
        + changed(
            offers, door, f"from adapters.outbound.{name}.offer import offer as {name}\n{door}"
        )
        + changed(offers, "] = {\n", f'] = {{\n    "{name}": {name},\n')
    )


def passes(root: Path, *command: str) -> str:
    """What the command says, which must end well."""
    environment = os.environ | {"PYTHONPATH": str(root), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(  # our own tools
        [sys.executable, "-m", *command],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
    return done.stdout


def test_what_is_laid_works_and_is_switched_on_by_a_few_lines(clone: Path) -> None:
    laid = lay("kilat", clone)
    assert {path.name for path in laid} >= {
        *("messages.py", "signature.py", "gateway.py", "notification.py", "settlement.py"),
        *("test_kilat.py", "test_settlement.py"),
    }
    assert switched_on(clone, "kilat") <= MOST_LINES
    passes(clone, "ruff", "check", "--fix", "--quiet", "adapters/outbound/kilat", "bootstrap")
    passes(clone, "ruff", "format", "--quiet", "adapters/outbound/kilat", "tests/unit/kilat")
    passes(clone, "ruff", "check", "adapters/outbound/kilat", "tests/unit/kilat", "bootstrap")
    told = passes(clone, "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/kilat")
    assert "passed" in told
    look = "from bootstrap.offers import offers; from bootstrap.settings import Settings; "
    look += "print(offers(Settings(providers=('ovo', 'kilat')))['kilat'].provider.method)"
    done = subprocess.run(  # our own code
        [sys.executable, "-c", look],
        cwd=clone,
        env=os.environ | {"PYTHONPATH": str(clone)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "kilat", done.stderr
    _law(clone)


def _law(root: Path) -> None:
    """Every import contract holds with the new folder in it."""
    run = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(  # our own tools
        [sys.executable, "-c", run, "--no-cache"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2_000:]


def test_nothing_that_is_there_is_overwritten(clone: Path) -> None:
    lay("petir", clone)
    with pytest.raises(InvalidValue, match="petir is there already"):
        lay("petir", clone)


@pytest.mark.parametrize("name", ["ovo", "Kilat", "k", "kilat-pay", "../kilat", "9kilat"])
def test_a_name_that_cannot_be_is_refused(clone: Path, name: str) -> None:
    with pytest.raises(InvalidValue, match="NAME"):
        lay(name, clone)


def test_it_is_laid_in_a_clone_alone(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="clone of its repository"):
        lay("kilat", tmp_path)


def test_what_is_left_to_do_is_told() -> None:
    assert any("bootstrap/offers.py" in step for step in following("kilat"))
