"""What is compiled says what the product says."""

import ast
import os
import pickle
import shutil
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from simulation.dice import Dice
from simulation.native import build, sources
from simulation.native.build import (
    COMPILED,
    EFFORT,
    PROFILED,
    PROOF,
    CannotCompileError,
    built,
    digest,
    has_gcc,
    of_sources,
    prove,
)
from simulation.native.compile import fill, raises_again
from simulation.native.copying import replace
from simulation.native.plain_classes import (
    CannotWriteOutError,
    classes_of,
    inherited,
    written_out,
)
from simulation.native.prepare import enums_of, prepared
from simulation.native.sources import ROOT, laid_out, made_of
from simulation.run import Plan, run

SAMPLE = """
from dataclasses import dataclass, field
from enum import StrEnum

class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"

LIKED = frozenset({Colour.RED})

@dataclass(frozen=True, slots=True, order=True)
class Card:
    number: int
    colour: Colour = Colour.RED
    notes: tuple[str, ...] = field(default_factory=tuple)
    secret: str = field(default="", repr=False)

    @property
    def liked(self) -> bool:
        return self.colour in LIKED

    def is_red(self) -> bool:
        match self.colour:
            case Colour.RED:
                return True
            case _:
                return self.colour is not Colour.BLUE

@dataclass(slots=True, kw_only=True)
class Even:
    number: int

    def __post_init__(self) -> None:
        if self.number % 2:
            raise ValueError("odd")

def noted(action: str, /, **facts: str) -> str:
    return f"{action}: {facts} {len(facts):03}"
"""


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The sample as it is compiled, imported as it is."""
    module: Any = types.ModuleType("sample")
    enums = enums_of(ast.parse(SAMPLE))
    monkeypatch.setitem(sys.modules, "sample", module)
    exec(prepared(SAMPLE, enums, asks_for_fields=False), module.__dict__)
    return module


def test_a_dataclass_written_out_is_the_same_to_whoever_uses_it(plain: Any) -> None:
    card = plain.Card(3, secret="x")
    assert repr(card) == "Card(number=3, colour=<Colour.RED: 'red'>, notes=())"
    assert card == plain.Card(number=3, secret="x")
    assert hash(card) == hash(plain.Card(3, secret="x"))
    assert card != plain.Card(3)
    assert card != 3
    assert plain.Card(2) < card < plain.Card(4)
    assert pickle.loads(pickle.dumps(card)) == card
    assert card.__copied__() == card
    assert card.liked
    assert card.is_red()
    assert not plain.Card(1, plain.Colour.BLUE).is_red()


def test_what_is_checked_when_it_is_made_is_still_checked(plain: Any) -> None:
    assert plain.Even(number=4).number == 4
    with pytest.raises(ValueError, match="odd"):
        plain.Even(number=3)
    with pytest.raises(TypeError):
        plain.Even(4)
    assert not hasattr(plain.Even, "__copied__")
    assert replace(plain.Even(number=4), number=6).number == 6
    with pytest.raises(ValueError, match="odd"):
        replace(plain.Even(number=4), number=3)


def test_what_raises_again_after_it_awaited_is_not_compiled() -> None:
    """mypyc 2.4 forgets what was to be raised; see it mended, and this may go."""
    again = "async def f():\n  try:\n    g()\n  except E:\n    await h()\n    raise"
    assert raises_again(ast.parse(again))
    assert not raises_again(ast.parse(again.replace("    raise", "    raise E")))
    assert not raises_again(ast.parse(again.replace("await h()", "h()")))
    in_the_product = [
        path for path in made_of() if raises_again(ast.parse((ROOT / path).read_text()))
    ]
    assert in_the_product == ["adapters/outbound/ovo_snap/link_tokens.py"]


def test_dataclasses_with_heirs_stay_dataclasses() -> None:
    tree = ast.parse(
        "@dataclass\nclass A: x: int\n@dataclass\nclass B(A): y: int\n"
        "class P(Protocol): ...\n@dataclass\nclass C(P): z: int"
    )
    assert classes_of(tree)["B"] == {"A"}
    assert inherited([tree]) == {"A", "B"}


def test_a_dataclass_that_is_kept_is_sent_by_what_it_is_made_of() -> None:
    source = (
        "@dataclass(frozen=True, slots=True)\nclass Plan:\n    seed: int\n    days: float = 1.0\n"
    )
    room: dict[str, Any] = {"__name__": "kept_sample"}
    exec(prepared(f"from dataclasses import dataclass\n{source}", {}, asks_for_fields=True), room)
    assert room["Plan"](3).__reduce__() == (room["Plan"], (3, 1.0))


def test_a_keyword_may_have_the_name_of_a_positional_parameter(plain: Any) -> None:
    assert plain.noted("closed", action="paid") == "closed: {'action': 'paid'} 001"
    compiled = prepared(SAMPLE, {}, asks_for_fields=False)
    assert "action_given: str, /, **facts" in compiled


def test_members_and_constants_are_looked_up_once() -> None:
    text = prepared(SAMPLE, enums_of(ast.parse(SAMPLE)), asks_for_fields=False)
    assert "_Colour_BLUE: _Final = Colour.BLUE" in text
    assert "self.colour is not _Colour_BLUE" in text
    assert "_matched_1 is _Colour_RED:" in text
    assert "LIKED: _Final = " in text
    assert "format(len(facts), f'03')" in text


@pytest.mark.parametrize(
    "field",
    ["x: ClassVar[int] = 3", "x: int = field(compare=False)", "x: InitVar[int]"],
)
def test_what_it_does_not_know_it_refuses(field: str) -> None:
    tree = ast.parse(f"@dataclass(slots=True)\nclass Odd:\n    {field}\n")
    with pytest.raises(CannotWriteOutError, match=r"Odd\.x"):
        written_out(tree)
    with pytest.raises(CannotWriteOutError, match="weakref_slot"):
        written_out(ast.parse("@dataclass(weakref_slot=True)\nclass Odd:\n    x: int\n"))


def test_a_world_is_made_of_the_rules_the_store_and_the_wallet() -> None:
    made = made_of()
    for path in ("domain/payment.py", "application/invariants.py", "simulation/worker.py",
                 "adapters/outbound/memory/payments.py", "sandbox/wallet.py"):  # fmt: skip
        assert path in made
    assert not any("/mongo/" in path or "/http/" in path for path in laid_out())


def test_the_prepared_sources_have_the_same_history(tmp_path: Path) -> None:
    fill(tmp_path)
    slow = (ROOT / "simulation/dice.py").read_text()  # the other needs C
    (tmp_path / "simulation/dice.py").write_text(prepared(slow, {}, asks_for_fields=False))
    told = _simulate(tmp_path, "--seed", "9", "--payments", "12", "--days", "0.5", "--story")
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines() == list(run(Plan(9, payments=12, days=0.5), telling=True).story)


_THROW = """
import sys
sys.path.insert(0, sys.argv[1])
from simulation.dice import Dice
import simulation.dice
assert not simulation.dice.__file__.endswith(".py")
for stream in ((), (0,), (7, 3), (2**47, 11, 5)):
    dice = Dice(*stream)
    for _ in range(200):
        print(dice.random(), dice.chance(0.3), dice.chance(0), dice.number(9),
              dice.seconds(1, 5).total_seconds())
"""


def test_compiled_dice_throw_the_same(tmp_path: Path) -> None:
    (tmp_path / "simulation").mkdir()
    shutil.copy(ROOT / "simulation/native/dice.py", tmp_path / "simulation/dice.py")
    (tmp_path / "simulation/__init__.py").touch()
    made = subprocess.run(
        [sys.executable, "-m", "mypyc", "simulation/dice.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    thrown = subprocess.run(
        [sys.executable, "-P", "-c", _THROW, str(tmp_path)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert thrown.returncode == 0, thrown.stderr
    expected = []
    for stream in ((), (0,), (7, 3), (2**47, 11, 5)):
        dice = Dice(*stream)
        for _ in range(200):
            words = (dice.random(), dice.chance(0.3), dice.chance(0), dice.number(9),
                     dice.seconds(1, 5).total_seconds())  # fmt: skip
            expected.append(" ".join(map(str, words)))
    assert thrown.stdout.splitlines() == expected


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """The sources in another folder, where nothing was compiled yet."""
    for path in laid_out():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, tmp_path / path)
    return tmp_path


def test_a_build_is_named_after_what_it_is_made_of(elsewhere: Path) -> None:
    before = digest(elsewhere)
    assert before == digest()
    with (elsewhere / "domain/payment.py").open("a") as file:
        file.write("# another word\n")
    assert digest(elsewhere) != before


def test_without_a_compiler_it_says_so(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    with pytest.raises(CannotCompileError, match=r"no C compiler \(no-such-compiler\)"):
        built(elsewhere)


def test_what_only_gcc_can_is_not_asked_of_another_compiler(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = elsewhere / "clang"
    other.write_text("#!/bin/sh\necho clang version 19.1\n")
    other.chmod(0o755)
    monkeypatch.setenv(EFFORT, PROFILED)
    monkeypatch.setenv("CC", f"{other} -pthread")
    assert not has_gcc()
    with pytest.raises(CannotCompileError, match=f"{EFFORT}={PROFILED} asks for gcc"):
        built(elsewhere)
    monkeypatch.setenv("CC", "no-such-compiler")
    assert not has_gcc()
    other.write_text("#!/bin/sh\necho Copyright Free Software Foundation, Inc.\n")
    monkeypatch.setenv("CC", str(other))
    assert has_gcc()


def test_without_a_compiler_the_command_goes_on_interpreted(elsewhere: Path) -> None:
    told = _simulate(
        elsewhere, "--seed", "3", "--payments", "2", "--compiled", CC="no-such-compiler"
    )
    assert told.returncode == 0
    assert "It runs interpreted, the same and slower: there is no C compiler" in told.stderr
    assert "Every invariant held." in told.stdout


def test_a_compiler_that_fails_is_quoted(elsewhere: Path) -> None:
    with (elsewhere / "domain/money.py").open("a") as file:
        file.write("\nWRONG: int = 'text'\n")
    told = _simulate(
        elsewhere, "--seed", "3", "--payments", "2", "--compiled", **{COMPILED: "domain"}
    )
    assert told.returncode == 0
    assert "the compiler failed" in told.stderr
    assert "domain/money.py" in told.stderr
    assert not list((elsewhere / "build").iterdir())


def test_a_build_whose_worlds_go_another_way_is_refused(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = PROOF.replace("1-12", "1-3")
    monkeypatch.setattr(build, "PROOF", few)
    prove(elsewhere)
    file = elsewhere / "simulation/run.py"
    file.write_text(file.read_text().replace("COLLISIONS = 0.1", "COLLISIONS = 0.9"))
    with pytest.raises(CannotCompileError, match=f"its worlds of {few} have other histories"):
        prove(elsewhere)


def test_a_build_that_does_not_run_is_refused(elsewhere: Path) -> None:
    (elsewhere / "domain/money.py").write_text("raise SystemExit('no money')")
    with pytest.raises(CannotCompileError, match=r"do not run in .*: no money"):
        prove(elsewhere)


def test_what_is_compiled_names_a_build(monkeypatch: pytest.MonkeyPatch) -> None:
    before, sources = digest(), of_sources()
    monkeypatch.setenv(COMPILED, "domain")
    assert digest() != before
    monkeypatch.delenv(COMPILED)
    monkeypatch.setenv(EFFORT, PROFILED)
    assert digest() != before
    assert of_sources() == sources


def _simulate(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "simulation", *arguments],
        env=os.environ | {"PYTHONPATH": str(root)} | environment,
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_a_build_is_made_of_is_found_from_the_first_module() -> None:
    assert sources._START in made_of()
