"""The simulation and Python as one program: what it has in it is imported as any other module."""

import subprocess
import sysconfig
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from simulation.native import compile as compiling
from simulation.native.build import PROGRAM, command, environment
from simulation.native.program import NEEDED_BESIDES, library

SAMPLE = """#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *none) { return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, NULL}, {NULL}};
static struct PyModuleDef sample = {PyModuleDef_HEAD_INIT, "sample", NULL, -1, methods};
PyMODINIT_FUNC PyInit_sample(void) { return PyModule_Create(&sample); }
"""
ASKED = "import sample, sys, click; print(sample.answer(), sys.executable); print(sample.__file__)"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "sample.c").write_text(SAMPLE)
    return tmp_path


def sample(*linked_with: str) -> Any:
    made: Any = import_module("setuptools").Extension
    return made("sample", sources=["build/sample.c"], extra_link_args=[*linked_with])


def test_a_program_has_the_module_in_it_and_the_packages_beside_it(here: Path) -> None:
    """Where Python's own library is installed, and whatever that asks for besides."""
    made = compiling._with_python(sample())
    if library() is None:
        assert not made
    elif not sysconfig.get_config_var(NEEDED_BESIDES):
        assert made
    if made:
        program, *options = command(here)
        assert program == str(here / PROGRAM)
        assert options == ["-P", "-m", "simulation"]
        found = subprocess.run(
            [program, "-P", "-c", ASKED],
            env=environment(here),
            capture_output=True,
            text=True,
            check=True,
        )
        answer, entrance = found.stdout.splitlines()
        assert answer == f"42 {program}"
        assert b"PyModule_Create" not in Path(entrance).read_bytes(), "it hands on, no more"


def test_what_cannot_be_linked_is_made_into_modules(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not compiling._with_python(sample("-lthere-is-no-such-library"))
    monkeypatch.setattr(compiling, "library", lambda: None)
    assert not compiling._with_python(sample())
    assert not (here / PROGRAM).exists()
    assert command(here)[0] != str(here / PROGRAM)
