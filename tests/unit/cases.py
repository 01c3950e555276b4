"""A table of cases gone through inside one test.

A test of its own costs a case some milliseconds: more than most cases take to be judged.
"""

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence

import pytest

Test = Callable[..., None]
SHOWN = 200  # characters of an argument that a message repeats


def for_each(names: str | Sequence[str], cases: Iterable[object]) -> Callable[[Test], Test]:
    """Try a test with every one of the cases, as `pytest.mark.parametrize` would.

    Only for a test whose cases share nothing: no fixture is made anew for the next one. Every case
    is tried, and those that fail are raised together, each with its arguments. An empty table is a
    mistake: nothing would be tried.
    """
    if isinstance(names, str):
        names = [name.strip() for name in names.split(",")]
    keys, table = tuple(names), tuple(cases)
    if not table:
        raise ValueError(f"there is no case of {', '.join(keys)}")

    def decorate(test: Test) -> Test:
        signature = inspect.signature(test)
        if missing := [key for key in keys if key not in signature.parameters]:
            raise TypeError(f"{test.__name__} takes no {', '.join(missing)}")

        @functools.wraps(test)
        def through(*args: object, **kwargs: object) -> None:
            failures: list[BaseException] = []
            for case in table:
                given = _arguments(keys, case)
                try:
                    test(*args, **kwargs, **given)
                except (Exception, pytest.fail.Exception) as failure:  # noqa: BLE001 - told below
                    said = (f"{key}={value!r:.{SHOWN}}" for key, value in given.items())
                    failure.add_note(f"with {', '.join(said)}")
                    failures.append(failure)
            if failures:
                raise BaseExceptionGroup(f"{len(failures)} of {len(table)} cases", failures)

        # What the table gives is no fixture that pytest should look for.
        kept = [each for name, each in signature.parameters.items() if name not in keys]
        told = signature.replace(parameters=kept)
        through.__signature__ = told  # type: ignore[attr-defined]  # inspect and pytest ask for it
        return through

    return decorate


def _arguments(keys: tuple[str, ...], case: object) -> dict[str, object]:
    if len(keys) == 1:
        return {keys[0]: case}
    assert isinstance(case, tuple | list), case
    return dict(zip(keys, case, strict=True))
