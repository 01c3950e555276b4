"""Charges, notices and a wire, for the tests of the gateways that sell OVO."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum

import httpx

from adapters.outbound.exchange import Exchange
from adapters.outbound.wire import Answer, Guard
from application.ports import Charge, RefundOrder
from domain.attempt import References
from domain.merchant import ProviderAccount
from domain.money import Money
from domain.msisdn import Msisdn
from domain.outcome import Accepted, Approved, Declined, NotSent, Outcome, Unknown
from tests.unit.ovo import builders as ovo

NOON_UTC = datetime(2026, 11, 23, 5, tzinfo=UTC)
ATTEMPT = "att_0197a2b0c1d27e3f8a4b5c6d7e8f9a0b"
REFERENCE = "01JYHB1GEJFRZRMJTWDNZ8Z6GB"
PHONE = "081200000001"
REFUND = RefundOrder("re_0197a2b0c1d27e3f8a4b5c6d7e8f9a0b", Money(20_000), "complaint of Siti")
FOR_EVER = timedelta(days=36_500)


class Absence(Enum):
    """Marks a field that is to be left out; its name is the same in every process."""

    ABSENT = "absent"


ABSENT = Absence.ABSENT
TEST_URL, LIVE_URL = "http://sandbox.test/base", "https://live.test"


def a_charge(provider: str, credentials: Mapping[str, str], **changes: object) -> Charge:
    """A charge of Rp 50.000 by that provider; `changes` are its fields."""
    charge = Charge(
        attempt_id=ATTEMPT,
        account=ProviderAccount("mer_1", provider, False, credentials),
        amount=Money(50_000),
        phone=Msisdn(PHONE),
        references=References({"reference": REFERENCE}, (f"{provider}:{REFERENCE}",)),
        claimed_at=NOON_UTC,
        leave_by=FOR_EVER,
        order_id="order-1",
        window_ends_at=NOON_UTC + timedelta(seconds=55),
        description="Konsultasi dr. Sari",
    )
    return replace(charge, **changes)  # type: ignore[arg-type]  # any field, by its name


def fields(given: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """The fields with some changed; one that is given as ABSENT is left out."""
    return {
        name: value for name, value in (dict(given) | dict(changes)).items() if value is not ABSENT
    }


def as_body(answer: object) -> bytes:
    return json.dumps(answer).encode()


class FakeWire(ovo.FakeWire):
    """Keeps what was asked, by POST and by GET, and answers from a function."""

    async def get(
        self,
        url: str,
        headers: Sequence[tuple[str, str]],
        guard: Guard,
        *,
        connect: float | None,
        read: float | None,
    ) -> Answer:
        extensions = {"guard": guard, "timeout": {"connect": connect, "read": read}}
        request = httpx.Request("GET", url, headers=headers, extensions=extensions)
        answer = await self.handle_async_request(request)
        return Answer(answer.status_code, answer.headers.raw, answer.content)


def answering(*bodies: object, status: int = 200) -> FakeWire:
    """A wire that gives these answers one after the other, the last for ever."""
    left = list(bodies)

    def answer(_: httpx.Request) -> httpx.Response:
        body = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(status, content=body if isinstance(body, bytes) else as_body(body))

    return FakeWire(answer)


def failing(problem: Exception) -> FakeWire:
    """A wire on which every call ends in that problem."""

    def fail(_: httpx.Request) -> httpx.Response:
        raise problem

    return FakeWire(fail)


class UnsentWire(FakeWire):
    """A wire on which nothing is ever handed to a connection."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.answer(request)


def unsent(problem: Exception) -> UnsentWire:
    return UnsentWire(failing(problem).answer)


def an_exchange(wire: FakeWire, *, live_url: str | None = LIVE_URL) -> Exchange:
    return Exchange(
        wire=wire, ask_within=timedelta(seconds=15), test_url=TEST_URL, live_url=live_url
    )


def word(outcome: Outcome) -> str:
    """An outcome as a test reads it: arm, code, and what else it asks for."""
    match outcome:
        case Approved(code=code):
            return f"approved {code}"
        case Accepted(code=code):
            return f"accepted {code}"
        case Declined(code=code, reason=reason, final=final, stops_account=stops):
            return f"declined {code} {reason.code}{' final' * final}{' stops' * stops}"
        case NotSent():
            return "not sent"
        case Unknown(doubt=doubt, code=code, alarm=alarm, stops_account=stops):
            told = f" {code}" if code else ""
            return f"unknown {doubt}{told}{' alarm' * alarm}{' stops' * stops}"


Judge = Callable[[int, bytes], Outcome]
