"""A reader at a desk where something of everything lies: what a page's PLACEHOLDERS stand for."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, cycle
from pathlib import Path
from typing import Any

from application.ports import Notice
from bootstrap.chance import fresh_id
from bootstrap.either import opened
from bootstrap.sandbox_account import CREDENTIALS
from bootstrap.settings import Settings
from domain.ids import IdKind
from tests.integration.cli_page import Words, named
from tests.integration.house import Receiver, a_receiver, call, until
from tests.integration.reader import Shell, a_reader

PLACEHOLDER = re.compile(r"[A-Z]+(\.json|,…)?")
PAID = "081200000001"
DECLINED = "081200000002"
MERCHANT = "Klinik Halaman"
RESEND_SECONDS = 15
"""A customer is not asked again sooner."""
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_numbers = count(1)


@dataclass(slots=True)
class Desk:
    """What `make run` gives a reader, and one of everything that a command can be asked about."""

    shell: Shell
    chat: Receiver
    known: dict[str, str] = field(default_factory=dict)
    declined: list[str] = field(default_factory=list)
    askable_at: float = 0.0
    stores: Iterator[str] = field(
        default_factory=lambda: cycle(("sqlite:var/lunas.db", "sqlite:var/moved.db"))
    )

    def filled(self, words: Words) -> list[str]:
        """The words with something real for every placeholder."""
        real = [self._real(words, w) if PLACEHOLDER.fullmatch(w) else w for w in words]
        if named(words) == "pay start" and "--wait" in words:
            real += ["--phone", PAID]  # nobody else would ever settle it
        return real

    def _real(self, words: Words, placeholder: str) -> str:
        command = named(words)
        makers: dict[str, Callable[[], str]] = {
            "pay push ID": self._unasked if "--phone" in words else self._askable,
            "pay cancel ID": self._unasked,
            "pay list CURSOR": lambda: self._cursor("payments"),
            "events list CURSOR": lambda: self._cursor("events"),
            "search find CURSOR": lambda: self._cursor("search"),
            "copy STORE": lambda: next(self.stores),
            "CLIENT": self._client,
            "NAME": lambda: f"Klinik {next(_numbers)}",
            "KEY": lambda: f"key-{next(_numbers)}",
            "pay start ORDER": lambda: f"halaman-{next(_numbers)}",
            "trigger ORDER": lambda: f"halaman-{next(_numbers)}",
        }
        for name in (f"{command} {placeholder}", placeholder):
            if name in makers:
                return makers[name]()
            if name in self.known:
                return self.known[name]
        raise AssertionError(f"nothing on the desk is a {placeholder} of {command}")

    def _unasked(self) -> str:
        return str(self.start()["id"])

    def _askable(self) -> str:
        """A payment whose customer may be asked again by now."""
        time.sleep(max(0.0, self.askable_at - time.monotonic()))
        return self.declined.pop()

    def _client(self) -> str:
        name = f"Klinik {next(_numbers)}"
        return str(self.shell.told("clients", "create", MERCHANT, "--name", name)["id"])

    def _cursor(self, what: str) -> str:
        return str(self.shell.call("GET", f"/v1/{what}?limit=1")["next_cursor"])

    def start(self, **more: object) -> Any:
        """A payment over the API, which is quicker than another command."""
        order = f"meja-{next(_numbers)}"
        return self.shell.call(
            "POST", "/v1/payments", {"order_id": order, "amount": 50_000, **more}
        )


@contextmanager
def a_desk(folder: Path, *, declined: int) -> Iterator[Desk]:
    """A desk in that folder, with so many payments whose customer has declined."""
    with a_reader(folder) as shell, a_receiver() as chat:
        desk = Desk(shell, chat)
        shell.lunas("merchants", "add", MERCHANT)
        shell.lunas("clients", "create", MERCHANT, "--name", "tetap")
        # Somebody to tell again.
        desk.shell.call("POST", "/v1/webhook_endpoints", {"url": chat.url})
        desk.declined = [desk.start(phone=DECLINED)["id"] for _ in range(declined)]
        desk.askable_at = time.monotonic() + RESEND_SECONDS + 1
        paid = desk.start(phone=PAID)
        path = f"/v1/payments/{paid['id']}?wait=1"
        until(lambda: desk.shell.call("GET", path)["status"] == "succeeded", "paid")
        (event,) = desk.shell.call("GET", f"/v1/events?limit=1&payment_id={paid['id']}")["data"]
        desk.known = _known(desk, payment=paid, event=event["data"]["id"])
        yield desk


def _notice(data: Path) -> Notice:
    """A notification in the house's store, as if a provider had sent it."""
    body = b'{"reference": "nobody\'s"}'
    now = datetime.now(UTC)
    notice = Notice(fresh_id(IdKind.NOTICE), "ovo", "/notifications/ovo", {}, body, now)
    with opened(Settings(data_dir=data), "tool") as house:
        house.store.inbox.add(notice)
    return notice


def _known(desk: Desk, *, payment: Any, event: str) -> dict[str, str]:
    folder = desk.shell.folder
    (folder / "credentials.json").write_text(json.dumps(dict(CREDENTIALS)))
    (folder / "secret").write_text(f"{SECRET}\n")
    port = desk.shell.environment["LUNAS_SANDBOX_PORT"]
    file = call("GET", f"http://127.0.0.1:{port}/control/settlement.csv")
    (folder / "settlement.csv").write_bytes(file.body)
    notice = _notice(folder / "var")
    return {
        "ARGUMENTS": "--window=20s",
        "COMMAND": "pay",
        "COUNT": "3",
        "DAYS": "0.5",
        "SEED": "7",
        "SORT": "-amount",
        "WORD": "50.000",
        "SEEDS": "1-2",
        "EVENT": "payment.created",
        "FILE.json": "credentials.json",
        "ID": payment["id"],
        "MERCHANT": MERCHANT,
        "N": "1",
        "PHONE": PAID,
        "RUPIAH": "50.000",
        "STATUS": "succeeded",
        "TEXT": "Konsultasi",
        "TIME": "2026-01-01T00:00",
        "TYPE": "payment.created",
        "TYPE,…": "payment.created,payment.succeeded",
        "URL": desk.chat.url,
        "events redeliver ID": event,
        "events show ID": event,
        **{f"inbox {verb} ID": notice.id for verb in ("show", "replay")},
        "inbox list CURSOR": f"{notice.id}_",  # everything that is older than what follows it
        "PROVIDER": notice.provider,
        "VERDICT": "unmatched",
        "listen FILE": "secret",
        "settlement read FILE": "settlement.csv",
        "pay get SECONDS": "1",
        "pay list ORDER": payment["order_id"],
        "search find ORDER": payment["order_id"],
        "pay start SECONDS": "120",
    }
