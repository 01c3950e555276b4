"""How each line of a settlement file stands to what is stored here."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from adapters.outbound.memory.store import MemoryStore
from application.compare_settlement import Agreement, Compared, CompareSettlement
from application.ports import StoreUnavailable
from domain.attempt import AttemptStatus, References
from domain.ids import IdKind
from domain.money import Money
from domain.outcome import Outcome
from domain.payment import Change, Payment, Status
from domain.refund import Refund, RefundKind, RefundStatus
from domain.settlement import LineKind, SettlementFile, SettlementLine
from tests.builders import NOON, a_decline, a_doubt, a_payment, an_approval, an_id

A = Agreement
PAID = Money(50_000)


def a_line(key: str = "ovo:A1", gross: int = 50_000, **changes: object) -> SettlementLine:
    """A payment of Rp 50.000 without a fee."""
    kind = LineKind.PAYMENT if gross > 0 else LineKind.VOID
    line = SettlementLine(
        number=2, kind=kind, gross=gross, fee=0, vat=0, net=gross, at=NOON, keys=((key,),)
    )
    return replace(line, **changes)  # type: ignore[arg-type]  # any field, by its name


def a_refund(amount: int = 20_000, **changes: object) -> Refund:
    """One that the provider made."""
    refund = Refund(
        id=an_id(IdKind.REFUND),
        attempt_id="",
        amount=Money(amount),
        kind=RefundKind.REFUND,
        status=RefundStatus.SUCCEEDED,
        reason="complaint",
        actor="rina",
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(refund, **changes)  # type: ignore[arg-type]  # the same


class House:
    """A store with payments of Rp 50.000, each known by its keys."""

    def __init__(self) -> None:
        self.store = MemoryStore()

    def holds(
        self,
        outcome: Outcome,
        *refunds: Refund,
        keys: tuple[str, ...] = ("ovo:A1",),
        status: AttemptStatus | None = None,
        provider: str = "ovo",
    ) -> Payment:
        """A payment whose one attempt ended so."""
        payment = a_payment(outcome, amount=PAID, provider=provider)
        (attempt,) = payment.attempts
        named = replace(attempt, references=References({}, keys), status=status or attempt.status)
        payment = replace(
            payment,
            attempts=(named,),
            refunds=tuple(replace(refund, attempt_id=attempt.id) for refund in refunds),
            version=1,
        )
        self.store.payments.save(Change(payment, ()))
        return payment

    def compared(self, *lines: SettlementLine, provider: str = "ovo") -> Sequence[Compared]:
        numbered = tuple(replace(line, number=at) for at, line in enumerate(lines, 2))
        file = SettlementFile(provider, "0" * 64, len(lines), numbered, ())
        return list(CompareSettlement(self.store.payments)(file))

    def says(self, *lines: SettlementLine) -> list[Agreement]:
        return [each.agreement for each in self.compared(*lines)]


@pytest.fixture
def house() -> House:
    return House()


def test_a_payment_that_is_paid_here_agrees(house: House) -> None:
    payment = house.holds(an_approval())
    (told,) = house.compared(a_line())
    assert told.agreement is A.AGREES
    assert (told.payment_id, told.livemode) == (payment.id, False)
    assert (told.status, told.amount) == (Status.SUCCEEDED, PAID)


def test_what_nobody_here_has_heard_of_is_told(house: House) -> None:
    house.holds(an_approval())
    (told,) = house.compared(a_line("ovo:B1"))
    assert (told.agreement, told.payment_id, told.status) == (A.NOT_KNOWN, None, None)
    assert house.says(a_line(keys=())) == [A.NOT_KNOWN]


def test_another_providers_attempt_of_the_same_name_is_not_meant(house: House) -> None:
    house.holds(an_approval(), provider="midtrans")
    assert house.says(a_line()) == [A.NOT_KNOWN]


@pytest.mark.parametrize("gross", [49_999, 50_001, 9_007_199_254_740_993])
def test_another_amount_is_told_with_ours(house: House, gross: int) -> None:
    house.holds(an_approval())
    (told,) = house.compared(a_line(gross=gross))
    assert (told.agreement, told.amount) == (A.AMOUNT_DIFFERS, PAID)


@pytest.mark.parametrize("outcome", [a_decline(), a_decline(final=True), a_doubt()])
def test_a_payment_that_is_not_paid_here_is_told(house: House, outcome: Outcome) -> None:
    house.holds(outcome)
    assert house.says(a_line()) == [A.STATUS_DIFFERS]


def test_the_same_payment_twice_is_told_once_more(house: House) -> None:
    house.holds(an_approval())
    house.holds(an_approval(), keys=("ovo:A2",))
    assert house.says(a_line(), a_line("ovo:A2"), a_line()) == [A.AGREES, A.AGREES, A.DUPLICATE]


def test_a_name_in_a_line_that_is_not_the_attempts_own_is_told(house: House) -> None:
    house.holds(an_approval(), keys=("ovo:A1", "ovo:invoice:A1"))
    house.holds(an_approval(), keys=("ovo:B1", "ovo:invoice:B1"))
    both, nobodys = ("ovo:A1", "ovo:invoice:B1"), ("ovo:A1", "ovo:invoice:C1")
    ours = ("ovo:A1", "ovo:invoice:A1")
    mixed, unheard, whole = (a_line(keys=(names,)) for names in (both, nobodys, ours))
    assert house.says(mixed, unheard, whole) == [
        A.REFERENCE_DIFFERS,
        A.REFERENCE_DIFFERS,
        A.AGREES,
    ]


def test_the_attempt_that_has_all_names_of_one_alternative_is_meant(house: House) -> None:
    live = house.holds(an_approval(), keys=("ovo:live:1", "ovo:live:invoice:A1"))
    house.holds(an_approval(), keys=("ovo:test:1", "ovo:test:invoice:B1"))
    told = ("ovo:live:1", "ovo:live:invoice:A1"), ("ovo:test:1", "ovo:test:invoice:A1")
    for keys in (told, told[::-1]):
        (found,) = house.compared(a_line(keys=keys))
        assert (found.agreement, found.payment_id) == (A.AGREES, live.id)


def test_another_approval_code_than_ours_is_told(house: House) -> None:
    house.holds(an_approval())  # with approval code A1
    assert house.says(a_line(approval_code="A2")) == [A.REFERENCE_DIFFERS]
    assert house.says(a_line(approval_code="A1")) == [A.AGREES]


# -- what went back -------------------------------------------------------------------------------


def test_a_refund_of_the_provider_agrees_by_its_name_or_its_amount(house: House) -> None:
    first, second = a_refund(), a_refund()
    house.holds(an_approval(), first, second)
    by_name = a_line(gross=-20_000, refund=second.id)
    by_amount = a_line(gross=-20_000, refund="R-A1")
    assert house.says(by_name, by_amount) == [A.AGREES, A.AGREES]
    assert house.says(by_name, by_name) == [A.AGREES, A.DUPLICATE]
    assert house.says(by_amount, by_amount, by_amount) == [A.AGREES, A.AGREES, A.DUPLICATE]


def test_a_refund_of_another_amount_is_told(house: House) -> None:
    refund = a_refund()
    house.holds(an_approval(), refund)
    assert house.says(a_line(gross=-20_001, refund=refund.id)) == [A.AMOUNT_DIFFERS]
    assert house.says(a_line(gross=-20_001)) == [A.AMOUNT_DIFFERS]
    back = a_line(gross=-20_000)
    assert house.says(back, a_line(gross=-1)) == [A.AGREES, A.STATUS_DIFFERS]


@pytest.mark.parametrize(
    "changes",
    [
        {"status": RefundStatus.PENDING},
        {"status": RefundStatus.UNKNOWN},
        {"status": RefundStatus.FAILED},
        {"kind": RefundKind.MANUAL},  # by bank transfer: then it went back twice
    ],
)
def test_what_the_provider_gave_back_and_nobody_knows_here_is_told(
    house: House, changes: dict[str, object]
) -> None:
    house.holds(an_approval(), replace(a_refund(), **changes))  # type: ignore[arg-type]  # the same
    assert house.says(a_line(gross=-20_000)) == [A.STATUS_DIFFERS]


def test_money_back_without_any_refund_here_is_told(house: House) -> None:
    house.holds(an_approval())
    assert house.says(a_line(), a_line(gross=-50_000)) == [A.AGREES, A.STATUS_DIFFERS]


def test_a_charge_that_was_reversed_stands_twice_and_agrees_twice(house: House) -> None:
    house.holds(a_doubt(), status=AttemptStatus.REVERSED)
    sale, back = a_line(), a_line(gross=-50_000)
    assert house.says(sale, back) == [A.AGREES, A.AGREES]
    assert house.says(back) == [A.AGREES], "its payment is in the file of the day before"
    assert house.says(sale) == [A.STATUS_DIFFERS]
    assert house.says(sale, back, back) == [A.AGREES, A.AGREES, A.DUPLICATE]
    assert house.says(sale, a_line(gross=-20_000)) == [A.STATUS_DIFFERS, A.STATUS_DIFFERS]


def test_a_store_that_is_away_is_not_taken_for_nothing_known() -> None:
    class Lost:
        def of_reference(self, key: str) -> Payment:
            raise StoreUnavailable("it is locked")

    compare = CompareSettlement(Lost())  # type: ignore[arg-type]  # it is asked nothing else
    file = SettlementFile("ovo", "0" * 64, 1, (a_line(),), ())
    with pytest.raises(StoreUnavailable):
        list(compare(file))
