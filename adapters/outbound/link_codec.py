"""Wallet links as plain dicts and bytes; their number and secrets sealed."""

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
from domain.msisdn import Msisdn
from domain.wallet_link import CustomerTokens, LinkEnd, LinkSecrets, LinkStatus, WalletLink


@final
class LinkCodec:
    """Turns wallet links into plain dicts or bytes and back, exactly."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def encode(self, link: WalletLink) -> bytes:
        """The wallet link, its number and secrets sealed."""
        return dump("wallet link", self.to_plain(link))

    def decode(self, data: bytes) -> WalletLink:
        """What encode was given; raises Unreadable."""
        return load("wallet link", data, self.from_plain)

    def to_plain(self, link: WalletLink) -> Plain:
        """The wallet link; its number, the wallet's address for it and its secrets sealed."""
        tokens = link.secrets.tokens
        personal = {
            "phone": link.phone.digits,
            "url": link.url,
            "linkage": link.secrets.linkage_token,
            "code": link.secrets.auth_code,
            "tokens": None
            if tokens is None
            else [
                tokens.access,
                optional_instant(tokens.access_ends_at),
                tokens.refresh,
                optional_instant(tokens.refresh_ends_at),
            ],
        }
        return {
            "v": FORMAT,
            "id": link.id,
            "merchant": link.merchant_id,
            "live": link.livemode,
            "provider": link.provider,
            "customer": link.customer_id,
            "status": link.status,
            "created": instant(link.created_at),
            "updated": instant(link.updated_at),
            "expires": instant(link.expires_at),
            "return": link.return_url,
            "reason": link.reason,
            "version": link.version,
            "sealed": self._keyring.seal(
                dump("wallet link", personal), context_of("wallet link", link.id)
            ),
        }

    def from_plain(self, plain: Plain) -> WalletLink:
        """The wallet link that to_plain was given."""
        sealed = self._keyring.unseal(plain["sealed"], context_of("wallet link", plain["id"]))
        personal = orjson.loads(sealed)
        tokens, reason = personal["tokens"], plain["reason"]
        return WalletLink(
            id=plain["id"],
            merchant_id=plain["merchant"],
            livemode=plain["live"],
            provider=plain["provider"],
            customer_id=plain["customer"],
            phone=Msisdn(personal["phone"]),
            status=LinkStatus(plain["status"]),
            created_at=from_instant(plain["created"]),
            updated_at=from_instant(plain["updated"]),
            expires_at=from_instant(plain["expires"]),
            return_url=plain["return"],
            url=personal["url"],
            secrets=LinkSecrets(
                linkage_token=personal["linkage"],
                auth_code=personal["code"],
                tokens=None
                if tokens is None
                else CustomerTokens(
                    tokens[0], optional_time(tokens[1]), tokens[2], optional_time(tokens[3])
                ),
            ),
            reason=None if reason is None else LinkEnd(reason),
            version=plain["version"],
        )
