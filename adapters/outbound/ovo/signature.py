"""The `hmac` header of an OVO request."""

import hmac


def signature(*, app_id: str, app_key: str, random: str, body: bytes = b"") -> str:
    """Lower-case hex of HMAC-SHA256 over app-id, random and, in the unproved mode, the body.

    The key is the app key as ASCII text, not the bytes that its hexadecimal digits stand for.
    Source: OVO Push to Pay technical document 1.7.1, whose own vector holds without the body
    although its prose names the body; clients in production sign without it too.
    """
    signed = app_id.encode("ascii") + random.encode("ascii") + body
    return hmac.digest(app_key.encode("ascii"), signed, "sha256").hex()
