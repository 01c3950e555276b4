"""What a world has no use for, or is made of other words of the same sense when it is compiled."""

import ast
from collections.abc import Iterable, Iterator

_LOCKS = frozenset({"lock", "_lock"})
_TIMES = "simulation.native.times"
_COPIES = frozenset({"dataclasses", "domain.copying"})

MOST_LATER = 4
"""Arguments that a call which is made later may bear (later.py)."""

Changed = tuple[str, ...]
"""The fields that one call of `replace` changes, in its order."""


def of_other_times(tree: ast.Module) -> str:
    """Moments and spans are those that count microseconds; returns the module as it is written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "datetime":
            node.module = _TIMES
    return ast.unparse(tree) + "\n"


class PlainZip(ast.NodeTransformer):
    """`zip(one, other, strict=True)` with its judgement beforehand, for a loop needs no `zip` then.

    Only names are sure to be the same when they are asked twice.
    """

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        strict = [keyword.arg for keyword in node.keywords] == ["strict"]
        if (
            isinstance(node.func, ast.Name)
            and node.func.id == "zip"
            and strict
            and len(node.args) == 2
            and all(isinstance(given, ast.Name) for given in node.args)
        ):
            first, second = node.args
            judged = ast.Call(ast.Name("_as_long_as", ast.Load()), [first, second], [])
            return ast.Call(node.func, [first, judged], [])
        return node


class PlainWith(ast.NodeTransformer):
    """Without locks, as a world has one thread, and `suppress` as what it stands for."""

    def visit_With(self, node: ast.With) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        entered = node.items[0].context_expr
        if len(node.items) > 1 or node.items[0].optional_vars is not None:
            return node
        if isinstance(entered, ast.Attribute) and entered.attr in _LOCKS:
            return node.body
        if (
            isinstance(entered, ast.Call)
            and isinstance(entered.func, ast.Name)
            and entered.func.id == "suppress"
        ):
            caught = ast.ExceptHandler(ast.Tuple(entered.args, ast.Load()), None, [ast.Pass()])
            return ast.Try(node.body, [caught], [], [])
        return node


class PlainPartial(ast.NodeTransformer):
    """`partial(what, first, second)` as an object that the compiler can see into.

    One that has a name, by which it is given arguments by theirs, stays as it is. That of a method
    of our own (`partial(self.step, first)`) is an object of its own kind, whose call the compiler
    makes directly.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._stays = {
            node.func.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.keywords
        }
        self._class: ast.ClassDef | None = None
        self._made: dict[str, ast.stmt] = {}

    def visit_Module(self, node: ast.Module) -> ast.AST:
        lines = []
        for line in node.body:
            self._class = line if isinstance(line, ast.ClassDef) else None
            lines += [self.visit(line), *self._made.values()]
            self._made.clear()
        node.body = lines
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        named = {target.id for target in node.targets if isinstance(target, ast.Name)}
        return self.generic_visit(node) if named.isdisjoint(self._stays) else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if (
            isinstance(node.func, ast.Name)
            and node.func.id == "partial"
            and not node.keywords
            and 1 < len(node.args) <= 1 + MOST_LATER
            and not any(isinstance(given, ast.Starred) for given in node.args)
        ):
            if call := self._of_our_own(*node.args):
                return call
            node.func = ast.Name(f"Later{len(node.args) - 1}", ast.Load())
        return node

    def _of_our_own(self, what: ast.expr, *given: ast.expr) -> ast.Call | None:
        """The call of one of our methods made later, where all or all but one of it is given."""
        match what, self._class:
            case ast.Attribute(value=ast.Name(id="self"), attr=name), ast.ClassDef() as ours:
                method = _plain_method(ours, name)
            case _:
                return None
        if method is None or not 0 <= len(method.args.args) - 1 - len(given) <= 1:
            return None
        called = f"_{ours.name}_{name}_{len(given)}"
        self._made[called] = _later(called, ours.name, method, len(given))
        return ast.Call(ast.Name(called, ast.Load()), [ast.Name("self", ast.Load()), *given], [])


def _plain_method(ours: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    """The method that a class has under this name, if its parameters are as plain as can be."""
    for line in ours.body:
        if isinstance(line, ast.FunctionDef) and line.name == name and not line.decorator_list:
            args = line.args
            besides = (args.posonlyargs, args.vararg, args.kwonlyargs, args.kwarg, args.defaults)
            typed = line.returns and all(given.annotation for given in args.args[1:])
            return line if typed and not any(besides) else None
    return None


def _later(name: str, of: str, method: ast.FunctionDef, given: int) -> ast.stmt:
    """The class of a method's call that is made later, with so many arguments given already."""
    parameters = method.args.args[1:]
    typed = [f"{one.arg}: {ast.unparse(one.annotation or one)}" for one in parameters]
    names = [one.arg for one in parameters]
    kept = "".join(f"        self.{one} = {one}\n" for one in names[:given])
    passed = ", ".join([*(f"self.{one}" for one in names[:given]), *names[given:]])
    returns = ast.unparse(method.returns or ast.Constant(None))
    return ast.parse(
        f"class {name}:\n"
        f"    def __init__(self, _owner: '{of}', {', '.join(typed[:given])}) -> None:\n"
        f"        self._owner = _owner\n{kept}"
        f"    def __call__({', '.join(['self', *typed[given:]])}) -> {returns}:\n"
        f"        return self._owner.{method.name}({passed})\n"
    ).body[0]


def copying_method(changed: Changed) -> str:
    """The method of a plain class that copies it with these fields changed."""
    return f"__with_{'_and_'.join(changed)}__"


def copies_in(tree: ast.Module) -> Iterable[Changed]:
    """Every choice of fields that this module changes by `replace`."""
    return {changed for _, changed in _copies(tree)}


def copying_by_methods(tree: ast.Module) -> None:
    """`replace(payment, due_at=at)` as a method of the payment, which a compiler can see into."""
    for call, changed in list(_copies(tree)):
        copied = call.args[0]
        call.func = ast.Attribute(copied, copying_method(changed), ast.Load())
        call.args = [keyword.value for keyword in call.keywords]
        call.keywords = []


def _copies(tree: ast.Module) -> Iterator[tuple[ast.Call, Changed]]:
    if not any(
        isinstance(node, ast.ImportFrom)
        and node.module in _COPIES
        and any(name.name == "replace" for name in node.names)
        for node in tree.body
    ):
        return
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "replace"
            and len(node.args) == 1
            and not any(isinstance(given, ast.Starred) for given in node.args)
        ):
            names = [keyword.arg for keyword in node.keywords]
            changed = tuple(name for name in names if name is not None)
            if changed and len(changed) == len(names):
                yield node, changed
