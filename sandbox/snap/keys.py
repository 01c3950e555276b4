"""RSA pairs of test partners: derived from published words, so that a restart changes nothing."""

import hashlib
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

_EXPONENT = 65_537
_HALF_BYTES = 128
_TOP_BITS = 3 << (_HALF_BYTES * 8 - 2)  # so that the product has all of its 2048 bits

# From SHAKE-256 of the words and "p" or "q" so far to the next prime, which makes deriving instant.
_TO_THE_NEXT_PRIME = {
    "lunas sandbox ovo_snap demo": (110, 482),
    "lunas sandbox ovo_snap other": (1320, 862),
    "lunas sandbox ovo_qris demo": (402, 508),
    "lunas sandbox ovo_qris other": (340, 866),
}


@cache
def sandbox_key(provider: str, partner: str) -> rsa.RSAPrivateKey:
    """The partner's private key. Anybody can derive it: it protects nothing but a sandbox."""
    words = f"lunas sandbox {provider} {partner}"
    p, q = (_prime(f"{words} {half}", n) for half, n in zip("pq", _steps(words), strict=True))
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    return rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, p),
        dmq1=rsa.rsa_crt_dmq1(d, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(_EXPONENT, p * q),
    ).private_key(unsafe_skip_rsa_key_validation=True)  # made here, and proved by tests


def private_pem(key: rsa.RSAPrivateKey) -> str:
    """The private key as PEM in the PKCS#1 form."""
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()


def public_pem(key: rsa.RSAPublicKey) -> str:
    """The public key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _steps(words: str) -> tuple[int, int]:
    return _TO_THE_NEXT_PRIME[words]


def _prime(words: str, steps: int) -> int:
    start = int.from_bytes(hashlib.shake_256(words.encode()).digest(_HALF_BYTES), "big")
    return (start | _TOP_BITS | 1) + steps
