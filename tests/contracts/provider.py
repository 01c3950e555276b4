"""What every provider promises, judged by the sandbox's ledger on real connections.

A provider passes by one short subclass: its name, and how its customers are prepared, if they are.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, ClassVar

import pytest

from adapters.outbound.memory.store import MemoryStore
from adapters.outbound.offer import Gateway, Offer, Surroundings
from adapters.outbound.tokens import TokenSource
from adapters.outbound.uptime import uptime
from adapters.outbound.wire import Wire
from application.ports import Charge, RefundOrder
from bootstrap.offers import OFFERED
from domain.ids import IdKind
from domain.merchant import ProviderAccount
from domain.money import Money
from domain.msisdn import Msisdn
from domain.outcome import Accepted, Approved, Declined, Doubt, NotSent, Outcome, Unknown
from domain.provider import Needs
from tests.builders import an_id
from tests.contracts.settlement import SettlementContract
from tests.integration.sandbox.callers import Caller, calling

FEE, PART = Money(50_000), Money(20_000)
PHONE = Msisdn("081234567890")
MOST_CHECKS = 40
NOWHERE = "http://127.0.0.1:9"
"""Port 9 discards, and nothing listens there."""
_numbers = count(1)


@dataclass(slots=True)
class Shop:
    """A merchant with an account at the provider, and the sandbox's own books."""

    name: str
    caller: Caller
    offer: Offer
    gateway: Gateway
    account: ProviderAccount
    store: MemoryStore
    link_id: str | None = None
    asked_after: timedelta = timedelta(0)

    def charge(self, amount: Money = FEE) -> Charge:
        """A fresh attempt of that amount."""
        now = datetime.now(UTC)
        attempt_id = an_id(IdKind.ATTEMPT, now)
        needs_phone = self.offer.provider.needs is Needs.PHONE
        return Charge(
            attempt_id=attempt_id,
            account=self.account,
            amount=amount,
            phone=PHONE if needs_phone else None,
            references=self.offer.names(self.store.sequences).next(self.account, attempt_id),
            claimed_at=now - self.asked_after,
            leave_by=uptime() + timedelta(seconds=10),
            order_id=f"consult-{next(_numbers)}",
            window_ends_at=now + self.offer.provider.clocks.customer_window,
            customer_id="p-123",
            link_id=self.link_id,
        )

    async def world(self, **changes: object) -> None:
        """How customers and the provider behave from now on."""
        status, told = await self.caller.post(f"/control/scenario/{self.name}", changes)
        assert status == 200, told

    async def books(self, charge: Charge) -> dict[str, Any]:
        """What the sandbox knows of this charge; empty if nothing."""
        reference = charge.references.shown["reference"]
        path = f"/control/charges?provider={self.name}&reference={reference}"
        _, told = await self.caller.get(path)
        rows: list[dict[str, Any]] = told["charges"]
        assert len(rows) <= 1, "one reference is one charge"
        return rows[0] if rows else {}

    async def kept(self, charge: Charge) -> int:
        """The rupiah that the customer is without."""
        return int((await self.books(charge)).get("amount_kept", 0))

    async def ended(self, charge: Charge) -> Outcome:
        """Push, and ask until the provider says yes or no, or has been asked long enough."""
        outcome = await self.gateway.push(charge)
        if isinstance(outcome, Accepted):
            charge = replace(charge, handle=outcome.handle)
            outcome = await self.asked(charge)
        return outcome

    async def asked(self, charge: Charge) -> Outcome:
        """Ask until it says yes or no, or long enough."""
        outcome: Outcome = Unknown(Doubt.SILENCE)
        for _ in range(MOST_CHECKS):
            outcome = await self.gateway.check(charge)
            if isinstance(outcome, Approved | Declined):
                break
            await asyncio.sleep(0.05)
        return outcome


def around(store: MemoryStore) -> Surroundings:
    """What a gateway is made with."""

    def clock() -> datetime:
        return datetime.now(UTC)

    return Surroundings(Wire(), clock, TokenSource(store.tokens, clock), store.links)


class ProviderContract(SettlementContract):
    """The same questions to each; where a provider offers no such thing, its rules say so."""

    name: ClassVar[str]
    secret: ClassVar[str]
    """The credential that is changed to be wrong."""
    asked_after: ClassVar[timedelta] = timedelta(0)
    """How old a charge must be before the provider knows its truth."""

    async def prepared(self, shop: Shop) -> None:
        """What must be there before anybody pays: a linked wallet, for those that need one."""

    @asynccontextmanager
    async def shop(self) -> AsyncIterator[Shop]:
        """A shop at a fresh sandbox."""
        async with calling() as caller:
            _, told = await caller.get(f"/control/credentials/{self.name}")
            account = ProviderAccount("mer_1", self.name, False, told["credentials"])
            offer = OFFERED[self.name]({}, caller.url)
            store = MemoryStore()
            gateway = offer.gateway(around(store))
            shop = Shop(
                self.name, caller, offer, gateway, account, store, asked_after=self.asked_after
            )
            try:
                await self.prepared(shop)
                yield shop
            finally:
                await gateway.aclose()

    def run(self, story: Callable[[Shop], Awaitable[None]]) -> None:
        """Tell a story in a shop."""

        async def told() -> None:
            async with self.shop() as shop:
                await story(shop)

        asyncio.run(told())

    # -- charges ---------------------------------------------------------------------------------

    def test_a_customer_who_approves_has_paid_once(self) -> None:
        async def story(shop: Shop) -> None:
            await shop.world(customer="approve")
            charge = shop.charge()
            outcome = await shop.ended(charge)
            assert isinstance(outcome, Approved)
            assert outcome.evidence is not None
            assert await shop.kept(charge) == FEE.rupiah
            assert (await shop.books(charge))["times_heard"] == 1

        self.run(story)

    def test_two_charges_have_two_proofs(self) -> None:
        async def story(shop: Shop) -> None:
            await shop.world(customer="approve")
            proofs = set()
            for _ in range(2):
                outcome = await shop.ended(shop.charge())
                assert isinstance(outcome, Approved)
                proofs.add(outcome.evidence)
            assert len(proofs) == 2

        self.run(story)

    def test_a_customer_who_declines_has_paid_nothing(self) -> None:
        async def story(shop: Shop) -> None:
            await shop.world(customer="decline")
            charge = shop.charge()
            assert not isinstance(await shop.ended(charge), Approved)
            assert await shop.kept(charge) == 0

        self.run(story)

    def test_an_answer_that_was_lost_is_found_out_by_our_own_reference(self) -> None:
        async def story(shop: Shop) -> None:
            await shop.world(customer="approve", answers={"charge": {"how": "lost", "times": 1}})
            charge = shop.charge()
            assert isinstance(await shop.gateway.push(charge), Unknown)
            assert isinstance(await shop.asked(charge), Approved)
            assert await shop.kept(charge) == FEE.rupiah

        self.run(story)

    @pytest.mark.parametrize("how", ["502", "unheard"])
    def test_what_is_no_answer_is_never_a_refusal(self, how: str) -> None:
        async def story(shop: Shop) -> None:
            await shop.world(customer="approve", answers={"charge": {"how": how, "times": 1}})
            assert isinstance(await shop.gateway.push(shop.charge()), Unknown)

        self.run(story)

    def test_the_same_charge_twice_takes_the_money_once(self) -> None:
        async def story(shop: Shop) -> None:
            await shop.world(customer="approve")
            charge = shop.charge()
            assert isinstance(await shop.ended(charge), Approved)
            again = await shop.gateway.push(replace(charge, leave_by=uptime() + timedelta(9)))
            assert not isinstance(again, Declined | NotSent), "it is paid"
            assert await shop.kept(charge) == FEE.rupiah

        self.run(story)

    def test_a_charge_after_its_deadline_does_not_leave(self) -> None:
        async def story(shop: Shop) -> None:
            charge = replace(shop.charge(), leave_by=uptime() - timedelta(seconds=1))
            assert isinstance(await shop.gateway.push(charge), NotSent)
            assert await shop.books(charge) == {}

        self.run(story)

    def test_with_nobody_there_it_is_not_sent_and_a_check_says_nothing(self) -> None:
        async def story(shop: Shop) -> None:
            offer = OFFERED[self.name]({"test_url": NOWHERE}, shop.caller.url)
            nowhere = offer.gateway(around(shop.store))
            try:
                assert isinstance(await nowhere.push(shop.charge()), NotSent)
                assert isinstance(await nowhere.check(shop.charge()), Unknown)
            finally:
                await nowhere.aclose()

        self.run(story)

    def test_what_nobody_has_heard_of_is_never_called_paid_or_refused(self) -> None:
        async def story(shop: Shop) -> None:
            assert isinstance(await shop.gateway.check(shop.charge()), Unknown)

        self.run(story)

    def test_another_amount_than_ours_is_never_a_success(self) -> None:
        async def story(shop: Shop) -> None:
            await shop.world(customer="approve")
            charge = shop.charge()
            assert isinstance(await shop.ended(charge), Approved)
            other = await shop.gateway.check(replace(charge, amount=Money(FEE.rupiah + 1)))
            assert isinstance(other, Unknown)
            assert other.doubt is Doubt.MISMATCH

        self.run(story)

    def test_a_wrong_key_takes_no_money_and_says_nothing_of_the_charge(self) -> None:
        async def story(shop: Shop) -> None:
            await shop.world(customer="approve")
            wrong = {**shop.account.credentials, self.secret: "wrong-" + "0" * 40}
            paid = shop.charge()
            assert isinstance(await shop.ended(paid), Approved)
            stranger = replace(shop.account, credentials=wrong)
            charge = replace(shop.charge(), account=stranger)
            assert not isinstance(await shop.gateway.push(charge), Approved | Accepted)
            assert await shop.books(charge) == {}
            told = await shop.gateway.check(replace(paid, account=stranger))
            assert isinstance(told, Unknown), "a rotated key makes no paid payment failed"

        self.run(story)

    # -- money back ------------------------------------------------------------------------------

    def test_what_is_given_back_is_given_back_once(self) -> None:
        async def story(shop: Shop) -> None:
            charge = await self._paid(shop)
            if shop.offer.provider.rules.refunds:
                await self._refunded_in_parts(shop, charge)
            elif shop.offer.provider.rules.voids:
                assert isinstance(await shop.gateway.void(_at_once(charge)), Approved)
                assert isinstance(await shop.gateway.check_void(charge), Approved)
                await shop.gateway.void(_at_once(charge))
                assert await shop.kept(charge) == 0
            else:
                assert isinstance(await shop.gateway.void(_at_once(charge)), NotSent)
                assert await shop.kept(charge) == FEE.rupiah

        self.run(story)

    def test_a_refund_whose_answer_was_lost_is_found_out(self) -> None:
        async def story(shop: Shop) -> None:
            charge, order = await self._paid(shop), self._a_refund(FEE)
            if not shop.offer.provider.rules.refunds:
                assert isinstance(await shop.gateway.refund(_at_once(charge), order), NotSent)
                return
            await shop.world(answers={"refund": {"how": "lost", "times": 1}})
            assert isinstance(await shop.gateway.refund(_at_once(charge), order), Unknown)
            assert isinstance(await shop.gateway.check_refund(charge, order), Approved)
            none = await shop.gateway.check_refund(charge, self._a_refund(FEE))
            assert not isinstance(none, Approved), "of another refund nothing is known"
            assert await shop.kept(charge) == 0

        self.run(story)

    async def _paid(self, shop: Shop) -> Charge:
        await shop.world(customer="approve")
        charge = shop.charge()
        outcome = await shop.gateway.push(charge)
        if isinstance(outcome, Accepted):
            charge = replace(charge, handle=outcome.handle)
            outcome = await shop.asked(charge)
        assert isinstance(outcome, Approved)
        return charge

    async def _refunded_in_parts(self, shop: Shop, charge: Charge) -> None:
        whole_only = not self.refunds_parts
        first = self._a_refund(FEE if whole_only else PART)
        assert isinstance(await shop.gateway.refund(_at_once(charge), first), Approved)
        assert not isinstance(await shop.gateway.refund(_at_once(charge), first), Declined)
        left = FEE.rupiah - first.amount.rupiah
        assert await shop.kept(charge) == left, "the same name is the same refund"
        assert isinstance(await shop.gateway.check_refund(charge, first), Approved)
        too_much = self._a_refund(FEE)
        assert not isinstance(await shop.gateway.refund(_at_once(charge), too_much), Approved)
        assert await shop.kept(charge) == left

    refunds_parts: ClassVar[bool] = True
    """Whether it gives back any part."""

    def _a_refund(self, amount: Money) -> RefundOrder:
        return RefundOrder(an_id(IdKind.REFUND, datetime.now(UTC)), amount, "complaint")


def _at_once(charge: Charge) -> Charge:
    return replace(charge, leave_by=uptime() + timedelta(seconds=10))
