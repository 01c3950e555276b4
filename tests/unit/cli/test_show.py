"""Rupiah, WIB, phones and tables."""

import io
import sys
from datetime import UTC, datetime

import pytest

from adapters.inbound.cli.show import Mark, masked, mode, rupiah, say, show_json, show_table, wib
from tests.unit.cases import for_each
from tests.unit.cli.builders import FULL_PHONE, MASKED_PHONE


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@for_each(
    ("amount", "shown"), [(50000, "Rp 50.000"), (0, "Rp 0"), (None, "-"), ("x", "x"), (-5, "-5")]
)
def test_rupiah(amount: object, shown: str) -> None:
    assert rupiah(amount) == shown


def test_wib_crosses_midnight() -> None:
    assert wib("2026-11-23T17:30:00.000Z") == "2026-11-24 00:30:00 WIB"
    assert wib(datetime(2026, 11, 23, 17, 30, tzinfo=UTC)) == "2026-11-24 00:30:00 WIB"


@pytest.mark.parametrize(("at", "shown"), [(None, "-"), ("soon", "soon"), (7, "7")])
def test_a_time_that_is_none_is_shown_as_it_is(at: object, shown: str) -> None:
    assert wib(at) == shown


@for_each(
    ("phone", "shown"),
    [
        (MASKED_PHONE, MASKED_PHONE),
        (FULL_PHONE, MASKED_PHONE),
        ("+62 812-3456-0001", MASKED_PHONE),
        ("12345678901", "••••••"),
        (None, "-"),
    ],
)
def test_a_phone_is_masked_whatever_it_came_as(phone: object, shown: str) -> None:
    assert masked(phone) == shown


def test_test_and_live_differ_in_words() -> None:
    assert mode(True).text != mode(False).text


def _on_a_terminal(monkeypatch: pytest.MonkeyPatch, encoding: str) -> io.BytesIO:
    written = io.BytesIO()
    terminal = _Terminal(written, encoding=encoding, write_through=True)
    monkeypatch.setattr(sys, "stdout", terminal)
    return written


def test_a_terminal_gets_colour_and_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    written = _on_a_terminal(monkeypatch, "utf-8")
    show_table(("Verdict",), [(Mark("✗ bad", "red"),)])
    text = written.getvalue().decode()
    assert "\x1b[" in text
    assert "✗ bad" in text


def test_no_colour_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    written = _on_a_terminal(monkeypatch, "utf-8")
    show_table(("Verdict",), [(Mark("✗ bad", "red"),)])
    assert "\x1b[31m" not in written.getvalue().decode()


def test_a_terminal_that_knows_ascii_alone_is_not_too_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = _on_a_terminal(monkeypatch, "ascii")
    say(f"✓ {MASKED_PHONE}")
    show_json({"phone": MASKED_PHONE})
    text = written.getvalue().decode("ascii")
    assert "08******0001" in text
    assert "\\u2022" in text
