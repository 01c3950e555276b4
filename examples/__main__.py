"""`python -m examples`, what `make demo` runs: Lunas with its sandbox, and the chat beside it.

The sandbox approves nothing by itself here: a person taps on the customer's phone.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType
from urllib.request import urlopen

READY_WITHIN = 90.0
STOP_WITHIN = 8.0
"""Seconds: `lunas up` stops its own within 5."""
LOOK_EVERY = 0.2
PHONE = "081234567890"


class Stop(Exception):
    """Ctrl-C, or SIGTERM."""


class NotReady(Exception):
    """Who did not come up."""


def main() -> int:
    """Start both, print the two links, stop both; returns the exit code."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    data = Path(os.environ.get("LUNAS_DATA_DIR", "var"))
    environment = {"LUNAS_LOG_LEVEL": "warning", **os.environ, "LUNAS_SANDBOX_AUTO_APPROVE": ""}
    chat_data = os.environ.get("CHAT_DATA", str(data / "chat"))
    port = os.environ.get("CHAT_PORT", "8070")
    running: list[subprocess.Popen[bytes]] = []
    try:
        running.append(_start("bootstrap", "up", environment=environment))
        told = _dev_env(data / "dev.env", running[0])
        settings = {**told, "CHAT_DATA": chat_data, "CHAT_PORT": port}
        running.append(_start("examples.chat", environment={**os.environ, **settings}))
        _answers(int(port), running[1])
        print(_welcome(f"http://127.0.0.1:{port}", told["LUNAS_SANDBOX_URL"]), flush=True)
        while all(process.poll() is None for process in running):
            time.sleep(LOOK_EVERY)
        return 1  # whoever ended has said why
    except Stop:
        return 0
    except NotReady as late:
        print(late, file=sys.stderr)
        return 1
    finally:
        for process in reversed(running):
            _end(process)


def _stop(number: int, frame: FrameType | None) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)  # once is enough: what follows is the stopping
    raise Stop


def _start(module: str, *arguments: str, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """A process in a group of its own, so that Ctrl-C reaches it only through us."""
    return subprocess.Popen(  # noqa: S603  a fixed command of ours, no shell
        [sys.executable, "-m", module, *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,  # two links are enough; what goes wrong is on stderr
        start_new_session=True,
    )


def _dev_env(path: Path, lunas: subprocess.Popen[bytes]) -> Mapping[str, str]:
    """The URLs and the key that `lunas up` writes once it is ready, and takes away before."""
    began = time.time()
    while time.time() < began + READY_WITHIN:
        if lunas.poll() is not None:
            raise NotReady("Lunas did not start: it says why above")
        if path.exists() and path.stat().st_mtime >= began - 1:
            return dict(line.split("=", 1) for line in path.read_text().splitlines())
        time.sleep(LOOK_EVERY)
    raise NotReady(f"no {path} within {READY_WITHIN:g} s")


def _answers(port: int, chat: subprocess.Popen[bytes]) -> None:
    began = time.monotonic()
    while time.monotonic() < began + READY_WITHIN:
        if chat.poll() is not None:
            raise NotReady("the chat did not start: it says why above")
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/static/icon.svg", timeout=2):
            return
        time.sleep(LOOK_EVERY)
    raise NotReady(f"the chat did not answer within {READY_WITHIN:g} s")


def _welcome(chat: str, sandbox: str) -> str:
    return f"""
The chat is open.
  The patient's chat    {chat}
  The customer's phone  {sandbox}/phones/{PHONE}      (pay with {PHONE})

Ctrl-C stops everything."""


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
