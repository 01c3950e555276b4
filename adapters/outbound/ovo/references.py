"""The names by which OVO knows an attempt: batch number, reference number, merchant invoice."""

import threading
from dataclasses import dataclass
from typing import final

from adapters.outbound.ovo.credentials import OvoCredentials
from application.ports import ReferenceAllocator, Sequences
from domain.attempt import References
from domain.errors import LunasError
from domain.ids import crockford
from domain.merchant import ProviderAccount

BATCH_SIZE = 999_999
"""References in one batch: 1 to 999999, then the next batch begins at 1 again.

Source: OVO additional guidance. After a restored backup skip to the next multiple of this.
"""
LAST_BATCH = 999_999
"""The largest batch number that fits in six digits."""
INVOICE_PREFIX = "LN-"


class ReferencesExhausted(LunasError):
    """Every batch of this terminal is used up: OVO must give the merchant a new terminal id."""


@dataclass(slots=True)
class _Block:
    next: int
    end: int


@final
class OvoReferences(ReferenceAllocator):
    """Numbers the attempts of each (tid, mid, mode) without gaps inside a durable block.

    The reference grows by one with each push, successful or not (OVO additional guidance). A block
    of `block` numbers is reserved at a time; what a process leaves unused is never given out.
    Merchants that share a terminal share its sequence. Safe for threads.
    """

    def __init__(self, sequences: Sequences, *, block: int = 100) -> None:
        if not 1 <= block <= BATCH_SIZE:
            raise ValueError(f"a block holds 1 to {BATCH_SIZE} references")
        self._sequences = sequences
        self._size = block
        self._blocks: dict[str, _Block] = {}
        self._lock = threading.Lock()

    def next(self, account: ProviderAccount, attempt_id: str) -> References:
        """Fresh references; raises StoreUnavailable, InvalidValue or ReferencesExhausted."""
        invoice = merchant_invoice(attempt_id)
        scope = reference_scope(account)
        batch, reference = batch_and_reference(self._number(scope))
        return References(
            shown={"batch_no": batch, "reference_no": reference, "merchant_invoice": invoice},
            unique=unique_names(scope, batch, reference, invoice),
        )

    def _number(self, scope: str) -> int:
        with self._lock:
            block = self._blocks.get(scope)
            if block is None or block.next == block.end:
                first = self._sequences.take(scope, self._size)
                block = self._blocks[scope] = _Block(first, first + self._size)
            block.next += 1
            return block.next - 1


def unique_names(scope: str, batch: int, reference: int, invoice: str) -> tuple[str, str]:
    """By what the store knows an attempt of those names; the scope tells terminal and mode."""
    return f"{scope}:{batch}:{reference}", f"{scope}:invoice:{invoice}"


def reference_scope(account: ProviderAccount) -> str:
    """Whose sequence it is, `ovo:live:<tid>:<mid>`; raises InvalidValue."""
    credentials = OvoCredentials.parse(account.credentials)
    mode = "live" if account.livemode else "test"
    return f"ovo:{mode}:{credentials.tid}:{credentials.mid}"


def batch_and_reference(number: int) -> tuple[int, int]:
    """The pair, each from 1, that stands for a sequence number from 0.

    Raises ReferencesExhausted.
    """
    batch, reference = divmod(number, BATCH_SIZE)
    if batch >= LAST_BATCH:
        raise ReferencesExhausted("no batch number is left for this OVO terminal")
    return batch + 1, reference + 1


def merchant_invoice(attempt_id: str) -> str:
    """A neutral name, unique with the attempt's id: 29 characters of [A-Z0-9-].

    OVO takes up to 50 and never the same twice, not even after a failed push. Raises InvalidValue.
    """
    return INVOICE_PREFIX + crockford(attempt_id)
