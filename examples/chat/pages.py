"""What a patient is shown: which state a consultation is in, and the numbers on the page."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from math import ceil
from typing import Any

from examples.chat.store import Consultation
from examples.chat.texts import TEXTS

JAKARTA = timezone(timedelta(hours=7), "WIB")
WAITING = frozenset({"starting", "awaiting", "checking", "paid"})
"""States that change without the patient's doing here."""
_STATES = {
    "pending": "starting",
    "awaiting_customer": "awaiting",
    "unknown": "checking",
    "requires_retry": "retry",
    "failed": "ended",
    "expired": "ended",
    "canceled": "ended",
}


@dataclass(frozen=True, slots=True)
class View:
    """One consultation at one moment, in one language."""

    consultation: Consultation
    lang: str
    now: datetime

    @property
    def payment(self) -> Mapping[str, Any]:
        """The newest payment, or nothing."""
        return self.consultation.payment or {}

    @property
    def state(self) -> str:
        """`ask starting awaiting checking retry ended paid open`: one panel each.

        A payment that is over at Lunas is only `paid` here: the webhook opens the chat.
        """
        if self.consultation.unlocked_at is not None:
            return "open"
        if not self.payment:
            return "ask"
        state = _STATES.get(self.payment["status"], "paid")
        return "checking" if state == "awaiting" and self.seconds_left == 0 else state

    @property
    def seconds_left(self) -> int:
        """How long the customer has to approve, by Lunas's clock."""
        action = self.payment.get("next_action") or {}
        if action.get("type") != "approve_in_ovo_app":
            return 0
        return self._seconds_until(action["expires_at"])

    @property
    def window(self) -> int:
        """How long the customer had at first."""
        asked = datetime.fromisoformat(self.payment["attempts"][-1]["asked_at"])
        until = datetime.fromisoformat(self.payment["next_action"]["expires_at"])
        return max(1, ceil((until - asked).total_seconds()))

    @property
    def may_resend(self) -> bool:
        """Whether another push can be sent for this payment, now or soon."""
        return self.payment.get("resend_at") is not None

    @property
    def resend_in(self) -> int:
        """Seconds until it can, by Lunas's clock: earlier it would answer `cooldown`."""
        return self._seconds_until(self.payment["resend_at"]) if self.may_resend else 0

    @property
    def left(self) -> int:
        """How many pushes may still reach the customer."""
        return int(self.payment["attempts_left"])

    @property
    def attempts(self) -> int:
        """How many pushes there were: names the intent of the next one."""
        return len(self.payment.get("attempts", ()))

    @property
    def title(self) -> str:
        """The name of the text that says it in a few words."""
        return str(self.payment["status"]) if self.state == "ended" else self.state

    @property
    def template(self) -> str:
        """Which part of a page shows it."""
        if self.state in WAITING:
            return "waiting.html"
        return "ask.html" if self.state == "ask" else "retry.html"

    @property
    def step(self) -> int:
        """Which of the three steps the patient is at."""
        return {"ask": 1, "ended": 1, "paid": 3}.get(self.state, 2)

    @property
    def waits(self) -> bool:
        """Whether the page changes without the patient's doing here."""
        return self.state in WAITING

    @property
    def number(self) -> int:
        """The number of the payment that would be started next: names that intent."""
        return len(self.consultation.payments) + 1

    @property
    def why(self) -> str:
        """Why it did not work, in the words that Lunas has for patients."""
        reason = self.payment.get("reason")
        if reason and self.payment["status"] != "canceled":
            return str(reason["message"][self.lang])
        return TEXTS["not_charged"][self.lang]

    @property
    def phone_digits(self) -> str:
        """The number as the simulated wallet spells it: 08…"""
        digits = "".join(c for c in self.consultation.phone or "" if c.isdecimal())
        return "0" + digits.removeprefix("62").removeprefix("0") if digits else ""

    @property
    def stamp(self) -> str:
        """Changes whenever the page would."""
        said = self.consultation.messages
        parts = (
            self.state,
            self.number,
            self.payment.get("sequence"),
            self.payment.get("updated_at"),
            said[-1].number if said else 0,
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def _seconds_until(self, time: str) -> int:
        return max(0, ceil((datetime.fromisoformat(time) - self.now).total_seconds()))


def rupiah(amount: int) -> str:
    """The amount as Indonesians write it: `Rp 50.000`, kept on one line."""
    return f"Rp\u00a0{amount:,}".replace(",", ".")


def clock(at: float) -> str:
    """A time of day in Jakarta: `17.05`."""
    return datetime.fromtimestamp(at, JAKARTA).strftime("%H.%M")


def day(at: float, lang: str) -> str:
    """A moment in Jakarta: `23 Nov 2026, 17.05 WIB`."""
    local = datetime.fromtimestamp(at, JAKARTA)
    month = TEXTS["months"][lang].split()[local.month - 1]
    return f"{local.day} {month} {local.year}, {local:%H.%M} WIB"


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)
