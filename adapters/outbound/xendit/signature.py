"""Who asks, and who told: Basic authentication out, the static token of a webhook in."""

import hmac
from base64 import b64encode


def authorization(api_key: str) -> str:
    """The `Authorization` header: the API key as user name, no password (docs.xendit.co)."""
    return "Basic " + b64encode(f"{api_key}:".encode("ascii")).decode("ascii")


def is_token(told: str, callback_token: str) -> bool:
    """Whether `x-callback-token` is the account's, in a time that tells nothing of where it is not.

    It is the same each time and covers no body: whoever has seen one webhook could write another.
    """
    return hmac.compare_digest(
        told.encode("utf-8", "surrogatepass"), callback_token.encode("ascii")
    )
