"""The compiled simulation and Python itself, linked into one program.

As modules of a Python that lies in a shared library, each call of it goes by a table, and each of
its own calls, too, where it was built without optimizations. Where the same library was installed
to be linked with as well (`sysconfig`: LIBPL), it is one program; where it was not, or the linker
does not take it, the modules do. They also do where the interpreter is one program already, as
Debian's: with its static library worlds were slower (docs/simulation.md).
"""

import sysconfig
from pathlib import Path
from typing import Any

from simulation.native.build import PROGRAM

_INITIALIZED = "lunas_whole"
"""What the program calls the simulation's beginning; its module has the name that is imported."""
_LAUNCHER = """#include <Python.h>
PyObject *PyInit_{name}(void);
__attribute__((visibility("default"))) PyObject *{initialized}(void) {{ return PyInit_{name}(); }}
int main(int argc, char **argv) {{ return Py_BytesMain(argc, argv); }}
"""
_ENTRANCE = """#include <Python.h>
PyObject *{initialized}(void);
PyMODINIT_FUNC PyInit_{name}(void) {{ return {initialized}(); }}
"""
NEEDED_BESIDES = "MODLIBS"
"""Python's own name for what is needed by modules that its library has in it."""
_AT_ONE_PLACE = ["-no-pie"]
"""It is loaded where it was linked for: no address is looked up."""
_MAPPED = Path("/proc/self/maps")
"""Linux's own list of the files that this process has in its memory."""


def library() -> Path | None:
    """Python's own library to be linked with, where it was installed."""
    folder, name = (sysconfig.get_config_var(asked) for asked in ("LIBPL", "LIBRARY"))
    found = Path(str(folder)) / str(name)
    return found if found.suffix == ".a" and found.is_file() else None


def is_shared() -> bool:
    """Whether this interpreter has its functions in a shared library.

    What was built beside it tells nothing: Debian's has one, and its interpreter does not take it.
    """
    name = str(sysconfig.get_config_var("LDLIBRARY"))
    return _MAPPED.is_file() and name in _MAPPED.read_text()


def handing_on(whole: Any) -> Any:
    """The module that is imported: it hands on to what the program has in it already."""
    made = Path("build") / "entrance.c"
    made.write_text(_ENTRANCE.format(name=whole.name, initialized=_INITIALIZED))
    return type(whole)(whole.name, sources=[str(made)])


def link(command: Any, whole: Any, python: Path) -> None:
    """Compile the extension and link it with Python, into this folder.

    `command` is that of setuptools, with its compiler; raises its LinkError.
    """
    launcher = Path("build") / "launcher.c"
    launcher.write_text(_LAUNCHER.format(name=whole.name, initialized=_INITIALIZED))
    compiler, output = command.compiler, command.build_temp
    objects = compiler.compile(
        whole.sources,
        output_dir=output,
        include_dirs=whole.include_dirs,
        extra_postargs=whole.extra_compile_args,
    )
    objects += compiler.compile([str(launcher)], output_dir=output)
    besides = [
        word
        for asked in ("LIBS", NEEDED_BESIDES, "SYSLIBS", "LINKFORSHARED")
        for word in str(sysconfig.get_config_var(asked) or "").split()
    ]
    compiler.link_executable(
        [*objects, str(python)],
        PROGRAM,
        extra_postargs=[*whole.extra_link_args, *_AT_ONE_PLACE, *besides],
    )
    home = sysconfig.get_config_var("BINDIR")  # beside it lie the modules of Python's own
    Path("pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\n")
