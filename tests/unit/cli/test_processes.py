"""The processes are started, and their exit codes handed on."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.builders import House

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", ["up", "demo", "serve", "worker"])
@pytest.mark.parametrize("exit_code", [0, 1, 3])
def test_a_process_ends_the_command_with_its_exit_code(
    house: House, name: str, exit_code: int
) -> None:
    house.exit_code = exit_code
    assert house.run(name).exit_code == exit_code
    assert house.called == [name]


def test_the_sandbox_gets_its_arguments_as_they_are(house: House) -> None:
    assert house.run("sandbox", "--port", "9", "--", "--help").exit_code == 0
    assert house.called == [("sandbox", "--port", "9", "--help")]


def test_the_simulation_gets_its_arguments_as_they_are(house: House) -> None:
    house.exit_code = 1
    assert house.run("simulate", "--seeds", "1-9", "--json", "--", "--help").exit_code == 1
    assert house.called == [("simulate", "--seeds", "1-9", "--json", "--help")]


def test_a_process_takes_no_arguments(house: House) -> None:
    assert house.run("up", "now").exit_code == 2
    assert house.called == []


def _demo(root: Path, here: Path) -> subprocess.CompletedProcess[str]:
    """The real demo of a Lunas that lies in `root`, when the command is given in `here`."""
    program = (
        "import sys; from pathlib import Path; import bootstrap.__main__ as lunas; "
        "lunas._ROOT = Path(sys.argv[1]); sys.exit(lunas._demo())"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(root)],
        cwd=here,
        env={"PATH": "", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def _examples(folder: Path, exit_code: int) -> Path:
    (folder / "examples").mkdir(parents=True)
    main = folder / "examples" / "__main__.py"
    (folder / "examples" / "__init__.py").touch()
    main.write_text(f"print(__file__); raise SystemExit({exit_code})")
    return main


def test_the_demo_becomes_the_examples_of_lunas_and_no_others(tmp_path: Path) -> None:
    main = _examples(tmp_path / "lunas", 7)
    _examples(tmp_path / "here", 8)
    done = _demo(tmp_path / "lunas", tmp_path / "here")
    assert done.returncode == 7, done.stderr
    assert done.stdout.strip() == str(main)


def test_an_installed_lunas_has_no_demo_and_says_so(tmp_path: Path) -> None:
    done = _demo(tmp_path, tmp_path)
    assert done.returncode == 1
    assert "clone of its repository" in done.stderr
