"""Kept tokens as plain dicts and bytes; what they open with sealed."""

from typing import final

import orjson

from adapters.outbound.keyring import Keyring
from adapters.outbound.plain import (
    Plain,
    from_instant,
    instant,
    optional_instant,
    optional_time,
)
from adapters.outbound.sealed import FORMAT, context_of, dump, load
from application.ports import KeptToken, Token, TokenKey


@final
class TokenCodec:
    """Turns kept tokens into plain dicts or bytes and back, exactly."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def encode(self, kept: KeptToken) -> bytes:
        """The kept token, what it opens with sealed."""
        return dump("token", self.to_plain(kept))

    def decode(self, data: bytes) -> KeptToken:
        """What encode was given; raises Unreadable."""
        return load("token", data, self.from_plain)

    def to_plain(self, kept: KeptToken) -> Plain:
        """The kept token, access and refresh sealed together, bound to whose it is."""
        key, token = kept.key, kept.token
        return {
            "v": FORMAT,
            "key": [key.provider, key.merchant_id, key.livemode, key.client, key.customer],
            "version": kept.version,
            "claimed": optional_instant(kept.claimed_until),
            "not_before": optional_instant(kept.not_before),
            "failures": kept.failures,
            "refused": optional_instant(kept.refused_at),
            "token": None
            if token is None
            else {
                "fetched": instant(token.fetched_at),
                "ends": instant(token.ends_at),
                "refresh_ends": optional_instant(token.refresh_ends_at),
                "sealed": self._keyring.seal(
                    dump("token", [token.access, token.refresh]), context_of("token", str(key))
                ),
            },
        }

    def from_plain(self, plain: Plain) -> KeptToken:
        """The kept token that to_plain was given."""
        key, token = TokenKey(*plain["key"]), plain["token"]
        return KeptToken(
            key=key,
            version=plain["version"],
            token=None if token is None else self._token(key, token),
            claimed_until=optional_time(plain["claimed"]),
            not_before=optional_time(plain["not_before"]),
            failures=plain["failures"],
            refused_at=optional_time(plain["refused"]),
        )

    def _token(self, key: TokenKey, plain: Plain) -> Token:
        sealed = self._keyring.unseal(plain["sealed"], context_of("token", str(key)))
        access, refresh = orjson.loads(sealed)
        return Token(
            access=access,
            fetched_at=from_instant(plain["fetched"]),
            ends_at=from_instant(plain["ends"]),
            refresh=refresh,
            refresh_ends_at=optional_time(plain["refresh_ends"]),
        )
