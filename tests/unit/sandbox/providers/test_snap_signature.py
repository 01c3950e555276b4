"""SNAP's signatures against the published vectors, and against what must not pass."""

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from sandbox.snap.keys import private_pem, public_pem, sandbox_key
from sandbox.snap.signature import (
    SignedBody,
    compact,
    is_signed_with,
    request_text,
    signed_body,
    symmetric,
    token_text,
)

# Midtrans' published sample of the standard.
SECRET, TOKEN, TARGET = "myclientsecret", "myaccesstoken", "/v1.0/qr/qr-mpm-generate"
TIMESTAMP = "2024-03-05T10:37:16.196Z"
BODY = (
    b'{"partnerReferenceNo":"2020102900000000000001","amount":{"value":"12345678.00","currency":'
    b'"IDR"},"feeAmount":{"value":"12345678.00","currency":"IDR"},"merchantId":"00007100010926",'
    b'"terminalId":"213141251124","validityPeriod":"2009-07-03T12:08:56-07:00"}'
)
SIGNATURE = (
    "wmzT7yjg1SxxCsxNsFgCR9SYXiZGGbceF6fV8xe97sAMHxZ+7OEBMIBmvb6Sj6GcksGp3iv77DiomgSbcST3XQ=="
)
# A throw-away pair of our own; PKCS#1 v1.5 is deterministic, so that the value is exact.
PUBLIC = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1MXCw1QcaFpSaeKbmO/H
pv0BBvpkDk5kgI0a/AensxMu9nJF2ywqhsy/QUSVWOPQJWZMRQneXm/KJU0ROKQy
WzbgnF70z4fx9/cBuXUail6u+CXnb9hfx9+zatdBvqeLGja7ODLRI9lEpLSZYLy4
sN9YVKaXHqJGPNUMOLS0OEoLVZeNVNZm8vPZtIYpvu15Nl4YZLNB9886brovDelJ
eXix1uPWlnthlZH9ZX2cyC6IIF7jTtnbQJos9EygfsirysXPhjzJRwjHacqeGdl+
Z01wxuLOgG2MnMw+AvtO8Y5omJdpMrg3x35Cuq+JXYO5tjNkum3FB5AwymonA3RC
gwIDAQAB
-----END PUBLIC KEY-----
"""
SIGNED_TOKEN = (
    "sXsuhp26X9oB17/VCeDBj5JmuMqqL5M+0ze3djkgY9YMI0hC6wBPxPabafTfKS/5cPtb331gBZnodyd75d7e2SmFZai"
    "MLgMS7S5VhZ/EaukcZq+/IluShKP+R3rF5wxlXOU1s43LFLe3OCZhFVVme5UhgLdxKMIF+k6Tdd6zo0sTmVfjqSUJrV"
    "4Jzg3sWWj+zdfKGVA2/TyGXcWudx7eTEWU8NCCzMBujV5+4+hmMlGRxNql9K1xuc5X1Jiwjo3ZAFk/L3lVkrFy3AbIP"
    "p4jpXFms8si+dnJjfdsi/C9nf+kPX8n6l2/b/dgUJX3qtCFZNhnRrO+KEIs3KdlolP77g=="
)


def test_the_published_symmetric_sample_comes_out() -> None:
    text = request_text(method="POST", target=TARGET, token=TOKEN, body=BODY, timestamp=TIMESTAMP)
    assert symmetric(SECRET, text) == SIGNATURE


def test_a_token_call_is_verified_with_the_public_key() -> None:
    key = load_pem_public_key(PUBLIC.encode())
    assert isinstance(key, RSAPublicKey)
    text = token_text("testclient01", "2026-11-23T10:15:30.123+07:00")
    assert is_signed_with(key, text, SIGNED_TOKEN)
    assert not is_signed_with(key, text + "0", SIGNED_TOKEN)
    assert not is_signed_with(key, text, "A" + SIGNED_TOKEN[1:])
    assert not is_signed_with(key, text, "no base64")


def test_the_raw_bytes_are_tried_before_the_compact_ones() -> None:
    spaced = BODY.replace(b",", b" ,\n\t").replace(b":{", b": {")

    def found(body: bytes, given: str = SIGNATURE) -> SignedBody | None:
        return signed_body(
            secret=SECRET,
            method="POST",
            targets=("/elsewhere", TARGET),
            token=TOKEN,
            body=body,
            timestamp=TIMESTAMP,
            given=given,
        )

    assert found(BODY) is SignedBody.RAW
    assert found(spaced) is SignedBody.COMPACT
    assert found(BODY.replace(b"12345678.00", b"12345679.00", 1)) is None
    assert found(BODY, given=SIGNATURE.lower()) is None


def test_blanks_inside_of_strings_are_kept() -> None:
    assert compact(b'{ "a" : "b c \\" d" ,\r\n"e":[ 1 ] }') == b'{"a":"b c \\" d","e":[1]}'


@pytest.mark.parametrize("provider", ["ovo_snap", "ovo_qris"])
def test_the_keys_of_partners_are_right_different_and_the_same_after_a_restart(
    provider: str,
) -> None:
    demo, other = sandbox_key(provider, "demo"), sandbox_key(provider, "other")
    assert demo.key_size == 2048
    assert private_pem(demo) != private_pem(other)
    for key in (demo, other):
        load_pem_private_key(private_pem(key).encode(), None)  # which checks what it reads
    sandbox_key.cache_clear()
    assert private_pem(sandbox_key(provider, "demo")) == private_pem(demo)
    assert public_pem(demo.public_key()).startswith("-----BEGIN PUBLIC KEY-----")
