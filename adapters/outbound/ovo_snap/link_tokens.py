"""The tokens that OVO is called with: a customer's, renewed by their link, or the account's own."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import final

import httpx

from adapters.outbound import randomness
from adapters.outbound.ovo_snap.calls import SnapCalls
from adapters.outbound.ovo_snap.credentials import OvoSnapCredentials
from adapters.outbound.ovo_snap.dialect import OvoSnapDialect
from adapters.outbound.ovo_snap.messages import NAME, written
from adapters.outbound.rotation import Rotation
from adapters.outbound.snap_tokens import B2B2C, SignatureRefused, SnapTokens, TokenCall
from adapters.outbound.tokens import TokenRefused, TokenSource, TokenUnavailable
from application.ports import Token, TokenKey
from application.use_wallet_link import RenewLink
from domain.errors import LunasError
from domain.ids import RANDOM_BYTES, IdKind, new_id
from domain.merchant import ProviderAccount
from domain.wallet_link import CustomerTokens, LinkInactive, WalletLink

USUAL_LIFE = timedelta(days=15)
"""Of a customer's token, where its end was not told. Source: OVO's research notes."""
_THEIR_REFUSALS = ("401", "403", "404")
"""A renewal answered with one of these is refused for good: the customer has to link again."""


def fresh_id(now: datetime, kind: IdKind) -> str:
    """A fresh id of that time."""
    return new_id(kind, int(now.timestamp() * 1_000), randomness.take(RANDOM_BYTES))


@final
@dataclass(frozen=True, slots=True)
class LinkTokens:
    """Gives the token of a link, renewed in time by one asker of all processes.

    The link's own record keeps the tokens for good; the source keeps them at hand. `clock` is the
    process's corrected clock (aware).
    """

    source: TokenSource
    renew: RenewLink
    calls: SnapCalls
    asks: SnapTokens
    dialect: OvoSnapDialect
    clock: Callable[[], datetime]

    async def of_link(self, account: ProviderAccount, link_id: str, *, within: timedelta) -> Token:
        """The customer's token; raises LinkInactive or TokenUnavailable."""
        await asyncio.to_thread(self.renew.current, link_id)
        key, fetch = self._key(account, link_id), partial(self._renewed, account, link_id)
        try:
            return await self.source.token(key, fetch, within=within)
        except TokenUnavailable:
            await asyncio.to_thread(self.renew.current, link_id)  # perhaps it broke by that
            raise

    async def of_account(self, account: ProviderAccount, *, within: timedelta) -> Token:
        """The account's own token; raises TokenUnavailable or InvalidValue."""
        url = self.calls.url(account, self.dialect.token_b2b)
        known = OvoSnapCredentials.parse(account.credentials)
        key = self._key(account, None)

        async def fetch(_: Token | None) -> Token:
            return await self.asks.fetch(TokenCall(url, key, known.signing))

        return await self.source.token(key, fetch, within=within)

    async def refused(self, account: ProviderAccount, link_id: str | None, token: Token) -> None:
        """OVO refuses this very token: the next one asked for is another. Raises nothing."""
        with suppress(TokenUnavailable):
            await self.source.refused(self._key(account, link_id), token)

    async def forget(self, account: ProviderAccount, link_id: str) -> None:
        """The link is gone: keep nothing of its tokens. Raises nothing."""
        with suppress(TokenUnavailable):
            await self.source.forget(self._key(account, link_id))

    async def broken(self, account: ProviderAccount, link_id: str) -> None:
        """OVO takes none of the link's tokens any more; raises what the store refuses."""
        with suppress(LinkInactive):
            await self._break(account, await asyncio.to_thread(self.renew.current, link_id))

    async def first(self, account: ProviderAccount, link: WalletLink) -> CustomerTokens:
        """The tokens for the link's one-time code; raises TokenRefused, or what the wire raises.

        SignatureRefused is our own fault, as far as can be told.
        Source: SNAP access-token/b2b2c; OVO takes the linkage token as Authorization.
        """
        body = {"grantType": "authorization_code", "authCode": link.secrets.auth_code}
        linkage = link.secrets.linkage_token or ""
        try:
            told = ("Authorization", f"Bearer {linkage}")
            return _tokens(await self._asked(account, link.id, body, told))
        except SignatureRefused as refused:
            if await self._is_of_the_customer(account, refused):
                raise TokenRefused(str(refused)) from None
            raise

    async def _renewed(self, account: ProviderAccount, link_id: str, before: Token | None) -> Token:
        try:
            link = await asyncio.to_thread(self.renew.current, link_id)
        except LinkInactive:
            raise TokenRefused("the link is not active") from None
        kept = link.secrets.tokens
        if before is None and kept is not None and self._serves(kept):
            return Token(kept.access, link.updated_at, _end(kept, link), kept.refresh)
        refresh = before.refresh if before else None
        if refresh is None and kept is not None:
            refresh = kept.refresh
        if refresh is None:
            await self._break(account, link)
            raise TokenRefused("no refresh token")
        body = {"grantType": "refresh_token", "refreshToken": refresh}
        try:
            given = await self._asked(account, link_id, body)
        except TokenRefused as refused:
            if await self._is_of_the_customer(account, refused):
                await self._break(account, link)
            raise
        with suppress(LunasError):  # then the source alone has them, until the next renewal
            await asyncio.to_thread(self.renew.renewed, link, _tokens(given))
        return given if given.refresh else replace(given, refresh=refresh)

    async def _break(self, account: ProviderAccount, link: WalletLink) -> None:
        """A link that was changed meanwhile stays, and so do its tokens."""
        left = await asyncio.to_thread(self.renew.broken, link)
        if not left.active:
            await self.forget(account, link.id)

    async def _is_of_the_customer(self, account: ProviderAccount, refused: TokenRefused) -> bool:
        """Whether the link has ended there, and not only something of ours is wrong.

        401 00 is told of a wrong signature and, by OVO, of a refresh token that has ended: where
        the same key is given a token of the account's, the signature is right.
        """
        if not isinstance(refused, SignatureRefused):
            return str(refused)[:3] in _THEIR_REFUSALS
        known = OvoSnapCredentials.parse(account.credentials)
        key, url = self._key(account, None), self.calls.url(account, self.dialect.token_b2b)
        try:
            token = await self.asks.fetch(TokenCall(url, key, known.signing))
            await self.source.keep(key, token)
        except (LunasError, httpx.TransportError):
            return False
        return True

    async def _asked(
        self,
        account: ProviderAccount,
        link_id: str,
        body: Mapping[str, object],
        *headers: tuple[str, str],
    ) -> Token:
        known = OvoSnapCredentials.parse(account.credentials)
        url = self.calls.url(account, self.dialect.token_b2b2c)
        key = self._key(account, link_id)
        return await self.asks.fetch(
            TokenCall(url, key, known.signing, B2B2C, written(body), headers)
        )

    def _serves(self, kept: CustomerTokens) -> bool:
        return kept.access_ends_at is not None and self.clock() < kept.access_ends_at

    def _key(self, account: ProviderAccount, link_id: str | None) -> TokenKey:
        client = OvoSnapCredentials.parse(account.credentials).client_id
        return TokenKey(NAME, account.merchant_id, account.livemode, client, link_id)


def made(
    source: TokenSource,
    renew: RenewLink,
    calls: SnapCalls,
    dialect: OvoSnapDialect,
    clock: Callable[[], datetime],
) -> LinkTokens:
    """The tokens of one gateway, asked for over the same wire as its calls."""
    asks = SnapTokens(calls.wire, clock, Rotation())
    return LinkTokens(source, renew, calls, asks, dialect, clock)


def _tokens(given: Token) -> CustomerTokens:
    return CustomerTokens(given.access, given.ends_at, given.refresh, given.refresh_ends_at)


def _end(kept: CustomerTokens, link: WalletLink) -> datetime:
    return kept.access_ends_at or link.updated_at + USUAL_LIFE
