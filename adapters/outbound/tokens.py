"""The tokens that providers are called with: fetched once however many ask, in all processes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar, final

from adapters.outbound.token_times import DEFAULT_TIMES, TokenTimes
from application.ports import (
    KeptToken,
    KeptTokens,
    StoreUnavailable,
    Token,
    TokenFetch,
    TokenKey,
    TokenNeed,
    TokenObserver,
)
from domain.errors import LunasError

Result = TypeVar("Result")
Fetch = Callable[[Token | None], Awaitable[Token]]
"""Asks the provider for a token; is given the one before, to be refreshed where that is how.

It serves every asker, so it looks at no charge's deadline. Raises TokenRefused where the provider
refuses; whatever else it raises is told by its type alone.
"""


class TokenUnavailable(LunasError):
    """There is no token: nothing was sent with one, so the charge that needs it was not sent."""


class TokenRefused(LunasError):
    """The provider refuses us a token; the message is its code, never a key or a token."""


MOST_HELD = 10_000
"""Tokens held in this process's memory; the rest are read from where they are kept."""
MOST_TRIES = 8
"""How often a change is made again that somebody else's came before."""


def _nobody(_: TokenFetch) -> None:
    return None


@final
class TokenSource:
    """Gives the token that there is, and has the next one fetched in time by one asker alone.

    `clock` is the process's corrected clock (aware). For one event loop. Nothing is ever fetched
    without a claim in the store, so that all processes together fetch once; a claim ends by itself
    when its holder dies.
    """

    def __init__(
        self,
        kept: KeptTokens,
        clock: Callable[[], datetime],
        observe: TokenObserver = _nobody,
        times: TokenTimes = DEFAULT_TIMES,
    ) -> None:
        self._kept = kept
        self._clock = clock
        self._observe = observe
        self._times = times
        self._held: dict[TokenKey, Token] = {}
        self._flights: dict[TokenKey, asyncio.Task[Token]] = {}
        self._ahead: dict[TokenKey, asyncio.Task[Token]] = {}
        self._look_ahead_at: dict[TokenKey, float] = {}
        self._refusals: dict[tuple[TokenKey, str], asyncio.Task[None]] = {}
        self._refused: dict[TokenKey, Token] = {}

    async def token(self, key: TokenKey, fetch: Fetch, *, within: timedelta) -> Token:
        """A token that serves now; waits for it `within` at most. Raises TokenUnavailable."""
        held = self._held.get(key)
        if held is not None and self._times.serves(held, self._clock()):
            if self._times.is_ending(held, self._clock()):
                self._renew_ahead(key, fetch)
            return held
        flight = self._flights.get(key)
        if flight is None:
            flight = _begun(self._flights, key, self._renewed(key, fetch))
        try:
            async with asyncio.timeout(max(0.0, within.total_seconds())):
                return await asyncio.shield(flight)
        except TimeoutError:
            raise TokenUnavailable("no token of the provider in time") from None

    async def refused(self, key: TokenKey, token: Token) -> None:
        """The provider refuses this very token: throw it away, and none that came after it.

        However many were refused it, one change is made. Raises TokenUnavailable.
        """
        held = self._held.get(key)
        if held is not None and held.access != token.access:
            return  # another one is had by now
        self._held.pop(key, None)
        _remember(self._refused, key, token)
        await self._discard(key, token)

    async def keep(self, key: TokenKey, token: Token) -> None:
        """Keep a token that was had in another way, as a customer's first; over any before it.

        Raises TokenUnavailable: then it is not kept.
        """
        if not await self._changed(key, lambda kept: _with(kept, token)):
            raise TokenUnavailable("the token could not be kept: others change it all the time")
        self._hold(key, token)

    async def forget(self, key: TokenKey) -> None:
        """Keep nothing of it any more; raises TokenUnavailable."""
        self._held.pop(key, None)
        await _in_store(self._kept.drop, key)

    async def aclose(self) -> None:
        """Let go of what is under way; claims end by themselves."""
        flights = [*self._flights.values(), *self._ahead.values(), *self._refusals.values()]
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    # -- having the next one ---------------------------------------------------------------------

    def _renew_ahead(self, key: TokenKey, fetch: Fetch) -> None:
        now = asyncio.get_running_loop().time()
        if key in self._ahead or now < self._look_ahead_at.get(key, now):
            return
        self._look_ahead_at[key] = now + self._times.look_ahead_every.total_seconds()
        _begun(self._ahead, key, self._renewed(key, fetch, ahead=True))

    async def _renewed(self, key: TokenKey, fetch: Fetch, *, ahead: bool = False) -> Token:
        loop = asyncio.get_running_loop()
        end = loop.time() + (self._times.claim_for + self._times.fetch_within).total_seconds()
        while loop.time() < end:
            kept = await _in_store(self._kept.get, key) or KeptToken(key, 0)
            now, found = self._clock(), kept.token
            if found is not None and self._is_refused(key, found):
                # It was read before it was thrown away: whoever is given it is refused again.
                await self._discard(key, found)
                continue
            if found is not None and self._times.serves(found, now):
                self._hold(key, found)
                if not (ahead and self._times.is_ending(found, now)):
                    return found
            if _before(now, kept.not_before, self._times.longest_pause):
                raise TokenUnavailable("the provider gave no token, and is not asked again yet")
            if _before(now, kept.claimed_until, self._times.claim_for):
                if ahead:
                    raise TokenUnavailable("another asker fetches it")
                await asyncio.sleep(self._times.look_every.total_seconds())
                continue
            claim = _next(kept, claimed_until=now + self._times.claim_for)
            if await _in_store(self._kept.put, claim):
                return await self._fetched(claim, fetch)
        raise TokenUnavailable("another asker has been fetching it for too long")

    async def _fetched(self, claim: KeptToken, fetch: Fetch) -> Token:
        loop = asyncio.get_running_loop()
        began = loop.time()
        failed = None
        try:
            async with asyncio.timeout(self._times.fetch_within.total_seconds()):
                token = await fetch(claim.token)
        except TokenRefused as refusal:
            failed = f"the provider refuses a token: {refusal}"
        except Exception as problem:  # noqa: BLE001 - whatever it was, it may hold a secret
            failed = f"a token could not be fetched: {type(problem).__name__}"
        took = timedelta(seconds=loop.time() - began)
        self._observe(TokenFetch(claim.key, _need(claim), took, failed))
        if failed is not None:
            await self._give_up(claim)
            raise TokenUnavailable(failed)
        return await self._saved(claim, token)

    async def _give_up(self, claim: KeptToken) -> None:
        failures = claim.failures + 1
        pause = self._clock() + self._times.pause(failures)
        given_up = _next(claim, claimed_until=None, not_before=pause, failures=failures)
        with suppress(TokenUnavailable):  # where it cannot be written, the claim ends by itself
            await _in_store(self._kept.put, given_up)

    async def _saved(self, claim: KeptToken, token: Token) -> Token:
        """Keep it for the others; what cannot be kept serves this process alone."""
        newest = token

        def over(kept: KeptToken) -> KeptToken | None:
            nonlocal newest
            if kept.version < claim.version:
                return None  # forgotten meanwhile: whose it was has ended
            if kept.version != claim.version and _is_newer(kept.token, token):
                assert kept.token is not None
                newest = kept.token  # the claim had ended: two of one client may not both live
                return None
            return _with(kept, token)

        for _ in range(MOST_TRIES):
            try:
                await self._changed(claim.key, over)
                break
            except TokenUnavailable:
                await asyncio.sleep(self._times.save_again_every.total_seconds())
        self._hold(claim.key, newest)
        return newest

    def _is_refused(self, key: TokenKey, found: Token) -> bool:
        """Whether it is the one that was refused last, and not given anew since."""
        refused = self._refused.get(key)
        if refused is None or refused.access != found.access:
            return False
        return found.fetched_at <= refused.fetched_at

    async def _discard(self, key: TokenKey, token: Token) -> None:
        this = (key, token.access)
        flight = self._refusals.get(this)
        if flight is None:
            flight = _begun(self._refusals, this, self._threw_away(key, token))
        await asyncio.shield(flight)

    async def _threw_away(self, key: TokenKey, token: Token) -> None:
        def without(kept: KeptToken) -> KeptToken | None:
            if kept.token is None or kept.token.access != token.access:
                return None  # another one is there by now
            now, not_before = self._clock(), kept.not_before
            if _before(now, kept.refused_at and kept.refused_at + self._times.apart, None):
                not_before = now + self._times.apart  # it refuses what it has just given
            ended = replace(kept.token, access="", ends_at=kept.token.fetched_at)
            return _next(kept, token=ended, refused_at=now, not_before=not_before)

        await self._changed(key, without)

    async def _changed(
        self, key: TokenKey, change: Callable[[KeptToken], KeptToken | None]
    ) -> bool:
        """Make the change over whatever is kept; False where others were quicker each time."""
        for _ in range(MOST_TRIES):
            kept = await _in_store(self._kept.get, key) or KeptToken(key, 0)
            changed = change(kept)
            if changed is None or await _in_store(self._kept.put, changed):
                return True
        return False

    def _hold(self, key: TokenKey, token: Token) -> None:
        gone = _remember(self._held, key, token)
        if gone is not None:
            self._look_ahead_at.pop(gone, None)


Name = TypeVar("Name")


def _remember(tokens: dict[TokenKey, Token], key: TokenKey, token: Token) -> TokenKey | None:
    """Put it last of at most `MOST_HELD`; the key of the one that had to go."""
    tokens.pop(key, None)
    tokens[key] = token
    if len(tokens) <= MOST_HELD:
        return None
    oldest = next(iter(tokens))
    del tokens[oldest]
    return oldest


def _begun(
    flights: dict[Name, asyncio.Task[Result]], name: Name, work: Awaitable[Result]
) -> asyncio.Task[Result]:
    """A task that stands under its name until it ends, and whose failure is for who asks."""

    async def run() -> Result:
        return await work

    task = asyncio.get_running_loop().create_task(run())
    flights[name] = task

    def ended(task: asyncio.Task[Result]) -> None:
        flights.pop(name, None)
        if not task.cancelled():
            task.exception()

    task.add_done_callback(ended)
    return task


async def _in_store(call: Callable[[Name], Result], what: Name) -> Result:
    """The call of a store, made beside the loop; raises TokenUnavailable."""
    try:
        return await asyncio.to_thread(call, what)
    except StoreUnavailable as away:
        raise TokenUnavailable("the tokens that are kept cannot be reached") from away


def _next(kept: KeptToken, **changes: object) -> KeptToken:
    return replace(kept, version=kept.version + 1, **changes)  # type: ignore[arg-type]  # fields


def _with(kept: KeptToken, token: Token) -> KeptToken:
    return _next(kept, token=token, claimed_until=None, not_before=None, failures=0)


def _need(claim: KeptToken) -> TokenNeed:
    if claim.token is None:
        return TokenNeed.MISSING
    return TokenNeed.ENDING if claim.token.access else TokenNeed.REFUSED


def _is_newer(found: Token | None, than: Token) -> bool:
    return found is not None and bool(found.access) and found.fetched_at > than.fetched_at


def _before(now: datetime, moment: datetime | None, longest: timedelta | None) -> bool:
    """Whether that moment is still to come; one that is further off than can be meant is past."""
    if moment is None or now >= moment:
        return False
    return longest is None or moment - now <= longest + timedelta(seconds=5)
