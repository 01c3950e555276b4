"""One call to a gateway over the guarded wire: what it means when there is no answer to read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import final

from adapters.outbound.bases import bases
from adapters.outbound.unanswered import doubt, why
from adapters.outbound.wire import Guard, Wire
from application.ports import Charge
from domain.errors import InvalidValue
from domain.outcome import Doubt, NotSent, Outcome, Unknown

CONNECT_WITHIN = timedelta(seconds=5)
_HEADERS = (("Accept", "application/json"), ("User-Agent", "lunas"))
_JSON = ("Content-Type", "application/json")


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked: a GET, or a POST where there is a body; `path` is below the base address."""

    path: str
    headers: Sequence[tuple[str, str]] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


Write = Callable[[], Call]
"""Writes the call; may raise InvalidValue, before anything leaves."""
Read = Callable[[int, bytes], Outcome]
"""What an answer means, by its HTTP status and body; the status alone decides nothing."""


@final
class Exchange:
    """Test accounts speak to `test_url` only, live ones to `live_url` only; None switches one off.

    Nothing is sent twice. Raises what `bases` raises.
    """

    def __init__(
        self,
        *,
        wire: Wire,
        ask_within: timedelta,
        test_url: str | None,
        live_url: str | None,
        one_address: bool = False,
        connect_within: timedelta = CONNECT_WITHIN,
    ) -> None:
        self._wire = wire
        self._ask_within = ask_within
        self._urls = bases(test_url, live_url, one_address=one_address)
        self._connect_within = connect_within

    async def act(self, charge: Charge, write: Write, read: Read, patience: timedelta) -> Outcome:
        """Something that moves money: one POST, sent by the charge's `leave_by` or NotSent.

        NotSent only where the guard proves that no byte left. When cancelled it raises
        CancelledError, and nothing leaves afterwards; whether something had left before is then
        not told: call `shut` first, and what is unsent comes back as NotSent by itself.
        """
        guard = Guard(charge.leave_by, charge.leave_by + patience)
        try:
            return read(*await self._answer(charge, write(), guard, patience))
        except Exception as problem:  # noqa: BLE001 - whatever broke: the mark alone decides
            return Unknown(doubt(problem)) if guard.sent else NotSent(why(problem))

    async def ask(self, charge: Charge, write: Write, read: Read) -> Outcome:
        """A question; never NotSent, which would speak of the charge itself."""
        until = self._wire.uptime() + self._ask_within
        guard = Guard(leave_by=until, end_by=until)
        try:
            return read(*await self._answer(charge, write(), guard, self._ask_within))
        except InvalidValue:
            return Unknown(Doubt.SILENCE, alarm=True)
        except Exception as problem:  # noqa: BLE001 - a question that failed proves nothing
            return Unknown(doubt(problem) if guard.sent else Doubt.SILENCE)

    def shut(self) -> None:
        """Let nothing unsent leave any more: such a call ends at once as NotSent.

        Calls that are held go on until they are answered. To be called on the loop's own thread.
        """
        self._wire.shut()

    async def aclose(self) -> None:
        """Close the wire."""
        await self._wire.aclose()

    async def _answer(
        self, charge: Charge, call: Call, guard: Guard, patience: timedelta
    ) -> tuple[int, bytes]:
        base = self._urls[charge.account.livemode]
        if base is None:
            raise InvalidValue("mode", "no address is configured for it")
        url, headers = f"{base}{call.path}", [*_HEADERS, *call.headers]
        connect, read = self._connect_within.total_seconds(), patience.total_seconds()
        try:
            if not call.body:
                answer = await self._wire.get(url, headers, guard, connect=connect, read=read)
            else:
                headers.append(_JSON)
                answer = await self._wire.post(
                    url, headers, call.body, guard, connect=connect, read=read
                )
            return answer.status, answer.content
        finally:
            guard.shut = True
