"""What operators read: models for the document alone; the presenter builds the JSON itself."""

from typing import Literal

from pydantic import BaseModel, Field

from adapters.inbound.http.answers import (
    AttemptAnswer,
    DeliveryAnswer,
    Instant,
    PaymentAnswer,
    RefundAnswer,
)
from domain.events import EventType
from domain.exception_record import Action, ExceptionKind
from domain.follow_up import QuestionKind, VoidStatus
from domain.outcome import Doubt

Facts = dict[str, str | int | None]


class ClosingAnswer(BaseModel):
    """Who ended it, how, why and by which evidence."""

    at: Instant
    actor: str
    action: str
    reason: str
    evidence: str | None


class ExceptionAnswer(BaseModel):
    """Something that a person must look at."""

    id: str
    object: Literal["exception"]
    kind: ExceptionKind
    payment_id: str
    order_id: str
    attempt_id: str
    amount: int = Field(description="Rupiah at risk.")
    age: int = Field(description="Seconds that it is open, or was.")
    opened_at: Instant
    code: str | None = Field(description="The wallet's own word that led to it.")
    status: Literal["open", "closed"]
    suggested_action: Action | None
    actions: list[Action] = Field(description="What can be decided as things stand.")
    closed: ClosingAnswer | None


class ExceptionList(BaseModel):
    """The exceptions of a page of payments, the newest payment first."""

    data: list[ExceptionAnswer]
    next_cursor: str | None


class DecisionAnswer(BaseModel):
    """A reversal or a void that was decided, sent or not."""

    number: int
    decided_at: Instant
    sent_at: Instant | None
    ended_at: Instant | None
    result: str | None


class VoidAnswer(BaseModel):
    """The giving back of a whole charge on its own day."""

    status: VoidStatus
    until: Instant
    decisions: list[DecisionAnswer]


class FollowUpAnswer(BaseModel):
    """What the wallet was asked about an attempt, and when it is asked next."""

    questions: int
    open: QuestionKind | None
    ask_at: Instant | None
    asked_at: Instant | None
    reversals: list[DecisionAnswer]
    void: VoidAnswer | None


class AttemptFile(AttemptAnswer):
    """An attempt with all that was found out about it."""

    note: str | None
    doubt: Doubt | None
    concluded_at: Instant | None
    charged_at: Instant | None
    evidence: str | None = Field(description="What the wallet's approval is known by.")
    follow_up: FollowUpAnswer


class EntryAnswer(BaseModel):
    """One line of the history."""

    at: Instant
    actor: str
    action: str
    facts: Facts


class EventFile(BaseModel):
    """An event that was told, and where it was delivered."""

    id: str
    type: EventType
    sequence: int
    at: Instant
    refund_id: str | None
    deliveries: list[DeliveryAnswer]


class LineAnswer(BaseModel):
    """One line of the timeline. The actor is `lunas`, `wallet`, or whoever was named."""

    at: Instant
    about: Literal["attempt", "history", "event", "delivery"]
    actor: str | None
    what: str
    facts: Facts


class DossierAnswer(BaseModel):
    """Everything that is known of a payment."""

    object: Literal["dossier"]
    payment: PaymentAnswer
    attempts: list[AttemptFile]
    refunds: list[RefundAnswer]
    exceptions: list[ExceptionAnswer]
    history: list[EntryAnswer]
    events: list[EventFile]
    timeline: list[LineAnswer] = Field(description="All of it in one order of time.")
