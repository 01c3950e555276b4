"""HTTP Basic authentication as gateways use it: the secret as user name, no password."""

import base64
import binascii

from sandbox.acquirer.wire import Inbound

_SCHEME = "basic "


def basic_user(inbound: Inbound) -> str | None:
    """The user name, None when there is none or a password comes with it."""
    written = inbound.header("authorization")
    if not written.lower().startswith(_SCHEME):
        return None
    try:
        text = base64.b64decode(written[len(_SCHEME) :].strip(), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None
    user, colon, password = text.partition(":")
    return user if colon and user and not password else None
