"""A house of fakes for the command line, and a server that answers from a script."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any, final

from click.testing import CliRunner, Result

from adapters.inbound.cli.main import cli
from adapters.inbound.cli.tools import Audit, Finding, OpenStore, Tools
from adapters.outbound.memory.inbox import MemoryInbox
from adapters.outbound.memory.payments import MemoryPayments
from adapters.outbound.memory.state import State
from adapters.outbound.ovo.settlement import SETTLEMENT
from adapters.outbound.webhook.signature import new_secret, signature
from application.compare_settlement import CompareSettlement
from application.hear_again import HearAgain
from application.open_house import OpenHouse
from application.ports import (
    AccountRepository,
    Directory,
    NotFound,
    SettlementReader,
    StoreUnavailable,
    WorkSignal,
)
from domain.errors import InvalidValue
from domain.ids import IdKind
from domain.merchant import ApiClient, Merchant, ProviderAccount, Stop
from domain.moment import Moment

NOW = datetime(2026, 11, 23, 3, 15, 25, tzinfo=UTC)
"""10:15:25 in Jakarta."""
API_KEY = "lunas_test_the-key-of-these-tests"
NEW_KEY_WORDS = "fresh-words-of-a-key"
SANDBOX_SECRET = "the-published-sandbox-secret"
PAYMENT_ID = "pay_0197f3a0000070008000000000000001"
EVENT_ID = "evt_0197f3a0000070008000000000000002"
REFUND_ID = "re_0197f3a0000070008000000000000004"
EXCEPTION_ID = "exc_0197f3a0000070008000000000000005"
FULL_PHONE = "081234560001"
MASKED_PHONE = "08••••••0001"


class DirectoryInMemory(Directory):
    """Merchants and clients in lists."""

    def __init__(self) -> None:
        self.all_merchants: list[Merchant] = []
        self.all_clients: list[ApiClient] = []

    def add_merchant(self, merchant: Merchant) -> None:
        self.all_merchants.append(merchant)

    def merchants(self) -> Sequence[Merchant]:
        return list(self.all_merchants)

    def add_client(self, client: ApiClient) -> None:
        self.all_clients.append(client)

    def clients(self, merchant_id: str | None = None) -> Sequence[ApiClient]:
        return [c for c in self.all_clients if merchant_id in {None, c.merchant_id}]

    def client_by_key(self, key_sha256: str) -> ApiClient:
        for client in self.all_clients:
            if client.key_sha256 == key_sha256:
                return client
        raise NotFound

    def revoke_client(self, client_id: str, at: datetime) -> None:
        for place, client in enumerate(self.all_clients):
            if client.id == client_id:
                self.all_clients[place] = replace(client, revoked_at=at)
                return
        raise NotFound


class AccountsInMemory(AccountRepository):
    """Accounts in a dict; `lost` makes every write fail."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str, bool], ProviderAccount] = {}
        self.lost = False

    def save(self, account: ProviderAccount) -> None:
        if self.lost:
            raise StoreUnavailable("the disk is full")
        self.held[account.merchant_id, account.provider, account.livemode] = account

    def set_stop(self, account: ProviderAccount, stop: Stop | None) -> bool:
        raise AssertionError("no command stops an account")

    def get(self, merchant_id: str, provider: str, *, livemode: bool) -> ProviderAccount:
        try:
            return self.held[merchant_id, provider, livemode]
        except KeyError:
            raise NotFound from None

    def stopped(self, provider: str) -> Sequence[ProviderAccount]:
        return [a for a in self.held.values() if a.provider == provider and a.stopped]


@final
class Bell(WorkSignal):
    """Counts how often somebody is woken."""

    def __init__(self, house: "House") -> None:
        self._house = house

    def wake(self, payment_id: str | None = None) -> None:
        self._house.woken += 1


@dataclass(repr=False)
class House:
    """What a command is handed in these tests, and what it did with it.

    Its time passes in pauses only.
    """

    directory: DirectoryInMemory = field(default_factory=DirectoryInMemory)
    accounts: AccountsInMemory = field(default_factory=AccountsInMemory)
    findings: Sequence[Finding] = ()
    steps: Sequence[str] = ()
    audit: Audit = field(default_factory=lambda: Audit(0, 0, None, 0, ()))
    trouble: Exception | None = None
    url: str = "http://127.0.0.1:1"
    api_key: str | None = API_KEY
    exit_code: int = 0
    called: list[object] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    listen_secret: str | None = None
    actor: str | None = "sari"
    data: Path = Path("nowhere")
    inbox: MemoryInbox = field(default_factory=lambda: MemoryInbox(State(lambda: NOW)))
    payments: MemoryPayments = field(default_factory=lambda: MemoryPayments(State(lambda: NOW)))
    woken: int = 0
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def run(self, *arguments: str, typed: str | None = None) -> Result:
        """Run `lunas` with these arguments and this standard input."""
        return CliRunner().invoke(cli, arguments, obj=self.tools(), input=typed, prog_name="lunas")

    @staticmethod
    def _judge(_: str, held: Mapping[str, str]) -> None:
        if "private_key" not in held:
            raise InvalidValue("private_key", "is missing")

    @staticmethod
    def _reader(provider: str) -> SettlementReader:
        if provider != "ovo":
            raise InvalidValue("--provider", "is none of ovo")
        return SETTLEMENT

    def tools(self) -> Tools:
        return Tools(
            url=self.url,
            api_key=self.api_key,
            up=lambda: self._process("up"),
            serve=lambda: self._process("serve"),
            worker=lambda: self._process("worker"),
            sandbox=lambda arguments: self._process(("sandbox", *arguments)),
            doctor=self._doctor,
            migrate=self._migrate,
            store=self._store,
            sandbox_credentials={"merchant_id": "0001", "app_key": SANDBOX_SECRET},
            credential_fields=("merchant_id", "app_key"),
            providers=("ovo", "ovo_snap"),
            judge=self._judge,
            settlement=self._reader,
            pause=self.pauses.append,
            uptime=lambda: sum(self.pauses),
            demo=lambda: self._process("demo"),
            check=self._check,
            rebuild_search=self._rebuild_search,
            simulate=lambda arguments: self._process(("simulate", *arguments)),
            sign=lambda secret, *signed: signature([secret], *signed),
            new_secret=lambda: new_secret(next(self._numbers).to_bytes(32)),
            listen_secret=self.listen_secret,
            listen_secret_file=self.data / "listen.secret",
            actor=self.actor,
        )

    def merchant(self, name: str = "Klinik Sehat") -> Merchant:
        """A merchant that is there already."""
        return self._open().house.merchant(name)

    def client(self, merchant: Merchant, name: str = "chat") -> ApiClient:
        """A client that is there already."""
        return self._open().house.client(merchant.id, name, livemode=False)[0]

    def _process(self, called: object) -> int:
        self.called.append(called)
        return self.exit_code

    def _doctor(self, restored: bool) -> Sequence[Finding]:
        self.called.append(("doctor", restored))
        if self.trouble:
            raise self.trouble
        return self.findings

    def _rebuild_search(self, afresh: bool, step: Callable[[int, int], None]) -> int:
        self.called.append(("rebuild", afresh))
        if self.trouble:
            raise self.trouble
        step(0, 3)
        step(3, 3)
        return 3

    def _check(self, step: Callable[[int, int], None]) -> Audit:
        self.called.append("check")
        if self.trouble:
            raise self.trouble
        step(1, 1)
        return self.audit

    def _migrate(self, dry_run: bool) -> Sequence[str]:
        self.called.append(("migrate", dry_run))
        if self.trouble:
            raise self.trouble
        return self.steps

    @contextmanager
    def _store(self) -> Iterator[OpenStore]:
        if self.trouble:
            raise self.trouble
        yield self._open()

    def _open(self) -> OpenStore:
        house = OpenHouse(
            directory=self.directory,
            accounts=self.accounts,
            clock=lambda: Moment(NOW, "boot", timedelta(hours=1)),
            new_id=self._new_id,
            new_api_key=lambda: NEW_KEY_WORDS,
        )
        again = HearAgain(self.inbox, lambda: Moment(NOW, "boot", timedelta(hours=1)), Bell(self))
        compare = CompareSettlement(self.payments)
        return OpenStore(house, self.directory, self.inbox, again, compare)

    def _new_id(self, kind: IdKind) -> str:
        return f"{kind}_0197f3a000007000800000000000{next(self._numbers):04x}"


@dataclass(frozen=True)
class Heard:
    """A request that the server heard."""

    method: str
    path: str
    key: str | None
    authorization: str | None
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""


@dataclass(frozen=True)
class Say:
    """An answer of the script; no status means that the connection is dropped."""

    body: object = None
    status: int | None = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class ScriptedLunas(ThreadingHTTPServer):
    """Answers from a script, the last line for ever, and remembers what it heard.

    With `answers` it says what that says instead.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script: list[Say] = []
        self.heard: list[Heard] = []
        self.answers: Callable[[Heard], Say] | None = None

    def say(self, heard: Heard) -> Say:
        """The answer to what was heard."""
        self.heard.append(heard)
        if self.answers:
            return self.answers(heard)
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def scripted_lunas() -> Iterator[ScriptedLunas]:
    """The server, running on a port of its own."""
    with ScriptedLunas() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedLunas

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        say = self.server.say(
            Heard(
                self.command,
                self.path,
                self.headers.get("Idempotency-Key"),
                self.headers.get("Authorization"),
                json.loads(body) if body else None,
                {name.lower(): value for name, value in self.headers.items()},
                body,
            )
        )
        if say.status is None:
            return
        self.send_response(say.status)
        for name, value in say.headers.items():
            self.send_header(name, value)
        self.end_headers()
        text = say.body if isinstance(say.body, str) else json.dumps(say.body)
        self.wfile.write(text.encode())


def a_payment(**changes: object) -> dict[str, object]:
    """A payment as the API tells it."""
    return {
        "id": PAYMENT_ID,
        "object": "payment",
        "livemode": False,
        "order_id": "consult-8812",
        "amount": 50000,
        "amount_refunded": 0,
        "currency": "IDR",
        "status": "awaiting_customer",
        "reason": None,
        "method": "ovo_push",
        "phone": MASKED_PHONE,
        "description": "Konsultasi chat",
        "next_action": {
            "type": "approve_in_ovo_app",
            "expires_at": "2026-11-23T03:16:25.000Z",
            "message": {"id": "Buka aplikasi OVO.", "en": "Open the OVO app."},
        },
        "attempts": [
            {
                "id": "att_0197f3a0000070008000000000000003",
                "number": 1,
                "provider": "ovo",
                "status": "waiting",
                "phone": MASKED_PHONE,
                "references": {"batch_no": 4},
                "asked_at": "2026-11-23T03:15:30.000Z",
                "answered_at": None,
                "response_code": None,
            }
        ],
        "cancel_requested_at": None,
        "pay_url": None,
        "receipt_url": None,
        "created_at": "2026-11-23T03:15:25.000Z",
        "expires_at": "2026-11-23T04:15:25.000Z",
        "paid_at": None,
        "sequence": 2,
        **changes,
    }


def an_event(**changes: object) -> dict[str, object]:
    """An event as the API tells it."""
    data = {"id": EVENT_ID, "sequence": 4, "payment": a_payment(status="succeeded")}
    return {
        "type": "payment.succeeded",
        "timestamp": "2026-11-23T03:16:00.000Z",
        "data": data,
        **changes,
    }


def a_problem(code: str, status: int, **changes: object) -> Say:
    """An answer that is a problem."""
    headers = {"Content-Type": "application/problem+json"}
    retry_after = changes.pop("retry_after", None)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    body = {
        "type": f"https://lunas.example/errors/{code}",
        "title": "A title",
        "status": status,
        "detail": "A detail.",
        "code": code,
        "retryable": status == 503,
        "who_can_fix": "integrator",
        "request_id": "req-7",
        **changes,
    }
    return Say(body, status, headers)


def a_refund(**changes: object) -> dict[str, object]:
    """A refund as the API tells it."""
    return {
        "id": REFUND_ID,
        "object": "refund",
        "payment_id": PAYMENT_ID,
        "amount": 20000,
        "status": "pending",
        "kind": "manual",
        "reason": "Half of it fell out",
        "actor": "sari",
        "created_at": "2026-11-23T03:15:25.000Z",
        "updated_at": "2026-11-23T03:15:25.000Z",
        "closed_by": None,
        "evidence": None,
        **changes,
    }


def an_exception(**changes: object) -> dict[str, object]:
    """An exception as the API tells it."""
    return {
        "id": EXCEPTION_ID,
        "object": "exception",
        "kind": "late_success",
        "payment_id": PAYMENT_ID,
        "order_id": "consult-8812",
        "attempt_id": "att_0197f3a0000070008000000000000003",
        "amount": 50000,
        "age": 7300,
        "opened_at": "2026-11-23T03:15:25.000Z",
        "code": "00",
        "status": "open",
        "suggested_action": "honour",
        "actions": ["honour", "void", "returned"],
        "closed": None,
        **changes,
    }
