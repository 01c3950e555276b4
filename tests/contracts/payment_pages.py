"""What every PaymentRepository promises of its listings."""

from dataclasses import replace

import pytest

from application.ports import PaymentQuery
from domain.msisdn import Msisdn
from domain.payment import Payment, Status
from tests.builders import (
    MERCHANT,
    RULES,
    a_cancellation,
    a_decline,
    a_start,
    a_story,
    after,
    an_approval,
)
from tests.contracts.payments import saved
from tests.contracts.stores import Store, StoreContract

MINE = PaymentQuery(MERCHANT, livemode=False)


def pages(store: Store, query: PaymentQuery) -> list[list[Payment]]:
    """Every page of the listing."""
    found = []
    cursor: str | None = None
    for _ in range(100):
        page = store.payments.find(replace(query, cursor=cursor))
        found.append(list(page.items))
        cursor = page.next_cursor
        if cursor is None:
            return found
    raise AssertionError("the listing has no end")


class PaymentPagesContract(StoreContract):
    """Listings are newest first, and a page follows another without holes or repeats."""

    def test_nothing_is_an_empty_page(self, store: Store) -> None:
        page = store.payments.find(MINE)
        assert (list(page.items), page.next_cursor) == ([], None)

    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
    def test_pages_are_newest_first_without_holes_or_repeats(
        self, store: Store, limit: int
    ) -> None:
        payments = [saved(store, a_start(at=after(n))) for n in (3, 1, 4, 2, 0)]
        newest_first = sorted(payments, key=lambda payment: payment.created_at, reverse=True)
        found = pages(store, replace(MINE, limit=limit))
        assert [payment for page in found for payment in page] == newest_first
        assert all(len(page) == limit for page in found[:-1])

    def test_what_is_added_meanwhile_moves_nothing(self, store: Store) -> None:
        old = [saved(store, a_start(at=after(n))) for n in range(4)]
        first = store.payments.find(replace(MINE, limit=2))
        saved(store, a_start(at=after(9)))
        second = store.payments.find(replace(MINE, limit=2, cursor=first.next_cursor))
        assert [*first.items, *second.items] == old[::-1]
        assert second.next_cursor is None

    def test_a_listing_is_one_merchants_in_one_mode(self, store: Store) -> None:
        mine = saved(store, a_start())
        saved(store, a_start(livemode=True))
        saved(store, a_start(merchant_id="mer_2"))
        assert store.payments.find(MINE).items == [mine]

    def test_an_order_lists_its_present_and_its_former_payments(self, store: Store) -> None:
        first = saved(store, *a_story(a_decline(final=True), order_id="o-1"))
        second = saved(store, a_start(order_id="o-1", at=after(60)))
        saved(store, a_start(order_id="o-2"))
        assert store.payments.find(replace(MINE, order_id="o-1")).items == [second, first]

    def test_a_status_lists_what_has_it_now(self, store: Store) -> None:
        pending = saved(store, a_start())
        paid = saved(store, *a_story(an_approval()))
        canceled = saved(store, *(story := a_story()), a_cancellation(story[-1].payment))
        for status, payments in {
            Status.PENDING: [pending],
            Status.SUCCEEDED: [paid],
            Status.CANCELED: [canceled],
            Status.UNKNOWN: [],
        }.items():
            assert list(store.payments.find(replace(MINE, status=status)).items) == payments

    def test_times_are_from_one_moment_to_before_another(self, store: Store) -> None:
        payments = [saved(store, a_start(at=after(n))) for n in range(4)]
        query = replace(MINE, created_after=after(1), created_before=after(3))
        assert store.payments.find(query).items == [payments[2], payments[1]]

    def test_a_phone_lists_the_payments_that_are_asked_of_it_now(self, store: Store) -> None:
        phone, other = Msisdn("081111111111"), Msisdn("082222222222")
        first = saved(store, a_start(phone=phone))
        declined = saved(store, *a_story(a_decline(), phone=other))
        moved = saved(store, declined.ask_again(phone, at=after(600), rules=RULES))
        saved(store, a_start(phone=None))
        assert store.payments.find(replace(MINE, phone=phone)).items == [moved, first]
        assert list(store.payments.find(replace(MINE, phone=other)).items) == []

    def test_filters_narrow_each_other(self, store: Store) -> None:
        phone = Msisdn("081111111111")
        wanted = [saved(store, a_start(at=after(n), phone=phone)) for n in (1, 2)]
        saved(store, a_start(at=after(1)))
        saved(store, a_start(at=after(9), phone=phone))
        query = replace(MINE, phone=phone, status=Status.PENDING, created_before=after(5), limit=1)
        assert pages(store, query) == [[wanted[1]], [wanted[0]]]
