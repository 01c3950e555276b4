"""An OVO that links accounts, without sockets: it answers by path, and remembers what it heard."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, final

import httpx

from adapters.outbound.memory.store import MemoryStore
from adapters.outbound.offer import Options, Surroundings
from adapters.outbound.ovo_snap.gateway import OvoSnapGateway
from adapters.outbound.ovo_snap.offer import offer
from adapters.outbound.tokens import TokenSource
from adapters.outbound.wire import Answer, Guard
from application.ports import Charge, RefundOrder, WalletLinking
from domain.attempt import References
from domain.ids import crockford
from domain.merchant import ProviderAccount
from domain.money import Money
from domain.wallet_link import LinkChange, WalletLink
from tests.builders import MERCHANT, an_active_link
from tests.unit.snap.keys import pems
from tests.unit.snap.wire import FakeWire

AT = datetime(2026, 11, 23, 5, 0, 30, 123_999, tzinfo=UTC)
ATTEMPT = "att_0197a2b0c1d27e3f8a4b5c6d7e8f9a0b"
REFERENCE = crockford(ATTEMPT)
REFUND = RefundOrder("re_0197a2b0c1d27e3f8a4b5c6d7e8f9a0c", Money(20_000), "Dokter tidak hadir")
REFUND_NAME = crockford(REFUND.refund_id)
SECRET = "test-client-secret-0001"
Script = Callable[[httpx.Request], httpx.Response]
Result = TypeVar("Result")


def credentials(**changes: str) -> dict[str, str]:
    """What OVO gave the merchant."""
    usual = {
        "client_id": "testclient01",
        "client_secret": SECRET,
        "private_key": pems("merchant")[0],
        "merchant_id": "100001",
    }
    return usual | changes


def an_account(**changes: str) -> ProviderAccount:
    """MERCHANT's test account."""
    return ProviderAccount(MERCHANT, "ovo_snap", False, credentials(**changes))


def a_charge(link: WalletLink | None = None, **changes: Any) -> Charge:
    """Rp 50,000 of a linked account."""
    usual = Charge(
        attempt_id=ATTEMPT,
        account=an_account(),
        amount=Money(50_000),
        phone=None,
        references=References({"reference": REFERENCE}, (f"ovo_snap:{REFERENCE}",)),
        claimed_at=AT,
        leave_by=timedelta(days=36_500),
        order_id="consult-8812",
        window_ends_at=AT + timedelta(minutes=5),
        description="Konsultasi dr. Sari",
        return_url="https://chat.example/c/8812",
        customer_id="p-1",
        link_id=link.id if link else None,
    )
    return replace(usual, **changes)


def said(code: str, **fields: object) -> httpx.Response:
    """A SNAP answer with its HTTP status."""
    return httpx.Response(
        int(code[:3]), json={"responseCode": code, "responseMessage": "…", **fields}
    )


def rupiah(amount: int) -> dict[str, str]:
    """As SNAP writes it."""
    return {"value": f"{amount}.00", "currency": "IDR"}


def a_status(latest: str, **changes: object) -> httpx.Response:
    """What OVO says became of `a_charge`; a field given as None is left out."""
    usual: dict[str, object] = {
        "originalPartnerReferenceNo": REFERENCE,
        "originalReferenceNo": "OVO20261123000001",
        "serviceCode": "54",
        "latestTransactionStatus": latest,
        "transAmount": rupiah(50_000),
        "paidTime": "2026-11-23T12:00:52+07:00",
    }
    fields = {name: value for name, value in (usual | changes).items() if value is not None}
    return said("2005500", **fields)


def a_token(access: str = "customer-1", **more: object) -> httpx.Response:
    """A customer's token, with what renews it."""
    given = {"accessToken": access, "refreshToken": f"refresh-of-{access}", "expiresIn": "1296000"}
    return said("2007400", **(given | more))


@final
class OvoWire(FakeWire):
    """The fake wire, which can be asked by GET too."""

    async def get(
        self,
        url: str,
        headers: Sequence[tuple[str, str]],
        guard: Guard,
        *,
        connect: float | None,
        read: float | None,
    ) -> Answer:
        guard.pass_at(self.uptime())
        request = httpx.Request("GET", url, headers=headers)
        self.asked.append(request)
        answer = self.answer(request)
        return Answer(answer.status_code, answer.headers.raw, answer.content)


@dataclass
class Ovo:
    """An OVO whose answers are set by the end of the path; the last one of each stays."""

    answers: dict[str, list[httpx.Response | Exception]] = field(default_factory=dict)
    options: Options = field(default_factory=dict)
    account: ProviderAccount = field(default_factory=an_account)

    def __post_init__(self) -> None:
        self.wire = OvoWire(self._answer)
        self.store = MemoryStore(lambda: AT)
        self.link = an_active_link(provider="ovo_snap")
        self.store.links.save(LinkChange(self.link))
        self.offer = offer(self.options, "http://sandbox.test")
        self.says("access-token/b2b", said("2007300", accessToken="b2b-1", expiresIn="900"))
        self.says("access-token/b2b2c", a_token())

    def says(self, end: str, *answers: httpx.Response | Exception) -> None:
        """From now on, these one after the other to what is asked there."""
        self.answers[end] = list(answers)

    def run(
        self, ask: Callable[[OvoSnapGateway, WalletLinking], Coroutine[Any, Any, Result]]
    ) -> Result:
        """What the gateway, or the linking, gives."""

        async def main() -> Result:
            source = TokenSource(self.store.tokens, lambda: AT)
            around = Surroundings(self.wire, lambda: AT, source, self.store.links)
            gateway = self.offer.gateway(around)
            assert isinstance(gateway, OvoSnapGateway)
            assert self.offer.linking is not None
            try:
                return await ask(gateway, self.offer.linking(around))
            finally:
                await source.aclose()

        return asyncio.run(main())

    def charge(self, **changes: Any) -> Charge:
        """Rp 50,000 of the linked account."""
        return a_charge(self.link, **({"account": self.account} | changes))

    def asked(self, end: str) -> list[httpx.Request]:
        """What was asked there."""
        return [r for r in self.wire.asked if r.url.path.endswith(end)]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        end = max(
            (end for end in self.answers if request.url.path.endswith(end)), key=len, default=None
        )
        assert end is not None, f"nobody said what {request.url.path} answers"
        left = self.answers[end]
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def body_of(request: httpx.Request) -> Mapping[str, Any]:
    """Its JSON."""
    told: Mapping[str, Any] = json.loads(request.content)
    return told
