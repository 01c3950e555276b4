"""What stands in for Elasticsearch on a machine without Maven and a compiler: `osmem-server`.

It answers as OpenSearch does, which the client of Elasticsearch refuses: a door in between speaks
for it. Good enough for a first `make test`, never for CI.
"""

import http.client
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.servers.places import installed
from tests.servers.ports import free_port

PACKAGE = "osmem-server==0.1.6"
READY_WITHIN = 20.0
_JSON = "application/json"


@dataclass(slots=True)
class LookAlike:
    """The server as a process that ends with us, and the door before it."""

    folder: Path

    def start(self) -> str:
        """Start both; returns the door's address."""
        home = installed(PACKAGE.replace("==", "-"), _install)
        port = free_port()
        program = home / "osmem_server/bin/osmem-server"
        log = (self.folder / "look-alike.log").open("wb")
        process = subprocess.Popen(
            [
                *(str(program), "--addr", f"127.0.0.1:{port}"),
                *("--parent-pid", str(os.getpid()), "--no-stdin-watch", "--no-ja"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        _wait(process, port)
        door = ThreadingHTTPServer(("127.0.0.1", 0), _door_to(port))
        threading.Thread(target=door.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{door.server_port}"


def _door_to(port: int) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            kind = self.headers.get("Content-Type", _JSON)
            plain = "application/x-ndjson" if "ndjson" in kind else _JSON
            behind = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            behind.request(self.command, self.path, body, {"Content-Type": plain, "Accept": _JSON})
            answer = behind.getresponse()
            told = answer.read()
            behind.close()
            self.send_response(answer.status)
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Type", "application/vnd.elasticsearch+json;compatible-with=9")
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815  the library's names

        def log_message(self, *_: Any) -> None:
            """Tests are told enough."""

    return Door


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + READY_WITHIN
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.05)
        else:
            return
        finally:
            connection.close()
    process.kill()
    raise RuntimeError("the look-alike does not start")


def _install(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    uv = shutil.which("uv") or str(Path(sys.prefix).parent / ".venv-tools/bin/uv")
    pip = [uv, "pip"] if os.access(uv, os.X_OK) else [sys.executable, "-m", "pip"]
    subprocess.run(
        [*pip, "install", "--quiet", "--no-deps", "--target", str(folder), PACKAGE],
        check=True,
        timeout=300,
    )
