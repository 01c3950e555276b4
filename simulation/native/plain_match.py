"""`match` as a chain of `if`: mypyc asks Python what is an instance, and by name for its fields."""

import ast
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Taken:
    """What a pattern asks of its subject, all of it, and what the names that it gives stand for."""

    asked: Sequence[ast.expr] = ()
    names: Mapping[str, ast.expr] = field(default_factory=dict)


class PlainMatch(ast.NodeTransformer):
    """Classes with fields by name, values, and alternatives of these; any other stays as it is.

    A member of an enumeration is looked for by what it is: whatever is matched with one is one.
    """

    def __init__(self, enums: Mapping[str, frozenset[str]]) -> None:
        self._enums = enums
        self._made = 0

    def visit_Match(self, node: ast.Match) -> ast.AST | Sequence[ast.stmt]:
        self.generic_visit(node)
        subject, first = self._subject(node)
        taken = [self._taken(case.pattern, subject) for case in node.cases]
        chain: Sequence[ast.stmt] = []
        for case, asks in reversed([*zip(node.cases, taken, strict=True)]):
            if asks is None or _set_anew(asks.names, case.body):
                return node
            named = _Named(asks.names)
            body = [named.visit(deepcopy(line)) for line in case.body]
            guard = [named.visit(deepcopy(case.guard))] if case.guard else []
            asked = [*asks.asked, *guard]
            chain = [ast.If(_all_of(asked), body, [*chain])] if asked else body
        return [*first, *chain]

    def _subject(self, node: ast.Match) -> tuple[ast.Name, Sequence[ast.stmt]]:
        """By which name it is asked for, and what gives it that name."""
        if isinstance(node.subject, ast.Name):
            return node.subject, ()
        self._made += 1
        name = f"_matched_{self._made}"
        given = ast.Assign([ast.Name(name, ast.Store())], node.subject, lineno=node.lineno)
        return ast.Name(name, ast.Load()), [given]

    def _taken(self, pattern: ast.pattern, subject: ast.expr) -> Taken | None:
        """None where a pattern is of another kind."""
        taken = None
        match pattern:
            case ast.MatchAs(pattern=None, name=name):
                taken = Taken(names={name: subject} if name else {})
            case ast.MatchSingleton(value=value):
                taken = Taken([ast.Compare(subject, [ast.Is()], [ast.Constant(value)])])
            case ast.MatchValue(value=value):
                same = ast.Is() if self._is_member(value) else ast.Eq()
                taken = Taken([ast.Compare(subject, [same], [value])])
            case ast.MatchClass(patterns=[]):
                taken = self._of_class(pattern.cls, pattern, subject)
            case ast.MatchOr(patterns=patterns):
                taken = self._any_of(patterns, subject)
            case _:
                pass
        return taken

    def _of_class(
        self, kinds: ast.expr, pattern: ast.MatchClass, subject: ast.expr
    ) -> Taken | None:
        asked: list[ast.expr] = [ast.Call(ast.Name("isinstance", ast.Load()), [subject, kinds], [])]
        names: dict[str, ast.expr] = {}
        for attribute, wanted in zip(pattern.kwd_attrs, pattern.kwd_patterns, strict=True):
            inner = self._taken(wanted, ast.Attribute(subject, attribute, ast.Load()))
            if inner is None:
                return None
            asked += inner.asked
            names |= inner.names
        return Taken(asked, names)

    def _any_of(self, patterns: Sequence[ast.pattern], subject: ast.expr) -> Taken | None:
        classes = [p for p in patterns if isinstance(p, ast.MatchClass) and not p.patterns]
        if len(classes) == len(patterns) and len({*map(_fields, classes)}) == 1:
            kinds = ast.Tuple([pattern.cls for pattern in classes], ast.Load())
            return self._of_class(kinds, classes[0], subject)
        each = [self._taken(pattern, subject) for pattern in patterns]
        found = [_all_of(one.asked) for one in each if one and one.asked and not one.names]
        return Taken([ast.BoolOp(ast.Or(), found)]) if len(found) == len(patterns) else None

    def _is_member(self, value: ast.expr) -> bool:
        return (
            isinstance(value, ast.Attribute)
            and isinstance(value.value, ast.Name)
            and value.attr in self._enums.get(value.value.id, ())
        )


def _all_of(asked: Sequence[ast.expr]) -> ast.expr:
    return asked[0] if len(asked) == 1 else ast.BoolOp(ast.And(), [*asked])


def _set_anew(names: Mapping[str, ast.expr], body: Sequence[ast.stmt]) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id in names and not isinstance(node.ctx, ast.Load)
        for line in body
        for node in ast.walk(line)
    )


class _Named(ast.NodeTransformer):
    """What names stand for in their place: one may have another type in each case."""

    def __init__(self, names: Mapping[str, ast.expr]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._names.get(node.id, node)


def _fields(pattern: ast.MatchClass) -> str:
    return " ".join([*pattern.kwd_attrs, *map(ast.dump, pattern.kwd_patterns)])
