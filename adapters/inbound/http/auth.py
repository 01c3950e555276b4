"""Who is asking: API keys in the Authorization header."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from adapters.inbound.http.problems import Code, Refusal
from application.ports import Directory, NotFound
from domain.merchant import Caller

_KEY = re.compile(r"lunas_(test|live)_[A-Za-z0-9_\-]{16,200}", re.ASCII)
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="lunas"'}
_CHALLENGE_INVALID = {"WWW-Authenticate": 'Bearer realm="lunas", error="invalid_token"'}


@dataclass(frozen=True, slots=True)
class Doorman:
    """Lets in whoever brings the key of a client that has not been revoked."""

    directory: Directory

    def admit(self, environ: Mapping[str, Any]) -> Caller:
        """The caller; raises Refusal (401) without telling which part was wrong.

        Raises StoreUnavailable when the directory cannot be asked.
        """
        header = environ.get("HTTP_AUTHORIZATION")
        if not header:
            raise Refusal(Code.UNAUTHORIZED, headers=_CHALLENGE)
        scheme, _, key = header.partition(" ")
        key = key.strip()
        shape = _KEY.fullmatch(key)
        if scheme.lower() != "bearer" or shape is None:
            raise Refusal(Code.UNAUTHORIZED, headers=_CHALLENGE_INVALID)
        digest = sha256(key.encode("ascii")).hexdigest()
        try:
            client = self.directory.client_by_key(digest)
        except NotFound:
            raise Refusal(Code.UNAUTHORIZED, headers=_CHALLENGE_INVALID) from None
        livemode = shape[1] == "live"
        known = compare_digest(client.key_sha256, digest)
        if not known or client.revoked_at is not None or client.livemode != livemode:
            raise Refusal(Code.UNAUTHORIZED, headers=_CHALLENGE_INVALID)
        return Caller(client.id, client.merchant_id, client.livemode)
