"""What schemathesis cannot know of the API from its document.

Use them with `hooks = "tests.integration.http.hooks"` in a schemathesis configuration.
"""

import re
import secrets
from typing import Any

import schemathesis

_GOOD_KEY = re.compile(r"[!#-~]([ -~]*[!#-~])?")


def without_whole_floats(value: Any) -> Any:
    """JSON Schema calls 1.0 an integer; money is never a float, so Lunas refuses that spelling."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {name: without_whole_floats(inner) for name, inner in value.items()}
        case list():
            return [without_whole_floats(inner) for inner in value]
        case _:
            return value


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Spell whole numbers as whole numbers."""
    return without_whole_floats(body)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Give each request a fresh key: another body under a used one is refused by rule."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and len(key) <= 255 and _GOOD_KEY.fullmatch(key):
        case.headers["Idempotency-Key"] = secrets.token_hex(12)
