"""The commands of the command line's page, run as the page has them, each option of them too."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bootstrap.sandbox_account import CREDENTIALS
from tests.integration.cli_page import (
    BLOCKS,
    ELSEWHERE,
    PAGE,
    ROWS,
    Words,
    is_an_operators,
    lines,
    named,
    variants,
)
from tests.integration.desk import Desk, a_desk
from tests.integration.house import until
from tests.integration.reader import Shell, a_shell

WAITING = {
    # what a command that goes on until Ctrl-C says first
    "up": "Lunas is ready",
    "demo": "Ctrl-C stops everything",
    "serve": "api ready",
    "worker": "worker ready",
    "sandbox": "sandbox ready http://",
    "events tail": "Following the events of http://",
    "listen": "Ready: events go to http://",
}
ENDING = ("--help", "--seconds", "--print-secret")
"""With one of these they do not wait."""
ALONE = ("up", "demo", "serve", "worker", "sandbox", "migrate", "doctor", "copy")
"""Tried in a folder where nothing else runs."""
ANSWERS = {
    # what the answer of each other command has in it
    "": r"^Usage: lunas",
    "doctor": r"Nothing is bad",
    "migrate": r"^(would do|done): create ",
    "merchants": r"account +Give MERCHANT",
    "merchants add": r"^mer_\w+ +Klinik \d+: ovo account for (test|LIVE) is set",
    "merchants account": r"^mer_\w+ +Klinik Halaman: ovo account for (test|LIVE) is set",
    "merchants list": r"^mer_\w+ +Klinik Halaman +ovo test",
    "provider": r"new +Lay a folder",
    "clients": r"revoke +Let CLIENT's key",
    "clients create": r"lunas_(test|live)_[\w-]{20,}",
    "clients list": r"^cli_\w+ +tetap .*active",
    "clients revoke": r"^cli_\w+ is revoked since|^would revoke cli_\w+",
    "pay": r"cancel +Cancel a payment",
    "pay start": r"^Payment +pay_\w+|\"dry_run\": true",
    "pay get": r"^Payment +pay_\w+",
    "pay list": r"pay_\w+",
    "pay push": r"^Payment +pay_\w+|\"dry_run\": true",
    "pay cancel": r"canceled|\"dry_run\": true",
    "events": r"tail +Print events",
    "events list": r"evt_\w+",
    "events tail": r"",  # nothing need happen in its time
    "events show": r"evt_\w+",
    "events redeliver": r"evt_\w+|\"dry_run\": true",
    "copy": r"Every record is the same on both sides",
    "inbox": r"replay +Have one heard again",
    "inbox list": r"ntf_\w+.+(unmatched|waiting)|^\s*Notification|There is nothing",
    "inbox show": r"^Notification +ntf_\w+|\"reference\"",
    "inbox replay": r"^ntf_\w+ (will|would) be heard again",
    "settlement": r"read +Read",
    "settlement read": r"^ovo: rows \d+, lines \d+ \((\d+ agrees|none)\), bad lines 0;",
    "search": r"rebuild +Make the search index",
    "search find": r"^Payment +Order",
    "search rebuild": r"payments were copied; the new index answers",
    "listen": r"^whsec_\S+$",
    "trigger": r"payment\.succeeded +081200000001|payment\.created",
    "simulate": r"Every invariant held|chat +starts|\"breaches\": \[\]|Usage: lunas simulate",
    "check": r"invariants +Judge",
    "check invariants": r"payments: every invariant holds",
    "sandbox": r"Usage: python -m sandbox",
}


def waits(words: Words) -> bool:
    return named(words) in WAITING and not set(ENDING) & set(words)


LINES = [words for words in lines() if not is_an_operators(words)]
WAITING_LINES = [words for words in LINES if waits(words)]
ENDING_LINES = [words for words in LINES if not waits(words)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    again = [words for words in LINES if named(words) == "pay push" and "--phone" not in words]
    with a_desk(tmp_path_factory.mktemp("desk"), declined=len(again)) as desk:
        yield desk


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The data folder that each command which is tried alone needs: made once, and copied."""
    migrated, furnished = (tmp_path_factory.mktemp(name) for name in ("migrated", "furnished"))
    shell = a_shell(migrated)
    shell.lunas("migrate")
    shutil.copytree(migrated / "var", furnished / "var")
    a_shell(furnished).lunas("merchants", "add", "Klinik Lunas")
    return {
        "serve": migrated / "var",
        "worker": migrated / "var",
        "doctor": furnished / "var",
        "copy": furnished / "var",
    }


def the_shell(desk: Desk, words: Words, folder: Path, stores: Mapping[str, Path]) -> Shell:
    """Where this command is tried: at the desk, or in a folder of its own."""
    if named(words) not in ALONE:
        return desk.shell
    if named(words) in stores:
        shutil.copytree(stores[named(words)], folder / "var")
    return a_shell(folder)


def test_the_synopsis_of_the_page_is_read_rightly() -> None:
    assert variants("a b ID [--x N [--y]] [--t TYPE]…") == [
        ("a", "b", "ID"),
        ("a", "b", "ID", "--x", "N"),
        ("a", "b", "ID", "--x", "N", "--y"),
        ("a", "b", "ID", "--t", "TYPE", "--t", "TYPE"),
    ]
    assert variants(r"a --x b\|c [--y] [--z d\|e]") == [
        ("a", "--x", "b"),
        ("a", "--x", "c"),
        ("a", "--x", "b", "--y"),
        ("a", "--x", "b", "--z", "d"),
        ("a", "--x", "b", "--z", "e"),
    ]
    assert len(ROWS) > 30
    assert len(LINES) > 60
    assert len(lines()) - len(LINES) > 30
    assert len(ROWS) + len(ELSEWHERE) == PAGE.count("`lunas ")
    assert len(BLOCKS) == 3
    assert {named(words) for words in WAITING_LINES} == set(WAITING)


@pytest.mark.parametrize("words", ENDING_LINES, ids=" ".join)
def test_a_command_of_the_page_does_what_it_is_for(
    desk: Desk, words: Words, tmp_path: Path, stores: Mapping[str, Path]
) -> None:
    shell = the_shell(desk, words, tmp_path, stores)
    said = shell.lunas(*desk.filled(words), typed="y\n")  # for those that ask a person
    assert re.search(ANSWERS[named(words)], said, re.M), said


@pytest.mark.parametrize("words", WAITING_LINES, ids=" ".join)
def test_a_command_that_waits_says_so_and_ends_with_ctrl_c(
    desk: Desk, words: Words, tmp_path: Path, stores: Mapping[str, Path]
) -> None:
    with the_shell(desk, words, tmp_path, stores).started(*desk.filled(words)) as started:
        started.until_said(WAITING[named(words)])
        assert started.stop() == 0, started.said


def test_the_guide_to_following_brings_a_triggered_event_to_a_program(desk: Desk) -> None:
    listen, trigger = [line.partition("#")[0].split()[1:] for line in BLOCKS[1].splitlines()]
    port = re.compile(r"127\.0\.0\.1:3000")
    here = desk.chat.url.partition("//")[2].partition("/")[0]
    desk.chat.heard.clear()
    with desk.shell.started(*[port.sub(here, word) for word in listen]) as listening:
        listening.until_said(WAITING["listen"])
        desk.shell.lunas(*trigger)
        until(lambda: desk.chat.events("payment.succeeded"), lambda: listening.said)
        assert listening.stop() == 0
    assert "accepted, 0 given up" in listening.said


def test_the_line_for_completion_completes(desk: Desk) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{BLOCKS[2]}\ncomplete -p lunas"],
        cwd=desk.shell.folder,
        env=desk.shell.environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("complete ")


def test_credentials_may_come_by_standard_input(desk: Desk) -> None:
    assert "on standard input with `--credentials -`" in " ".join(PAGE.split())
    given = json.dumps(dict(CREDENTIALS))
    account = ("merchants", "account", "Klinik Halaman", "--credentials", "-")
    assert "account for test is set" in desk.shell.lunas(*account, typed=given)
