"""Rules about the other providers broken on purpose, each found within a stated number of seeds."""

from collections.abc import Callable, Mapping
from typing import Any

from adapters.outbound.doku.notification import DokuNotifications
from adapters.outbound.exchange import Exchange
from adapters.outbound.midtrans import messages as midtrans
from adapters.outbound.midtrans.notification import MidtransNotifications
from adapters.outbound.ovo_qris.notification import QrisNotifications
from adapters.outbound.ovo_snap import codes as snap_codes
from adapters.outbound.ovo_snap import messages as snap
from adapters.outbound.verdicts import Decision, Verdict
from adapters.outbound.xendit.notification import XenditWebhooks
from application import resolve_payments
from application.hear_notification import HearNotifications
from application.ports import Received, RefundOrder
from domain import hinting, resolving, settling
from domain.attempt import Attempt, Proof
from domain.copying import replace
from domain.events import EventType
from domain.follow_up import Question
from domain.moment import Moment
from domain.money import Money
from domain.outcome import Approved, Doubt, Outcome, Unknown
from domain.payment import Change, Payment
from domain.reason import ReasonCode
from domain.rules import Rules
from domain.settling import Knowledge
from simulation.sabotages import Patches, Sabotage

_READERS = (QrisNotifications, MidtransNotifications, XenditWebhooks, DokuNotifications)
_TELLING = ("ovo_qris", "midtrans", "xendit", "doku")
_FORGED = (("notice_forged", 1.0),)
_PAID_LATE = (("paid_late", 1.0), ("late_by", 0.0), ("unseen_pause", 0.0))


def _unverified() -> Patches:
    return [(reader, "refusal", lambda *_: None) for reader in _READERS]


def _wrong_amount_believed() -> Patches:
    return [(midtrans, "is_ours", lambda *_: True)]


def _told_again() -> Patches:
    """Whoever hears a success a second time tells it a second time."""
    real = settling.conflict

    def conflict(
        payment: Payment, attempt: Attempt, outcome: Outcome, known: Knowledge
    ) -> Change | None:
        if isinstance(outcome, Approved):
            return payment.tell(payment, known.at, [EventType.SUCCEEDED], known.event_id)
        return real(payment, attempt, outcome, known)

    def said(self: HearNotifications, genuine: object) -> dict[tuple[str, str], str]:
        return {}

    return [(settling, "conflict", conflict), (HearNotifications, "_said", said)]


def _expired_is_unpaid() -> Patches:
    real = resolving._after_horizon

    def after(attempt: Attempt, asked: Moment, rules: Rules) -> bool:
        if attempt.accepted_at is None:
            return real(attempt, asked, rules)
        return asked.at >= attempt.window_ends_at

    return [(resolving, "_after_horizon", after)]


def _ran_out_is_a_refusal() -> Patches:
    refused = Decision(Verdict.DECLINED, ReasonCode.TIMED_OUT)
    latest: Mapping[str, Decision] = {**snap_codes.LATEST, "05": refused}
    return [(snap, "LATEST", latest), (snap, "RAN_OUT", "never")]


def _refund_under_a_new_key() -> Patches:
    real = resolve_payments._refund

    def refund(payment: Payment, question: Question) -> RefundOrder | None:
        order = real(payment, question)
        if order is None:
            return None
        return replace(order, refund_id=f"{order.refund_id[:-4]}{question.number:04}")

    return [(resolve_payments, "_refund", refund)]


def _sent_again_after_silence() -> Patches:
    real = Exchange.act

    async def act(self: Exchange, *asked: Any) -> Outcome:
        first = await real(self, *asked)
        lost = isinstance(first, Unknown) and first.doubt in {Doubt.CUT, Doubt.SILENCE}
        return await real(self, *asked) if lost else first

    return [(Exchange, "act", act)]


def _hint_is_proof() -> Patches:
    real = hinting.hint

    def hint(
        payment: Payment, attempt_id: str, outcome: Outcome, known: Knowledge
    ) -> Change | None:
        attempt = payment.attempt(attempt_id)
        ended = isinstance(outcome, Unknown) and outcome.doubt is Doubt.NOT_FOUND
        if ended and attempt.live:
            return settling.not_charged(payment, attempt, Proof.REFUSED, known)
        return real(payment, attempt_id, outcome, known)

    return [(hinting, "hint", hint)]


def _released_for_good() -> Patches:
    real = HearNotifications._released

    def released(self: HearNotifications, *of: Any) -> Received:
        later = real(self, *of)
        return replace(later, due_at=later.notice.received_at.replace(year=9_000))

    return [(HearNotifications, "_released", released)]


def _whole_again() -> Patches:
    return [(Payment, "refundable", property(_amount_of))]


def _amount_of(payment: Payment) -> Money:
    return payment.order.amount


def _of(
    name: str,
    breaks: str,
    patches: Callable[[], Patches],
    providers: tuple[str, ...],
    *worlds: tuple[tuple[str, Any], ...],
    seeds: int = 10,
    known: int = 0,
) -> Sabotage:
    world = tuple(switch for switches in worlds for switch in switches)
    return Sabotage(name, breaks, patches, world, seeds, known, providers=providers)


PROVIDER_SABOTAGES: tuple[Sabotage, ...] = (
    _of(
        "notification_unverified",
        "A notification is believed whoever signed it.",
        _unverified,
        _TELLING,
        _FORGED,
    ),
    _of(
        "wrong_amount_believed",
        "A notification is believed though it tells of another amount.",
        _wrong_amount_believed,
        ("midtrans",),
        _FORGED,
    ),
    _of(
        "told_again",
        "A notification that comes twice tells payment.succeeded twice.",
        _told_again,
        _TELLING,
        (("notice_twice", 1.0),),
    ),
    _of(
        "expired_is_unpaid",
        "A code that has expired is called unpaid before that is proved.",
        _expired_is_unpaid,
        ("ovo_qris",),
        _PAID_LATE,
        known=1,
    ),
    _of(
        "ran_out_is_a_refusal",
        "A linked payment whose time ran out is called refused.",
        _ran_out_is_a_refusal,
        ("ovo_snap",),
        _PAID_LATE,
        (("automatic", False),),
    ),
    _of(
        "refund_under_a_new_key",
        "A refund that nobody answered is sent again under another name.",
        _refund_under_a_new_key,
        ("midtrans", "ovo_snap"),
        (("refunds", 0.9), ("lost_answer", 0.5), ("refunds_end", "accept")),
    ),
    _of(
        "sent_again_after_silence",
        "A gateway sends a charge again that nobody answered.",
        _sent_again_after_silence,
        ("midtrans", "xendit", "doku"),
        (("lost_answer", 0.5), ("doubled_request", 0.0)),
    ),
    _of(
        "hint_is_proof",
        "A notification that a charge has expired is believed.",
        _hint_is_proof,
        ("midtrans",),
        _PAID_LATE,
        (("notice_lost", 0.0), ("notice_late", 0.0)),
        known=4,
    ),
    _of(
        "released_for_good",
        "A notification whose handling failed is not heard again.",
        _released_for_good,
        _TELLING,
        (("lost_write", 0.3), ("lost_acknowledgement", 0.3)),
    ),
    _of(
        "whole_again",
        "Each refund may be of all that was paid.",
        _whole_again,
        ("midtrans", "ovo_snap"),
        (("refunds", 0.9), ("refunds_end", "accept")),
    ),
)
"""Every rule about other providers that is broken, by name."""
