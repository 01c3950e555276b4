"""The key ring and its file."""

import base64
import hmac
import os
import stat
from pathlib import Path

import pytest

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import KeyFileRefused, Keyring, Mac, Unreadable
from tests.builders import PHONE, a_payment
from tests.unit.cases import for_each

FIRST, SECOND = bytes(range(32)), bytes(range(1, 33))


def line(key_id: str, key: bytes) -> str:
    """One line of a key file."""
    return f"{key_id} {base64.b64encode(key).decode()}\n"


def a_file(path: Path, text: str, mode: int = 0o600) -> Path:
    """A key file with that content."""
    path.write_text(text)
    path.chmod(mode)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "key"


def test_a_created_file_is_the_owners_alone_and_reads_back(path: Path) -> None:
    made = Keyring.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    sealed = made.seal(b"hello", "here")
    assert Keyring.read(path).unseal(sealed, "here") == b"hello"


def test_a_key_file_is_never_overwritten(path: Path) -> None:
    Keyring.create(path)
    before = path.read_bytes()
    with pytest.raises(KeyFileRefused, match="never overwritten"):
        Keyring.create(path)
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(KeyFileRefused, match="cannot be written"):
        Keyring.create(tmp_path / "missing" / "key")


def test_the_first_line_seals_and_the_others_still_open(path: Path) -> None:
    old = Codec(Keyring.read(a_file(path, line("old", FIRST))))
    payment = a_payment()
    written = old.encode_payment(payment)
    both = Keyring.read(a_file(path, line("new", SECOND) + "\n" + line("old", FIRST)))
    rotated = Codec(both)
    assert rotated.decode_payment(written) == payment
    assert b'"new.' in rotated.encode_payment(payment)
    assert rotated.phone_hashes(PHONE) == (rotated.phone_hash(PHONE), old.phone_hash(PHONE))


def test_fingerprints_name_their_key_and_can_be_made_again_with_it() -> None:
    old, both = Keyring([("old", FIRST)]), Keyring([("new", SECOND), ("old", FIRST)])
    before = old.fingerprint(b"meaning")
    assert (both.fingerprint(b"meaning").key_id, before.key_id) == ("new", "old")
    assert both.fingerprint(b"meaning", before.key_id) == before
    assert both.fingerprint(b"another", before.key_id) != before
    with pytest.raises(Unreadable, match="'gone'"):
        both.fingerprint(b"meaning", "gone")


def test_each_purpose_has_its_own_key() -> None:
    ring = Keyring([("k", FIRST)])
    assert not ring.fingerprint(PHONE.digits.encode()).digest.startswith(
        ring.hash_phone(PHONE.digits)
    )


@for_each(
    ("text", "words"),
    [
        ("", "holds no key"),
        ("\n \n", "holds no key"),
        ("only-an-id\n", "malformed in line 1"),
        (line("k", FIRST) + "k2 AAAA BBBB\n", "malformed in line 2"),
        (line("bad id!", FIRST), "malformed in line 1"),
        (line("k!", FIRST), "malformed in line 1"),
        ("k not*base64\n", "malformed in line 1"),
        (line("k", FIRST[:31]), "no base64 of 32 bytes in line 1"),
        (line("k", FIRST) + line("k", SECOND), "repeats a key or its id in line 2"),
        (line("k", FIRST) + line("k2", FIRST), "repeats a key or its id in line 2"),
        ("x" * 70_000, "too long"),
    ],
)
def test_a_file_that_is_no_key_file_is_refused(path: Path, text: str, words: str) -> None:
    with pytest.raises(KeyFileRefused, match=words) as refused:
        Keyring.read(a_file(path, text))
    assert base64.b64encode(FIRST).decode() not in str(refused.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_a_file_that_others_may_open_is_refused(path: Path, mode: int) -> None:
    with pytest.raises(KeyFileRefused, match="chmod 600"):
        Keyring.read(a_file(path, line("k", FIRST), mode))


def test_a_missing_file_says_where_keys_come_from(path: Path) -> None:
    with pytest.raises(KeyFileRefused, match="an old house needs the one it had"):
        Keyring.read(path)


def test_a_directory_is_no_key_file(tmp_path: Path) -> None:
    with pytest.raises(KeyFileRefused, match="cannot be read"):
        Keyring.read(tmp_path)


@for_each("keys", [[], [("k", FIRST[:31])], [("k", FIRST), ("k", SECOND)], [("a.b", FIRST)]])
def test_a_ring_of_bad_keys_is_refused(keys: list[tuple[str, bytes]]) -> None:
    with pytest.raises(ValueError, match="key"):
        Keyring(keys)


def test_a_ring_shows_its_ids_alone() -> None:
    ring = Keyring([("k1", FIRST), ("k2", SECOND)])
    assert repr(ring) == "Keyring(k1, k2)"


@for_each("token", ["", "k", "k.", "k.AAAA", "k.not*base64", "k.é", f"k.{'A' * 80}", "gone.AAAA"])
def test_what_was_never_sealed_does_not_open(token: str) -> None:
    with pytest.raises(Unreadable):
        Keyring([("k", FIRST)]).unseal(token, "here")


def test_no_two_seals_share_a_nonce() -> None:
    ring = Keyring([("k", FIRST)])
    seals = {base64.b64decode(ring.seal(b"", "here")[2:])[:12] for _ in range(500)}
    assert len(seals) == 500


@for_each("length", [0, 1, 55, 56, 63, 64, 65, 3_000])
def test_a_mac_is_the_librarys_hmac(length: int) -> None:
    data = bytes(number % 251 for number in range(length))
    mac = Mac(FIRST)
    assert mac.digest(data) == mac.digest(data) == hmac.digest(FIRST, data, "sha256")


@pytest.mark.parametrize(("mode", "accepted"), [(0o440, True), (0o640, True), (0o660, False)])
def test_a_key_that_root_hands_to_our_group_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, accepted: bool
) -> None:
    file = tmp_path / "key"
    Keyring.create(file)
    file.chmod(mode)
    known, real = file.stat(), os.fstat

    def owned_by_root(handle: int) -> os.stat_result:
        values = list(real(handle))
        values[stat.ST_UID] = 0
        return os.stat_result(values)

    monkeypatch.setattr(os, "fstat", owned_by_root)
    monkeypatch.setattr(os, "geteuid", lambda: 10_001)
    monkeypatch.setattr(os, "getgroups", lambda: [known.st_gid])
    if accepted:
        assert Keyring.read(file).seal(b"x", "a test")
    else:
        with pytest.raises(KeyFileRefused, match="chmod 600"):
            Keyring.read(file)
    monkeypatch.setattr(os, "getgroups", list)
    monkeypatch.setattr(os, "getegid", lambda: known.st_gid + 1)
    with pytest.raises(KeyFileRefused, match="chmod 600"):
        Keyring.read(file)
