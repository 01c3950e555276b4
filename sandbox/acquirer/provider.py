"""What a provider is to the core: it reads requests, answers them and writes notifications."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sandbox.acquirer.charge import Charge, Refund, State
from sandbox.acquirer.partners import Partner, Partners
from sandbox.acquirer.plan import Plan
from sandbox.acquirer.settlement import Form
from sandbox.acquirer.wire import Answer, Held, Inbound


@dataclass(frozen=True, slots=True, repr=False)
class Telling:
    """What a notification tells, true or not, in whose name, and with which key it is signed."""

    charge: Charge
    state: State
    amount: int
    partner: Partner
    secret: str
    at: datetime
    url: str
    refund: Refund | None = None  # None: it tells of the charge itself


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """A notification as it leaves."""

    headers: Mapping[str, str]
    body: bytes


class Provider(Protocol):
    """One provider. What is not abstract here is for those who have such a thing."""

    name: str
    partners: Partners
    boot_plan: Plan
    settlement_form: Form
    pushes: bool = False  # whether charges appear on the phone of their customer
    tells_refunds: bool = False  # whether merchants are notified of each refund

    @abstractmethod
    def operation(self, inbound: Inbound) -> str | None:
        """What the request asks for; None when there is nothing at its path."""

    @abstractmethod
    def answer(self, operation: str, inbound: Inbound, now: datetime) -> Answer | Held:
        """Do what the request asks for."""

    @abstractmethod
    def credentials(self, partner: Partner) -> Mapping[str, str]:
        """What this partner needs to speak to the provider."""

    def held_answer(self, charge: Charge, now: datetime) -> Answer:
        """What the caller who was held is told, now that the charge has ended."""
        raise NotImplementedError(f"{self.name} holds no calls")

    def tells(self, state: State) -> bool:
        """Whether merchants are notified of this state."""
        return False

    def letter(self, telling: Telling) -> Letter:
        """Write a notification."""
        raise NotImplementedError(f"{self.name} sends no notifications")

    def is_taken(self, status: int, body: bytes) -> bool:
        """Whether the merchant's answer says that the notification need not be sent again."""
        return 200 <= status < 300

    def secret_of(self, partner: Partner) -> str:
        """What notifications to this partner are signed with."""
        return partner.secret
