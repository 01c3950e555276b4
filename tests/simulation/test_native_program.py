"""The simulation and Python as one program: what it has in it is imported as any other module."""

import ctypes
import os
import subprocess
import sysconfig
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from simulation.native import compile as compiling
from simulation.native.build import PROGRAM, command, environment
from simulation.native.program import NEEDED_BESIDES, is_shared, library

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


def test_a_program_has_the_module_in_it_and_the_packages_beside_it(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Python's own library is installed, and whatever that asks for besides."""
    monkeypatch.setattr(compiling, "is_shared", lambda: True)
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
    monkeypatch.setattr(compiling, "is_shared", lambda: True)
    assert not compiling._with_python(sample("-lthere-is-no-such-library"))
    monkeypatch.setattr(compiling, "library", lambda: None)
    assert not compiling._with_python(sample())
    assert not (here / PROGRAM).exists()
    assert command(here)[0] != str(here / PROGRAM)


def test_an_interpreter_that_is_one_program_already_is_left_alone(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiling, "is_shared", lambda: False)
    assert not compiling._with_python(sample())
    assert not (here / PROGRAM).exists()


def test_whether_it_is_shared_is_where_its_functions_lie() -> None:
    """As the dynamic linker says, which is asked another way."""

    class Found(ctypes.Structure):
        _fields_ = (
            ("file", ctypes.c_char_p),
            ("base", ctypes.c_void_p),
            ("name", ctypes.c_char_p),
            ("address", ctypes.c_void_p),
        )

    found = Found()
    function = ctypes.cast(ctypes.pythonapi.Py_Initialize, ctypes.c_void_p)
    assert ctypes.pythonapi.dladdr(function, ctypes.byref(found))
    assert is_shared() == (".so" in Path(os.fsdecode(found.file)).name)
