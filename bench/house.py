"""Real processes: houses as they are shipped, and bare servers behind the same command line."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from bootstrap import sandbox, serve
from bootstrap.either import opened, prepare
from bootstrap.house import OVO
from bootstrap.sandbox_account import CREDENTIALS
from bootstrap.settings import Settings

READY_WITHIN = 30.0
ROOT = Path(__file__).parents[1]


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def call(port: int, method: str, path: str, body: object = None, key: str = "") -> Any:
    """One request to a local server; its answer as JSON. Raises RuntimeError unless it is 2xx."""
    headers = {"Content-Type": "application/json"}
    if key:
        headers |= {"Authorization": f"Bearer {key}", "Idempotency-Key": f"b-{time.time_ns()}"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(method, path, None if body is None else orjson.dumps(body), headers)
        answer = connection.getresponse()
        told = answer.read()
    finally:
        connection.close()
    if answer.status // 100 != 2:
        raise RuntimeError(f"{method} {path}: {answer.status} {told[:200]!r}")
    return orjson.loads(told) if told else None


def until(look: Callable[[], bool], what: str, within: float = READY_WITHIN) -> None:
    """Return once `look` is true; raises RuntimeError after that time."""
    end = time.monotonic() + within
    while not look():
        if time.monotonic() > end:
            raise RuntimeError(f"not within {within:g} s: {what}")
        time.sleep(0.02)


def answers(port: int, path: str) -> bool:
    """Whether a GET there succeeds."""
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path)
        return connection.getresponse().status // 100 == 2
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass(slots=True)
class House:
    """The processes of one house in a folder of its own; logs as shipped, into files."""

    folder: Path
    port: int
    sandbox_port: int
    environment: dict[str, str]
    key: str = ""
    merchant: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def settings(self) -> Settings:
        """The settings of its processes, for a look into the store."""
        return Settings(data_dir=self.folder, sandbox_port=self.sandbox_port, port=self.port)

    def server(self, target: str) -> list[str]:
        """The API's own command line, for another application."""
        return [*serve.command(self.settings())[:-1], target]

    def start(self, name: str, command: Sequence[str], ready: Callable[[], bool]) -> None:
        """Start a process and wait until it is ready."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=ROOT,
            )
        until(ready, f"{name}: {self.log(name)}")

    def start_sandbox(self, scenario: Mapping[str, object] | None = None) -> None:
        """Start the wallet; by default everybody approves at once."""
        self.start(
            "sandbox",
            sandbox.command(self.settings()),
            lambda: answers(self.sandbox_port, "/healthz"),
        )
        usual = {"behaviour": "approve", "magic_amounts": False}
        call(self.sandbox_port, "POST", "/control/scenario", usual | dict(scenario or {}))

    def start_api(self, target: str | None = None) -> None:
        """Start `lunas serve`, or another application behind the same server."""
        command = [sys.executable, "-m", "bootstrap", "serve"]
        self.start("serve", self.server(target) if target else command, self._serves)

    def start_worker(self, command: Sequence[str] = ("-m", "bootstrap", "worker")) -> None:
        """Start `lunas worker`, or another program in its place, and give it a second."""
        self.start("worker", [sys.executable, *command], lambda: True)
        time.sleep(1.5)
        assert self.processes["worker"].poll() is None, self.log("worker")

    def hook(self, url: str, *events: str) -> None:
        """Register a webhook endpoint."""
        call(self.port, "POST", "/v1/webhook_endpoints", {"url": url, "events": events}, self.key)

    def ledger(self) -> list[dict[str, Any]]:
        """Every push that the wallet heard."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            page = call(self.sandbox_port, "GET", f"/control/ledger?limit=10000{after}")
            found += page["pushes"]
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"

    def log(self, name: str) -> str:
        """The end of what a process printed."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-2_000:]

    def cpu_seconds(self, name: str) -> float:
        """What a process and its children have spent so far."""
        pid = self.processes[name].pid
        return sum(_cpu_seconds(each) for each in (pid, *children(pid)))

    def stop(self, name: str) -> None:
        """End a process of ours and its children."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def _serves(self) -> bool:
        return listens(self.port)


@contextmanager
def a_folder_house(folder: Path, **settings: str) -> Iterator[House]:
    """An empty house: no store yet, nothing started. `settings` are LUNAS_ variables."""
    (folder / "metrics").mkdir(parents=True)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("LUNAS_", "PROMETHEUS_"))}
    house = House(folder, free_port(), free_port(), inherited)
    house.environment |= {
        "LUNAS_DATA_DIR": str(folder),
        "LUNAS_PORT": str(house.port),
        "LUNAS_SANDBOX_PORT": str(house.sandbox_port),
        "LUNAS_WEBHOOK_NETWORKS": "127.0.0.0/8",
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
        "PYTHONPATH": str(ROOT),
    } | {f"LUNAS_{name.upper()}": value for name, value in settings.items()}
    try:
        yield house
    finally:
        for name in list(house.processes):
            house.stop(name)


@contextmanager
def a_house(folder: Path, **settings: str) -> Iterator[House]:
    """A house with a store, one merchant and one API client."""
    with a_folder_house(folder, **settings) as house:
        prepare(house.settings())
        with opened(house.settings(), "bench") as inside:
            open_house = inside.core.open_house()
            merchant = open_house.merchant("Klinik Ukur")
            open_house.account(merchant.id, OVO, livemode=False, credentials=CREDENTIALS)
            _, house.key = open_house.client(merchant.id, "bench", livemode=False)
            house.merchant = merchant.id
        yield house


def children(pid: int) -> list[int]:
    """The processes that this one started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _cpu_seconds(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def rss_bytes(pid: int) -> int:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1_024
    raise RuntimeError(f"no process {pid}")


def pss_bytes(pid: int) -> int:
    """Memory of a process, what it shares with others divided among them."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1_024
    raise RuntimeError(f"no process {pid}")


def open_files(pid: int) -> int:
    """How many files and sockets a process holds."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
