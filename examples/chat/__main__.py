"""`python -m examples.chat`: the chat on a port of its own, with settings from the environment."""

import os
import signal
import sys
import time
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from examples.chat import hooks
from examples.chat.app import create_app
from examples.chat.checkout import Checkout
from examples.chat.lunas import Lunas, Refused
from examples.chat.store import Store

LUNAS_WITHIN = 30.0
"""Seconds that Lunas may take to come up."""


class Quiet(WSGIRequestHandler):
    """Keeps HTTP connections open, and keeps addresses and paths out of the log."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def main() -> int:
    """Serve until SIGINT or SIGTERM; returns the exit code."""
    try:
        lunas = Lunas(os.environ["LUNAS_URL"], os.environ["LUNAS_API_KEY"])
    except KeyError as missing:
        print(f"set {missing.args[0]} (`. var/dev.env` does, once Lunas runs)", file=sys.stderr)
        return 2
    port = int(os.environ.get("CHAT_PORT", "8070"))
    own_url = os.environ.get("CHAT_URL", f"http://127.0.0.1:{port}").rstrip("/")
    store = Store(Path(os.environ.get("CHAT_DATA", "var/chat")))
    sandbox_url = os.environ.get("LUNAS_SANDBOX_URL") or None
    checkout = Checkout(store, lunas, keeps_phones=sandbox_url is not None)
    https = own_url.startswith("https://")
    app = create_app(store, checkout, sandbox_url=sandbox_url, https=https)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=Quiet)
    try:
        _register(store, lunas, f"{own_url}/hooks/lunas")
    except Refused as refused:
        print(f"Lunas did not take our webhook endpoint: {refused}", file=sys.stderr)
        return 1
    print(f"chat ready {own_url}", flush=True)
    server.serve_forever()
    return 0


def _register(store: Store, lunas: Lunas, url: str) -> None:
    end = time.monotonic() + LUNAS_WITHIN
    while True:
        try:
            return hooks.register(store, lunas, url)
        except Refused as refused:
            if refused.code != "unreachable" or time.monotonic() > end:
                raise
            time.sleep(0.5)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    sys.exit(main())
