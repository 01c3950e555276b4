"""What every provider's settlement promises: the sandbox's file of a day, beside its ledger."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from adapters.outbound.uptime import uptime
from application.compare_settlement import Agreement, Compared, CompareSettlement
from application.ports import Charge, RefundOrder
from domain.ids import IdKind
from domain.moment import Moment
from domain.money import Money
from domain.outcome import Approved
from domain.payment import Change, Payment
from domain.refund import Refund, RefundKind, RefundStatus
from domain.settlement import LineKind, SettlementFile, Sums
from tests.builders import a_start, an_id, an_outcome_of

if TYPE_CHECKING:
    from tests.contracts.provider import Shop

PART = Money(20_000)
BACK = (LineKind.REFUND, LineKind.VOID)


class SettlementContract:
    """The same questions to each provider's reader, about files that it did not write."""

    def run(self, story: Callable[["Shop"], Awaitable[None]]) -> None:
        """Tell a story in a shop."""
        raise NotImplementedError("say where the story is told")

    # -- settlement ------------------------------------------------------------------------------

    def test_each_charge_of_a_day_is_a_line_that_finds_its_payment(self) -> None:
        async def story(shop: "Shop") -> None:
            first, second = [await paid(shop) for _ in range(2)]
            await shop.world(customer="decline")
            await shop.ended(shop.charge())
            for file in await files(shop, first, second):
                assert (file.provider, file.bad) == (shop.name, ())
                assert shop.offer.settlement.read(await body_of(shop, first)).digest == file.digest
            told = await compared(shop, first, second)
            assert [each.agreement for each in told] == [Agreement.AGREES] * 2
            assert [each.payment_id for each in told] == [first.payment.id, second.payment.id]
            for each, one in zip(told, (first, second), strict=True):
                assert each.line.kind is LineKind.PAYMENT
                assert each.line.gross == one.charge.amount.rupiah
                assert each.line.reference in one.charge.references.shown.values()
                assert abs(each.line.at - one.charge.claimed_at) < timedelta(minutes=5)

        self.run(story)

    def test_a_line_that_nobody_here_paid_or_of_another_amount_is_told(self) -> None:
        async def story(shop: "Shop") -> None:
            await shop.world(customer="approve")
            await shop.ended(shop.charge())  # which is stored nowhere
            known = await paid(shop, stored_as=Money(50_001))
            told = [each.agreement for each in await compared(shop, known)]
            assert told == [Agreement.NOT_KNOWN, Agreement.AMOUNT_DIFFERS]

        self.run(story)

    def test_what_was_given_back_is_a_line_that_finds_its_refund(self) -> None:
        async def story(shop: "Shop") -> None:
            one = await paid(shop)
            one = await given_back(shop, one)
            sale, back = await compared(shop, one)
            assert (sale.agreement, back.agreement) == (Agreement.AGREES, Agreement.AGREES)
            assert back.line.kind in BACK
            assert back.line.gross == -one.payment.refunds[0].amount.rupiah
            assert back.payment_id == one.payment.id

        self.run(story)

    def test_the_sums_of_a_day_are_those_of_the_ledger(self) -> None:
        async def story(shop: "Shop") -> None:
            one, two = [await paid(shop) for _ in range(2)]
            two = await given_back(shop, two)
            lines = [line for file in await files(shop, one, two) for line in file.lines]
            ledger = await books_of(shop)
            moved = Sums.of(line for line in lines if line.kind is LineKind.PAYMENT)
            back = Sums.of(line for line in lines if line.kind in BACK)
            assert moved.gross == ledger["amount_moved"] > 0
            assert -back.gross == ledger["amount_returned"] > 0
            whole = Sums.of(lines)
            assert whole.gross == ledger["amount_kept"]
            assert whole.net + whole.fee + whole.vat == whole.gross
            assert whole.fee > 0
            assert whole.vat > 0

        self.run(story)

    def test_a_bad_line_is_told_and_loses_nothing_else(self) -> None:
        async def story(shop: "Shop") -> None:
            one = await paid(shop)
            body = await body_of(shop, one)
            header, line, *rest = body.split(b"\r\n")
            broken = line[: len(line) // 2]
            damaged = b"\r\n".join([header, broken, b'"Siti Rahayu', line, *rest])
            file = shop.offer.settlement.read(damaged)
            assert [bad.number for bad in file.bad] == [2, 3]
            assert "Siti" not in str(file.bad)
            assert [each.number for each in file.lines] == [4]
            whole = shop.offer.settlement.read(body)
            assert file.sums == whole.sums
            assert file.digest != whole.digest

        self.run(story)


class One:
    """A charge that was paid, and its payment as it is stored."""

    def __init__(self, charge: Charge, payment: Payment) -> None:
        self.charge = charge
        self.payment = payment


async def paid(shop: "Shop", *, stored_as: Money | None = None) -> One:
    """One that was paid at the sandbox, and is stored as paid, or as paid with another amount."""
    await shop.world(customer="approve")
    charge = shop.charge()
    outcome = await shop.ended(charge)
    assert isinstance(outcome, Approved)
    return One(charge, _stored(shop, charge, outcome, stored_as or charge.amount))


async def given_back(shop: "Shop", one: One) -> One:
    """All or part of it given back by the provider, and stored so."""
    rules, now = shop.offer.provider.rules, one.charge.claimed_at
    order = RefundOrder(an_id(IdKind.REFUND, now), PART, "complaint")
    charge = replace(one.charge, leave_by=uptime() + timedelta(seconds=10))
    charge = replace(charge, handle=dict(one.payment.details))
    if rules.refunds:
        kind, amount, outcome = RefundKind.REFUND, PART, await shop.gateway.refund(charge, order)
    else:
        assert rules.voids
        kind, amount, outcome = RefundKind.VOID, charge.amount, await shop.gateway.void(charge)
    assert isinstance(outcome, Approved)
    refund = Refund(
        id=order.refund_id,
        attempt_id=charge.attempt_id,
        amount=amount,
        kind=kind,
        status=RefundStatus.SUCCEEDED,
        reason=order.reason,
        actor="rina",
        created_at=now,
        updated_at=now,
    )
    version = one.payment.version + 1
    payment = replace(one.payment, refunds=(refund,), amount_refunded=amount, version=version)
    shop.store.payments.save(Change(payment, ()))
    return One(charge, payment)


async def compared(shop: "Shop", *known: One) -> Sequence[Compared]:
    """Every line of their days, beside what is stored."""
    compare = CompareSettlement(shop.store.payments)
    return [each for file in await files(shop, *known) for each in compare(file)]


async def files(shop: "Shop", *known: One) -> Sequence[SettlementFile]:
    """The file of each day on which one of them was paid: there are two around midnight."""
    bodies = [await body_of(shop, one) for one in known]
    return [shop.offer.settlement.read(body) for body in dict.fromkeys(bodies)]


async def body_of(shop: "Shop", one: One) -> bytes:
    """The sandbox's file of the day on which it was paid, to the byte."""
    day = str((await shop.books(one.charge))["paid_at"])[:10]
    url = f"{shop.caller.url}/control/settlement.csv?provider={shop.name}&date={day}"
    async with shop.caller.session.get(url) as response:
        assert response.status == 200
        return await response.read()


async def books_of(shop: "Shop") -> dict[str, Any]:
    """What the sandbox's ledger says of this provider's money."""
    _, told = await shop.caller.get("/control/ledger")
    books: dict[str, Any] = told["providers"][shop.name]
    return books


def _stored(shop: "Shop", charge: Charge, outcome: Approved, amount: Money) -> Payment:
    """The payment of that charge, stored step by step as the house does it."""
    provider = shop.offer.provider
    start = a_start(
        at=charge.claimed_at,
        provider=provider.name,
        method=provider.method,
        amount=amount,
        phone=charge.phone,
    )
    claimed = start.payment.push(
        attempt_id=charge.attempt_id,
        references=charge.references,
        claim=Moment(charge.claimed_at, "boot-1", timedelta(hours=1)),
        worker="worker-1",
        rules=provider.rules,
        new_event_id=lambda: an_id(IdKind.EVENT, charge.claimed_at),
    )
    recorded = an_outcome_of(claimed.payment, outcome)
    for change in (start, claimed, recorded):
        shop.store.payments.save(change)
    return recorded.payment
