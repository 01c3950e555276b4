"""Tests that are shared out among forks: each runs once, and nothing that goes wrong is lost."""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[2]
GREEN = """
    import os

    def test_one(): pass
    def test_two(): print("said by two")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A place for files of tests."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    yield tmp_path
    # Each lane is waited for: none goes on when the run is over.
    assert not [*tmp_path.glob("*.going-on")]


def ran(folder: Path, files: Mapping[str, str], *more: str) -> subprocess.CompletedProcess[str]:
    """These files, run in three lanes."""
    for name, text in files.items():
        (folder / name).write_text(dedent(text))
    plugins = ("-p", "no:schemathesis", "-p", "no:anyio", "-p", "tests.lanes")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, "--lanes", "3", *more, str(folder)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=ROOT,
    )


def test_each_test_runs_once_and_the_tests_of_a_file_in_one_lane_in_order(folder: Path) -> None:
    noting = """
        import os
        from pathlib import Path

        import pytest

        NOTES = Path(__file__).with_suffix(".notes")

        @pytest.mark.parametrize("number", range(4))
        def test_it(number):
            with NOTES.open("a") as notes:
                print(os.environ["PYTEST_LANE"], os.getpid(), number, file=notes)
    """
    done = ran(folder, {f"test_{name}.py": noting for name in "abcde"})
    assert (done.returncode, "20 passed" in done.stdout) == (0, True), done.stdout
    for path in folder.glob("*.notes"):
        lines = [line.split() for line in path.read_text().splitlines()]
        assert [number for _, _, number in lines] == ["0", "1", "2", "3"]
        assert len({(lane, pid) for lane, pid, _ in lines}) == 1
    assert len([*folder.glob("*.notes")]) == 5


def test_files_that_are_marked_so_share_a_lane_and_what_is_made_for_their_folder(
    folder: Path,
) -> None:
    marking = """
        from pathlib import Path

        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.together("them"))

        @pytest.fixture(scope="package")
        def dear():
            with Path(__file__).with_name("notes").open("a") as notes:
                print("made", file=notes)
    """
    using = "def test_it(dear): pass"
    files = {f"test_{name}.py": using for name in "abc"}
    done = ran(folder, {"conftest.py": marking, "__init__.py": "", **files})
    assert "3 passed" in done.stdout, done.stdout
    assert (folder / "notes").read_text() == "made\n"


def test_a_failure_is_told_with_what_its_own_test_printed(folder: Path) -> None:
    red = """
        def test_red():
            print("said by red")
            assert 1 + 1 == 3
    """
    done = ran(folder, {"test_green.py": GREEN, "test_red.py": red, "test_more.py": GREEN})
    assert done.returncode == 1
    assert "test_red.py::test_red" in done.stdout
    assert "assert (1 + 1) == 3" in done.stdout
    assert "said by red" in done.stdout
    assert "said by two" not in done.stdout
    assert "1 failed, 4 passed" in done.stdout


def test_a_test_that_takes_its_process_with_it_has_failed(folder: Path) -> None:
    lost = """
        import os

        def test_it_goes(): os._exit(0)
        def test_after_it(): pass
    """
    done = ran(folder, {"test_green.py": GREEN, "test_lost.py": lost})
    assert done.returncode == 1
    assert re.search(r"lane \d was lost at \S*test_lost.py::test_it_goes", done.stdout)
    assert "2 of 4 tests were not run" in done.stdout


def test_what_fails_when_the_session_ends_fails_the_run(folder: Path) -> None:
    ends = """
        import pytest

        @pytest.fixture(scope="session")
        def house():
            yield
            raise AssertionError("it did not close")

        def test_in_it(house): pass
    """
    done = ran(folder, {"test_green.py": GREEN, "test_ends.py": ends})
    assert done.returncode == 1
    assert "it did not close" in done.stdout


def test_skips_and_warnings_are_told(folder: Path) -> None:
    quiet = """
        import warnings

        import pytest

        def test_skipped(): pytest.skip("there is no moon")
        def test_warned(): warnings.warn("it is late", UserWarning)
    """
    done = ran(folder, {"test_green.py": GREEN, "test_quiet.py": quiet}, "-rs")
    assert done.returncode == 0
    assert "there is no moon" in done.stdout
    assert "UserWarning: it is late" in done.stdout
    assert "3 passed, 1 skipped, 1 warning" in done.stdout


def test_after_a_failure_no_file_is_begun_where_that_was_asked_for(folder: Path) -> None:
    slow = """
        import time
        from pathlib import Path

        GOING_ON = Path(__file__).with_suffix(".going-on")

        def test_slow():
            GOING_ON.touch()
            time.sleep(1.5)
            GOING_ON.unlink()
    """
    files = {f"test_{number}.py": slow for number in range(2, 9)}
    done = ran(folder, {"test_1.py": "def test_red(): assert False", **files}, "-x")
    assert done.returncode == 1
    assert "1 failed" in done.stdout
    assert "stopping after 1 failures" in done.stdout
    assert "7 passed" not in done.stdout


def test_a_file_that_cannot_be_collected_fails_the_run(folder: Path) -> None:
    done = ran(folder, {"test_green.py": GREEN, "test_broken.py": "import no_such_module"})
    assert done.returncode == 2
    assert "no_such_module" in done.stdout
