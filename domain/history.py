"""What was done about a payment, by whom and why: a list that only grows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

LUNAS = "lunas"
"""The actor of what Lunas decides by itself."""
WALLET = "wallet"
"""The actor of what the wallet says."""

Facts = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a payment's history; `facts` hold codes and references, never personal data."""

    at: datetime
    actor: str
    action: str
    facts: Facts = field(default_factory=dict)
