"""A module of the product as mypyc is to compile it: it says the same, in words that cost less."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from simulation.native.leaner import (
    Changed,
    PlainPartial,
    PlainWith,
    PlainZip,
    copying_by_methods,
    of_other_times,
)
from simulation.native.plain_classes import kept, written_out
from simulation.native.plain_match import PlainMatch

Enums = Mapping[str, frozenset[str]]
"""The members of every enumeration of the product, by its name."""
_ENUMS = frozenset({"Enum", "StrEnum", "IntEnum"})
_FIRST_IMPORT = "from domain.copying import replace"
_OWN_IMPORTS = """from dataclasses import replace as _replaced
from typing import Any as _Any, Final as _Final
from mypy_extensions import mypyc_attr as _mypyc_attr
from simulation.native.pairs import as_long_as as _as_long_as
from simulation.native.later import Later1, Later2, Later3, Later4
"""
_OFTEN_CALLED = frozenset({"functools", "bisect", "heapq", "itertools"})
"""Modules of Python's whose functions are called in a loop."""


def enums_of(tree: ast.Module) -> dict[str, frozenset[str]]:
    """The enumerations that a module defines, with their members."""
    return {
        node.name: frozenset(
            target.id
            for item in node.body
            if isinstance(item, ast.Assign)
            for target in item.targets
            if isinstance(target, ast.Name)
        )
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(base, ast.Name) and base.id in _ENUMS for base in node.bases)
    }


def prepared(
    source: str,
    enums: Enums,
    *,
    asks_for_fields: bool,
    copies: Iterable[Changed] = (),
    values: bool = False,
) -> str:
    """The module rewritten. One that `asks_for_fields` of its dataclasses keeps them.

    `copies` are the fields that are changed together somewhere; `values`: its frozen dataclasses
    hold values alone.
    """
    tree = ast.parse(source)
    of_other_times(tree)
    PlainWith().visit(tree)
    PlainZip().visit(tree)
    PlainMatch(enums).visit(tree)
    PlainPartial(tree).visit(tree)
    _without_runtime_checks(tree)
    _with_other_names(tree)
    copying_by_methods(tree)
    if asks_for_fields:
        kept(tree, copies)
    else:
        written_out(tree, copies, values=values)
        copying_plainly(tree)
    _Formats().visit(tree)
    _with_members_at_hand(tree, enums)
    _with_constants(tree)
    functions = _functions_at_hand(tree)
    at = 1 + max(
        (i for i, node in enumerate(tree.body) if isinstance(node, ast.ImportFrom)), default=-1
    )
    tree.body[at:at] = [*ast.parse(_OWN_IMPORTS).body, *functions]
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _without_runtime_checks(tree: ast.Module) -> None:
    """A port is a plain class when it is compiled: no isinstance needs leave to look at it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.decorator_list = [
                d for d in node.decorator_list
                if not (isinstance(d, ast.Name) and d.id == "runtime_checkable")
            ]  # fmt: skip


def _with_other_names(tree: ast.Module) -> None:
    """mypyc 2.4 takes a keyword for the positional-only parameter of that name, and drops it."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef) or function.args.kwarg is None:
            continue
        names = {given.arg for given in function.args.posonlyargs} - {"self", "cls"}
        for given in function.args.posonlyargs:
            given.arg = f"{given.arg}_given" if given.arg in names else given.arg
        for node in (node for line in function.body for node in ast.walk(line)):
            if isinstance(node, ast.Name) and node.id in names:
                node.id = f"{node.id}_given"


def copying_plainly(tree: ast.Module) -> None:
    """`replace` is that of plain classes, wherever it came from."""
    found = False
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module in {"dataclasses", "domain.copying"}:
            found = found or any(name.name == "replace" for name in node.names)
            node.names = [name for name in node.names if name.name != "replace"]
    tree.body = [n for n in tree.body if not isinstance(n, ast.ImportFrom) or n.names]
    if found:
        at = next(i for i, node in enumerate(tree.body) if isinstance(node, ast.ImportFrom))
        tree.body.insert(at, ast.parse(_FIRST_IMPORT).body[0])


class _Formats(ast.NodeTransformer):
    """`format(x, "02")` instead of `{x:02}`, for which mypyc parses a template each time."""

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        self.generic_visit(node)
        if node.format_spec is None or node.conversion != -1:
            return node
        called = ast.Call(ast.Name("format", ast.Load()), [node.value, node.format_spec], [])
        return ast.FormattedValue(called, -1)


class _Members(ast.NodeTransformer):
    """Names instead of `Status.PENDING` in functions; what is left of `match` stays as it is."""

    def __init__(self, enums: Enums) -> None:
        self.used: dict[str, tuple[str, str]] = {}
        self._enums = enums

    def visit_MatchValue(self, node: ast.MatchValue) -> ast.AST:
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if (
            isinstance(node.ctx, ast.Load)
            and isinstance(node.value, ast.Name)
            and node.attr in self._enums.get(node.value.id, ())
        ):
            name = f"_{node.value.id}_{node.attr}"
            self.used[name] = node.value.id, node.attr
            return ast.copy_location(ast.Name(name, ast.Load()), node)
        return node


def _with_members_at_hand(tree: ast.Module, enums: Enums) -> None:
    """An enumeration's member is looked up once for the module, not each time it is compared."""
    local = enums_of(tree)
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.name in enums
    }
    known = {name: enums[name] for name in imported} | local
    members = _Members(known)
    for node in _functions(tree.body, local):
        for index, line in enumerate(node.body):
            node.body[index] = members.visit(line)
    last_import = max(
        (i for i, node in enumerate(tree.body) if isinstance(node, ast.ImportFrom)), default=-1
    )
    places: dict[int, list[ast.stmt]] = {}
    for name, (enum, member) in sorted(members.used.items()):
        line = ast.parse(f"{name}: _Final = {enum}.{member}").body[0]
        at = last_import
        if enum in local:
            at = next(
                i for i, n in enumerate(tree.body)
                if isinstance(n, ast.ClassDef) and n.name == enum
            )  # fmt: skip
        places.setdefault(at, []).append(line)
    for at in sorted(places, reverse=True):
        tree.body[at + 1 : at + 1] = places[at]


def _functions_at_hand(tree: ast.Module) -> Sequence[ast.stmt]:
    """Python's own functions are looked up once for the module, not by name at each call."""
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module in _OFTEN_CALLED
        for alias in node.names
    }
    called = {}
    for function in _functions(tree.body, {}):
        for node in (node for line in function.body for node in ast.walk(line)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                name = node.func.id
                if name in imported:
                    called[name] = ast.parse(f"_{name}_: _Final[_Any] = {name}").body[0]
                    node.func = ast.Name(f"_{name}_", ast.Load())
    return [called[name] for name in sorted(called)]


def _functions(
    body: Sequence[ast.stmt], besides: Mapping[str, object]
) -> Iterator[ast.FunctionDef]:
    for node in body:
        if isinstance(node, ast.FunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef) and node.name not in besides:
            yield from _functions(node.body, besides)


def _with_constants(tree: ast.Module) -> None:
    """What is written in capitals never changes: it needs no look-up by name."""
    tree.body = [line for node in tree.body for line in _one_by_one(node)]
    for index, node in enumerate(tree.body):
        if (
            isinstance(node, ast.Assign)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name)
            and _is_constant(node.targets[0].id)
        ):
            tree.body[index] = ast.AnnAssign(
                node.targets[0], ast.Name("_Final", ast.Load()), node.value, simple=1
            )
        elif (
            isinstance(node, ast.AnnAssign)
            and isinstance(node.target, ast.Name)
            and node.value is not None
            and _is_constant(node.target.id)
            and "Final" not in ast.unparse(node.annotation)
        ):
            _as_dictionary(node)
            node.annotation = ast.Subscript(
                ast.Name("_Final", ast.Load()), node.annotation, ast.Load()
            )


def _as_dictionary(node: ast.AnnAssign) -> None:
    """A constant mapping that is written as a dictionary is one, and is asked as one."""
    match node:
        case ast.AnnAssign(
            annotation=ast.Subscript(value=ast.Name(id="Mapping") as kind),
            value=ast.Dict() | ast.DictComp(),
        ):
            kind.id = "dict"


def _one_by_one(node: ast.stmt) -> Sequence[ast.stmt]:
    """`A, B = 1, 2` as two lines."""
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)) if all(
            isinstance(name, ast.Name) and _is_constant(name.id) for name in names
        ) and len(names) == len(values):
            return [ast.Assign([n], v, lineno=0) for n, v in zip(names, values, strict=True)]
        case _:
            return [node]


def _is_constant(name: str) -> bool:
    return name.isupper() and len(name) > 1
