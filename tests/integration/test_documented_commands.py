"""The commands that the documentation prints, run as they are printed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.house import ROOT, until
from tests.integration.reader import Shell, a_reader, a_shell

BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```", re.S | re.M)


def blocks(page: str) -> list[str]:
    """The shell blocks of a page, those that start a long-running process left out."""
    found = BLOCK.findall((ROOT / page).read_text())
    assert found, page
    long_running = ("make ", "lunas listen", "examples.chat", "_LUNAS_COMPLETE")
    return [block for block in found if not any(word in block for word in long_running)]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    with a_reader(tmp_path_factory.mktemp("reader")) as shell:
        yield shell


def test_the_readmes_five_minutes_end_in_a_paid_consultation(reader: Shell) -> None:
    charge, pay_list, register = blocks("README.md")
    first = reader.run(charge)
    assert '"status":"pending"' in first
    assert reader.run(charge) == first
    until(lambda: "succeeded" in reader.run(pay_list), "paid")
    assert '"secret":"whsec_' in reader.run(". var/dev.env\n" + register)


def test_the_webhook_guide_catches_up(reader: Shell) -> None:
    (recover,) = blocks("docs/webhooks.md")
    register = blocks("README.md")[2].replace("hook-1", "hook-2")
    endpoint = re.findall(r"we_[0-9a-f]+", reader.run(". var/dev.env\n" + register))[0]
    reader.run(".venv/bin/lunas trigger payment.created")
    event = re.findall(r"evt_[0-9a-f]+", reader.run(".venv/bin/lunas events list --json"))[0]
    reader.run(f"ENDPOINT={endpoint} EVENT={event}\n{recover}")


def test_the_sandboxs_page_asks_for_what_is_there(reader: Shell) -> None:
    port = reader.environment["LUNAS_SANDBOX_PORT"]
    calls = re.findall(r"^\$ (curl .*)$", (ROOT / "docs/sandbox.md").read_text(), re.M)
    assert len(calls) > 5
    for line in calls:
        quiet = line.replace("curl ", "curl -sS -o answer -w '%{http_code}' ", 1)
        status = reader.run(quiet.replace("127.0.0.1:8090", f"127.0.0.1:{port}")).strip()
        # The push of the example has ended, or never was; the example's account has no real key.
        usual = {"200"} | ({"404", "409"} if "push-0" in line else {"422"})
        assert status in usual, f"{line}: {status}"


def test_the_settlement_page_reads_the_file_of_the_day(reader: Shell) -> None:
    (look,) = blocks("docs/settlement.md")
    said = reader.run(look)
    assert re.search(r"^ovo: rows \d+, lines \d+ \((\d+ agrees|none)\), bad lines 0;", said, re.M)


def test_the_operators_first_start(tmp_path: Path) -> None:
    (first_start,) = blocks("docs/operating.md")
    told = a_shell(tmp_path).run(first_start)
    assert "lunas_test_" in told
    assert "Nothing is bad" in told


def test_every_page_that_is_linked_is_there() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), ROOT / "examples/README.md"]:
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if not link.startswith(("http", "mailto")):
                assert (page.parent / link).exists(), f"{page.name} links to {link}"
