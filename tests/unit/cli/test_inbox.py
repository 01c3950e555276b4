"""Notifications on the command line: found, shown without secrets, and heard again."""

import json
from dataclasses import replace

from application.ports import StoreUnavailable, Verdict
from domain.ids import IdKind, new_id
from tests.builders import NOON, a_notice, after
from tests.unit.cli.builders import House

SECRET = "callback-token-canary"


def an_inbox(house: House) -> tuple[str, str]:
    """One believed, one waiting: their ids."""
    told = a_notice(
        id=new_id(IdKind.NOTICE, 1, bytes(10)),
        body=b'{"phone":"081234567890","paid":true}\n\x1b[31m\xff',
        headers={"content-type": "application/json", "x-callback-token": SECRET},
    )
    waiting = a_notice(
        id=new_id(IdKind.NOTICE, 2, bytes(10)), provider="xendit", received_at=after(5)
    )
    house.inbox.add(told)
    (mine,) = house.inbox.claim(NOON, after(9), 1)
    house.inbox.save_each([
        replace(mine, due_at=None, verdict=Verdict.BELIEVED, payment_id="pay_1", mark="m",
                settled_at=after(1), version=mine.version + 1)
    ])  # fmt: skip
    house.inbox.add(waiting)
    return told.id, waiting.id


def test_they_are_listed_newest_first(house: House) -> None:
    told, waiting = an_inbox(house)
    said = house.run("inbox", "list").stdout
    assert said.index(waiting) < said.index(told)
    assert "✓ believed" in said
    assert "… waiting" in said
    assert "2026-11-23 12:00:00 WIB" in said


def test_page_by_page_by_provider_and_by_verdict(house: House) -> None:
    told, waiting = an_inbox(house)

    def listed(*options: str) -> list[str]:
        page = json.loads(house.run("inbox", "list", "--json", *options).stdout)
        return [each["id"] for each in page["data"]]

    assert listed("--limit", "1") == [waiting]
    assert listed("--limit", "1", "--cursor", waiting) == [told]
    assert listed("--provider", "ovo") == [told]
    assert listed("--verdict", "believed") == [told]
    assert listed("--verdict", "waiting") == [waiting]
    assert listed("--verdict", "refused") == []
    assert f"--cursor {waiting}" in house.run("inbox", "list", "--limit", "1").stderr


def test_one_is_shown_without_its_secrets_and_phones(house: House) -> None:
    told, _ = an_inbox(house)
    for options in ((), ("--json",)):
        said = house.run("inbox", "show", told, *options).stdout
        assert SECRET not in said
        assert f"({len(SECRET)} characters)" in said
        assert "081234567890" not in said
        assert "08••••••7890" in json.dumps(said, ensure_ascii=False)
        assert "application/json" in said
        assert "\x1b" not in said


def test_its_body_is_had_to_the_byte(house: House) -> None:
    told, _ = an_inbox(house)
    result = house.run("inbox", "show", told, "--raw")
    assert result.stdout_bytes == house.inbox.get(told).notice.body


def test_one_is_heard_again_and_whoever_hears_is_woken(house: House) -> None:
    told, _ = an_inbox(house)
    assert "would be heard" in house.run("inbox", "replay", told, "--dry-run").stdout
    assert house.inbox.get(told).verdict is Verdict.BELIEVED
    assert "will be heard again" in house.run("inbox", "replay", told).stdout
    after_all = house.inbox.get(told)
    assert (after_all.verdict, after_all.mark, after_all.tries) == (None, None, 0)
    assert after_all.due_at is not None
    assert house.woken == 1


def test_what_is_not_there_or_no_id_is_told(house: House) -> None:
    missing = house.run("inbox", "show", f"ntf_{'0' * 32}")
    assert (missing.exit_code, "not_found" in missing.stderr) == (1, True)
    wrong = house.run("inbox", "replay", "pay_1")
    assert (wrong.exit_code, "ntf_" in wrong.stderr) == (2, True)


def test_a_store_that_is_away_is_told(house: House) -> None:
    house.trouble = StoreUnavailable("no file")
    assert house.run("inbox", "list").exit_code == 4
