"""`make demo`: one command, two links, and nothing left behind."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.house import ROOT, call, free_port, until


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_prints_both_links_and_stops_cleanly(
    tmp_path: Path, number: signal.Signals
) -> None:
    log = tmp_path / "demo.log"
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("LUNAS_", "CHAT_"))}
    environment = {
        **inherited,
        "LUNAS_DATA_DIR": str(tmp_path / "var"),
        "LUNAS_PORT": str(free_port()),
        "LUNAS_SANDBOX_PORT": str(free_port()),
        "CHAT_PORT": str(free_port()),
    }
    with log.open("wb") as out:
        command = [sys.executable, "-m", "examples"]
        demo = subprocess.Popen(command, env=environment, stdout=out, stderr=out, cwd=ROOT)
    try:
        until(lambda: "Ctrl-C" in log.read_text() or demo.poll(), log.read_text, within=60)
        assert demo.poll() is None, log.read_text()
        chat, phone = re.findall(r"http://\S+", log.read_text())
        assert "Mulai konsultasi" in call("GET", f"{chat}/").body.decode()
        assert "Dompet Uji" in call("GET", phone).body.decode()
        sandbox = phone.partition("/phones/")[0]
        assert call("GET", f"{sandbox}/control/scenario").json["auto_approve"] is None
        demo.send_signal(number)
        assert demo.wait(15) == 0
    finally:
        demo.kill()
    until(lambda: not left(tmp_path), lambda: f"left behind: {left(tmp_path)}", within=5)


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    environment = {**os.environ, "LUNAS_DATA_DIR": str(tmp_path), "LUNAS_PORT": str(free_port())}
    command = [sys.executable, "-m", "bootstrap", "sandbox"]
    environment["LUNAS_SANDBOX_PORT"] = str(free_port())
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        demo = subprocess.run(
            [sys.executable, "-m", "examples"],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        other.terminate()
    assert demo.returncode == 1
    assert "LUNAS_SANDBOX_PORT" in demo.stderr
    assert "Lunas did not start" in demo.stderr


def left(data: Path) -> list[str]:
    """The processes whose data is in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            if f"LUNAS_DATA_DIR={data}/var".encode() in environment:
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found
