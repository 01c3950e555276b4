"""What `deploy/` says, read from its files and run on this machine against the tests' servers."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # it comes without types

from tests.integration.house import ROOT, free_port

DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent


def compose() -> dict[str, Any]:
    """The compose file."""
    whole: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return whole


def manifests() -> list[dict[str, Any]]:
    """Every Kubernetes object."""
    files = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    return [one for file in files for one in yaml.safe_load_all(file.read_text())]


def manifest(kind: str, name: str) -> dict[str, Any]:
    """One of them."""
    (found,) = [m for m in manifests() if (m["kind"], m["metadata"]["name"]) == (kind, name)]
    return found


def unit(name: str) -> dict[str, list[str]]:
    """The settings of a systemd unit, each as often as it stands there."""
    found: dict[str, list[str]] = {}
    for line in (DEPLOY / "systemd" / name).read_text().splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


@dataclass(slots=True)
class Machine:
    """This machine in the place of the ones in the files: other folders, hosts and ports."""

    folder: Path
    places: Mapping[str, str]
    """What stands in the files, and what stands for it here."""
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def here(self, text: str) -> str:
        """The text, as it is to be understood here."""
        for there, here in self.places.items():
            text = text.replace(there, here)
        return text

    def environment(self, *sources: Mapping[str, object]) -> dict[str, str]:
        """Only what the files say, and where Python is."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("LUNAS_", "PROMETHEUS"))}
        told = {k: self.here(str(v)) for source in sources for k, v in source.items()}
        return clean | {"PATH": f"{BIN}:{os.environ['PATH']}", "LUNAS_HOST": "127.0.0.1"} | told

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start a process as a container would."""
        data = self.folder / name
        data.mkdir(exist_ok=True)
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [str(BIN / command[0]), *command[1:]],
                env={"LUNAS_DATA_DIR": str(data), **environment},
                stdout=log,
                stderr=log,
                cwd=data,
                start_new_session=True,
            )

    def probe(self, command: Sequence[str], port: int, name: str) -> bool:
        """A health check as it stands in a file, with the port that the process has here."""
        assert command[0] == "CMD"
        moved = [re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{port}", word) for word in command[1:]]
        program = str(BIN / moved[0])
        done = subprocess.run(
            [program, *moved[1:]], cwd=self.folder / name, check=False, capture_output=True
        )
        return done.returncode == 0

    def port(self, name: str) -> int:
        """A free port, the same one whenever that name is asked for."""
        return self.ports.setdefault(name, free_port())

    def logs(self) -> str:
        """What was printed."""
        return "\n".join(p.read_text(errors="replace") for p in self.folder.glob("*.log"))


@contextmanager
def a_machine(folder: Path, places: Mapping[str, str]) -> Iterator[Machine]:
    """A machine on which everything ends with the block."""
    machine = Machine(folder, places)
    try:
        yield machine
    finally:
        for process in machine.processes.values():
            process.kill()
            process.wait(10)
