"""`python -m simulation.native.compile`, in the folder to be filled: what mypyc makes of it.

It runs as a process of its own: mypyc ends the process where it fails, and setuptools speaks to
the standard output.
"""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from simulation.native.build import PROFILED, compiled_rooms, effort, environment, has_gcc
from simulation.native.leaner import copies_in, of_other_times
from simulation.native.plain_classes import classes_of, inherited
from simulation.native.prepare import copying_plainly, enums_of, prepared
from simulation.native.program import handing_on, is_shared, library, link
from simulation.native.sources import ROOT, laid_out, made_of

_INTERPRETED = frozenset(
    {
        "adapters/outbound/wire.py",  # the real sockets: a world has none
        "simulation/loop.py",  # asyncio's own classes are not to be had
        "simulation/wires.py",  # nor httpx's
        "simulation/beside.py",  # a real store, and whatever stands in its place
    }
)
_OTHERS: dict[str, str] = {
    "simulation/dice.py": "simulation/native/dice.py",
    "domain/copying.py": "simulation/native/copying.py",
    "adapters/outbound/memory/queue.py": "simulation/native/queue.py",
    "adapters/outbound/ovo/reading.py": "simulation/native/reading.py",
    "simulation/timeline.py": "simulation/native/timeline.py",
}
"""What is replaced by another module that does the same."""
_AMONG_OURSELVES = [] if sys.platform == "win32" else ["-fvisibility=hidden", "-fno-plt"]
"""Compiled functions call each other directly, not by a table that others could change."""
_UNGUARDED = [] if sys.platform == "win32" else ["-fno-stack-protector"]
"""Debian has each function of whatever its Python compiles watch its stack: a world has no foes."""
_WITHOUT_ASSERTIONS = [] if sys.platform == "win32" else ["-DNDEBUG"]
"""Python's own in C: mypyc asks for them where nothing is optimized, as in tests."""
_ROOM, _COMPARE = "simulation/native/room.h", "simulation/native/compare.h"
_THE_ROOM = "PyObject *lunas_room[2][LUNAS_SIZES];\n"
_DONE_OTHERWISE = {
    "type->tp_alloc(type, 0)": "lunas_new(type)",
    "Py_TYPE(self)->tp_free((PyObject *)self)": "lunas_free((PyObject *)self)",
    "PyObject_RichCompare(": "lunas_compare(",
}
"""How mypyc has an object made, freed and compared, and how it is done here."""
_WITHOUT_TRACEBACKS = "#define CPy_AddTraceback(...) ((void)0)\n"
_WITH_TRACEBACKS = "#undef CPy_AddTraceback\n"
"""A traceback costs as much as a step, and a refusal is no rarity here; interpreted it is told."""
_AS_A_WHOLE = [f"-flto={os.cpu_count() or 1}"]
"""All files are looked at together where they are linked: less is compiled twice, too."""
_COUNTING = ["-fprofile-generate", "-fprofile-update=single"]
"""Code of gcc's that counts which way it takes. A world has one thread."""
_SEEN_ONLY_LATER = ["-fno-gcse", "-fno-tree-pre", "-fno-schedule-insns2", "-fno-ipa-ra"]
"""What is left out of code that counts: it would be done after the counters are put in."""
_AS_COUNTED = ["-fprofile-use"]
TRAINING = "--seeds 100001-100048 --payments 50"
"""What it counts in: worlds of all providers, whose seeds no test and no benchmark has."""
PARTS = 8
"""Files that the compiler is given: more than there are cores, so that none waits for long."""
_AS_THEY_ARE = [f"simulation/native/{name}.py" for name in ("times", "pairs", "later")]
"""What all of them take their times from, how pairs are judged, and what is called later."""
_MYPY = """[mypy]
implicit_reexport = true
disable_error_code = arg-type
"""
"""The sources were checked strictly as they are; comments that allow an exception are gone."""


def fill(folder: Path, root: Path = ROOT) -> Sequence[str]:
    """Lay what a world is made of into the folder, prepared to be compiled; returns what is."""
    for path in laid_out(root):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / path, folder / path)
    made = made_of(root)
    compiled = [path for path in made if _is_compiled(path, root)]
    sources = {path: (root / _OTHERS.get(path, path)).read_text() for path in compiled}
    trees = {path: ast.parse(source) for path, source in sources.items()}
    enums = {name: members for tree in trees.values() for name, members in enums_of(tree).items()}
    copies = {changed for tree in trees.values() for changed in copies_in(tree)}
    heirs = inherited(trees.values())
    for path, source in sources.items():
        tree = trees[path]
        keeps = _asks_for_fields(tree) or not heirs.isdisjoint(classes_of(tree))
        plain = prepared(
            source,
            enums,
            asks_for_fields=keeps,
            copies=copies,
            values=path.startswith("domain/"),
        )
        (folder / path).write_text(plain)
    for path in set(made) - sources.keys():
        tree = ast.parse((root / path).read_text())
        copying_plainly(tree)
        (folder / path).write_text(of_other_times(tree))
    (folder / "mypy.ini").write_text(_MYPY)
    return [*compiled, *_AS_THEY_ARE]


def _is_compiled(path: str, root: Path) -> bool:
    if path in _INTERPRETED or path.partition("/")[0] not in compiled_rooms():
        return False
    source = (root / path).read_text()
    return "await " not in source or not raises_again(ast.parse(source))


def raises_again(tree: ast.Module) -> bool:
    """Whether it awaits what to do about an exception, and then raises that again.

    mypyc 2.4 has forgotten by then which one it was, and whoever waits for it waits for ever.
    """
    return any(
        isinstance(handler, ast.ExceptHandler)
        and any(isinstance(node, ast.Await) for node in ast.walk(handler))
        and any(isinstance(node, ast.Raise) and node.exc is None for node in ast.walk(handler))
        for handler in ast.walk(tree)
    )


def _asks_for_fields(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "dataclasses"
        and any(name.name == "fields" for name in node.names)
        for node in ast.walk(tree)
    )


def main() -> None:
    """Fill this folder and compile it."""
    compiled = fill(Path.cwd())
    hard = "2" if effort() == PROFILED else effort()
    mypyc: Any = import_module("mypyc.build")  # it takes setuptools along: only here it is of use
    extensions = mypyc.mypycify(
        ["--config-file=mypy.ini", *compiled], opt_level=hard, debug_level="0", multi_file=True
    )
    for extension in extensions:
        flags = [*_AMONG_OURSELVES, *_WITHOUT_ASSERTIONS, *_UNGUARDED]
        extension.extra_compile_args = [*extension.extra_compile_args, *flags]
    whole, *entrances = extensions
    whole.sources = _joined(whole.sources)
    shared, entered = _shared(entrances)
    entrance_of = _build(shared)
    for module, entrance in entered.items():
        os.link(entrance_of(entrance), entrance_of(module))
    seen = _counted(whole) if effort() == PROFILED else []
    together = _AS_A_WHOLE if hard != "0" and has_gcc() else []
    whole = _with_flags(whole, [*seen, *together], together)
    if not (seen and _with_python(whole)):
        _build([whole])
    shutil.rmtree("build")
    shutil.rmtree(".mypy_cache", ignore_errors=True)


def _counted(whole: Any) -> Sequence[str]:
    """Let it run and count its ways; returns what has the compiler look at the counts."""
    _build([_with_flags(whole, [*_COUNTING, *_SEEN_ONLY_LATER], _COUNTING)])
    subprocess.run(  # noqa: S603  our own module, no word of anybody else's
        [sys.executable, "-P", "-m", "simulation", *TRAINING.split(), "--json"],
        env=environment(Path.cwd()),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return _AS_COUNTED


def _with_python(whole: Any) -> bool:
    """Make one program of it and Python; whether that can be done here, and is of use."""
    python = library()
    if python is None or not is_shared():
        return False
    try:
        _build([whole], lambda command: link(command, whole, python))
    except import_module("setuptools.errors").LinkError:  # modules do as well, and are slower
        return False
    _build([handing_on(whole)])
    return True


def _with_flags(extension: Any, compiling: Sequence[str], linking: Sequence[str]) -> Any:
    return type(extension)(
        extension.name,
        sources=[*extension.sources],
        include_dirs=extension.include_dirs,
        extra_compile_args=[*extension.extra_compile_args, *compiling],
        extra_link_args=[*linking],
    )


def _build(
    extensions: Sequence[Any], otherwise: Callable[[Any], None] | None = None
) -> Callable[[str], str]:
    """Compile these into this folder; returns where the extension of a name lies.

    What is to become of them `otherwise` is done by setuptools' command that it is given.
    """
    setuptools: Any = import_module("setuptools")  # it has no types
    distribution = setuptools.Distribution({"ext_modules": [*extensions], "packages": []})
    command = distribution.get_command_obj("build_ext")
    command.inplace = otherwise is None
    command.force = True  # what was compiled otherwise before does not do
    command.ensure_finalized()
    build = partial(otherwise, command) if otherwise else command.build_extensions
    command.build_extensions = partial(_on_all_cores, command, build)
    command.run()
    where: Callable[[str], str] = command.get_ext_fullpath
    return where


def _joined(sources: Sequence[str]) -> Sequence[str]:
    """The same in few files: what each begins with is read once for all of its part."""
    parts = [sources[first::PARTS] for first in range(PARTS)]
    return [_one_of(part, number) for number, part in enumerate(parts) if part]


def _one_of(part: Sequence[str], number: int) -> str:
    """A file that includes these."""
    joined = Path("build") / f"part{number}.c"
    headers = [Path(_ROOM), *sorted(Path("build").glob("__native_*.h")), Path(_COMPARE)]
    before = "".join(f'#include "{header.resolve()}"\n' for header in headers)
    room = _THE_ROOM if number == 0 else ""
    joined.write_text(before + room + "".join(_included(Path(source)) for source in part))
    return str(joined)


def _included(source: Path) -> str:
    """Its inclusion; what mypyc made of a module keeps no book of where an exception passed."""
    included = f'#include "{source.resolve()}"\n'
    if not source.name.startswith("__native"):
        return included
    made = source.read_text()
    for python, ours in _DONE_OTHERWISE.items():
        made = made.replace(python, ours)
    source.write_text(made)
    return f"{_WITHOUT_TRACEBACKS}{included}{_WITH_TRACEBACKS}"


def _shared(entrances: Sequence[Any]) -> tuple[Sequence[Any], Mapping[str, str]]:
    """Few extensions with the entrances of all modules, and which of them has that of each module.

    An entrance bears the last part of its module's name alone: an extension has each name once.
    """
    made: list[dict[str, Any]] = []
    entered = {}
    for entrance in entrances:
        last = entrance.name.removesuffix(".__init__").rpartition(".")[2]
        if all(last in names for names in made):
            made.append({})
        number = next(n for n, names in enumerate(made) if last not in names)
        made[number][last] = entrance
        entered[entrance.name] = f"entrances{number}"
    return [_one_extension(number, [*names.values()]) for number, names in enumerate(made)], entered


def _one_extension(number: int, entrances: Sequence[Any]) -> Any:
    source = Path("build") / f"entrances{number}.c"
    source.write_text("".join(map(_without_alias, entrances)))
    model = entrances[0]
    return type(model)(
        f"entrances{number}", sources=[str(source)], extra_compile_args=model.extra_compile_args
    )


def _without_alias(entrance: Any) -> str:
    """Its source without the second name that only Windows asks for."""
    (source,) = entrance.sources
    return Path(source).read_text().partition("// distutils sometimes")[0]


def _on_all_cores(command: Any, build: Callable[[], None]) -> None:
    """Compile the files of one extension side by side."""
    compiler = command.compiler
    one = compiler.compile

    def compile_all(sources: Sequence[str], **named: Any) -> list[str]:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            made = pool.map(lambda source: one([source], **named), sources)
            return [path for paths in made for path in paths]

    compiler.compile = compile_all
    build()


if __name__ == "__main__":
    main()
