"""Real processes of a house on free ports, with OVO's clocks fifty times as fast."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

from bootstrap.embedded import OVO, opened, prepare
from bootstrap.sandbox_account import CREDENTIALS
from bootstrap.settings import Settings

READY_WITHIN = 30.0
# The order of OVO's clocks is kept; the bounds that guard against this machine's own slowness are
# not divided as far, because a test machine does not run faster for it.
FAST = {
    "LUNAS_OVO_SEND_WITHIN": "3s",
    "LUNAS_OVO_CUSTOMER_WINDOW": "1.1s",
    "LUNAS_OVO_WALLET_ANSWERS_WITHIN": "1.4s",
    "LUNAS_OVO_READ_WITHIN": "4s",
    "LUNAS_OVO_ASK_WITHIN": "2s",
    "LUNAS_OVO_ON_THE_WIRE": "2s",
    "LUNAS_OVO_STATUS_LAG": "0.2s",
    "LUNAS_SKEW": "1s",
    "LUNAS_SCAN_EVERY": "0.2s",
    "LUNAS_UPKEEP_EVERY": "0.5s",
    "LUNAS_SANDBOX_WINDOW": "1.1s",
}


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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


def until(look: Callable[[], Any], what: str, within: float = 20.0) -> Any:
    """What `look` returns once it is true; fails with `what` after that time."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {within:g} s: {what}")


@dataclass(slots=True)
class Receiver:
    """A merchant's webhook endpoint: keeps what it hears, answers as told."""

    status: int = 204
    delay: float = 0.0
    retry_after: str | None = None
    heard: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self.server
        return f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def events(self, kind: str | None = None) -> list[dict[str, Any]]:
        """The events heard, in order, of that type."""
        events = [json.loads(body) for _, body in self.heard]
        return [event for event in events if kind in {None, event["type"]}]


@contextmanager
def a_receiver(port: int = 0, **how: Any) -> Iterator[Receiver]:
    """A webhook endpoint on a thread of its own."""
    receiver = Receiver(**how)

    class Hook(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            time.sleep(receiver.delay)
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.heard.append((headers, body))
            self.send_response(receiver.status)
            if receiver.retry_after is not None:
                self.send_header("Retry-After", receiver.retry_after)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 512

    receiver.server = Server(("127.0.0.1", port), Hook)
    thread = threading.Thread(target=receiver.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
        thread.join(5)


@dataclass(slots=True)
class RunningHouse:
    """The processes of one house; each may be killed and started again."""

    folder: Path
    port: int
    sandbox_port: int
    environment: dict[str, str]
    key: str = ""
    merchant: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _keys: Iterator[int] = field(default_factory=count)

    @property
    def url(self) -> str:
        """The API."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_url(self) -> str:
        """The wallet."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    @property
    def data(self) -> Path:
        """The data folder."""
        return self.folder / "var"

    def settings(self) -> Settings:
        """The settings of its processes, for a look into the store."""
        return Settings(data_dir=self.data, sandbox_port=self.sandbox_port, port=self.port)

    def start(self, *names: str) -> None:
        """Start processes by name (`sandbox`, `worker`, `serve`) and wait until they are ready."""
        for name in names or ("sandbox", "worker", "serve"):
            log = (self.folder / f"{name}.log").open("ab")
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "bootstrap", name],
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=Path(__file__).parents[2],
            )
            log.close()
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until whatever was started answers."""
        if "sandbox" in self.processes:
            until(lambda: self._ok(f"{self.sandbox_url}/healthz"), "sandbox", READY_WITHIN)
        if "serve" in self.processes:
            path = "/readyz" if "worker" in self.processes else "/healthz"
            until(lambda: self._ok(self.url + path), self.logs(), READY_WITHIN)

    def kill(self, name: str) -> None:
        """`kill -9` of the process and its children."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def stop(self, name: str, within: float = 15.0) -> int:
        """SIGTERM; returns the exit code."""
        process = self.processes.pop(name)
        process.terminate()
        return process.wait(within)

    def stop_all(self) -> None:
        """End whatever runs."""
        for name in list(self.processes):
            self.kill(name)

    def logs(self) -> str:
        """Everything the processes printed."""
        return "\n".join(p.read_text(errors="replace") for p in sorted(self.folder.glob("*.log")))

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """A request to the API with the merchant's key, and a fresh idempotency key for a POST."""
        sent = {"Authorization": f"Bearer {self.key}"}
        if method == "POST" and "Idempotency_Key" not in headers:
            sent["Idempotency-Key"] = f"test-{os.getpid()}-{next(self._keys)}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return call(method, self.url + path, body=body, headers=sent, timeout=90)

    def pay(self, order: str, phone: str | None = "081200000001", **more: object) -> Answer:
        """Start a payment of Rp 50.000; the default phone always approves."""
        body = {"order_id": order, "amount": 50_000, **more}
        return self.call("POST", "/v1/payments", body | ({"phone": phone} if phone else {}))

    def payment(self, payment_id: str, wait: int = 0) -> Any:
        """The payment as JSON."""
        query = f"?wait={wait}" if wait else ""
        return self.call("GET", f"/v1/payments/{payment_id}{query}").json

    def until_status(self, payment_id: str, *statuses: str, within: float = 20.0) -> Any:
        """The payment once it has one of these statuses."""

        def look() -> Any:
            payment = self.payment(payment_id)
            return payment if payment["status"] in statuses else None

        return until(look, f"{statuses}, it is {self.payment(payment_id)['status']}", within)

    def ledger(self) -> Any:
        """What the wallet heard."""
        return call("GET", f"{self.sandbox_url}/control/ledger").json

    def hook(self, receiver: Receiver, *events: str) -> Any:
        """Register a webhook endpoint."""
        body = {"url": receiver.url, "events": list(events)} if events else {"url": receiver.url}
        answer = self.call("POST", "/v1/webhook_endpoints", body)
        assert answer.status == 201, answer.body
        return answer.json

    @staticmethod
    def _ok(url: str) -> bool:
        try:
            return call("GET", url, timeout=5).status == 200
        except (OSError, http.client.HTTPException):
            return False


@contextmanager
def a_house(folder: Path, **settings: str) -> Iterator[RunningHouse]:
    """A house with one merchant, not started yet; `settings` are LUNAS_ variables, unprefixed."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("LUNAS_", "PROMETHEUS_"))}
    house = RunningHouse(folder, free_port(), free_port(), inherited)
    house.environment |= FAST | {
        "LUNAS_DATA_DIR": str(house.data),
        "LUNAS_PORT": str(house.port),
        "LUNAS_SANDBOX_PORT": str(house.sandbox_port),
        "LUNAS_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "LUNAS_DRAIN": "3s",
    }
    house.environment |= {f"LUNAS_{name.upper()}": value for name, value in settings.items()}
    prepare(house.settings())
    with opened(house.settings(), "test") as inside:
        open_house = inside.core.open_house()
        merchant = open_house.merchant("Klinik Uji")
        open_house.account(merchant.id, OVO, livemode=False, credentials=CREDENTIALS)
        _, house.key = open_house.client(merchant.id, "tests", livemode=False)
        house.merchant = merchant.id
    try:
        yield house
    finally:
        house.stop_all()
