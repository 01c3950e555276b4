"""Real processes of a house on free ports, with OVO's clocks made fast."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import IO, Any, TypeVar
from urllib.parse import urlencode

from bootstrap.either import opened, prepare
from bootstrap.house import OVO, House
from bootstrap.sandbox_account import CREDENTIALS
from bootstrap.settings import Settings
from tests.integration import forked
from tests.servers.ports import free_port

T = TypeVar("T")
READY_WITHIN = 90.0
PATIENCE = 60.0
"""Seconds after which a test gives up waiting: no test is about a busy machine being slow."""
SHORTEST_PAUSE, LONGEST_PAUSE = 0.02, 0.1
"""Between two looks at something that a test waits for."""
ROOT = Path(__file__).parents[2]
_ALWAYS = {
    "LUNAS_OVO_SEND_WITHIN": "3s",
    "LUNAS_OVO_ASK_WITHIN": "2s",
    "LUNAS_SKEW": "1s",
    "LUNAS_SCAN_EVERY": "0.2s",
    "LUNAS_UPKEEP_EVERY": "0.5s",
    "LUNAS_WEBHOOK_NETWORKS": "127.0.0.0/8",
    "LUNAS_DRAIN": "3s",
}
# The order of OVO's clocks is kept; the bounds that guard against this machine's own slowness are
# not divided as far, because a test machine does not run faster for it.
FAST = _ALWAYS | {
    "LUNAS_OVO_CUSTOMER_WINDOW": "1.1s",
    "LUNAS_OVO_WALLET_ANSWERS_WITHIN": "1.4s",
    "LUNAS_OVO_READ_WITHIN": "4s",
    "LUNAS_OVO_ON_THE_WIRE": "2s",
    "LUNAS_OVO_STATUS_LAG": "0.2s",
    "LUNAS_OVO_CHECK_EVERY": "300ms",
    "LUNAS_OVO_BELIEVE_404_AFTER": "1s",
    "LUNAS_OVO_REVERSE_AFTER_404": "100ms",
    "LUNAS_OVO_APPROVALS_APART": "1200ms",
    "LUNAS_OVO_SLOW_CHECKS": "1200ms,6s",
    "LUNAS_OVO_DAILY": "30s",
    "LUNAS_OVO_TOLD_AFTER": "2m",
    "LUNAS_OVO_ASKED_UNTIL": "3m",
    "LUNAS_OVO_WATCH_AFTER": "3s,10s",
    "LUNAS_SANDBOX_WINDOW": "1.1s",
}
"""Fifty times as fast: for pushes that nobody answers."""
PATIENT = _ALWAYS | {
    "LUNAS_OVO_CUSTOMER_WINDOW": "20s",
    "LUNAS_OVO_WALLET_ANSWERS_WITHIN": "21s",
    "LUNAS_OVO_READ_WITHIN": "22s",
    "LUNAS_OVO_ON_THE_WIRE": "3s",
    "LUNAS_OVO_STATUS_LAG": "1s",
    "LUNAS_SANDBOX_WINDOW": "20s",
}
"""With a window in which a test has time to tap on the customer's phone."""
_RUNNING: "list[RunningHouse]" = []
_numbers = count(1)


def running_houses() -> "Sequence[RunningHouse]":
    """The houses that exist now: for the report of a test that failed."""
    return tuple(_RUNNING)


def a_phone() -> str:
    """A number that nobody else has and that is not magic: its push waits for a tap."""
    return f"0813{os.getpid() % 10_000:04}{next(_numbers):04}"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, its body as it came and as JSON."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def call(
    method: str,
    url: str,
    *,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 30.0,
) -> Answer:
    """One request on a fresh connection; bytes are sent as they are, anything else as JSON."""
    scheme, _, rest = url.partition("://")
    assert scheme == "http"
    host, _, path = rest.partition("/")
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **(headers or {})}
    connection = http.client.HTTPConnection(host, timeout=timeout)
    try:
        connection.request(method, f"/{path}", body=data, headers=sent)
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def until(
    look: Callable[[], Any],
    what: str | Callable[[], str],
    within: float = PATIENCE,
    every: float = 0.0,
) -> Any:
    """What `look` returns once it is true; fails with `what` after that time.

    Each look that costs more than a request is made only `every` so many seconds: whoever waits
    should leave the machine to those who are waited for.
    """
    end = time.monotonic() + within
    pause = SHORTEST_PAUSE
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(max(pause, every))
        pause = min(2 * pause, LONGEST_PAUSE)
    raise AssertionError(f"not within {within:g} s: {what if isinstance(what, str) else what()}")


def at_once(calls: Sequence[Callable[[], T]], width: int = 100) -> list[T]:
    """The results of all the calls, made at the same time on threads of their own."""
    with ThreadPoolExecutor(min(width, len(calls))) as threads:
        return [future.result() for future in [threads.submit(call) for call in calls]]


@dataclass(slots=True)
class Receiver:
    """A merchant's webhook endpoint: keeps what it hears, answers as told."""

    status: int = 204
    delay: float = 0.0
    retry_after: str | None = None
    heard: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    location: str | None = None
    server: ThreadingHTTPServer | None = None
    connections: int = 0
    endpoint: Any = None

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self.server
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The events heard, in order, of that type."""
        events = [json.loads(body) for _, body in self.heard]
        return [event for event in events if kind in {None, event["type"]}]

    def of(self, payment_id: str) -> list[dict[str, Any]]:
        """The events heard of this payment, by their sequence."""
        found = [e for e in self.events() if e["data"].get("payment", {}).get("id") == payment_id]
        return sorted(found, key=lambda event: event["data"]["sequence"])

    def until_heard(self, payment_id: str, kind: str, within: float = PATIENCE) -> dict[str, Any]:
        """The payment's event of that type, as soon as it was heard."""

        def look() -> list[dict[str, Any]]:
            return [event for event in self.of(payment_id) if event["type"] == kind]

        found: list[dict[str, Any]] = until(look, f"{kind} of {payment_id} at {self.url}", within)
        return found[0]

    def until_whole(self, payment_id: str, count: int) -> None:
        """Wait for the sequences 1 to `count`, each once: deliveries may overtake each other."""
        expected = list(range(1, count + 1))

        def told() -> list[int]:
            return [event["data"]["sequence"] for event in self.of(payment_id)]

        until(lambda: told() == expected, lambda: f"{expected}, it is {told()}")

    def posts(self, event_id: str) -> list[tuple[Mapping[str, str], bytes]]:
        """Each time that this event came, as it came."""
        return [(h, body) for h, body in self.heard if h["webhook-id"] == event_id]


@contextmanager
def a_receiver(port: int = 0, **how: Any) -> Iterator[Receiver]:
    """A webhook endpoint on a thread of its own."""
    receiver = Receiver(**how)

    class Hook(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.status  # whoever sees that it was heard may change it
            receiver.heard.append((headers, body))
            time.sleep(receiver.delay)
            self.send_response(status)
            if receiver.retry_after is not None:
                self.send_header("Retry-After", receiver.retry_after)
            if receiver.location is not None:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 512

        def get_request(self) -> tuple[socket.socket, Any]:
            receiver.connections += 1
            return super().get_request()

    receiver.server = Server(("127.0.0.1", port), Hook)
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join(5)


@dataclass(slots=True)
class RunningHouse:
    """The processes of one house; each may be killed and started again.

    They are named `sandbox`, `worker`, `serve`, `up`; further ones of a kind `worker-2`, `serve-2`.
    A further API has a port of its own. `own` are variables that one process alone is given.
    `anew`: each begins with a fresh interpreter, as `up` always does, and /proc tells of it.
    """

    folder: Path
    environment: dict[str, str]
    key: str = ""
    merchant: str = ""
    processes: "dict[str, subprocess.Popen[bytes] | forked.Forked]" = field(default_factory=dict)
    programs: dict[str, str] = field(default_factory=dict)
    own: dict[str, dict[str, str]] = field(default_factory=dict)
    anew: bool = False
    _logged: dict[str, int] = field(default_factory=dict)
    _keys: Iterator[int] = field(default_factory=count)

    @property
    def url(self) -> str:
        """The API."""
        return f"http://127.0.0.1:{self.environment['LUNAS_PORT']}"

    def url_of(self, name: str) -> str:
        """One of several APIs."""
        return f"http://127.0.0.1:{self._environment_of(name)['LUNAS_PORT']}"

    @property
    def sandbox_url(self) -> str:
        """The wallet."""
        return f"http://127.0.0.1:{self.environment['LUNAS_SANDBOX_PORT']}"

    @property
    def sandbox_port(self) -> int:
        """The wallet's port."""
        return int(self.environment["LUNAS_SANDBOX_PORT"])

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.environment["LUNAS_DATA_DIR"])

    @property
    def database(self) -> Path:
        """The database file."""
        return self.data / "lunas.db"

    # -- its processes ---------------------------------------------------------------------------

    def settings(self) -> Settings:
        """The settings of its processes, for a look into the store."""
        told = {
            name.removeprefix("LUNAS_").lower(): value
            for name, value in self.environment.items()
            if name.startswith("LUNAS_")
        }
        options: dict[str, dict[str, str]] = {}
        for provider in told.get("providers", "").split(","):
            for name in [n for n in told if n.startswith(f"provider_{provider}_")]:
                own = options.setdefault(provider, {})
                own[name.removeprefix(f"provider_{provider}_")] = told.pop(name)
        return Settings.model_validate(told | {"provider_options": options})

    @contextmanager
    def inside(self) -> Iterator[House]:
        """The house as one more process sees it: for what the API does not let a test do."""
        with opened(self.settings(), "test") as house:
            yield house

    def start(self, *names: str, ready: bool = True) -> None:
        """Start processes by name (`sandbox`, `worker`, `serve`; `up`) and wait for them.

        `programs` names a test's own module that runs in the place of one.
        """
        for name in names or ("sandbox", "worker", "serve"):
            own = self.programs.get(name)
            with (self.folder / f"{name}.log").open("ab") as log:
                self._logged[name] = log.tell()
                self.processes[name] = self._begun(
                    *([own] if own else ["bootstrap", _kind(name)]),
                    environment=self._environment_of(name),
                    log=log,
                )
        if ready:
            self.wait_ready()

    def run(self, *arguments: str, within: float = PATIENCE) -> subprocess.CompletedProcess[str]:
        """A command of this house, run to its end."""
        return forked.run(
            "bootstrap", *arguments, environment=self.environment, folder=ROOT, within=within
        )

    def wait_ready(self) -> None:
        """Wait until whatever was started answers."""
        kinds = {_kind(name) for name in self.processes}
        if kinds & {"sandbox", "up"}:
            self._until_ok(f"{self.sandbox_url}/healthz")
        ready = "/readyz" if kinds & {"worker", "up"} else "/healthz"
        for name in self.processes:
            if _kind(name) in {"serve", "up"}:
                self._until_ok(self.url_of(name) + ready)
            elif _kind(name) == "worker" and (name != "worker" or "serve" not in kinds):
                self._until_worker(name)

    def kill(self, name: str) -> None:
        """`kill -9` of the process and its children."""
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self, name: str, within: float = 15.0, number: int = signal.SIGTERM) -> int:
        """SIGTERM, or another signal; returns the exit code."""
        process = self.processes.pop(name)
        process.send_signal(number)
        try:
            return process.wait(within)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise

    def ensure(self, *names: str) -> None:
        """Start those that do not run: a test before may have ended them."""
        missing = [
            name
            for name in names
            if name not in self.processes or self.processes[name].poll() is not None
        ]
        self.start(*missing) if missing else self.wait_ready()

    def stop_all(self) -> None:
        """End whatever runs."""
        for name in list(self.processes):
            self.kill(name)
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def pids(self, *words: str) -> list[int]:
        """The living processes of this house, children of children too, with these words."""
        mine = f"LUNAS_DATA_DIR={self.data}".encode()
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                environment = (folder / "environ").read_bytes().split(b"\0")
                command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
                if mine in environment and set(words) <= set(command):
                    found.append(int(folder.name))
        return sorted(found)

    def logs(self) -> str:
        """Everything the processes printed."""
        return "\n".join(p.read_text(errors="replace") for p in sorted(self.folder.glob("*.log")))

    # -- its merchant ----------------------------------------------------------------------------

    def call(
        self, method: str, path: str, body: object = None, *, api: str = "serve", **headers: str
    ) -> Answer:
        """A request to an API with the merchant's key, and a fresh idempotency key for a POST."""
        sent = {"Authorization": f"Bearer {self.key}"}
        if method == "POST" and "Idempotency_Key" not in headers:
            sent["Idempotency-Key"] = f"test-{os.getpid()}-{next(self._keys)}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return call(method, self.url_of(api) + path, body=body, headers=sent, timeout=90)

    def pay(self, order: str, phone: str | None = "081200000001", **more: object) -> Answer:
        """Start a payment of Rp 50.000; the default phone always approves."""
        body = {"order_id": order, "amount": 50_000, **more}
        return self.call("POST", "/v1/payments", body | ({"phone": phone} if phone else {}))

    def started(self, order: str, phone: str | None = "081200000001", **more: object) -> str:
        """The id of a payment that was started."""
        answer = self.pay(order, phone, **more)
        assert answer.status == 202, answer.body
        payment_id: str = answer.json["id"]
        return payment_id

    def payment(self, payment_id: str, wait: int = 0) -> Any:
        """The payment as JSON."""
        query = f"?wait={wait}" if wait else ""
        return self.call("GET", f"/v1/payments/{payment_id}{query}").json

    def until_status(self, payment_id: str, *statuses: str, within: float = PATIENCE) -> Any:
        """The payment once it has one of these statuses."""

        def look() -> Any:
            payment = self.payment(payment_id)
            return payment if payment["status"] in statuses else None

        return until(look, lambda: f"{statuses}, it is {self.payment(payment_id)}", within)

    def until_horizon(self, payment_id: str) -> None:
        """Wait until the wallet can have heard nothing new of the payment's first push."""
        asked = datetime.fromisoformat(self.payment(payment_id)["attempts"][0]["asked_at"])
        over = asked + self.settings().clocks().horizon + timedelta(seconds=0.1)
        time.sleep(max(0.0, (over - datetime.now(over.tzinfo)).total_seconds()))

    def hook(self, receiver: Receiver, *events: str) -> Any:
        """Register a webhook endpoint."""
        body = {"url": receiver.url, "events": list(events)} if events else {"url": receiver.url}
        answer = self.call("POST", "/v1/webhook_endpoints", body)
        assert answer.status == 201, answer.body
        return answer.json

    @contextmanager
    def hooked(self, *events: str, **how: Any) -> Iterator[Receiver]:
        """A receiver that is registered while the block lasts."""
        with a_receiver(**how) as receiver:
            receiver.endpoint = self.hook(receiver, *events)
            try:
                yield receiver
            finally:  # the next test finds none of it, also when this one failed
                self.call("DELETE", f"/v1/webhook_endpoints/{receiver.endpoint['id']}")

    def another_merchant(
        self, name: str, *, livemode: bool = False, account: Mapping[str, str] | None = CREDENTIALS
    ) -> "RunningHouse":
        """The same house as another merchant sees it, who may have no account."""
        with self.inside() as inside:
            open_house = inside.core.open_house()
            merchant = open_house.merchant(name).id
            if account is not None:
                open_house.account(merchant, OVO, livemode=livemode, credentials=account)
            _, key = open_house.client(merchant, "tests", livemode=livemode)
        return replace(self, key=key, merchant=merchant)

    # -- its wallet ------------------------------------------------------------------------------

    def ledger(self, **query: object) -> Any:
        """What the wallet heard."""
        asked = f"?{urlencode(query)}" if query else ""
        return call("GET", f"{self.sandbox_url}/control/ledger{asked}").json

    def pushes(self, phone: str) -> Any:
        """What the wallet heard for this phone."""
        return self.ledger(phone=phone)["pushes"]

    def shown_push(self, phone: str) -> Any:
        """The push that waits on this phone, as soon as it does."""
        found = until(lambda: self.ledger(phone=phone, state="waiting")["pushes"], f"on {phone}")
        return found[0]

    def tap(self, push_id: str, what: str) -> Answer:
        """Approve, decline, ignore, drop or late, in the customer's place."""
        return call("POST", f"{self.sandbox_url}/control/pushes/{push_id}/{what}")

    def scenario(self, **choices: object) -> None:
        """Change what the wallet does."""
        answer = call("POST", f"{self.sandbox_url}/control/scenario", body=choices)
        assert answer.status == 200, answer.body

    def _begun(
        self, *command: str, environment: Mapping[str, str], log: IO[bytes]
    ) -> "subprocess.Popen[bytes] | forked.Forked":
        if not self.anew and command[-1] != "up":
            with Path(os.devnull).open("rb") as nothing:
                return forked.start(
                    *command,
                    environment=environment,
                    folder=ROOT,
                    files=(nothing, log, log),
                    session=True,
                )
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd=ROOT,
        )

    def _environment_of(self, name: str) -> dict[str, str]:
        own = self.own.setdefault(name, {})
        if _kind(name) == "serve" and name != "serve":
            own.setdefault("LUNAS_PORT", str(free_port()))
        return self.environment | own

    def _until_worker(self, name: str) -> None:
        log, pid = self.folder / f"{name}.log", self.processes[name].pid
        ready = f"worker {pid} ready: {self.logs()[-2_000:]}"
        began = self._logged[name]
        until(lambda: b"worker ready" in log.read_bytes()[began:], ready, READY_WITHIN)

    def _until_ok(self, url: str) -> None:
        until(lambda: self._ok(url), lambda: f"{url}\n{self.logs()}", READY_WITHIN)

    @staticmethod
    def _ok(url: str) -> bool:
        try:
            return call("GET", url, timeout=5).status == 200
        except (OSError, http.client.HTTPException):
            return False


def _kind(name: str) -> str:
    """What kind of process it is: `worker` for `worker-2`."""
    return name.partition("-")[0]


@contextmanager
def a_house(
    folder: Path, clocks: Mapping[str, str] = FAST, data: Path | None = None, **settings: str
) -> Iterator[RunningHouse]:
    """A house with one merchant, not started yet; `settings` are LUNAS_ variables, unprefixed."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("LUNAS_", "PROMETHEUS_"))}
    environment = {
        **inherited,
        **clocks,
        "LUNAS_DATA_DIR": str(data or folder / "var"),
        "LUNAS_PORT": str(free_port()),
        "LUNAS_SANDBOX_PORT": str(free_port()),
    }
    environment |= {f"LUNAS_{name.upper()}": value for name, value in settings.items()}
    house = RunningHouse(folder, environment)
    prepare(house.settings())
    with house.inside() as inside:
        open_house = inside.core.open_house()
        house.merchant = open_house.merchant("Klinik Uji").id
        open_house.account(house.merchant, OVO, livemode=False, credentials=CREDENTIALS)
        _, house.key = open_house.client(house.merchant, "tests", livemode=False)
    _RUNNING.append(house)
    try:
        yield house
    finally:
        house.stop_all()
        _RUNNING.remove(house)
