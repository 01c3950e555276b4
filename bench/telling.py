"""A provider that signs its notifications as Standard Webhooks does, and a house that hears it."""

import base64
import hmac
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import final

import orjson

from adapters.outbound.signal.local import LocalSignal
from adapters.outbound.sqlite.database import migrate
from adapters.outbound.sqlite.store import SqliteStore
from adapters.outbound.webhook.signature import signature
from application.confirm_payment import ConfirmPayment
from application.hear_notification import HearNotifications
from application.ports import Charge, Notice, NotificationReader
from application.receive_notification import ReceiveNotification, Room
from application.verify_notification import VerifyNotification
from bench.claiming import RULES, a_claim, a_codec, a_start, fresh_id
from domain.merchant import OVO_PUSH, ProviderAccount
from domain.moment import Moment
from domain.money import Money
from domain.outcome import Accepted, Approved, Outcome
from domain.payment import Payment
from domain.provider import Provider
from domain.rules import Rulebook

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
TOLERANCE = timedelta(minutes=5)
PATH = "/notifications/ovo"
PAID, OPEN = "paid", "open"
TOGETHER = 100
"""Payments written together while a store is filled."""
_OVO = Provider("ovo", OVO_PUSH, Money(1))


@final
class StandardReader(NotificationReader):
    """`webhook-id`, `webhook-timestamp`, `webhook-signature`, and a JSON body."""

    def names(self, notice: Notice) -> Sequence[str]:
        """The reference it is about."""
        return (orjson.loads(notice.body)["reference"],)

    def refusal(self, notice: Notice, account: ProviderAccount, at: datetime) -> str | None:
        """Why it is not the account's."""
        headers = notice.headers
        stamp = int(headers["webhook-timestamp"])
        if abs(at.timestamp() - stamp) > TOLERANCE.total_seconds():
            return "its time stamp is too far off"
        secret = account.credentials["secret"]
        expected = signature([secret], headers["webhook-id"], stamp, notice.body)
        given = headers["webhook-signature"].split(" ")
        if any(hmac.compare_digest(expected, each) for each in given):
            return None
        return "the signature does not match"

    def read(self, notice: Notice, charge: Charge) -> Outcome:
        """Paid, or still open."""
        said = orjson.loads(notice.body)
        assert said["amount"] == charge.amount.rupiah
        if said["status"] == PAID:
            return Approved(PAID, evidence=f"bench:{said['reference']}")
        return Accepted(OPEN)

    def key(self, notice: Notice) -> str:
        """Every one of the measurement says something new."""
        return notice.headers["webhook-id"]

    def reply(self, *, accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
        """Its own words."""
        return (200 if accepted else 503), {}, b""


@dataclass(frozen=True, slots=True)
class Told:
    """A notification before it is sent."""

    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Hearing:
    """One process with a durable store: what the door calls, and what the dispatcher calls."""

    store: SqliteStore
    receive: ReceiveNotification
    hear: HearNotifications


def told(reference: str, status: str, *, secret: str = SECRET) -> Told:
    """A notification, signed now; a forgery under another secret."""
    body = orjson.dumps({"reference": reference, "amount": 50_000, "status": status,
                         "merchant": "Klinik", "paid_at": "2026-11-27T10:00:00+07:00"})  # fmt: skip
    stamp, id_ = int(time.time()), fresh_id_text()
    signed = signature([secret], id_, stamp, body)
    return Told(
        {"webhook-id": id_, "webhook-timestamp": str(stamp), "webhook-signature": signed}, body
    )


def fresh_id_text() -> str:
    """A name that nothing else has."""
    return f"msg_{time.perf_counter_ns():x}"


def clock() -> Moment:
    """This machine's."""
    return Moment(datetime.now(UTC), "boot", timedelta(seconds=time.monotonic()))


@contextmanager
def a_hearing(folder: Path) -> Iterator[Hearing]:
    """A house in that folder that hears notifications."""
    folder.mkdir(parents=True)
    path = folder / "lunas.db"
    migrate(path)
    with SqliteStore.open(path, a_codec()) as store:
        credentials = {"secret": SECRET}
        store.accounts.save(
            ProviderAccount("mer_1", "ovo", livemode=False, credentials=credentials)
        )
        signal, rules = LocalSignal(), Rulebook(RULES)
        verify = VerifyNotification(
            store.payments, store.accounts, {"ovo": _OVO}, {"ovo": StandardReader()}
        )
        confirm = ConfirmPayment(
            store.payments,
            store.payments.save_each,
            store.accounts,
            rules,
            clock,
            fresh_id,
            signal,
        )
        yield Hearing(
            store,
            ReceiveNotification(store.inbox, Room(store.inbox), clock, fresh_id, signal),
            HearNotifications(
                store.inbox, verify, store.payments, confirm, rules, clock, fresh_id, signal
            ),
        )


def awaiting(store: SqliteStore, count: int) -> list[str]:
    """So many payments whose push is out: the references of their attempts."""
    references: list[str] = []
    for _ in range(0, count, TOGETHER):
        starts = [a_start() for _ in range(min(TOGETHER, count - len(references)))]
        assert not any(store.payments.save_each(starts))
        claims = [a_claim(start.payment, "worker-1") for start in starts]
        assert not any(store.payments.save_each(claims))
        references += [_reference(claim.payment) for claim in claims]
    return references


def _reference(payment: Payment) -> str:
    return payment.attempts[-1].references.unique[0]
