"""Charges, accounts and OVO's answers, for the tests of the QRIS adapter."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx

from adapters.outbound.memory.store import MemoryStore
from adapters.outbound.ovo_qris.gateway import QrisGateway
from adapters.outbound.ovo_qris.offer import CLOCKS
from adapters.outbound.ovo_qris.places import Places
from adapters.outbound.tokens import TokenSource
from application.ports import Charge, TokenFetch
from domain.attempt import References
from domain.merchant import ProviderAccount
from domain.money import Money
from domain.outcome import Outcome
from tests.unit.snap.keys import pems
from tests.unit.snap.wire import FakeWire

NOON_UTC = datetime(2026, 11, 23, 3, 15, 30, 123_999, tzinfo=UTC)
REFERENCE = "01JQ5B1G61SMZM9QJTEX5RTZ3N"
THEIRS = "OVO20261123000001"
QR = "00020101021226610014ID.CO.OVO.WWW5204599953033605405500005802ID6304ABCD"
SECRET, SECRET_NEXT = "test-client-secret-0001", "test-client-secret-0002"
SANDBOX = "http://sandbox.test"
TOKEN_URL = f"{SANDBOX}/ovo-qris/v1.0/access-token/b2b"
PATHS = {
    "47": "/ovo-qris/v1.0/qr/qr-mpm-generate",
    "51": "/ovo-qris/v1.0/qr/qr-mpm-query",
    "77": "/ovo-qris/v1.0/qr/qr-mpm-cancel",
    "78": "/ovo-qris/v1.0/qr/qr-mpm-refund",
}
"""Written down a second time on purpose."""


def credentials(**changes: str) -> dict[str, str]:
    """A merchant's set; a change to "" leaves one out."""
    whole = {
        "client_id": "testclient01",
        "client_secret": SECRET,
        "private_key": pems("present")[0],
        "merchant_id": "100001",
        "terminal_id": "00300001",
        "channel_id": "95221",
    }
    return {name: value for name, value in (whole | changes).items() if value}


def an_account(livemode: bool = False, /, **changes: str) -> ProviderAccount:
    return ProviderAccount("mer_1", "ovo_qris", livemode, credentials(**changes))


def a_charge(
    *,
    account: ProviderAccount | None = None,
    amount: int = 50_000,
    handle: Mapping[str, str | int] | None = None,
    leave_by: timedelta = timedelta(hours=1, seconds=10),
) -> Charge:
    return Charge(
        attempt_id="att_1",
        account=account or an_account(),
        amount=Money(amount),
        phone=None,
        references=References({"reference": REFERENCE}, (f"ovo_qris:{REFERENCE}",)),
        claimed_at=NOON_UTC,
        leave_by=leave_by,
        order_id="order-1",
        window_ends_at=NOON_UTC + timedelta(seconds=75),
        handle=handle or {},
    )


def accepted_charge() -> Charge:
    """One whose code was made."""
    return replace(a_charge(), handle={"reference_no": THEIRS})


ABSENT = object()


def _fields(whole: Mapping[str, object], changes: Mapping[str, object]) -> bytes:
    fields = {name: v for name, v in {**whole, **changes}.items() if v is not ABSENT}
    return json.dumps(fields).encode()


def generated(**changes: object) -> bytes:
    """OVO's answer to the charge: a code to show."""
    whole = {
        "responseCode": "2004700",
        "responseMessage": "Successful",
        "referenceNo": THEIRS,
        "partnerReferenceNo": REFERENCE,
        "qrContent": QR,
        "terminalId": "00300001",
    }
    return _fields(whole, changes)


def queried(status: object = "00", **changes: object) -> bytes:
    """OVO's answer to a query of the charge."""
    whole = {
        "responseCode": "2005100",
        "responseMessage": "Successful",
        "originalReferenceNo": THEIRS,
        "originalPartnerReferenceNo": REFERENCE,
        "serviceCode": "47",
        "latestTransactionStatus": status,
        "transactionStatusDesc": "…",
        "amount": {"value": "50000.00", "currency": "IDR"},
        "paidTime": "2026-11-23T10:15:52+07:00",
    }
    return _fields(whole, changes)


def refunded(**changes: object) -> bytes:
    """OVO's answer to a refund of the charge."""
    whole = {
        "responseCode": "2007800",
        "responseMessage": "Successful",
        "originalReferenceNo": THEIRS,
        "originalPartnerReferenceNo": REFERENCE,
        "refundNo": "96194816941239812",
        "partnerRefundNo": f"R{REFERENCE}",
        "refundAmount": {"value": "50000.00", "currency": "IDR"},
        "refundTime": "2026-11-23T11:00:00+07:00",
    }
    return _fields(whole, changes)


def coded(operation: str, kind: str) -> bytes:
    """An answer that is a code and nothing more; `kind` is "403 14"."""
    status, case = kind.split()
    return json.dumps({"responseCode": status + operation + case}).encode()


Reply = bytes | Exception
Answers = Callable[[httpx.Request], Reply]


class Ovo:
    """OVO without sockets: gives tokens, and answers what is asked from a list, then the last."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.tokens = 0
        self.token_reply: Reply | None = None
        self.wire = FakeWire(self._answer)
        self.told: list[TokenFetch] = []

    @property
    def asked(self) -> list[httpx.Request]:
        """What was asked, tokens aside."""
        return [request for request in self.wire.asked if str(request.url) != TOKEN_URL]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if "access-token" in request.url.path:
            self.tokens += 1
            given = {
                "responseCode": "2007300",
                "accessToken": f"token-{self.tokens}",
                "tokenType": "Bearer",
                "expiresIn": "900",
            }
            own = self.token_reply
            reply = json.dumps(given).encode() if own is None else own
        else:
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(200, content=reply)

    def gateway(self, options: Mapping[str, str] | None = None) -> QrisGateway:
        """A gateway over it, in a process of its own."""
        ids = (f"external-{number}" for number in range(1, 1_000))
        return QrisGateway(
            wire=self.wire,
            clock=lambda: NOON_UTC,
            tokens=TokenSource(MemoryStore().tokens, lambda: NOON_UTC, self.told.append),
            clocks=CLOCKS,
            places=Places.parse(options or {}, SANDBOX),
            new_external_id=lambda: next(ids),
        )

    def push(self, charge: Charge | None = None) -> Outcome:
        return asyncio.run(self.gateway().push(charge or a_charge()))

    def check(self, charge: Charge | None = None) -> Outcome:
        return asyncio.run(self.gateway().check(charge or accepted_charge()))

    def void(self, charge: Charge | None = None) -> Outcome:
        return asyncio.run(self.gateway().void(charge or accepted_charge()))

    def check_void(self, charge: Charge | None = None) -> Outcome:
        return asyncio.run(self.gateway().check_void(charge or accepted_charge()))

    def reverse(self, charge: Charge | None = None) -> Outcome:
        options = {"cancel_path": "/v1.0/qr/qr-mpm-cancel"}
        return asyncio.run(self.gateway(options).reverse(charge or accepted_charge()))
