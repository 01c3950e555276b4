"""The sandbox's settlement of Push to Pay, read by a reader that does not know its code."""

from typing import Any

import pytest

from adapters.outbound.memory.store import MemoryStore
from adapters.outbound.ovo.references import OvoReferences
from adapters.outbound.ovo.settlement import SETTLEMENT
from application.compare_settlement import Agreement, CompareSettlement
from domain.attempt import AttemptStatus, References
from domain.copying import replace
from domain.ids import IdKind
from domain.merchant import ProviderAccount
from domain.money import Money
from domain.outcome import Approved, Outcome
from domain.payment import Change
from domain.settlement import LineKind, SettlementFile
from sandbox.push import State
from sandbox.settlement import settlement_csv
from tests.builders import a_doubt, a_payment, an_id
from tests.integration.ovo.sandbox_process import PUBLISHED
from tests.unit.sandbox.builders import REVERSAL, START, VOID, Bench, a_message

A = Agreement
DAY = START.date()


class Day:
    """A merchant of Push to Pay, and one day of it at the sandbox."""

    def __init__(self) -> None:
        self.bench = Bench(behaviour="approve", magic_amounts=False)
        self.store = MemoryStore()
        self.names = OvoReferences(self.store.sequences)
        self.account = ProviderAccount("mer_1", "ovo", False, PUBLISHED)

    def sale(self, amount: int = 50_000, *, reversed_later: bool = False) -> References:
        """A push that is paid at the sandbox, and stored so here, or as what was taken back."""
        references = self.names.next(self.account, an_id(IdKind.ATTEMPT))
        answer = self.bench.ask(a_message(**self._words(references), amount=amount))
        code = {"approval_code": answer["approvalCode"]}
        outcome: Outcome = a_doubt() if reversed_later else Approved("00", code)
        payment = a_payment(outcome, amount=Money(amount))
        attempt = replace(payment.attempts[0], references=references)
        if reversed_later:
            attempt = replace(attempt, status=AttemptStatus.REVERSED)
        stored = replace(payment, attempts=(attempt,), version=1)
        self.store.payments.save(Change(stored, ()))
        return references

    def follow_up(self, operation: tuple[str, str], references: References) -> None:
        self.bench.send(a_message(operation, **self._words(references)))

    def file(self, *faults: str) -> SettlementFile:
        text = settlement_csv(self.bench.wallet.book, DAY, faults=faults)
        return SETTLEMENT.read(text.encode())

    def says(self, file: SettlementFile) -> list[Agreement]:
        compare = CompareSettlement(self.store.payments)
        return [each.agreement for each in compare(file)]

    @staticmethod
    def _words(references: References) -> dict[str, Any]:
        shown = references.shown
        return {
            "batchNo": f"{shown['batch_no']:06}",
            "referenceNumber": f"{shown['reference_no']:06}",
            "merchantInvoice": str(shown["merchant_invoice"]),
        }


@pytest.fixture
def day() -> Day:
    return Day()


def test_each_sale_is_a_line_that_finds_its_payment_by_all_its_names(day: Day) -> None:
    references = [day.sale(), day.sale(123_457), day.sale(20_000_000)]
    file = day.file()
    assert (file.bad, file.rows) == ((), 3)
    assert day.says(file) == [A.AGREES] * 3
    for line, names in zip(file.lines, references, strict=True):
        assert names.unique in line.keys
        assert line.reference == names.shown["merchant_invoice"]
        assert (line.batch_no, line.reference_no) == (1, names.shown["reference_no"])
        assert line.at == START
        assert line.customer == "08••••••5432"


def test_the_sums_are_those_of_the_sandboxs_books(day: Day) -> None:
    day.follow_up(VOID, day.sale())
    day.sale(123_457)
    file = day.file()
    book = day.bench.wallet.book
    moved = sum(push.request.amount for push in book if push.money_moved)
    kept = sum(push.request.amount for push in book if push.state is State.PAID)
    assert file.sums_of(LineKind.PAYMENT).gross == moved == 173_457
    assert file.sums.gross == kept == 123_457
    assert file.sums.net + file.sums.fee + file.sums.vat == kept


def test_a_reversed_push_stands_twice_and_agrees(day: Day) -> None:
    references = day.sale(reversed_later=True)
    day.follow_up(REVERSAL, references)
    file = day.file()
    assert [line.kind for line in file.lines] == [LineKind.PAYMENT, LineKind.VOID]
    assert day.says(file) == [A.AGREES, A.AGREES]


def test_a_void_that_nobody_asked_for_here_is_told(day: Day) -> None:
    day.follow_up(VOID, day.sale())
    assert day.says(day.file()) == [A.AGREES, A.STATUS_DIFFERS]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("missing_line", [A.AGREES]),
        ("duplicated_line", [A.AGREES, A.DUPLICATE, A.AGREES]),
        ("wrong_amount", [A.AMOUNT_DIFFERS, A.AGREES]),
        ("unknown_line", [A.AGREES, A.AGREES, A.NOT_KNOWN]),
    ],
)
def test_each_fault_of_the_sandbox_is_found_in_its_line(
    day: Day, fault: str, told: list[Agreement]
) -> None:
    day.sale()
    day.sale()
    assert day.says(day.file(fault)) == told
