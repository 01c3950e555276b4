"""The keys that personal data is sealed with: one file, its first key active, the others read."""

import base64
import binascii
import os
import re
import secrets
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from adapters.outbound import randomness
from application.ports import Fingerprint, StoreUnavailable

KEY_BYTES = 32
_NONCE_BYTES = 12
"""Random: one key may seal 2^32 records before two nonces meet with odds of 2^-33 (SP 800-38D)."""
_BLOCK_BYTES = 64
"""Of SHA-256."""
_LARGEST_FILE = 64 * 1024
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}", re.ASCII)
_OTHERS_MAY = stat.S_IRWXO | stat.S_IWGRP | stat.S_IXGRP
_NOT_ITS_OWNER = stat.S_IRWXG | stat.S_IRWXO


class KeyFileRefused(StoreUnavailable):
    """The key file cannot be used; the message says what to do and never holds a key."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"the key file {path} {problem}")


class Unreadable(StoreUnavailable):
    """A record that these keys do not open: its key is missing, or it was tampered with."""


@final
class Mac:
    """HMAC-SHA-256 (RFC 2104) under one key, whose two blocks are hashed once and then copied.

    The library's own call does the same in twice the time, and lets other threads in each time: a
    request would wait its turn again.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        assert len(key) <= _BLOCK_BYTES
        block = key.ljust(_BLOCK_BYTES, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(self, data: bytes) -> bytes:
        """The 32 bytes that only the key's holder can make of this data."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(data)
        outer.update(inner.digest())
        return outer.digest()


@dataclass(frozen=True, slots=True)
class _Key:
    """One key of the file, and the keys derived from it for each purpose."""

    id: str
    cipher: AESGCM = field(repr=False)
    for_phones: Mac = field(repr=False)
    for_fingerprints: Mac = field(repr=False)

    @classmethod
    def derived(cls, key_id: str, material: bytes) -> "_Key":
        return cls(
            id=key_id,
            cipher=AESGCM(_derive(material, "encryption")),
            for_phones=Mac(_derive(material, "phone")),
            for_fingerprints=Mac(_derive(material, "fingerprint")),
        )


def _is_handed(file: os.stat_result) -> bool:
    """Whether root hands it to a group of ours, as Kubernetes hands secrets to a pod."""
    return file.st_uid == 0 != os.geteuid() and file.st_gid in {os.getegid(), *os.getgroups()}


def _derive(material: bytes, purpose: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"lunas {purpose}".encode())
    return hkdf.derive(material)


@final
class Keyring:
    """Seals, hashes and fingerprints; shows only the ids of its keys."""

    def __init__(self, keys: Sequence[tuple[str, bytes]]) -> None:
        """Take (id, 32 bytes) pairs, the active one first.

        Raises ValueError without repeating a key.
        """
        if not keys:
            raise ValueError("a key ring needs at least one key")
        if len({key_id for key_id, _ in keys}) < len(keys):
            raise ValueError("two keys have the same id")
        if any(not _KEY_ID.fullmatch(key_id) or len(key) != KEY_BYTES for key_id, key in keys):
            raise ValueError(f"a key has an id of [A-Za-z0-9_-] and {KEY_BYTES} bytes")
        self._keys = {key_id: _Key.derived(key_id, material) for key_id, material in keys}
        self._active = next(iter(self._keys.values()))
        self._prefix = f"{self._active.id}."

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._keys)})"

    @classmethod
    def create(cls, path: Path) -> "Keyring":
        """Write a file with one fresh key, readable by its owner alone; never over an old file."""
        line = f"{secrets.token_hex(4)} {base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            raise KeyFileRefused(path, "exists already; a key is never overwritten") from None
        except OSError as problem:
            raise KeyFileRefused(path, f"cannot be written: {problem.strerror}") from None
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(line + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            with suppress(OSError):
                path.unlink()
            raise KeyFileRefused(path, f"cannot be written: {problem.strerror}") from None
        _sync_directory(path.parent)
        return cls.read(path)

    @classmethod
    def read(cls, path: Path) -> "Keyring":
        """Read `key_id base64(32 bytes)` lines, the active key first; raises KeyFileRefused."""
        try:
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                content = file.read(_LARGEST_FILE + 1)
        except FileNotFoundError:
            raise KeyFileRefused(
                path,
                "does not exist: `lunas migrate` makes one for a new house; "
                "an old house needs the one it had",
            ) from None
        except OSError as problem:
            raise KeyFileRefused(path, f"cannot be read: {problem.strerror}") from None
        if status.st_mode & (_OTHERS_MAY if _is_handed(status) else _NOT_ITS_OWNER):
            raise KeyFileRefused(path, f"is open to other users: run `chmod 600 {path}`")
        if len(content) > _LARGEST_FILE:
            raise KeyFileRefused(path, "is too long for a key file")
        return cls(_parse(path, content))

    # -- what its keys do ------------------------------------------------------------------------

    def seal(self, plain: bytes, context: str) -> str:
        """Encrypt with the active key, bound to `context` (record kind, id and field)."""
        nonce = randomness.take(_NONCE_BYTES)
        sealed = nonce + self._active.cipher.encrypt(nonce, plain, context.encode())
        return self._prefix + binascii.b2a_base64(sealed, newline=False).decode()

    def unseal(self, token: str, context: str) -> bytes:
        """Decrypt what `seal` gave for the same context; raises Unreadable."""
        key_id, dot, text = token.partition(".")
        key = self._keys.get(key_id)
        if not dot or key is None:
            raise Unreadable(
                f"{context} was sealed with the key {key_id[:32]!r}, which the key file lacks:"
                " add that key's line to the file again"
            )
        try:
            sealed = binascii.a2b_base64(text, strict_mode=True)
            nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            return key.cipher.decrypt(nonce, rest, context.encode())
        except (InvalidTag, ValueError):
            raise Unreadable(
                f"{context} does not open with its key {key_id!r}: it was altered or moved"
            ) from None

    def hash_phone(self, digits: str) -> str:
        """The keyed hash that a number is found again by, made with the active key."""
        return _phone_hash(self._active, digits)

    def hashes_of_phone(self, digits: str) -> tuple[str, ...]:
        """The number's hash under every key, the active one first."""
        return tuple(_phone_hash(key, digits) for key in self._keys.values())

    def fingerprint(self, data: bytes, key_id: str | None = None) -> Fingerprint:
        """HMAC-SHA-256 with the active key, or with the one named; raises Unreadable without it."""
        key = self._active if key_id is None else self._keys.get(key_id)
        if key is None:
            raise Unreadable(f"a fingerprint was made with the key {key_id!r}, which is missing")
        return Fingerprint(key.id, key.for_fingerprints.digest(data).hex())


def _phone_hash(key: _Key, digits: str) -> str:
    return key.for_phones.digest(digits.encode())[:16].hex()


def _parse(path: Path, content: bytes) -> Sequence[tuple[str, bytes]]:
    keys: list[tuple[str, bytes]] = []
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        key_id, material = _parse_line(path, number, line)
        if any(key_id == known or material == key for known, key in keys):
            raise KeyFileRefused(path, f"repeats a key or its id in line {number}: delete that one")
        keys.append((key_id, material))
    if not keys:
        raise KeyFileRefused(path, "holds no key: restore it from its backup")
    return keys


def _parse_line(path: Path, number: int, line: bytes) -> tuple[str, bytes]:
    words = line.split()
    try:
        key_id, material = words[0].decode("ascii"), base64.b64decode(words[1], validate=True)
    except (IndexError, ValueError):
        key_id, material = "", b""
    if len(words) != 2 or not _KEY_ID.fullmatch(key_id):
        raise KeyFileRefused(path, f"is malformed in line {number}: write `key_id base64-of-key`")
    if len(material) != KEY_BYTES:
        raise KeyFileRefused(path, f"holds no base64 of {KEY_BYTES} bytes in line {number}")
    return key_id, material


def _sync_directory(directory: Path) -> None:
    # The file's name must survive a power cut as well as its bytes do.
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
