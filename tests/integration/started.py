"""A command that goes on until Ctrl-C, as somebody who watches it sees it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import IO, Any

from tests.integration import forked
from tests.integration.house import until

STOPS_WITHIN = 15.0


@dataclass(slots=True)
class Started:
    """The process, and what it has said so far."""

    process: subprocess.Popen[bytes] | forked.Forked
    output: Path
    remarks: Path

    @property
    def said(self) -> str:
        """Everything on both outputs, the results first."""
        return "".join(path.read_text(errors="replace") for path in (self.output, self.remarks))

    @property
    def results(self) -> list[Any]:
        """The JSON of each whole line on standard output."""
        whole, _, _ = self.output.read_text().rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def until_said(self, text: str, within: float = 120.0) -> None:
        """Wait until it has said this; fails at once when it ends before."""

        def look() -> bool:
            ended = self.process.poll() is not None
            said = text in self.said
            assert said or not ended, f"it ended: {self.said}"
            return said

        until(look, lambda: f"{text!r} in {self.said!r}", within)

    def stop(self) -> int:
        """Ctrl-C; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOPS_WITHIN)


@contextmanager
def a_started(*arguments: str, folder: Path, environment: Mapping[str, str]) -> Iterator[Started]:
    """`lunas ARGUMENTS` in that folder; it is ended with the block, if that has not stopped it."""
    outputs = Path(mkdtemp(prefix="started-", dir=folder))
    output, remarks = outputs / "output.log", outputs / "remarks.log"
    with output.open("wb") as out, remarks.open("wb") as err:
        process = _begun(arguments, folder, environment, (out, err))
    try:
        yield Started(process, output, remarks)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(STOPS_WITHIN)


def _begun(
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    outputs: tuple[IO[bytes], IO[bytes]],
) -> subprocess.Popen[bytes] | forked.Forked:
    with Path(os.devnull).open("rb") as nothing:
        files = (nothing, *outputs)
        if arguments[0] != "up":  # which starts others anew, and is little itself
            return forked.start(
                "bootstrap", *arguments, environment=environment, folder=folder, files=files
            )
        command = [str(Path(sys.executable).with_name("lunas")), *arguments]
        put_in, out, err = files
        return subprocess.Popen(
            command, cwd=folder, env=environment, stdin=put_in, stdout=out, stderr=err
        )
