"""SNAP's token calls: a signed POST, and the token that the answer gives."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import final

from adapters.outbound import snap
from adapters.outbound.rotation import Rotation
from adapters.outbound.snap_answer import SnapAnswer
from adapters.outbound.tokens import TokenRefused
from adapters.outbound.wire import Answer, Guard, Wire
from application.ports import Token, TokenKey

B2B, B2B2C = "73", "74"
"""The services' codes, in the middle of a response code."""
B2B_BODY = b'{"grantType":"client_credentials"}'
USUAL_LIFE = timedelta(seconds=900)
"""Of a B2B token, where the answer does not say. Source: SNAP, OVO."""
LONGEST_LIFE = timedelta(days=3_650)
ANSWER_WITHIN = timedelta(seconds=4)
"""Less than the token source waits for a fetch, so that its failure is told by the wire."""
_CONNECT_WITHIN_SECONDS = 2.0
_ACCESS = re.compile(r"[!-~]{1,4096}", re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,10}(?:\.0+)?", re.ASCII)
_WRONG_SIGNATURE = "401 00"


@final
@dataclass(frozen=True, slots=True)
class TokenCall:
    """What is asked: `body` of the service at `url`, signed for the client that `key` names.

    `signing` is the account's present key and, while it is changed for another, the next one.
    """

    url: str
    key: TokenKey
    signing: Sequence[snap.SigningKey]
    service: str = B2B
    body: bytes = field(default=B2B_BODY, repr=False)
    headers: Sequence[tuple[str, str]] = ()


@final
@dataclass(frozen=True, slots=True)
class SnapTokens:
    """Asks one provider for tokens. `clock` is the process's corrected one, aware."""

    wire: Wire
    clock: Callable[[], datetime]
    rotation: Rotation
    milliseconds: bool = True

    async def fetch(self, call: TokenCall) -> Token:
        """A fresh token; where the first key's signature is refused, the next one is tried at once.

        Raises TokenRefused in the provider's own code, or what the wire raises.
        """
        refused = TokenRefused("no key")
        for signing in self.rotation.order(call.key, call.signing):
            asked_at = self.clock()
            answer = await self._post(call, signing, asked_at)
            try:
                token = token_of(answer.status, answer.content, asked_at, call.service)
            except SignatureRefused as wrong:
                refused = wrong
                continue
            self.rotation.accepted(call.key, call.signing, signing)
            return token
        raise refused

    async def _post(self, call: TokenCall, signing: snap.SigningKey, at: datetime) -> Answer:
        stamp = snap.timestamp(at, milliseconds=self.milliseconds)
        client = call.key.client
        until = self.wire.uptime() + ANSWER_WITHIN
        return await self.wire.post(
            call.url,
            [
                ("Accept", "application/json"),
                ("Content-Type", "application/json"),
                ("User-Agent", "lunas"),
                ("X-CLIENT-KEY", client),
                ("X-TIMESTAMP", stamp),
                (
                    "X-SIGNATURE",
                    snap.asymmetric_token(signing, client_id=client, timestamp=stamp),
                ),
                *call.headers,
            ],
            call.body,
            Guard(until, until),
            connect=_CONNECT_WITHIN_SECONDS,
            read=ANSWER_WITHIN.total_seconds(),
        )


class SignatureRefused(TokenRefused):
    """The provider does not know the key that signed."""


def token_of(status: int, content: bytes, asked_at: datetime, service: str) -> Token:
    """The token of an answer; raises TokenRefused, or SignatureRefused for a wrong signature.

    A life that is told in seconds counts from before the question; a time that is told is the
    provider's own clock's. Without either it lives as long as is usual.
    """
    answer = SnapAnswer.parse(content)
    code = answer.code if answer else None
    if answer is None or code is None:
        raise TokenRefused(f"HTTP {status} without a SNAP answer")
    if status == 401 and code.kind == _WRONG_SIGNATURE:
        raise SignatureRefused(str(code))
    access = answer.field("accessToken")
    if str(code) != f"200{service}00" or not (
        isinstance(access, str) and _ACCESS.fullmatch(access)
    ):
        raise TokenRefused(str(code))
    refresh = answer.field("refreshToken")
    return Token(
        access=access,
        fetched_at=asked_at,
        ends_at=_end(answer, ("expiresIn", "tokenExpiresIn"), "accessTokenExpiryTime", asked_at)
        or asked_at + USUAL_LIFE,
        refresh=refresh if isinstance(refresh, str) and _ACCESS.fullmatch(refresh) else None,
        refresh_ends_at=_end(
            answer, ("refreshTokenExpiresIn",), "refreshTokenExpiryTime", asked_at
        ),
    )


def _end(
    answer: SnapAnswer, lives: Sequence[str], moment: str, asked_at: datetime
) -> datetime | None:
    for name in lives:
        told = answer.field(name)
        if isinstance(told, str) and _SECONDS.fullmatch(told):
            life = timedelta(seconds=int(told.partition(".")[0]))
            return asked_at + min(life, LONGEST_LIFE)
    told = answer.field(moment)
    at = snap.time_of(told) if isinstance(told, str) else None
    return None if at is None else min(at, asked_at + LONGEST_LIFE)
