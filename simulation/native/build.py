"""The simulation as machine code, made once for each state of the sources and kept."""

import hashlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

from simulation.native.sources import ROOMS, ROOT, laid_out

LONGEST = 1_800
"""Seconds that a build may take."""
EFFORT = "LUNAS_SIMULATION_OPTIMIZED"
PROFILED = "profiled"
COMPILED = "LUNAS_SIMULATION_COMPILED"
KEPT = 2
"""Builds that are kept: of the sources as they are, and as they were before."""
PROOF = "--seeds 1-12 --payments 12"
"""What a build must tell as the interpreted simulation does before it is used."""
PROGRAM = "python"
"""An interpreter of a build's own, with the simulation in it: where there is one, it runs it."""
_DONE = "done"
_PREFIX = "simulation-"
_TOLD = 800
"""Characters of a compiler's complaint that are passed on, the last ones."""


class CannotCompileError(Exception):
    """It cannot be compiled here; says why in one sentence."""


def is_compiled() -> bool:
    """Whether this process runs the compiled simulation."""
    spec = importlib.util.find_spec("domain.payment")
    return spec is not None and not (spec.origin or "").endswith(".py")


def effort() -> str:
    """How hard the C compiler tries: `2`, or what the environment says.

    `0` is for who is in a hurry, as tests are. `profiled` compiles twice, the second time by what
    was counted in worlds of the first: for who lets millions of payments happen.
    """
    return os.environ.get(EFFORT, "2")


def compiled_rooms() -> frozenset[str]:
    """All rooms, or what the environment names (tests are in a hurry): `domain,application`.

    `domain` always: by it a compiled simulation is known.
    """
    told = os.environ.get(COMPILED)
    return frozenset({"domain", *told.split(",")}) if told else ROOMS


def of_sources(root: Path = ROOT) -> str:
    """Names the sources, whatever runs them: a build tells of those that it was made of."""
    if is_compiled():
        return (ROOT / _DONE).read_text()
    told = hashlib.sha256()
    for path in laid_out(root):
        told.update(f"\n{path} ".encode() + (root / path).read_bytes())
    return told.hexdigest()[:12]


def digest(root: Path = ROOT) -> str:
    """Names a build: its sources, the compiler and the interpreter that it is good for."""
    how = f"{sys.version} {_mypy()} {effort()} {sorted(compiled_rooms())} {of_sources(root)}"
    return hashlib.sha256(how.encode()).hexdigest()[:12]


def found(root: Path = ROOT) -> Path | None:
    """The folder of a build that was made before; None where there is none of these sources."""
    folder = root / "build" / f"{_PREFIX}{digest(root)}"
    return folder if (folder / _DONE).exists() else None


def built(root: Path = ROOT) -> Path:
    """The folder that holds the compiled simulation; makes it, in some minutes, where it is not.

    It is kept once its worlds have had the histories of interpreted ones. Raises
    CannotCompileError.
    """
    if before := found(root):
        return before
    folder = root / "build" / f"{_PREFIX}{digest(root)}"
    _look_for_tools()
    try:
        folder.parent.mkdir(exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix="making-", dir=folder.parent))
    except OSError:
        raise CannotCompileError(f"{folder.parent} cannot be written to") from None
    try:
        _compile(making, root)
        prove(making, root)
        (making / _DONE).write_text(of_sources(root))
        if not folder.exists():  # somebody else was quicker
            making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    _forget(folder.parent)
    return folder


def command(folder: Path) -> Sequence[str]:
    """What runs it, in `environment(folder)`; options follow."""
    program = folder / PROGRAM
    python = str(program) if program.exists() else sys.executable
    return [python, "-P", "-m", "simulation"]


def environment(folder: Path) -> dict[str, str]:
    """What a process needs that is to run it: a build's own interpreter knows no packages."""
    places = [str(folder)]
    if (folder / PROGRAM).exists():
        places += dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(places)}


def _look_for_tools() -> None:
    if not _mypy():
        raise CannotCompileError("mypy, whose compiler is needed, is not installed")
    compiler = _compiler()
    if shutil.which(compiler) is None:
        raise CannotCompileError(f"there is no C compiler ({compiler})")
    if effort() == PROFILED and not has_gcc():
        raise CannotCompileError(f"{EFFORT}={PROFILED} asks for gcc, which {compiler} is not")
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        raise CannotCompileError("the headers of Python (Python.h) are not installed")


def has_gcc() -> bool:
    """Whether the C compiler is gcc: how it counts, and how it looks at all files, is its own."""
    if shutil.which(_compiler()) is None:
        return False
    asked = [_compiler(), "--version"]
    told = subprocess.run(asked, capture_output=True, check=False)  # noqa: S603  it compiles for us, too
    return b"Free Software Foundation" in told.stdout


def _compiler() -> str:
    told = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    return str(told).split()[0]


def _compile(folder: Path, root: Path) -> None:
    try:
        made = subprocess.run(
            [sys.executable, "-P", "-m", "simulation.native.compile"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(root)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotCompileError(f"the compiler took more than {LONGEST} s") from None
    if made.returncode:
        raise CannotCompileError(f"the compiler failed: {made.stdout.strip()[-_TOLD:]}")


def prove(folder: Path, root: Path = ROOT) -> None:
    """Let worlds happen in both; raises CannotCompileError unless all have the same histories."""
    interpreted, compiled = _histories(root), _histories(folder)
    if interpreted != compiled:
        raise CannotCompileError(
            f"its worlds of {PROOF} have other histories ({compiled}) than interpreted ones"
            f" ({interpreted}); please tell the authors"
        )


def _histories(folder: Path) -> str:
    told_alone = ["--jobs", "1", "--histories", "--json"]
    try:
        told = subprocess.run(  # noqa: S603  our own module, no word of anybody else's
            [*command(folder), *told_alone, *PROOF.split()],
            env=environment(folder),
            capture_output=True,
            timeout=LONGEST,
            check=False,
        )
        return str(json.loads(told.stdout)["histories"])
    except subprocess.TimeoutExpired:
        raise CannotCompileError(f"the worlds of {PROOF} took more than {LONGEST} s") from None
    except (ValueError, KeyError):
        why = told.stderr.decode(errors="replace").strip()[-_TOLD:]
        raise CannotCompileError(f"the worlds of {PROOF} do not run in {folder}: {why}") from None


def _mypy() -> str:
    try:
        importlib.metadata.version("setuptools")
        return importlib.metadata.version("mypy")
    except importlib.metadata.PackageNotFoundError:
        return ""


def _forget(builds: Path) -> None:
    """The newest builds stay."""
    done = sorted(builds.glob(f"{_PREFIX}*/{_DONE}"), key=lambda path: path.stat().st_mtime)
    for old in done[:-KEPT]:
        shutil.rmtree(old.parent, ignore_errors=True)
