"""The secret that `lunas listen` signs with: given, or made once and kept in the data folder."""

import base64
import binascii
import os
from pathlib import Path
from typing import TextIO

from adapters.inbound.cli.exits import Failed, Misused
from adapters.inbound.cli.tools import Tools

PREFIX = "whsec_"
FEWEST_BYTES, MOST_BYTES = 24, 64
"""Of a key (Standard Webhooks, "Signature scheme")."""
LONGEST_SPELLING = 1_024
FOR_ITS_OWNER = 0o600


def given_secret(tools: Tools, file: TextIO | None) -> str | None:
    """The one in this file, else the one of LUNAS_LISTEN_SECRET; raises Misused for a wrong one."""
    if file is None and tools.listen_secret is None:
        return None
    try:
        found = file.read(LONGEST_SPELLING) if file else tools.listen_secret
    except (OSError, UnicodeDecodeError):
        found = None
    secret = (found or "").strip()
    if not _is_secret(secret):
        source = "the secret file" if file else "LUNAS_LISTEN_SECRET"
        raise Misused(f"{source} must hold whsec_ and the base64 of 24 to 64 bytes, nothing else")
    return secret


def kept_secret(tools: Tools) -> str:
    """The one of the run before, or a fresh one, kept for its owner only; raises Failed."""
    file = tools.listen_secret_file
    try:
        if not file.exists():
            _keep(file, tools.new_secret())
        file.chmod(FOR_ITS_OWNER)
        secret = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Failed(
            f"the signing secret cannot be kept in {file} ({type(error).__name__}). "
            "What to do: set LUNAS_DATA_DIR to a folder of yours, or give --secret-file."
        ) from None
    if not _is_secret(secret):
        raise Failed(
            f"{file} holds no signing secret. What to do: delete it; the next run makes one."
        )
    return secret


def _keep(file: Path, secret: str) -> None:
    """Write it whole or not at all; of two that do so at the same time, the first one's stays."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FOR_ITS_OWNER)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as written:
            written.write(f"{secret}\n")
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink(missing_ok=True)


def _is_secret(spelled: str) -> bool:
    if not spelled.startswith(PREFIX):
        return False
    try:
        key = base64.b64decode(spelled.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return FEWEST_BYTES <= len(key) <= MOST_BYTES
