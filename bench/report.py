"""Where the figures go: a table on the terminal, results.json, and the page of the documents."""

import os
import platform
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from bench.figures import Measured, Verdict

RESULTS = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
_COLOURS = {Verdict.MISSED.value: "red", Verdict.MET.value: "green", Verdict.GOAL.value: "green"}


def load_average() -> float:
    """Of the last minute: what else the machine did."""
    return round(os.getloadavg()[0], 2)


def machine() -> dict[str, Any]:
    """What the figures were taken on; nothing that names it."""
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "granian": version("granian"),
    }


def read() -> dict[str, Any]:
    """The results so far."""
    if not RESULTS.exists():
        return {"machine": machine(), "measurements": {}}
    found: dict[str, Any] = orjson.loads(RESULTS.read_bytes())
    return found


def keep(
    name: str, purpose: str, measured: Measured, *, rounds: int, seconds: float, load: float
) -> None:
    """Put one measurement in the place of its last."""
    results = read()
    results["machine"] = machine()
    results["measurements"][name] = {
        "what": purpose,
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rounds": rounds,
        "seconds_each": seconds,
        "load_average_before": load,
        "figures": [figure.plain() for figure in measured.figures],
        "facts": measured.facts,
    }
    fresh = RESULTS.with_suffix(".new")
    fresh.write_bytes(orjson.dumps(results, option=orjson.OPT_INDENT_2) + b"\n")
    fresh.replace(RESULTS)


def show(console: Console, names: Mapping[str, object]) -> None:
    """The table of these measurements."""
    table = Table("measurement", "figure", "median", "range", "bound", "verdict")
    for name, found in read()["measurements"].items():
        if name in names:
            for row in _rows(name, found):
                colour = _COLOURS.get(row[-1], "")
                table.add_row(*row, style=colour)
    console.print(table)


def write_page() -> None:
    """Put the table of results.json into the page."""
    results = read()
    facts = ", ".join(f"{name} {value}" for name, value in results["machine"].items())
    lines = [BEGIN, "", f"Machine: {facts}.", ""]
    lines += ["| Measurement | Figure | Median | Range | Bound | Verdict |"]
    lines += ["| --- | --- | --- | --- | --- | --- |"]
    for name, found in results["measurements"].items():
        lines += [f"| {' | '.join(row)} |" for row in _rows(name, found)]
    notes = [
        f"- {figure['name']}: {figure['note']}."
        for found in results["measurements"].values()
        for figure in found["figures"]
        if figure["note"]
    ]
    told = [
        f"- `{name}`: {found['rounds']} rounds, taken {found['taken_at']}"
        f" (load average before: {found['load_average_before']})"
        + "".join(f"; {what}: {value}" for what, value in found["facts"].items())
        + "."
        for name, found in results["measurements"].items()
    ]
    text = "\n".join([*lines, "", *notes, "", *told, "", END])
    page = PAGE.read_text()
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(before + text + rest.partition(END)[2])


def _rows(name: str, found: dict[str, Any]) -> list[list[str]]:
    rows = []
    for figure in found["figures"]:
        unit = f" {figure['unit']}" if figure["unit"] else ""
        least, most = figure["range"]
        spread = f"{least:g} to {most:g}" if len(figure["rounds"]) > 1 else ""
        rows.append(
            [
                name,
                figure["name"],
                "none" if figure["median"] is None else f"{figure['median']:g}{unit}",
                spread,
                figure["bound"] or "",
                figure["verdict"] or "",
            ]
        )
    return rows
