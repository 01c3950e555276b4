"""A disk so small that it can be filled."""

import ctypes
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


@contextmanager
def a_small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 16 MiB, mounted below that folder while the block lasts."""
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", disk], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting needs the rights to")
    try:
        yield disk
    finally:
        ctypes.CDLL(None).umount2(str(disk).encode(), 2)


def fill(disk: Path) -> Path:
    """Leave no room on it; returns the file that takes it all."""
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            if not file.write(b"x" * 4096):
                break
    return filler
