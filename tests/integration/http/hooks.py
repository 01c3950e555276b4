"""What schemathesis cannot know of the API from its document.

Use them with `hooks = "tests.integration.http.hooks"` in a schemathesis configuration.
"""

import re
import secrets
from typing import Any

import schemathesis

_LINK = re.compile(r"wl_[0-9a-f]{32}")
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


def without_an_invented_link(body: Any) -> Any:
    """No id that is made up names a link of the merchant's: such a payment is asked for by push."""
    if not isinstance(body, dict) or not _LINK.fullmatch(str(body.get("wallet_link"))):
        return body
    rest = {name: value for name, value in body.items() if name != "wallet_link"}
    return rest | {"method": "ovo_push"} if rest.get("method") == "ovo_linked" else body


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Spell whole numbers as whole numbers."""
    return without_whole_floats(body)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Charge nobody's link, under a fresh key: a used one refuses another body by rule."""
    linkless = without_an_invented_link(case.body)
    if linkless is not case.body:  # setting it marks the case as one of another kind
        case.body = linkless
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and len(key) <= 255 and _GOOD_KEY.fullmatch(key):
        case.headers["Idempotency-Key"] = secrets.token_hex(12)
