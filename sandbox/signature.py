"""The hmac header of OVO Push to Pay: how it is made, and whether one is right."""

import hashlib
import hmac
from enum import StrEnum
from functools import lru_cache

_RANDOM_DIGITS = 10


class HmacMode(StrEnum):
    """What the caller signs. OVO's own vector signs no body; its prose says that it does."""

    APP_RANDOM = "app_random"
    APP_RANDOM_BODY = "app_random_body"
    EITHER = "either"


_ALLOWED = {
    HmacMode.APP_RANDOM: (HmacMode.APP_RANDOM,),
    HmacMode.APP_RANDOM_BODY: (HmacMode.APP_RANDOM_BODY,),
    HmacMode.EITHER: (HmacMode.APP_RANDOM, HmacMode.APP_RANDOM_BODY),
}


def signature(*, app_key: str, app_id: str, random: str, body: bytes = b"") -> str:
    """Lower-case hex HMAC-SHA256 of app-id + random (+ body), keyed with the key's own letters.

    The key is used as ASCII text, not hex-decoded: only so OVO's published vector comes out.
    """
    return _signature(app_key, app_id + random, body)


@lru_cache(maxsize=256)
def _signature(app_key: str, names: str, body: bytes) -> str:
    return hmac.new(app_key.encode(), names.encode() + body, hashlib.sha256).hexdigest()


def matching_mode(
    *, app_key: str, app_id: str, random: str, given: str, body: bytes, mode: HmacMode
) -> HmacMode | None:
    """Which of the allowed recipes the given hmac follows; None when it follows none."""
    if not (len(random) == _RANDOM_DIGITS and random.isascii() and random.isdigit()):
        return None
    for recipe in _ALLOWED[mode]:
        signed = body if recipe is HmacMode.APP_RANDOM_BODY else b""
        right = signature(app_key=app_key, app_id=app_id, random=random, body=signed)
        if hmac.compare_digest(right.encode(), given.encode("utf-8", "surrogateescape")):
            return recipe
    return None
