"""How a command ends: its exit codes, its errors, and the help that names them."""

from collections.abc import Callable
from enum import IntEnum
from typing import Any, NoReturn, TypeVar

import click


class Exit(IntEnum):
    """What a command's exit code means; scripts may rely on it."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    UNREACHABLE = 3
    STORE = 4


EXIT_CODES = (
    "Exit codes: 0 ok; 1 refused or failed; 2 wrong usage; 3 cannot reach Lunas; "
    "4 the store cannot be opened."
)
AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
yes = click.option("--yes", is_flag=True, help="Do not ask whether you are sure.")


class Failed(click.ClickException):
    """It was refused, or it did not work."""

    exit_code = Exit.REFUSED


class Misused(click.ClickException):
    """It was called with something missing or misspelt."""

    exit_code = Exit.USAGE


class CannotReach(click.ClickException):
    """Lunas did not answer."""

    exit_code = Exit.UNREACHABLE


class StoreAway(click.ClickException):
    """The store cannot be opened, or was lost on the way."""

    exit_code = Exit.STORE


class Verb(click.Command):
    """A command whose help lists the exit codes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("epilog", EXIT_CODES)
        super().__init__(*args, **kwargs)


class Noun(click.Group):
    """A group of commands about one thing, whose help lists the exit codes."""

    command_class = Verb
    group_class = type

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("epilog", EXIT_CODES)
        super().__init__(*args, **kwargs)


def end(code: int) -> NoReturn:
    """End the command with this exit code."""
    raise click.exceptions.Exit(code)


def key_option(command: AnyFunction) -> AnyFunction:
    """The option `--key`: repeat an earlier call under the idempotency key it had."""
    option = click.option(
        "--key",
        callback=_checked_key,
        help="Idempotency key of an earlier try: repeating with it cannot act twice.",
    )
    return option(command)


def agree(question: str, *, assumed: bool) -> None:
    """Go on only if the person agrees; raises Failed or, where nobody can be asked, Misused."""
    if assumed:
        return
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        raise Misused("nobody can be asked here: add --yes if you are sure") from None
    if not agreed:
        raise Failed("nothing was changed")


def identifier(prefix: str) -> Callable[[click.Context, click.Parameter, str | None], str | None]:
    """A click callback that lets only ids of that kind through, such as `pay_…`."""

    def checked(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
        if value is None:
            return None
        rest = value.removeprefix(f"{prefix}_")
        if rest == value or not (rest.isascii() and rest.isalnum()):
            raise click.BadParameter(f"must be an id that looks like {prefix}_0197…")
        return value

    return checked


def _checked_key(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (
        0 < len(value) <= 255 and value.isascii() and value.isprintable()
    ):
        raise click.BadParameter("must be 1 to 255 printable ASCII characters")
    return value
