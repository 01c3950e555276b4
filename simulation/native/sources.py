"""Which sources a compiled simulation is made of, and where they are."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = frozenset({"domain", "application", "adapters", "bootstrap", "sandbox", "simulation"})
_START = "simulation/run.py"
_IMPORTS = re.compile(r"^[ \t]*from ([\w.]+) import (\([^)]*\)|[^\n]+)", re.M)
_NAME = re.compile(r"\w+")


def made_of(root: Path = ROOT) -> Sequence[str]:
    """Every module that a world is made of, by its path: what `run` imports, and what that does."""
    found: dict[str, None] = {}
    waiting = [_START]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = None
            waiting.extend(_imports(root, path))
    return sorted(found)


def laid_out(root: Path = ROOT) -> Sequence[str]:
    """What a build's folder holds: those, their packages, and the whole command."""
    paths = {*made_of(root), *_of_the_command(root)}
    packages = {
        str(package / "__init__.py") for path in paths for package in list(Path(path).parents)[:-1]
    }
    return sorted(paths | packages)


def _of_the_command(root: Path) -> Iterator[str]:
    for path in (root / "simulation").rglob("*"):
        if path.suffix in {".py", ".h"}:
            yield str(path.relative_to(root))


def _imports(root: Path, path: str) -> Iterator[str]:
    for file in _named((root / path).read_text()):
        if (root / file).is_file():
            yield file


@cache
def _named(source: str) -> Sequence[str]:
    """What may be a module of ours among the imports of this source.

    To read it as Python reads it takes ten times as long. What is no import, or no module, but
    looks like one here names no file, or one too many.
    """
    files = []
    for module, names in _IMPORTS.findall(source):
        base = module.replace(".", "/")
        if base.split("/")[0] in ROOMS:
            files += [f"{base}.py", *(f"{base}/{name}.py" for name in _NAME.findall(names))]
    return files
