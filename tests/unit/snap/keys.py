"""RSA pairs for tests, each made once for a process."""

from functools import cache

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from adapters.outbound import snap


@cache
def pems(name: str) -> tuple[str, str]:
    """The private and the public key of that name, in PEM."""
    assert name
    pair = generate_private_key(65_537, 2048)
    private = pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = pair.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def signing(name: str) -> snap.SigningKey:
    """The private key of that name."""
    return snap.SigningKey.parse(pems(name)[0])


def verifying(name: str) -> snap.VerifyingKey:
    """The public key of that name."""
    return snap.VerifyingKey.parse(pems(name)[1])
