"""One signed call to OVO's SNAP product: its headers, its address, and what came back."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import final
from urllib.parse import urlsplit

from adapters.outbound import randomness, snap
from adapters.outbound.ovo_snap.credentials import OvoSnapCredentials
from adapters.outbound.ovo_snap.messages import Heard
from adapters.outbound.rotation import Rotation
from adapters.outbound.snap_answer import SnapAnswer
from adapters.outbound.wire import Guard, Wire
from domain.errors import InvalidValue
from domain.merchant import ProviderAccount

CONNECT_WITHIN = timedelta(seconds=5)
_EXTERNAL_BYTES = 14
"""At most 34 decimal digits, of the 36 that X-EXTERNAL-ID takes; fresh for every call."""
Send = Callable[[str, Guard], Awaitable[Heard]]
"""Sends a call, signed with that secret."""


@final
@dataclass(frozen=True, slots=True)
class SnapCalls:
    """Test accounts speak to the test address only, live ones to the live one only.

    `urls` are the base addresses by mode; None switches a mode off. `clock` is the process's
    corrected clock (aware). Nothing is sent twice.
    """

    wire: Wire
    clock: Callable[[], datetime]
    urls: Mapping[bool, str | None]
    connect_within: timedelta = CONNECT_WITHIN
    rotation: Rotation = field(default_factory=Rotation)

    def url(self, account: ProviderAccount, path: str) -> str:
        """The whole address of a path; raises InvalidValue for a mode that is switched off."""
        base = self.urls[account.livemode]
        if base is None:
            raise InvalidValue("mode", "no address of OVO is configured for it")
        return base + path

    async def post(
        self,
        account: ProviderAccount,
        path: str,
        body: bytes,
        guard: Guard,
        *,
        token: str | None,
        patience: timedelta,
    ) -> Heard:
        """POST these bytes, signed; raises InvalidValue or httpx.TransportError.

        Whatever is raised, the guard alone tells whether it was sent. A signature that OVO refuses
        proves that it did nothing: where the account has a next secret, the same goes out once more
        with that, within the same deadline.
        """
        url = self.url(account, path)

        async def send(secret: str, guard: Guard) -> Heard:
            try:
                answer = await self.wire.post(
                    url,
                    self._headers(account, "POST", url, body, token=token, secret=secret),
                    body,
                    guard,
                    connect=self.connect_within.total_seconds(),
                    read=patience.total_seconds(),
                )
            finally:
                guard.shut = True
            return Heard(answer.status, SnapAnswer.parse(answer.content))

        return await self._signed(account, send, guard)

    async def get(
        self, account: ProviderAccount, path: str, token: str, within: timedelta
    ) -> Heard:
        """GET, signed: a question that moves nothing; raises what `post` raises."""
        until = self.wire.uptime() + within
        url = self.url(account, path)

        async def send(secret: str, guard: Guard) -> Heard:
            answer = await self.wire.get(
                url,
                self._headers(account, "GET", url, b"", token=token, secret=secret),
                guard,
                connect=self.connect_within.total_seconds(),
                read=within.total_seconds(),
            )
            return Heard(answer.status, SnapAnswer.parse(answer.content))

        return await self._signed(account, send, Guard(until, until))

    async def _signed(self, account: ProviderAccount, send: Send, guard: Guard) -> Heard:
        known = OvoSnapCredentials.parse(account.credentials)
        whose = (account.merchant_id, account.livemode, known.client_id)
        first, *others = self.rotation.order(whose, known.secrets)
        heard = await send(first, guard)
        if not others or not heard.signature_refused:
            return heard
        again = Guard(guard.leave_by, guard.end_by)
        try:
            told = await send(others[0], again)
        except Exception:
            if again.sent:
                raise
            return heard  # what was refused before is all that was sent
        if not told.signature_refused:
            self.rotation.accepted(whose, known.secrets, others[0])
        return told

    def _headers(
        self,
        account: ProviderAccount,
        method: str,
        url: str,
        body: bytes,
        *,
        token: str | None,
        secret: str,
    ) -> Sequence[tuple[str, str]]:
        known = OvoSnapCredentials.parse(account.credentials)
        parts = urlsplit(url)
        stamp = snap.timestamp(self.clock())
        signed = snap.symmetric(
            secret,
            method=method,
            path=f"{parts.path}?{parts.query}" if parts.query else parts.path,
            token=token or "",
            body=body,
            timestamp=stamp,
        )
        return [
            ("Accept", "application/json"),
            ("Content-Type", "application/json"),
            ("User-Agent", "lunas"),
            ("X-TIMESTAMP", stamp),
            ("X-SIGNATURE", signed),
            ("X-PARTNER-ID", known.client_id),
            ("X-EXTERNAL-ID", str(int.from_bytes(randomness.take(_EXTERNAL_BYTES)))),
            ("CHANNEL-ID", known.channel_id),
            ("X-DEVICE-ID", known.device_id),
            *([("Authorization", f"Bearer {token}")] if token else []),
        ]
