"""The desk of those who answer for the money: a payment in the right state for every command."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from getpass import getuser
from itertools import count, pairwise
from pathlib import Path
from typing import Any

from adapters.outbound.ovo.references import merchant_invoice
from tests.integration.cli_page import Words, named
from tests.integration.house import FAST, at_once, call, until
from tests.integration.reader import Shell, a_reader

PAID, DUPLICATE, DELAYED = "081200000001", "081200001040", "081200000012"
"""Approves; stays unknown until a person decides; is approved when it was proved not charged."""
WHOLE, PART = 50_000, 20_000
REASON, EVIDENCE, NAME = "Seen in the portal", "OVO portal, page 3", "sari"
CLOCKS = FAST | {
    # After the horizon the wallet is asked about an unknown payment only if somebody wants it,
    # however slow this machine is.
    "LUNAS_OVO_SLOW_CHECKS": "30m",
    "LUNAS_OVO_TOLD_AFTER": "50m",
    "LUNAS_OVO_ASKED_UNTIL": "60m",
    "LUNAS_OVO_VOID_UNTIL": "23:59:59",
}
WALLET = {"wallet_limit": "1.4s", "late_after": "4.5s", "silence_bound": "12s"}
SLOWEST = 60.0
_numbers = count(1)


def phone_for(words: Words) -> str:
    """Whose payment this command is tried on."""
    if "void" in words or "returned" in words:
        return DELAYED
    if words[0] == "exceptions" or named(words) in {"pay check", "pay resolve"}:
        return DUPLICATE
    return PAID


@dataclass(frozen=True, slots=True)
class Operators:
    """A reader for whom `make run` runs, and a payment for each way in which they may type."""

    shell: Shell
    payments: dict[Words, str]

    def says(self, words: Words, subject: str) -> str:
        """What the command says of this payment, refund or exception; twice under one key.

        Whoever types no `--yes` is asked, and agrees.
        """
        key = f"key-{next(_numbers)}"
        real = {
            "ID": subject,
            "PAYMENT": subject,
            "KEY": key,
            "NAME": NAME,
            "RUPIAH": "20.000",
            "N": "1",
            "--reason TEXT": REASON,
            "--evidence TEXT": EVIDENCE,
        }
        if "CURSOR" in words:
            real["CURSOR"] = self.shell.call("GET", "/v1/exceptions?limit=1")["next_cursor"]
        typed = [
            real.get(f"{before} {word}", real.get(word, word))
            for before, word in pairwise(("", *words))
        ]
        answers = [
            self.shell.lunas(*typed, typed="" if "--yes" in words else "y\n")
            for _ in range(2 if "KEY" in words else 1)
        ]
        assert len(set(answers)) == 1, answers
        return answers[0]

    def payment(self, payment_id: str) -> Any:
        """The payment as JSON."""
        return self.shell.call("GET", f"/v1/payments/{payment_id}")

    def paid(self, words: Words) -> str:
        """The case's payment, as soon as it is paid."""
        payment_id = self.payments[words]
        self.until_status(payment_id, "succeeded")
        return payment_id

    def until_status(self, payment_id: str, status: str) -> None:
        """Wait until the payment has it."""
        until(
            lambda: self.payment(payment_id)["status"] == status,
            lambda: f"{status}, it is {self.payment(payment_id)}",
            SLOWEST,
        )

    def pending_refund(self, words: Words) -> Any:
        """A part of the case's payment, which a person has to transfer."""
        wish = {"reason": "unhappy", "amount": PART}
        refund = self.shell.call("POST", f"/v1/payments/{self.paid(words)}/refunds", wish)
        assert (refund["kind"], refund["status"]) == ("manual", "pending")
        return refund

    def open_exception(self, words: Words) -> Any:
        """What is open about the case's payment, as soon as something is; its payment is not read.

        A payment that is unknown then is older than the horizon.
        """

        def found() -> list[Any]:
            listed = self.shell.call("GET", "/v1/exceptions?limit=100")["data"]
            return [each for each in listed if each["payment_id"] == self.payments[words]]

        [exception] = until(found, f"an exception of {words}", SLOWEST)
        return exception

    def exception(self, exception_id: str) -> Any:
        """The exception as JSON."""
        return self.shell.call("GET", f"/v1/exceptions/{exception_id}")

    def push(self, exception: Any) -> Any:
        """What the wallet knows of the push that the exception is about."""
        port = self.shell.environment["LUNAS_SANDBOX_PORT"]
        invoice = merchant_invoice(exception["attempt_id"])
        ledger = call("GET", f"http://127.0.0.1:{port}/control/ledger?invoice={invoice}").json
        [row] = ledger["pushes"]
        return row


def actor(words: Words) -> str:
    """Who decides by these words."""
    return NAME if "--actor" in words else getuser()


@contextmanager
def operators(folder: Path, lines: Sequence[Words]) -> Iterator[Operators]:
    """Their desk in that folder; the payments of all the lines are started at once."""
    with a_reader(folder, CLOCKS) as shell:
        port = shell.environment["LUNAS_SANDBOX_PORT"]
        told = call("POST", f"http://127.0.0.1:{port}/control/scenario", body=WALLET)
        assert told.status == 200, told.body
        started = at_once([partial(_start, shell, words) for words in lines], width=8)
        yield Operators(shell, dict(zip(lines, started, strict=True)))


def _start(shell: Shell, words: Words) -> str:
    order = f"meja-{next(_numbers)}"
    body = {"order_id": order, "amount": WHOLE, "phone": phone_for(words)}
    return str(shell.call("POST", "/v1/payments", body)["id"])
