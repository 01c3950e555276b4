"""What a provider's folder hands to bootstrap: all that a house needs to charge by it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from adapters.outbound.attempt_names import AttemptNames
from application.ports import (
    NotificationReader,
    PaymentGateway,
    ReferenceAllocator,
    Sequences,
    SettlementReader,
    WalletLinking,
    WalletLinks,
)
from domain.provider import Provider

if TYPE_CHECKING:
    from adapters.outbound.tokens import TokenSource
    from adapters.outbound.wire import Wire

Options = Mapping[str, str]
"""A provider's settings by their names in lower case: `LUNAS_PROVIDER_<NAME>_<SETTING>`."""


class Gateway(PaymentGateway, Protocol):
    """A provider's gateway with its own connection."""

    def shut(self) -> None:
        """Let nothing unsent leave any more: such a push ends at once as NotSent."""

    async def aclose(self) -> None:
        """Close the wire."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a gateway is made with; `clock` is the process's corrected clock (aware).

    `tokens` are those of all gateways of the process, which its wires all run on one loop; `links`
    are the wallets that customers linked.
    """

    wire: "Wire"
    clock: Callable[[], datetime]
    tokens: "TokenSource"
    links: WalletLinks


@dataclass(frozen=True, slots=True)
class Offer:
    """A provider, and how it is spoken to.

    `gateway` is called by processes that go out, and imports the way out only then; `credentials`
    raises InvalidValue for what no account can have. `notifications` reads what the provider tells
    by itself, where it does; `settlement` its files of what it settled.
    `linking` is there where wallets are linked.
    """

    provider: Provider
    gateway: Callable[[Surroundings], Gateway]
    credentials: Callable[[Mapping[str, str]], object]
    settlement: SettlementReader
    references: Callable[[Sequences], ReferenceAllocator] | None = None
    notifications: NotificationReader | None = None
    linking: Callable[[Surroundings], WalletLinking] | None = None

    def names(self, sequences: Sequences) -> ReferenceAllocator:
        """Who names its attempts: their own ids, unless the provider wants other names."""
        return self.references(sequences) if self.references else AttemptNames(self.provider.name)


MakeOffer = Callable[[Options, str], Offer]
"""Makes an offer of a provider's settings and the sandbox's URL; raises ValueError."""
