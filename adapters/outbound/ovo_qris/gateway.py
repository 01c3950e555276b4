"""The wire to OVO's dynamic QRIS: one POST a question, signed, with the account's token."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import final

from adapters.outbound import randomness, snap
from adapters.outbound.offer import Gateway
from adapters.outbound.ovo_qris import messages
from adapters.outbound.ovo_qris.codes import Operation, Verdict
from adapters.outbound.ovo_qris.credentials import QrisCredentials
from adapters.outbound.ovo_qris.places import Places, signed_path
from adapters.outbound.rotation import Rotation
from adapters.outbound.snap_tokens import SnapTokens, TokenCall
from adapters.outbound.tokens import TokenSource, TokenUnavailable
from adapters.outbound.unanswered import doubt, why
from adapters.outbound.wire import Answer, Guard, Wire
from application.ports import Charge, Token, TokenKey
from domain.errors import InvalidValue
from domain.merchant import ProviderAccount
from domain.moment import AttemptClocks
from domain.outcome import Doubt, NotSent, Outcome, Unknown

CONNECT_WITHIN = timedelta(seconds=5)
_ID_BYTES, _ID_DIGITS = 14, 34
"""Of X-EXTERNAL-ID: digits alone, at most 36; by chance alone no two of a day are one."""
_REFUSED_CALL = frozenset({Verdict.TOKEN_REFUSED, Verdict.SIGNATURE_REFUSED})


def external_id() -> str:
    """A name for one request that no other of its day has."""
    return str(int.from_bytes(randomness.take(_ID_BYTES))).zfill(_ID_DIGITS)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is sent, and with which of the account's secrets it is signed."""

    operation: Operation
    url: str
    body: bytes
    key: TokenKey
    token: Token
    secret: str
    credentials: QrisCredentials


@final
class QrisGateway(Gateway):
    """Has a code made that the customer's own app pays, and asks what became of it.

    A refused token or signature is OVO's own proof that nothing was done, so such a call is made
    once more, with another token or the next secret: with a new X-EXTERNAL-ID, the same
    partnerReferenceNo, and within the same deadline. Nothing else is ever sent twice.
    """

    def __init__(
        self,
        *,
        wire: Wire,
        clock: Callable[[], datetime],
        tokens: TokenSource,
        clocks: AttemptClocks,
        places: Places,
        new_external_id: Callable[[], str] = external_id,
    ) -> None:
        self._wire = wire
        self._clock = clock
        self._tokens = tokens
        self._clocks = clocks
        self._places = places
        self._new_external_id = new_external_id
        self._rotation = Rotation()
        self._snap_tokens = SnapTokens(wire, clock, self._rotation, milliseconds=False)

    async def push(self, charge: Charge) -> Outcome:
        """Have a code made; without a token in time it is NotSent, as nothing of it was sent."""
        return await self._act(Operation.GENERATE, charge)

    async def check(self, charge: Charge) -> Outcome:
        """Ask what became of it; never NotSent, which would speak of the code itself."""
        return await self._ask(Operation.QUERY, charge, messages.outcome)

    async def reverse(self, charge: Charge) -> Outcome:
        """Take the code back before it is paid, where the settings say that OVO offers it."""
        if not self._places.cancels:
            return NotSent("the provider offers no such thing")
        return await self._act(Operation.CANCEL, charge)

    async def void(self, charge: Charge) -> Outcome:
        """Give the whole payment back on its day; the same refund however often it is asked for."""
        return await self._act(Operation.REFUND, charge)

    async def check_void(self, charge: Charge) -> Outcome:
        """Ask whether the payment is given back; never NotSent."""
        return await self._ask(
            Operation.QUERY, charge, lambda _, *told: messages.void_outcome(*told)
        )

    def shut(self) -> None:
        """Let nothing unsent leave any more; to be called on the loop's own thread."""
        self._wire.shut()

    async def aclose(self) -> None:
        """Close the wire."""
        await self._wire.aclose()

    async def _act(self, operation: Operation, charge: Charge) -> Outcome:
        guard = Guard(charge.leave_by, charge.leave_by + self._clocks.read_within)
        return await self._told(
            operation, charge, guard, messages.outcome, lambda why: NotSent(_why(why))
        )

    async def _ask(
        self,
        operation: Operation,
        charge: Charge,
        read: Callable[[Operation, Charge, bytes, datetime], Outcome],
    ) -> Outcome:
        until = self._wire.uptime() + self._clocks.ask_within
        return await self._told(operation, charge, Guard(until, until), read, _unasked)

    async def _told(
        self,
        operation: Operation,
        charge: Charge,
        guard: Guard,
        read: Callable[[Operation, Charge, bytes, datetime], Outcome],
        unsent: Callable[[Exception], Outcome],
    ) -> Outcome:
        try:
            asked = await self._prepared(operation, charge, guard)
            at = self._clock()
            answer = await self._post(asked, at, guard)
        except Exception as problem:  # noqa: BLE001 - whatever broke: the mark alone decides
            return Unknown(doubt(problem)) if guard.sent else unsent(problem)
        first = read(operation, charge, answer.content, at)
        decision = messages.decision(operation, answer.content)
        if decision is None or decision.verdict not in _REFUSED_CALL:
            return first
        again = Guard(guard.leave_by, guard.end_by)
        try:
            asked = await self._otherwise(asked, decision.verdict, again)
            at = self._clock()
            answer = await self._post(asked, at, again)
        except Exception as problem:  # noqa: BLE001 - what was refused before is all that was sent
            return Unknown(doubt(problem)) if again.sent else first
        await self._remember(asked, answer)
        return read(operation, charge, answer.content, at)

    async def _prepared(self, operation: Operation, charge: Charge, guard: Guard) -> _Asked:
        base = self._places.urls[charge.account.livemode]
        if base is None:
            raise InvalidValue("mode", "no QRIS address is configured for it")
        credentials = QrisCredentials.parse(charge.account.credentials)
        key = _key(charge.account, credentials)
        body = messages.body(operation, charge)
        return _Asked(
            operation=operation,
            url=base + self._places.paths[operation],
            body=body,
            key=key,
            token=await self._token(key, base, credentials, guard),
            secret=self._rotation.order(_signing(key), credentials.secrets)[0],
            credentials=credentials,
        )

    async def _otherwise(self, asked: _Asked, refused: Verdict, guard: Guard) -> _Asked:
        """The same with another token, or signed with the next secret; raises where there is none.

        Raises TokenUnavailable.
        """
        if refused is Verdict.SIGNATURE_REFUSED:
            others = [s for s in asked.credentials.secrets if s != asked.secret]
            if not others:
                raise InvalidValue("client_secret", "is refused, and there is no next one")
            return replace(asked, secret=others[0])
        await self._tokens.refused(asked.key, asked.token)
        base = asked.url.removesuffix(self._places.paths[asked.operation])
        token = await self._token(asked.key, base, asked.credentials, guard)
        return replace(asked, token=token)

    async def _token(
        self, key: TokenKey, base: str, credentials: QrisCredentials, guard: Guard
    ) -> Token:
        call = TokenCall(
            url=base + self._places.token_path,
            key=key,
            signing=credentials.keys,
            headers=(("CHANNEL-ID", credentials.channel_id),),
        )
        return await self._tokens.token(
            key,
            lambda _: self._snap_tokens.fetch(call),
            within=guard.leave_by - self._wire.uptime(),
        )

    async def _remember(self, asked: _Asked, answer: Answer) -> None:
        """What the other secret or token was good for."""
        decision = messages.decision(asked.operation, answer.content)
        if decision is None:
            return
        if decision.verdict is Verdict.TOKEN_REFUSED:
            try:
                await self._tokens.refused(asked.key, asked.token)
            except TokenUnavailable:
                return  # whoever is given it next will be refused too
        elif decision.verdict is not Verdict.SIGNATURE_REFUSED:
            self._rotation.accepted(_signing(asked.key), asked.credentials.secrets, asked.secret)

    async def _post(self, asked: _Asked, at: datetime, guard: Guard) -> Answer:
        stamp = snap.timestamp(at, milliseconds=False)
        signature = snap.symmetric(
            asked.secret,
            method="POST",
            path=signed_path(asked.url),
            token=asked.token.access,
            body=asked.body,
            timestamp=stamp,
        )
        return await self._wire.post(
            asked.url,
            [
                ("Accept", "application/json"),
                ("Content-Type", "application/json"),
                ("User-Agent", "lunas"),
                ("Authorization", asked.token.authorization),
                ("X-PARTNER-ID", asked.credentials.client_id),
                ("X-TIMESTAMP", stamp),
                ("X-SIGNATURE", signature),
                ("X-EXTERNAL-ID", self._new_external_id()),
                ("CHANNEL-ID", asked.credentials.channel_id),
            ],
            asked.body,
            guard,
            connect=CONNECT_WITHIN.total_seconds(),
            read=self._clocks.read_within.total_seconds(),
        )


def _key(account: ProviderAccount, credentials: QrisCredentials) -> TokenKey:
    return TokenKey(account.provider, account.merchant_id, account.livemode, credentials.client_id)


def _signing(key: TokenKey) -> tuple[TokenKey, str]:
    return key, "secret"


def _unasked(problem: Exception) -> Outcome:
    return Unknown(Doubt.SILENCE, alarm=isinstance(problem, InvalidValue))


def _why(problem: Exception) -> str:
    """In words that can be shown; a token that could not be had tells its own."""
    return str(problem) if isinstance(problem, TokenUnavailable) else why(problem)
