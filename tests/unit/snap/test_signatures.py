"""SNAP signatures against the vectors that providers publish, and against what must not pass."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from adapters.outbound import snap
from domain.errors import InvalidValue
from tests.unit.cases import for_each
from tests.unit.snap import vectors


@pytest.fixture(scope="module")
def pair() -> RSAPrivateKey:
    return generate_private_key(65_537, 2048)


def pem(
    key: RSAPrivateKey,
    kind: PrivateFormat = PrivateFormat.PKCS8,
    lock: KeySerializationEncryption | None = None,
) -> str:
    return key.private_bytes(Encoding.PEM, kind, lock or NoEncryption()).decode()


def public_pem(key: RSAPrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def verifies(body: bytes = vectors.SYMMETRIC_BODY, /, **changes: str) -> bool:
    signature = changes.pop("signature", vectors.SYMMETRIC_SIGNATURE)
    told = vectors.SYMMETRIC | changes
    return snap.verifies_symmetric(told.pop("secret"), signature, body=body, **told)


def notify_verifies(body: bytes = vectors.NOTIFY_BODY, /, **changes: str) -> bool:
    key = snap.VerifyingKey.parse(changes.pop("key", vectors.PUBLIC_KEY))
    signature = changes.pop("signature", vectors.NOTIFY_SIGNATURE)
    return snap.verifies_asymmetric(key, signature, body=body, **(vectors.NOTIFY | changes))


def sign(body: bytes, **changes: str) -> str:
    told = vectors.SYMMETRIC | changes
    return snap.symmetric(told.pop("secret"), body=body, **told)


# -- the vectors ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pem_text", "vector"),
    [
        (vectors.PUBLIC_KEY, vectors.TOKEN),
        (vectors.MIDTRANS_PUBLIC_KEY, vectors.MIDTRANS_TOKEN),
    ],
    ids=["computed", "Midtrans"],
)
def test_the_signature_of_a_request_for_a_token_verifies(
    pem_text: str, vector: dict[str, str]
) -> None:
    key = snap.VerifyingKey.parse(pem_text)
    told = dict(vector)
    assert snap.verifies_token(key, told.pop("signature"), **told)
    assert not snap.verifies_token(key, vector["signature"], **(told | {"client_id": "other"}))
    assert not snap.verifies_token(
        key, vector["signature"], **(told | {"timestamp": "2026-11-23T10:15:30.124+07:00"})
    )


def test_what_is_signed_for_a_token_is_the_client_and_the_time(pair: RSAPrivateKey) -> None:
    key = snap.SigningKey.parse(pem(pair))
    made = snap.asymmetric_token(key, client_id="c1", timestamp="2026-11-23T10:15:30+07:00")
    signed = b"c1|2026-11-23T10:15:30+07:00"
    pair.public_key().verify(base64.b64decode(made), signed, PKCS1v15(), SHA256())


def test_the_vector_of_a_transaction_holds() -> None:
    assert hashlib.sha256(vectors.SYMMETRIC_BODY).hexdigest() == vectors.SYMMETRIC_BODY_SHA256
    assert sign(vectors.SYMMETRIC_BODY) == vectors.SYMMETRIC_SIGNATURE
    assert verifies()


def test_the_published_vector_of_a_transaction_holds_over_the_compacted_body() -> None:
    compact = snap.compacted(vectors.MIDTRANS_SYMMETRIC_BODY)
    assert compact == vectors.MIDTRANS_SYMMETRIC_COMPACT
    assert hashlib.sha256(compact).hexdigest() == vectors.MIDTRANS_SYMMETRIC_SHA256
    assert sign(compact, **vectors.MIDTRANS_SYMMETRIC) == vectors.MIDTRANS_SYMMETRIC_SIGNATURE
    for body in (compact, vectors.MIDTRANS_SYMMETRIC_BODY):
        assert verifies(
            body, signature=vectors.MIDTRANS_SYMMETRIC_SIGNATURE, **vectors.MIDTRANS_SYMMETRIC
        )


@pytest.mark.parametrize(
    ("body", "signature", "told"),
    [
        (
            vectors.MIDTRANS_NOTIFY_BODY,
            vectors.MIDTRANS_NOTIFY_SIGNATURE,
            vectors.MIDTRANS_NOTIFY,
        ),
        (
            vectors.MIDTRANS_PRETTY_NOTIFY_BODY,
            vectors.MIDTRANS_PRETTY_NOTIFY_SIGNATURE,
            vectors.MIDTRANS_PRETTY_NOTIFY,
        ),
    ],
    ids=["as it was sent", "signed compact, sent with white space"],
)
def test_the_published_notifications_verify(
    body: bytes, signature: str, told: dict[str, str]
) -> None:
    assert notify_verifies(body, key=vectors.MIDTRANS_PUBLIC_KEY, signature=signature, **told)


def test_the_vector_of_a_notification_verifies() -> None:
    assert notify_verifies()


def test_our_own_asymmetric_request_verifies_and_names_its_parts(pair: RSAPrivateKey) -> None:
    body = b'{"a":1}'
    key = snap.SigningKey.parse(pem(pair))
    made = snap.asymmetric_request(key, body=body, **vectors.NOTIFY)
    text = (
        f"POST:/v1.0/debit/notify:{hashlib.sha256(body).hexdigest()}:{vectors.NOTIFY['timestamp']}"
    )
    pair.public_key().verify(base64.b64decode(made), text.encode(), PKCS1v15(), SHA256())
    assert notify_verifies(body, key=public_pem(pair), signature=made)


def test_a_body_that_is_empty_is_signed_as_nothing() -> None:
    nothing = hashlib.sha256(b"").hexdigest()
    assert (nothing[:8], nothing[-4:]) == ("e3b0c442", "b855")
    assert verifies(b"", signature=sign(b""))


# -- what must not verify -------------------------------------------------------------------------


def test_a_signature_over_the_body_without_the_spaces_in_its_strings_does_not_verify() -> None:
    stripped = vectors.SYMMETRIC_BODY.replace(b" ", b"")
    assert sign(stripped) == vectors.SPACES_STRIPPED_SIGNATURE  # so that the library is understood
    assert not verifies(signature=vectors.SPACES_STRIPPED_SIGNATURE)


@for_each(
    "changes",
    [
        {"secret": "test-client-secret-0002"},
        {"secret": ""},
        {"method": "GET"},
        {"path": "/OVOSNAP/v3.0/debit/payment-host-to-host"},
        {"path": "/OVOSNAP/v2.0/debit/payment-host-to-host?"},
        {"token": "acctok124"},
        {"token": "Bearer acctok123"},
        {"timestamp": "2026-11-23T10:15:30+07:00"},
        {"signature": ""},
        {"signature": vectors.SYMMETRIC_SIGNATURE.lower()},
        {"signature": vectors.SYMMETRIC_SIGNATURE.swapcase()},
        {"signature": vectors.SYMMETRIC_SIGNATURE.rstrip("=")},
        {"signature": vectors.SYMMETRIC_SIGNATURE + "\n"},
        {"signature": " " + vectors.SYMMETRIC_SIGNATURE},
        {"signature": "\udc80é"},
    ],
)
def test_another_part_or_spelling_is_not_the_signature(changes: dict[str, str]) -> None:
    assert verifies()
    assert not verifies(**changes)


def test_an_empty_secret_verifies_nothing_not_even_its_own_signature() -> None:
    assert not verifies(secret="", signature=sign(vectors.SYMMETRIC_BODY, secret=""))


@pytest.mark.parametrize("check", [verifies, notify_verifies])
def test_any_changed_byte_of_the_body_is_noticed(check: Callable[[bytes], bool]) -> None:
    body = vectors.SYMMETRIC_BODY if check is verifies else vectors.NOTIFY_BODY
    for place in range(len(body)):
        changed = bytearray(body)
        changed[place] ^= 0x01
        assert not check(bytes(changed)), place


def test_a_body_that_was_parsed_and_written_anew_is_another_one() -> None:
    body = b'{"price":1.0,"url":"https:\\/\\/ovo.id","name":"Sari","name":"Sari"}'
    signature = sign(body)
    assert verifies(body, signature=signature)
    anew = json.dumps(json.loads(body), separators=(",", ":")).encode()
    assert not verifies(anew, signature=signature)


def test_white_space_between_tokens_is_all_that_may_differ() -> None:
    signature = sign(vectors.SYMMETRIC_BODY)
    spaced = vectors.SYMMETRIC_BODY.replace(b'","', b'" ,\r\n\t"').replace(b":", b" : ", 1)
    assert verifies(spaced, signature=signature)
    assert not verifies(spaced.replace(b"dr. Sari", b"dr.  Sari"), signature=signature)
    assert not verifies(spaced.replace(b"Sari - 30", b"Sari-30"), signature=signature)


@for_each(
    "changes",
    [
        {"key": vectors.MIDTRANS_PUBLIC_KEY},
        {"path": "/v1.0/debit/notify/"},
        {"method": "PUT"},
        {"timestamp": "2026-11-23T10:15:31.123+07:00"},
        {"signature": vectors.NOTIFY_SIGNATURE.swapcase()},
        {"signature": vectors.NOTIFY_SIGNATURE[:-4] + "===="},
        {"signature": vectors.NOTIFY_SIGNATURE.rstrip("=")},
        {"signature": vectors.NOTIFY_SIGNATURE.replace("+", "-")},
        {"signature": "é"},
        {"signature": ""},
    ],
)
def test_another_notification_or_key_does_not_verify(changes: dict[str, str]) -> None:
    assert notify_verifies()
    assert not notify_verifies(**changes)


def test_base64_with_other_unused_bits_is_not_the_same_signature() -> None:
    # The last digit before "==" carries four bits that decode to nothing.
    body, last = vectors.NOTIFY_SIGNATURE[:-3], vectors.NOTIFY_SIGNATURE[-3]
    twin = body + chr(ord(last) + 1) + "=="
    assert base64.b64decode(twin) == base64.b64decode(vectors.NOTIFY_SIGNATURE)
    assert not notify_verifies(signature=twin)


# -- compacting -----------------------------------------------------------------------------------


@for_each(
    ("body", "compact"),
    [
        (b' { "a" : [ 1.0 , -0.10e+5 ] }\n', b'{"a":[1.0,-0.10e+5]}'),
        (b'{"a":"x \\" y","b":"\\\\" , "c":1}', b'{"a":"x \\" y","b":"\\\\","c":1}'),
        (b'{"a":"\xc3\xa9 \xff"}', b'{"a":"\xc3\xa9 \xff"}'),
        (b'{"a":"new\nline"} ', b'{"a":"new\nline"}'),
        (b"", b""),
    ],
)
def test_only_white_space_outside_strings_goes(body: bytes, compact: bytes) -> None:
    assert snap.compacted(body) == compact


@for_each("body", [b'{"a', b'{"a\\"}', b'"', b'{"a":"b\\'])
def test_a_string_without_an_end_is_not_compacted(body: bytes) -> None:
    assert snap.compacted(body) is None


def test_a_long_hostile_body_is_compacted_in_no_time() -> None:
    for body in (b'"' + b"\\" * 65_535, b" " * 65_536, b'" ' * 32_768, b"[" * 65_536):
        snap.compacted(body)  # the limit of pytest-timeout would tell


# -- time stamps ----------------------------------------------------------------------------------


def test_time_stamps_are_jakartas_with_and_without_milliseconds() -> None:
    at = datetime(2026, 11, 23, 18, 15, 30, 999_999, tzinfo=UTC)
    assert snap.timestamp(at) == "2026-11-24T01:15:30.999+07:00"
    assert snap.timestamp(at, milliseconds=False) == "2026-11-24T01:15:30+07:00"
    whole = at.replace(microsecond=0)
    assert snap.timestamp(whole) == "2026-11-24T01:15:30.000+07:00"


@for_each(
    ("stamp", "seconds"),
    [
        ("2026-11-23T10:15:30+07:00", 30.0),
        ("2026-11-23T10:15:30.123+07:00", 30.123),
        ("2026-11-23T03:15:30Z", 30.0),
        ("2026-11-23T03:15:30.5Z", 30.5),
        ("2026-11-22T20:15:30-07:00", 30.0),
    ],
)
def test_every_spelling_of_an_instant_is_read(stamp: str, seconds: float) -> None:
    minute = datetime(2026, 11, 23, 3, 15, tzinfo=UTC)
    assert snap.time_of(stamp) == minute + timedelta(seconds=seconds)


@for_each(
    "stamp",
    [
        *("", "now", "2026-11-23", "2026-11-23T10:15:30", "20261123T10:15:30+07:00"),
        *("2026-11-23T10:15+07:00", "2026-13-23T10:15:30Z", "2026-11-23T24:00:01Z"),
        *("2026-11-23T10:15:30+99:00", "0001-01-01T00:00:00+07:00", "1763871330"),
        "\uff12026-11-23T10:15:30Z",
    ],
)
def test_what_names_no_instant_is_none(stamp: str) -> None:
    assert snap.time_of(stamp) is None
    assert not snap.is_fresh(stamp, datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_time_stamp_is_fresh_for_five_minutes_either_way(minutes: int) -> None:
    at = datetime(2026, 11, 23, 3, 15, 30, tzinfo=UTC) - timedelta(minutes=minutes)
    stamp = "2026-11-23T10:15:30+07:00"
    assert snap.is_fresh(stamp, at)
    late = at - timedelta(microseconds=1) if minutes > 0 else at + timedelta(microseconds=1)
    assert not snap.is_fresh(stamp, late)


# -- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_a_key_is_read_from_both_forms_and_from_one_line(
    pair: RSAPrivateKey, kind: PrivateFormat
) -> None:
    text = pem(pair, kind)
    for written in (text, text.replace("\n", "\\n"), f"\n{text}\n"):
        made = snap.asymmetric_token(snap.SigningKey.parse(written), client_id="c", timestamp="t")
        key = snap.VerifyingKey.parse(public_pem(pair).replace("\n", "\\n"))
        assert snap.verifies_token(key, made, client_id="c", timestamp="t")


def test_what_is_no_usable_key_is_refused_by_name_and_never_repeated(pair: RSAPrivateKey) -> None:
    small = generate_private_key(65_537, 1024)
    other = ec.generate_private_key(ec.SECP256R1())
    curve = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    locked = pem(pair, lock=BestAvailableEncryption(b"a password"))
    for text in ("", "no key", public_pem(pair), curve, pem(small), locked, pem(pair)[:300]):
        with pytest.raises(InvalidValue, match="private_key_next: must be") as refused:
            snap.SigningKey.parse(text, "private_key_next")
        assert not text or text.strip() not in str(refused.value)
    curves = other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for text in ("", "no key", pem(pair), curves.decode(), public_pem(small)):
        with pytest.raises(InvalidValue, match="public_key: must be"):
            snap.VerifyingKey.parse(text)


def test_a_key_never_prints_itself(pair: RSAPrivateKey) -> None:
    assert repr(snap.SigningKey.parse(pem(pair))) == "SigningKey()"
    assert repr(snap.VerifyingKey.parse(public_pem(pair))) == "VerifyingKey()"


def test_a_certificate_gives_its_key(pair: RSAPrivateKey) -> None:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "provider.test")])
    certificate = (
        x509.CertificateBuilder(name, name, pair.public_key(), 1)
        .not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
        .sign(pair, SHA256())
    )
    key = snap.VerifyingKey.parse(certificate.public_bytes(Encoding.PEM).decode())
    made = snap.asymmetric_token(snap.SigningKey.parse(pem(pair)), client_id="c", timestamp="t")
    assert snap.verifies_token(key, made, client_id="c", timestamp="t")
