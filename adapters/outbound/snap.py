"""SNAP signatures: what is signed, how, and what verifies. Pure.

Source: Bank Indonesia's SNAP technical standard, and Midtrans's published signature demo, whose
vectors hold here. A time stamp is signed as the very text that the header carries, a body as the
very bytes that are sent: the standard's "minified body" is what we send, and what we are sent is
tried as it came before it is minified.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.x509 import load_pem_x509_certificate

from domain.errors import InvalidValue

WIB = timezone(timedelta(hours=7), "WIB")
"""The offset of every SNAP time stamp that we write; Jakarta has no summer time."""
FRESH_WITHIN = timedelta(minutes=5)
"""How far an incoming time stamp may lie from now, either way. The standard names no bound."""
SMALLEST_KEY_BITS = 2048
_LONGEST_PEM = 16 * 1024
_TIMESTAMP = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII
)
_JSON_PIECE = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[^" \t\r\n]+|[ \t\r\n]+', re.DOTALL)
_JSON_SPACE = b" \t\r\n"


# -- keys -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SigningKey:
    """Our RSA private key; never prints itself."""

    key: RSAPrivateKey = field(repr=False)

    @classmethod
    def parse(cls, pem: str, name: str = "private_key") -> Self:
        """From PEM (PKCS#1 or PKCS#8, without a password); a written \\n counts as a line's end.

        Raises InvalidValue naming the field, never repeating its value.
        """
        return cls(_private_key(pem, name))

    def sign(self, text: str) -> str:
        """Base64 of RSA PKCS#1 v1.5 with SHA-256 over the text."""
        return base64.b64encode(self.key.sign(text.encode(), PKCS1v15(), SHA256())).decode()


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """The other side's RSA public key."""

    key: RSAPublicKey = field(repr=False)

    @classmethod
    def parse(cls, pem: str, name: str = "public_key") -> Self:
        """From PEM, a public key or a certificate; raises InvalidValue naming the field."""
        return cls(_public_key(pem, name))

    def verifies(self, signature: str, text: str) -> bool:
        """Whether this is the base64, to the letter, of the key's signature of the text."""
        try:
            made = base64.b64decode(signature, validate=True)
            if base64.b64encode(made).decode() != signature:
                return False
            self.key.verify(made, text.encode(), PKCS1v15(), SHA256())
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True


@lru_cache(maxsize=64)
def _private_key(pem: str, name: str) -> RSAPrivateKey:
    try:
        found = load_pem_private_key(_lines(pem), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidValue(name, "must be an RSA private key in PEM, without a password") from None
    if not isinstance(found, RSAPrivateKey) or found.key_size < SMALLEST_KEY_BITS:
        raise InvalidValue(name, f"must be an RSA key of at least {SMALLEST_KEY_BITS} bits")
    return found


@lru_cache(maxsize=64)
def _public_key(pem: str, name: str) -> RSAPublicKey:
    lines = _lines(pem)
    try:
        is_certificate = b"BEGIN CERTIFICATE" in lines
        found: object = (
            load_pem_x509_certificate(lines).public_key()
            if is_certificate
            else load_pem_public_key(lines)
        )
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidValue(name, "must be an RSA public key or a certificate in PEM") from None
    if not isinstance(found, RSAPublicKey) or found.key_size < SMALLEST_KEY_BITS:
        raise InvalidValue(name, f"must be an RSA key of at least {SMALLEST_KEY_BITS} bits")
    return found


def _lines(pem: str) -> bytes:
    return pem[:_LONGEST_PEM].replace("\\n", "\n").strip().encode("ascii", "replace")


# -- time stamps ----------------------------------------------------------------------------------


def timestamp(at: datetime, *, milliseconds: bool = True) -> str:
    """`2026-11-23T10:15:30.123+07:00`, cut not rounded; some providers want no milliseconds."""
    return at.astimezone(WIB).isoformat(timespec="milliseconds" if milliseconds else "seconds")


def time_of(stamp: str) -> datetime | None:
    """When that was, in UTC; None for anything but ISO 8601 with seconds and an offset."""
    if not _TIMESTAMP.fullmatch(stamp):
        return None
    try:
        return datetime.fromisoformat(stamp).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def is_fresh(stamp: str, at: datetime, within: timedelta = FRESH_WITHIN) -> bool:
    """Whether the time stamp is one, and no further from `at` than that, either way."""
    then = time_of(stamp)
    return then is not None and abs(at - then) <= within


# -- what we sign ---------------------------------------------------------------------------------


def asymmetric_token(key: SigningKey, *, client_id: str, timestamp: str) -> str:
    """X-SIGNATURE of a request for a token, B2B or B2B2C."""
    return key.sign(_token_text(client_id, timestamp))


def symmetric(
    secret: str, *, method: str, path: str, token: str, body: bytes, timestamp: str
) -> str:
    """X-SIGNATURE of a transaction: base64 of HMAC-SHA512 keyed with the client secret.

    `body` are the very bytes that are sent; `path` is as called, with its version and any query,
    without the host; `token` is without "Bearer".
    """
    text = _symmetric_text(method, path, token, body, timestamp)
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha512")).decode()


def asymmetric_request(
    key: SigningKey, *, method: str, path: str, body: bytes, timestamp: str
) -> str:
    """X-SIGNATURE of a transaction or notification where no token is in what is signed."""
    return key.sign(_asymmetric_text(method, path, body, timestamp))


# -- what we verify -------------------------------------------------------------------------------


def verifies_token(key: VerifyingKey, signature: str, *, client_id: str, timestamp: str) -> bool:
    """Whether that is the signature of a request for a token."""
    return key.verifies(signature, _token_text(client_id, timestamp))


def verifies_symmetric(
    secret: str,
    signature: str,
    *,
    method: str,
    path: str,
    token: str,
    body: bytes,
    timestamp: str,
) -> bool:
    """Whether that is the signature over these bytes, or over what they are compacted.

    Compared in constant time, to the letter: base64 tells upper case from lower. An empty secret
    verifies nothing: anybody has it.
    """
    if not secret:
        return False
    found = [
        hmac.compare_digest(
            symmetric(
                secret, method=method, path=path, token=token, body=signed, timestamp=timestamp
            ).encode(),
            signature.encode("utf-8", "replace"),
        )
        for signed in _signed_bodies(body)
    ]
    return any(found)


def verifies_asymmetric(
    key: VerifyingKey, signature: str, *, method: str, path: str, body: bytes, timestamp: str
) -> bool:
    """Whether that is the signature over these bytes, or over what they are compacted."""
    return any(
        key.verifies(signature, _asymmetric_text(method, path, signed, timestamp))
        for signed in _signed_bodies(body)
    )


def compacted(body: bytes) -> bytes | None:
    """The JSON without the white space between its tokens; None where a string does not end.

    Bytes inside strings and the spelling of numbers stay as they are: parsing and writing anew
    would change both (escaped slashes, 1.0), and so would taking out every space (names).
    """
    pieces: list[bytes] = []
    end = 0
    for found in _JSON_PIECE.finditer(body):
        if found.start() != end:
            return None
        end = found.end()
        piece = found[0]
        if piece[0] not in _JSON_SPACE:
            pieces.append(piece)
    return b"".join(pieces) if end == len(body) else None


def _signed_bodies(body: bytes) -> Iterator[bytes]:
    yield body
    compact = compacted(body)
    if compact is not None and compact != body:
        yield compact


def _token_text(client_id: str, timestamp: str) -> str:
    return f"{client_id}|{timestamp}"


def _symmetric_text(method: str, path: str, token: str, body: bytes, timestamp: str) -> str:
    return f"{method.upper()}:{path}:{token}:{hashlib.sha256(body).hexdigest()}:{timestamp}"


def _asymmetric_text(method: str, path: str, body: bytes, timestamp: str) -> str:
    return f"{method.upper()}:{path}:{hashlib.sha256(body).hexdigest()}:{timestamp}"
