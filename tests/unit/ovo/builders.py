"""Charges, accounts and the wallet's answers, for the tests of the OVO adapter."""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx

from adapters.outbound.ovo.codes import Operation
from adapters.outbound.wire import Answer, Guard, Wire
from application.ports import Charge, Sequences
from domain.attempt import References
from domain.merchant import ProviderAccount
from domain.money import Money
from domain.msisdn import Msisdn

NOON_UTC = datetime(2026, 11, 23, 3, 15, 30, 123_999, tzinfo=UTC)
ATTEMPT = "att_0197a2b0c1d27e3f8a4b5c6d7e8f9a0b"
INVOICE = "LN-0123456789ABCDEFGHJKMNPQRS"
PHONE = "081200000001"
APP_KEY = "0123456789abcdef" * 4
CREDENTIALS = {
    "app_id": "telemedsim",
    "app_key": APP_KEY,
    "merchant_id": "100001",
    "store_code": "TM001",
    "tid": "00300001",
    "mid": "0010000000TM001",
}


def an_account(*, livemode: bool = False, **credentials: str) -> ProviderAccount:
    return ProviderAccount("mer_1", "ovo", livemode, CREDENTIALS | credentials)


def a_charge(
    *,
    account: ProviderAccount | None = None,
    amount: int = 50_000,
    batch_no: int = 4,
    reference_no: int = 123,
    leave_by: timedelta = timedelta(days=36_500),
) -> Charge:
    return Charge(
        attempt_id=ATTEMPT,
        account=account or an_account(),
        amount=Money(amount),
        phone=Msisdn(PHONE),
        references=References(
            shown={
                "batch_no": batch_no,
                "reference_no": reference_no,
                "merchant_invoice": INVOICE,
            },
            unique=(),
        ),
        claimed_at=NOON_UTC,
        order_id="consult-8812",
        window_ends_at=NOON_UTC + timedelta(seconds=55),
        leave_by=leave_by,
    )


ABSENT = object()


def an_answer(
    code: object = "00", *, type: object = "0210", **changes: object
) -> dict[str, object]:
    """What the wallet says to the push of `a_charge`; a field given as ABSENT is left out.

    `invoice` and `batch` change the echoed request.
    """
    echo: dict[str, object] = {
        "merchantInvoice": changes.pop("invoice", INVOICE),
        "batchNo": changes.pop("batch", "000004"),
        "phone": PHONE,
    }
    fields: dict[str, object] = {
        "type": type,
        "processingCode": "040000",
        "amount": 50_000,
        "date": "2026-11-23 10:15:30.123",
        "traceNumber": 3451,
        "hostTime": "101552",
        "hostDate": "1123",
        "referenceNumber": 123,
        "approvalCode": "410315",
        "responseCode": code,
        "tid": "00300001",
        "mid": "0010000000TM001",
        "transactionRequestData": {k: v for k, v in echo.items() if v is not ABSENT},
        "transactionResponseData": {
            "storeAddress1": "Jl. Contoh 1",
            "ovoid": "********0001",
            "cashUsed": "40000",
            "ovoPointsUsed": "10000",
            "ovoPointsEarned": "771",
            "cashBalance": "987654321",
            "ovoPointsBalance": "123454321",
            "fullName": "PASIEN UJI",
            "storeName": "Telemed Sim",
            "paymentType": "PUSH TO PAY",
        },
    }
    return {k: v for k, v in (fields | changes).items() if v is not ABSENT}


ANSWERED_AS = {
    Operation.PUSH: ("0210", "040000"),
    Operation.CHECK: ("0110", "040000"),
    Operation.REVERSAL: ("0410", "040000"),
    Operation.VOID: ("0210", "020040"),
    Operation.CHECK_VOID: ("0110", "020040"),
    Operation.INQUIRY: ("0110", "050000"),
}
"""Type and processing code of each answer, written down a second time on purpose."""


def an_answer_to(operation: Operation, code: object = "00", **changes: object) -> dict[str, object]:
    """What the wallet says to that operation on the push of `a_charge`."""
    kind, processing_code = ANSWERED_AS[operation]
    return an_answer(code, **({"type": kind, "processingCode": processing_code} | changes))


def as_body(answer: object) -> bytes:
    return json.dumps(answer).encode()


class FakeWire(Wire):
    """Keeps what was asked and answers from a function; says "sent" as the real one does."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.now = timedelta(hours=1)
        super().__init__(uptime=lambda: self.now)
        self.answer = answer
        self.asked: list[httpx.Request] = []
        self.guards: list[Guard] = []
        self.refusing = False

    def shut(self) -> None:
        self.refusing = True

    async def post(
        self,
        url: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        guard: Guard,
        *,
        connect: float | None,
        read: float | None,
    ) -> Answer:
        patience = {"connect": connect, "read": read}
        extensions = {"guard": guard, "timeout": patience}
        request = httpx.Request("POST", url, headers=headers, content=body, extensions=extensions)
        answer = await self.handle_async_request(request)
        return Answer(answer.status_code, answer.headers.raw, answer.content)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        guard = request.extensions["guard"]
        self.guards.append(replace(guard))
        guard.shut = guard.shut or self.refusing
        guard.pass_at(self.uptime())
        self.asked.append(request)
        return self.answer(request)


class MemorySequences(Sequences):
    def __init__(self) -> None:
        self.next: dict[str, int] = {}
        self.taken: list[tuple[str, int]] = []
        self._lock = threading.Lock()

    def take(self, scope: str, count: int) -> int:
        with self._lock:
            first = self.next.get(scope, 0)
            self.next[scope] = first + count
            self.taken.append((scope, count))
            return first

    def skip(self, multiple: int) -> int:
        with self._lock:
            for scope, number in self.next.items():
                self.next[scope] = -(-number // multiple) * multiple
            return len(self.next)
