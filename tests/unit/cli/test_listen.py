"""Events on the developer's machine: sent as in production, tried again, and shown."""

import json
import stat
import time
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from adapters.inbound.cli import forward
from adapters.outbound.webhook import sender
from tests.unit.cli.builders import PAYMENT_ID, House, Say, ScriptedLunas, a_problem
from tests.unit.cli.shelf import Shelf, Steps, id_of

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def listening(online: House, tmp_path: Path) -> House:
    """A house whose data folder is not there yet."""
    online.data = tmp_path / "var"
    return online


def to(chat: ScriptedLunas) -> list[str]:
    """The command that forwards to it."""
    return ["listen", "--forward-to", f"{chat.url}/hooks/lunas"]


def test_an_event_comes_as_production_would_bring_it(
    listening: House, shelf: Shelf, chat: ScriptedLunas
) -> None:
    listening.pauses = Steps(lambda: shelf.tell(7), None)
    result = listening.run(*to(chat))
    assert result.exit_code == 0
    [heard] = chat.heard
    secret = (listening.data / "listen.secret").read_text().strip()
    assert Webhook(secret).verify(heard.raw, dict(heard.headers)) == shelf.events[0]
    assert (heard.method, heard.path) == ("POST", "/hooks/lunas")
    assert heard.headers["webhook-id"] == id_of(7)
    assert abs(int(heard.headers["webhook-timestamp"]) - time.time()) < 60
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["user-agent"] == sender._USER_AGENT
    assert heard.headers["accept-encoding"] == "identity"
    assert "authorization" not in heard.headers
    assert secret in result.stderr


def test_the_body_is_spelled_as_in_production(
    listening: House, shelf: Shelf, chat: ScriptedLunas
) -> None:
    listening.pauses = Steps(lambda: shelf.tell(1), None)
    listening.run(*to(chat))
    body = chat.heard[0].raw.decode()
    assert body == json.dumps(shelf.events[0], ensure_ascii=False, separators=(",", ":"))
    assert "••••••" in body


def test_people_see_what_came_and_what_was_answered(
    listening: House, shelf: Shelf, chat: ScriptedLunas
) -> None:
    listening.pauses = Steps(lambda: shelf.tell(1), None)
    result = listening.run(*to(chat))
    [line] = result.stdout.splitlines()
    head, _, answer = line.partition("  → ")
    assert head.split() == ["2026-11-23", "10:15:25", "WIB", "payment.succeeded", PAYMENT_ID]
    assert answer.startswith("204  ")
    assert answer.endswith(" ms")
    assert "1 accepted, 0 given up, 0 not accepted yet." in result.stderr


def test_programs_get_one_object_for_each_try(
    listening: House, shelf: Shelf, chat: ScriptedLunas
) -> None:
    listening.pauses = Steps(lambda: shelf.tell(1), None)
    [told] = map(json.loads, listening.run(*to(chat), "--json").stdout.splitlines())
    milliseconds = told.pop("milliseconds")
    assert milliseconds >= 0
    assert told == {
        "event_id": id_of(1),
        "type": "payment.succeeded",
        "timestamp": "2026-11-23T03:15:25.000Z",
        "subject_id": PAYMENT_ID,
        "sequence": 1,
        "try": 1,
        "status": 204,
        "error": None,
        "accepted": True,
        "again": False,
    }


def test_only_the_events_asked_for(listening: House, shelf: Shelf, chat: ScriptedLunas) -> None:
    def happen() -> None:
        for number, kind in enumerate(("created", "succeeded", "failed"), start=1):
            shelf.tell(number, kind=f"payment.{kind}")

    listening.pauses = Steps(happen, None)
    listening.run(*to(chat), "--events", "payment.succeeded, payment.failed")
    assert [heard.headers["webhook-id"] for heard in chat.heard] == [id_of(2), id_of(3)]


@pytest.mark.parametrize("refusal", [500, 404, 302, 429])
def test_what_is_not_accepted_is_tried_once_more_and_holds_up_nothing(
    listening: House, shelf: Shelf, chat: ScriptedLunas, refusal: int
) -> None:
    elsewhere = {"Location": f"{chat.url}/elsewhere"}
    chat.script = [Say("no", refusal, elsewhere), Say(status=204), Say("no", refusal, elsewhere)]
    listening.pauses = Steps(
        lambda: shelf.tell(1),
        lambda: shelf.tell(2, 1),
        *[None] * 10,
        lambda: shelf.tell(3, 2),
        None,
    )
    result = listening.run(*to(chat))
    ids = [heard.headers["webhook-id"] for heard in chat.heard]
    assert ids == [id_of(1), id_of(2), id_of(1), id_of(3)]
    assert {heard.path for heard in chat.heard} == {"/hooks/lunas"}
    first, _, second, _ = result.stdout.splitlines()
    assert f"→ {refusal}" in first
    assert first.endswith("again in 5 s")
    assert "given up" in second
    assert "1 accepted, 1 given up, 1 not accepted yet." in result.stderr


def test_a_second_try_is_signed_afresh_under_the_same_id(
    listening: House, shelf: Shelf, chat: ScriptedLunas
) -> None:
    chat.script = [Say("no", 500), Say(status=204)]
    listening.pauses = Steps(lambda: shelf.tell(1), *[None] * 11)
    result = listening.run(*to(chat))
    first, second = chat.heard
    assert first.raw == second.raw
    secret = (listening.data / "listen.secret").read_text().strip()
    for heard in (first, second):
        Webhook(secret).verify(heard.raw, dict(heard.headers))
    assert "1 accepted, 0 given up, 0 not accepted yet." in result.stderr


def test_nobody_who_listens(listening: House, shelf: Shelf) -> None:
    listening.pauses = Steps(lambda: shelf.tell(1), *[None] * 11)
    result = listening.run("listen", "--forward-to", "127.0.0.1:1/hook")
    assert result.exit_code == 0
    assert result.stdout.count("→ no connection") == 2
    assert result.stdout.count("given up") == 1


def test_a_connection_that_is_cut(listening: House, shelf: Shelf, chat: ScriptedLunas) -> None:
    chat.script = [Say(status=None)]
    listening.pauses = Steps(lambda: shelf.tell(1), None)
    assert "→ the connection was cut" in listening.run(*to(chat)).stdout


def test_no_answer_in_time(
    listening: House, shelf: Shelf, chat: ScriptedLunas, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forward, "ANSWER_SECONDS", 0.05)

    def slow(_: object) -> Say:
        time.sleep(0.3)
        return Say(status=204)

    chat.answers = slow
    listening.pauses = Steps(lambda: shelf.tell(1), None)
    assert "→ no answer in 0.05 s" in listening.run(*to(chat)).stdout


def test_gone_is_not_tried_again(listening: House, shelf: Shelf, chat: ScriptedLunas) -> None:
    chat.script = [Say("no", 410)]
    listening.pauses = Steps(lambda: shelf.tell(1), *[None] * 12)
    result = listening.run(*to(chat))
    assert len(chat.heard) == 1
    assert "would disable the endpoint" in result.stdout


def test_events_while_lunas_was_away_come_afterwards(
    listening: House, shelf: Shelf, chat: ScriptedLunas
) -> None:
    def away() -> None:
        shelf.trouble = a_problem("store_unavailable", 503)
        shelf.tell(1)

    def back() -> None:
        shelf.trouble = None

    listening.pauses = Steps(away, back, None)
    listening.run(*to(chat))
    assert [heard.headers["webhook-id"] for heard in chat.heard] == [id_of(1)]


def test_the_secret_is_kept_for_its_owner_and_used_again(listening: House, shelf: Shelf) -> None:
    first = listening.run("listen", "--print-secret").stdout.strip()
    kept = listening.data / "listen.secret"
    assert first.startswith("whsec_")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert kept.parent.stat().st_mode & 0o077 == 0
    assert [file.name for file in kept.parent.iterdir()] == ["listen.secret"]
    kept.chmod(0o644)
    again = json.loads(listening.run("listen", "--print-secret", "--json").stdout)
    assert again == {"secret": first}
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    listening.pauses = Steps()
    assert first in listening.run("listen", "--forward-to", "http://127.0.0.1:1").stderr
    assert shelf.pages


def test_a_given_secret_is_used_and_neither_shown_nor_kept(
    listening: House, shelf: Shelf, chat: ScriptedLunas, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    listening.listen_secret = SECRET
    for given in ([], ["--secret-file", str(file)], ["--secret-file", "-"]):
        chat.heard.clear()
        shelf.events.clear()
        listening.pauses = Steps(lambda: shelf.tell(1), None)
        result = listening.run(*to(chat), *given, typed=SECRET)
        assert result.exit_code == 0
        assert SECRET not in result.output
        Webhook(SECRET).verify(chat.heard[0].raw, dict(chat.heard[0].headers))
        listening.listen_secret = None
    assert not listening.data.exists()


@pytest.mark.parametrize("wrong", ["", "whsec_", "whsec_not base64", "whsec_c2hvcnQ=", SECRET[6:]])
def test_a_secret_that_is_none(listening: House, wrong: str) -> None:
    result = listening.run("listen", "--print-secret", "--secret-file", "-", typed=wrong)
    assert result.exit_code == 2
    assert "whsec_" in result.stderr
    if wrong:
        listening.listen_secret = wrong
        result = listening.run("listen", "--print-secret")
        assert result.exit_code == 2
        assert "LUNAS_LISTEN_SECRET" in result.stderr
        listening.listen_secret = None
    listening.data.mkdir()
    (listening.data / "listen.secret").write_text(wrong)
    assert listening.run("listen", "--print-secret").exit_code == 1


def test_a_folder_that_cannot_be_used_is_told(listening: House, tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    result = listening.run("listen", "--print-secret")
    assert result.exit_code == 1
    assert "--secret-file" in result.stderr


def test_live_events_are_named_so(listening: House, shelf: Shelf, chat: ScriptedLunas) -> None:
    listening.api_key = "lunas_live_of-these-tests"
    listening.pauses = Steps()
    assert "LIVE" in listening.run(*to(chat)).stderr
    assert shelf.pages


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["--forward-to", "ftp://x"],
        ["--forward-to", "http://"],
        ["--forward-to", "http://x:port"],
        ["--forward-to", "http://x/a b"],
        ["--forward-to", "http://x", "--events", "payment.paid"],
        ["--forward-to", "http://x", "--secret-file", "/nowhere/at/all"],
    ],
)
def test_wrong_usage(listening: House, wrong: list[str]) -> None:
    assert listening.run("listen", *wrong).exit_code == 2


def test_what_does_not_pass_ends_it(
    listening: House, lunas: ScriptedLunas, chat: ScriptedLunas
) -> None:
    lunas.script = [a_problem("unauthorized", 401)]
    assert listening.run(*to(chat)).exit_code == 1
    listening.api_key = None
    assert listening.run(*to(chat)).exit_code == 2
    listening.api_key, listening.url = "lunas_test_x", "http://127.0.0.1:1"
    assert listening.run(*to(chat)).exit_code == 3
