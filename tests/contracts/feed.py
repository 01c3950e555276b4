"""What every PaymentFeed promises: whoever comes back to its cursor misses no change."""

from functools import partial

from application.ports import Waiting
from domain.payment import Payment
from tests.builders import a_claim, a_start, a_story, after, an_approval
from tests.contracts.payments import saved
from tests.contracts.stores import Store, StoreContract, refusals, together

ENOUGH = 100
"""More pages than any test has payments."""


class Copies:
    """A reader that keeps the highest version of each payment, as an index does."""

    def __init__(self, store: Store) -> None:
        self.feed = store.feed
        self.cursor = ""
        self.held: dict[str, Payment] = {}

    def follow(self, limit: int = 2) -> int:
        """Read on until nothing more comes; tells how many pages that took."""
        for pages in range(1, ENOUGH):
            changes = self.feed.changes(self.cursor, limit)
            self.cursor = changes.cursor
            for payment in changes.payments:
                known = self.held.get(payment.id)
                if known is None or known.version < payment.version:
                    self.held[payment.id] = payment
            if len(changes.payments) < limit:
                return pages
        raise AssertionError("the feed has no end")


class PaymentFeedContract(StoreContract):
    """Whoever follows the feed holds every payment as it is."""

    def test_of_nothing_nothing_is_told(self, store: Store) -> None:
        changes = store.feed.changes("", 10)
        assert (list(changes.payments), changes.unreadable) == ([], 0)
        assert store.feed.waiting(changes.cursor, 10) == Waiting(0, None)

    def test_every_payment_is_told_from_the_beginning(self, store: Store) -> None:
        payments = [saved(store, a_start(at=after(n))) for n in range(5)]
        copies = Copies(store)
        copies.follow()
        assert copies.held == {payment.id: payment for payment in payments}

    def test_a_page_is_bounded(self, store: Store) -> None:
        for n in range(5):
            saved(store, a_start(at=after(n)))
        assert len(store.feed.changes("", 3).payments) == 3

    def test_what_changes_again_is_told_again_as_it_is_then(self, store: Store) -> None:
        first, second = a_start(), a_start(at=after(1))
        saved(store, first)
        saved(store, second)
        copies = Copies(store)
        copies.follow()
        claimed = saved(store, a_claim(first.payment))
        copies.follow()
        assert copies.held == {claimed.id: claimed, second.payment.id: second.payment}

    def test_a_payment_of_many_changes_is_told_once_to_a_late_reader(self, store: Store) -> None:
        payment = saved(store, *a_story(an_approval()))
        assert list(store.feed.changes("", 10).payments) == [payment]

    def test_a_reader_goes_on_where_another_stood(self, store: Store) -> None:
        saved(store, a_start())
        cursor = store.feed.changes("", 10).cursor
        later = saved(store, a_start(at=after(1)))
        assert later in store.feed.changes(cursor, 10).payments

    def test_several_changes_in_one_write_are_paged_without_holes(self, store: Store) -> None:
        starts = [a_start(at=after(n)) for n in range(7)]
        assert refusals(store.payments.save_each(starts)) == []
        copies = Copies(store)
        copies.follow(limit=3)
        assert set(copies.held) == {start.payment.id for start in starts}

    def test_nothing_written_at_once_is_missed(self, store: Store) -> None:
        copies = Copies(store)
        starts = [a_start(at=after(n)) for n in range(20)]

        def start(place: int) -> None:
            store.payments.save(starts[place])
            if place % 5 == 0:
                copies.follow(limit=50)

        assert refusals(together([partial(start, place) for place in range(20)])) == []
        copies.follow()
        assert set(copies.held) == {start.payment.id for start in starts}

    def test_those_waiting_are_counted_up_to_a_bound(self, store: Store) -> None:
        saved(store, a_start())
        cursor = store.feed.changes("", 10).cursor
        for n in range(4):
            saved(store, a_start(at=after(1 + n)))
        assert store.feed.waiting(cursor, 100) == Waiting(4, after(1))
        assert store.feed.waiting(cursor, 3) == Waiting(3, after(1))

    def test_a_cursor_that_is_not_the_stores_stands_before_everything(self, store: Store) -> None:
        payment = saved(store, a_start())
        for strange in ("gibberish", "-1", "9.x", "999999999999.999999999999"):
            assert payment in store.feed.changes(strange, 10).payments
            assert store.feed.waiting(strange, 10).count == 1
