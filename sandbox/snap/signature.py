"""The signatures of Bank Indonesia's SNAP standard, from its documents and published vectors."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable
from enum import StrEnum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

_TOKENS_OF_JSON = re.compile(rb'"(?:[^"\\]|\\.)*"|[ \t\r\n]+', re.DOTALL)


class SignedBody(StrEnum):
    """Which bytes of the body a caller signed."""

    RAW = "raw"
    COMPACT = "compact"  # without blanks outside of strings, while they were sent with blanks


def token_text(client_id: str, timestamp: str) -> str:
    """What is signed to get an access token."""
    return f"{client_id}|{timestamp}"


def request_text(*, method: str, target: str, token: str, body: bytes, timestamp: str) -> str:
    """What is signed of a request: the token without `Bearer`, the target as it was called."""
    return f"{method}:{target}:{token}:{hashlib.sha256(body).hexdigest()}:{timestamp}"


def symmetric(secret: str, text: str) -> str:
    """Base64 of HMAC-SHA512 keyed with the client secret."""
    mac = hmac.new(secret.encode(), text.encode("utf-8", "surrogateescape"), hashlib.sha512)
    return base64.b64encode(mac.digest()).decode()


def is_signed_with(key: RSAPublicKey, text: str, signature: str) -> bool:
    """Whether base64 SHA256withRSA (PKCS#1 v1.5) of the text was made with this key's pair."""
    try:
        given = base64.b64decode(signature, validate=True)
        key.verify(given, text.encode("utf-8", "surrogateescape"), PKCS1v15(), SHA256())
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return True


def signed_body(
    *,
    secret: str,
    method: str,
    targets: Iterable[str],
    token: str,
    body: bytes,
    timestamp: str,
    given: str,
) -> SignedBody | None:
    """Which bytes the given symmetric signature covers, the raw ones tried first; None: none."""
    for kind, signed in ((SignedBody.RAW, body), (SignedBody.COMPACT, compact(body))):
        for target in targets:
            text = request_text(
                method=method, target=target, token=token, body=signed, timestamp=timestamp
            )
            right = symmetric(secret, text).encode()
            if hmac.compare_digest(right, given.encode("utf-8", "surrogateescape")):
                return kind
    return None


def compact(body: bytes) -> bytes:
    """JSON without the blanks outside of its strings; what is inside keeps its bytes."""
    return _TOKENS_OF_JSON.sub(lambda m: m[0] if m[0].startswith(b'"') else b"", body)
