"""`lunas provider new NAME`: lays a provider's folder and its tests, to be given its facts."""

import re
from collections.abc import Sequence
from pathlib import Path

from bootstrap.offers import known
from domain.errors import InvalidValue

ROOT = Path(__file__).resolve().parents[1]
KIT = Path(__file__).parent / "kit"
_NAME = re.compile(r"[a-z][a-z0-9]{1,29}")
_TESTS = "test_"


def lay(name: str, root: Path = ROOT) -> Sequence[Path]:
    """Write the provider's folder and its tests below `root`; tells the files, and overwrites none.

    What is laid works: a small API with a signature, to be changed into the provider's own. Raises
    InvalidValue.
    """
    if not _NAME.fullmatch(name):
        raise InvalidValue("NAME", "must be 2 to 30 small letters and digits, a letter first")
    if name in known():
        raise InvalidValue("NAME", f"is taken: there is a provider {name} already")
    if not (root / "adapters" / "outbound").is_dir():
        raise InvalidValue("lunas", "must run in a clone of its repository to lay a provider")
    folder, tests = root / "adapters" / "outbound" / name, root / "tests" / "unit" / name
    for taken in (folder, tests):
        if taken.exists():
            raise InvalidValue("NAME", f"is taken: {taken.relative_to(root)} is there already")
    laid = [_write(folder / "__init__.py", ""), _write(tests / "__init__.py", "")]
    for template in sorted(KIT.glob("*.py.txt")):
        file = template.name.removesuffix(".txt")
        text = template.read_text("utf-8").replace("@name@", name).replace("@Title@", name.title())
        own = file.replace("provider", name) if file.startswith(_TESTS) else file
        place = (tests if file.startswith(_TESTS) else folder) / own
        laid.append(_write(place, text))
    return [path.relative_to(root) for path in laid]


def following(name: str) -> Sequence[str]:
    """What is left to do, in the words of the files that it concerns."""
    return (
        f".importlinter: add the word {name} to the outbound folders",
        f"bootstrap/offers.py: from adapters.outbound.{name}.offer import offer as {name}",
        f'bootstrap/offers.py: "{name}": {name}, in OFFERED',
        "tests/integration/providers/test_providers.py: a subclass of ProviderContract",
        "make fmt, make check",
        "then, with what the provider's own documents say: docs/providers.md",
    )


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path
