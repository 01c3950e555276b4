"""`lunas up`: API, dispatcher and sandbox together, what `make run` runs."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from bootstrap import sandbox, serve
from bootstrap.either import opened, prepare
from bootstrap.first_start import DevEnv, demo_key
from bootstrap.metrics import forget_metrics, share_metrics
from bootstrap.parent import end_with_parent
from bootstrap.settings import Settings

READY_WITHIN = 60.0
STOP_WITHIN = 4.5
"""Seconds: children that are still there then are killed."""
LOOK_EVERY = 0.1
MOST_RESTARTS = 5
"""Restarts of one child; after that everything is stopped."""
_LOOPBACK = "127.0.0.0/8,::1/128"


@dataclass(slots=True)
class Child:
    """One process of the house."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    restarts: int = 0

    def start(self) -> None:
        """Start it; it ends when we do."""
        self.process = subprocess.Popen(  # noqa: S603  a fixed command of ours, no shell
            self.command,
            env=self.environment,
            start_new_session=True,
            preexec_fn=partial(end_with_parent, signal.SIGTERM),  # noqa: PLW1509  no threads here
        )

    def ended(self) -> int | None:
        """Its exit code, None while it runs."""
        return self.process.poll() if self.process else None

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal, if it runs."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)


@dataclass(slots=True)
class Family:
    """The children, watched until we are told to stop."""

    children: Sequence[Child]
    say: Callable[[str], None]
    stopping: bool = field(default=False)

    def start(self) -> None:
        """Start them all."""
        for child in self.children:
            child.start()

    def ask_to_stop(self, *_: object) -> None:
        """Told by a signal."""
        self.stopping = True

    def look(self) -> bool:
        """Start again whoever died; False when one dies too often."""
        for child in self.children:
            code = child.ended()
            if code is None:
                continue
            child.restarts += 1
            if child.restarts > MOST_RESTARTS:
                self.say(f"{child.name} ended {child.restarts} times (exit {code}): giving up")
                return False
            self.say(f"{child.name} ended (exit {code}): starting it again")
            time.sleep(LOOK_EVERY * child.restarts)
            child.start()
        return True

    def stop(self) -> None:
        """Stop them all within STOP_WITHIN seconds; the sandbox last, so that pushes can end."""
        end = time.monotonic() + STOP_WITHIN
        for child in self.children:
            if child.name != "sandbox":
                child.tell(signal.SIGTERM)
        while time.monotonic() < end and any(
            child.ended() is None for child in self.children if child.name != "sandbox"
        ):
            time.sleep(LOOK_EVERY / 2)
        for child in self.children:
            child.tell(signal.SIGTERM if child.name == "sandbox" else signal.SIGKILL)
        for child in self.children:
            if child.process:
                try:
                    child.process.wait(max(0.3, end - time.monotonic()))
                except subprocess.TimeoutExpired:
                    child.process.kill()


def run(settings: Settings) -> int:
    """Run until SIGINT or SIGTERM; returns the exit code."""
    for name, host, port in (
        ("LUNAS_PORT", settings.host, settings.port),
        ("LUNAS_SANDBOX_PORT", settings.sandbox_host, settings.sandbox_port),
    ):
        if not _free(host, port):
            print(f"port {port} is in use: stop what uses it, or set {name}", file=sys.stderr)
            return 1
    made = prepare(settings)
    for what in made:
        print(f"made {what}")
    with opened(settings, "up") as house:
        key = demo_key(house)
    dev_env = DevEnv(settings, key)
    dev_env.put_away()
    forget_metrics(settings)
    share_metrics(settings)
    family = Family(_children(settings), lambda text: print(text, file=sys.stderr, flush=True))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, family.ask_to_stop)
    try:
        family.start()
        if _wait_until_ready(settings, family):
            dev_env.write()
            print(_welcome(settings, key), flush=True)
        elif not family.stopping:
            print("not ready in time: see the messages above, or `lunas doctor`", file=sys.stderr)
            return 1
        while not family.stopping:
            if not family.look():
                return 1
            time.sleep(LOOK_EVERY)
    finally:
        family.stop()
        dev_env.put_away()
    return 0


def _children(settings: Settings) -> Sequence[Child]:
    environment = {**os.environ, "LUNAS_SUPERVISED": "1"}
    networks = [*settings.webhook_networks, *_LOOPBACK.split(",")]
    environment["LUNAS_WEBHOOK_NETWORKS"] = ",".join(dict.fromkeys(networks))
    environment.setdefault("LUNAS_DRAIN", "3s")
    # A terminal is not a log: what happens is told by `lunas events tail`.
    environment.setdefault("LUNAS_LOG_LEVEL", "warning")
    lunas = [sys.executable, "-m", "bootstrap"]
    return [
        Child("sandbox", sandbox.command(settings), environment),
        Child("worker", [*lunas, "worker"], environment),
        Child("api", serve.command(settings), environment),
    ]


def _free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _wait_until_ready(settings: Settings, family: Family) -> bool:
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end and not family.stopping:
        if not family.look():
            return False
        sandbox_answers = _status(settings.sandbox_host, settings.sandbox_port, "/healthz") == 200
        if sandbox_answers and _status(settings.host, settings.port, "/readyz") == 200:
            return True
        time.sleep(LOOK_EVERY)
    return False


def _status(host: str, port: int, path: str) -> int | None:
    connection = http.client.HTTPConnection(host, port, timeout=1.0)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _welcome(settings: Settings, key: str) -> str:
    sandbox_url = f"http://{settings.sandbox_host}:{settings.sandbox_port}"
    approve = settings.sandbox_auto_approve
    hint = f"approves itself after {approve}" if approve else "tap Approve there"
    return f"""
Lunas is ready.
  API        {settings.api_url}      (reference: {settings.api_url}/docs)
  Sandbox    {sandbox_url}      (the simulated wallet)
  Phone      {sandbox_url}/phones/081234567890      (the customer's; {hint})
  Shell      source {settings.data_dir}/dev.env

Charge the customer:
  curl -sS {settings.api_url}/v1/payments \\
    -H 'Authorization: Bearer {key}' \\
    -H "Idempotency-Key: $(date +%s%N)" -H 'Content-Type: application/json' \\
    -d '{{"order_id": "consult-'$(date +%s)'", "amount": 50000, "phone": "0812 3456 7890"}}'

Ctrl-C stops everything; the data stays in {settings.data_dir}/."""
