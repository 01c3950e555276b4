"""Dataclasses written out as plain classes, which mypyc makes as cheap as structs of C.

A dataclass's own methods are made when it is imported, out of reach of a compiler: its constructor
stays interpreted. Here they are written out instead, in the words that the dataclass would use, so
that they are compiled like any other method. What a class says and does stays the same.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from simulation.native.leaner import Changed, copying_method

COPY = "__copied__"
"""The method of a written-out class by which `replace` copies it."""
REMAKE = "__remade__"
"""That of one that is checked when it is made: the copy is checked too."""
_ORDER = {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}


class CannotWriteOutError(Exception):
    """A dataclass uses something that is not known here; it says which and what."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: how its default is written, if it has one, and whether it is shown."""

    name: str
    annotation: ast.expr
    default: ast.expr | None
    factory: ast.expr | None
    shown: bool


def written_out(tree: ast.Module, copies: Iterable[Changed] = (), *, values: bool = False) -> int:
    """Write out every dataclass of a module; returns how many there were.

    `copies` are the fields that are changed together somewhere. Frozen `values` hold values alone:
    none of them leads back to itself, so that the garbage collector need not know of them.
    """
    count = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and (options := _options(node)) is not None:
            _write_out(node, options, copies)
            if values and options.get("frozen", False) and not node.bases:
                node.decorator_list.append(ast.parse("_mypyc_attr(acyclic=True)", mode="eval").body)
            count += 1
    return count


def inherited(trees: Iterable[ast.Module]) -> frozenset[str]:
    """Dataclasses with heirs, and the heirs: what is written out knows no fields but its own."""
    bases = {name: named for tree in trees for name, named in classes_of(tree).items()}
    heirs = {name for name, named in bases.items() if not named.isdisjoint(bases)}
    return frozenset(heirs.union(*(bases[name] & bases.keys() for name in heirs)))


def classes_of(tree: ast.Module) -> Mapping[str, frozenset[str]]:
    """The dataclasses of a module, each with the names of its bases."""
    return {
        node.name: frozenset(base.id for base in node.bases if isinstance(base, ast.Name))
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and _options(node) is not None
    }


def kept(tree: ast.Module, copies: Iterable[Changed]) -> None:
    """Leave the dataclasses of a module what they are, but copied by the same methods.

    Besides, they are sent to another process by what they are made of: what a frozen dataclass does
    for that is refused by mypyc's class.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and (options := _options(node)) is not None:
            names = [
                item.target.id
                for item in node.body
                if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
            ]
            if options.get("frozen", False) and not node.bases and not options.get("kw_only"):
                node.body.extend(ast.parse("\n".join(_reduced(node.name, names))).body)
            for changed in sorted(copies):
                if set(names) >= set(changed):
                    taken = "".join(f", {name}: _Any" for name in changed)
                    given = ", ".join(f"{name}={name}" for name in changed)
                    source = f"""
def {copying_method(changed)}(self{taken}) -> '{node.name}':
    return _replaced(self, {given})
"""
                    node.body.extend(ast.parse(source).body)


def _reduced(name: str, fields: Iterable[str]) -> Iterator[str]:
    yield "def __reduce__(self) -> tuple[object, ...]:"
    yield f"    return ({name}, ({''.join(f'self.{field}, ' for field in fields)}))"


def _options(node: ast.ClassDef) -> dict[str, bool] | None:
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Name) and decorator.id == "dataclass":
            return {}
        if (
            isinstance(decorator, ast.Call)
            and isinstance(decorator.func, ast.Name)
            and decorator.func.id == "dataclass"
        ):
            return {
                keyword.arg or "": bool(ast.literal_eval(keyword.value))
                for keyword in decorator.keywords
            }
    return None


def _write_out(node: ast.ClassDef, options: dict[str, bool], copies: Iterable[Changed]) -> None:
    if unknown := sorted(options.keys() - {"frozen", "slots", "order", "eq", "repr", "kw_only"}):
        raise CannotWriteOutError(f"{node.name}: {', '.join(unknown)}")
    node.decorator_list = [d for d in node.decorator_list if not _is_dataclass(d)]
    fields = [_field(node, item) for item in node.body if isinstance(item, ast.AnnAssign)]
    own = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
    for item in node.body:
        if isinstance(item, ast.AnnAssign):
            item.value = None
        elif isinstance(item, ast.FunctionDef):
            _make_directly(item, node.name)
    source = "\n".join(
        [
            *_methods(node.name, fields, options, own),
            *_copying(node.name, fields, options, copies),
        ]
    )
    node.body.extend(ast.parse(source).body)


def _make_directly(function: ast.FunctionDef, name: str) -> None:
    """`cls(...)` of a class without heirs makes one of that class, which a compiler sees into."""
    if any(isinstance(d, ast.Name) and d.id == "classmethod" for d in function.decorator_list):
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                node.func.id = name if node.func.id == "cls" else node.func.id
        if isinstance(function.returns, ast.Name) and function.returns.id == "Self":
            function.returns = ast.Constant(name)


def _is_dataclass(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Name) and called.id == "dataclass"


def _field(node: ast.ClassDef, item: ast.AnnAssign) -> Field:
    assert isinstance(item.target, ast.Name)
    name, value = item.target.id, item.value
    if "ClassVar" in ast.unparse(item.annotation) or "InitVar" in ast.unparse(item.annotation):
        raise CannotWriteOutError(f"{node.name}.{name}: {ast.unparse(item.annotation)}")
    if not (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id == "field"
    ):
        return Field(name, item.annotation, value, None, shown=True)
    said = {keyword.arg or "": keyword.value for keyword in value.keywords}
    if unknown := sorted(said.keys() - {"default", "default_factory", "repr"}):
        raise CannotWriteOutError(f"{node.name}.{name}: {', '.join(unknown)}")
    shown = "repr" not in said or bool(ast.literal_eval(said["repr"]))
    return Field(name, item.annotation, said.get("default"), said.get("default_factory"), shown)


def _methods(
    name: str, fields: Sequence[Field], options: dict[str, bool], own: set[str]
) -> Iterator[str]:
    names = [field.name for field in fields]
    yield from _constructor(fields, kw_only=options.get("kw_only", False), own=own)
    if "__post_init__" not in own:
        values = ", ".join(
            f"{f}=self.{f}" if options.get("kw_only", False) else f"self.{f}" for f in names
        )
        yield f"def {COPY}(self) -> '{name}':"
        yield f"    return {name}({values})"
    else:
        values = ", ".join(f"'{f}': self.{f}" for f in names)
        yield f"def {REMAKE}(self, changes: dict[str, object]) -> '{name}':"
        yield f"    kept: dict[str, object] = {{{values}}}"
        yield f"    return {name}(**(kept | changes))"
    if options.get("repr", True) and "__repr__" not in own:
        shown = ", ".join(f"{f.name}={{self.{f.name}!r}}" for f in fields if f.shown)
        yield "def __repr__(self) -> str:"
        yield f"    return f'{name}({shown})'"
    if options.get("eq", True) and "__eq__" not in own:
        same = " and ".join(f"(self.{f} is other.{f} or self.{f} == other.{f})" for f in names)
        yield "def __eq__(self, other: object) -> bool:"
        yield f"    return type(other) is {name} and isinstance(other, {name}) and {same or 'True'}"
        if options.get("frozen", False) and "__hash__" not in own:
            values = "".join(f"self.{f}, " for f in names)
            yield "def __hash__(self) -> int:"
            yield f"    return hash(({values}))"
    if options.get("order", False):
        mine, theirs = ("".join(f"{who}.{f}, " for f in names) for who in ("self", "other"))
        for method, sign in _ORDER.items():
            yield f"def {method}(self, other: '{name}') -> bool:"
            yield f"    return ({mine}) {sign} ({theirs})"
    yield from _reduced(name, names)


def _constructor(fields: Sequence[Field], *, kw_only: bool, own: set[str]) -> Iterator[str]:
    taken = "".join(f", {_parameter(field)}" for field in fields)
    yield f"def __init__(self{', *' if kw_only else ''}{taken}) -> None:"
    for field in fields:
        given = field.name
        if field.factory is not None:
            given = f"{ast.unparse(field.factory)}() if {given} is None else {given}"
        yield f"    self.{field.name} = {given}"
    if not fields:
        yield "    pass"
    if "__post_init__" in own:
        yield "    self.__post_init__()"


def _parameter(field: Field) -> str:
    annotation = ast.unparse(field.annotation)
    if field.factory is not None:
        return f"{field.name}: {annotation} | None = None"
    if field.default is not None:
        return f"{field.name}: {annotation} = {ast.unparse(field.default)}"
    return f"{field.name}: {annotation}"


def _copying(
    name: str,
    fields: Sequence[Field],
    options: dict[str, bool],
    copies: Iterable[Changed],
) -> Iterator[str]:
    """A method for each choice of its fields that is changed together somewhere."""
    by_name = {field.name: field for field in fields}
    for changed in sorted(copies):
        if not by_name.keys() >= set(changed):
            continue
        taken = "".join(f", {n}: {ast.unparse(by_name[n].annotation)}" for n in changed)
        values = [n if n in changed else f"self.{n}" for n in by_name]
        if options.get("kw_only", False):
            values = [f"{n}={value}" for n, value in zip(by_name, values, strict=True)]
        yield f"def {copying_method(changed)}(self{taken}) -> '{name}':"
        yield f"    return {name}({', '.join(values)})"
