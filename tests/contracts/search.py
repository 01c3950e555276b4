"""What every PaymentIndex promises, whatever it is made of."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest

from application.payment_copy import PaymentCopy, copy_of
from application.ports import IndexUnavailable, PaymentIndex, SearchQuery, Sort
from application.search_words import wanted
from domain.money import Money
from domain.payment import Status
from tests.builders import (
    MERCHANT,
    a_decline,
    a_payment,
    a_start,
    after,
    an_approval,
)

MINE = SearchQuery(MERCHANT, livemode=False, limit=100)


def a_copy(*outcomes: Any, **changes: Any) -> PaymentCopy:
    """The copy of a payment with that story, its description in it."""
    return copy_of(a_payment(*outcomes, **changes), with_description=True)


def ids(copies: Sequence[PaymentCopy]) -> list[str]:
    """Whose copies these are."""
    return [copy.id for copy in copies]


class PaymentIndexContract:
    """A contract's subclass says which index is on trial."""

    @pytest.fixture
    def index(self) -> PaymentIndex:
        raise NotImplementedError("say which index is on trial")

    @pytest.fixture
    def have(self, index: PaymentIndex) -> Callable[..., None]:
        """Puts copies, which are found at once."""

        def put(*copies: PaymentCopy, cursor: str = "1") -> None:
            index.present().put(copies, cursor)

        return put

    def test_at_first_it_is_empty_and_has_seen_nothing(self, index: PaymentIndex) -> None:
        assert index.present().cursor() == ""
        page = index.search(MINE)
        assert (list(page.copies), page.more, page.cursor) == ([], False, "")

    def test_a_copy_comes_back_as_it_was_put(
        self, index: PaymentIndex, have: Callable[..., None]
    ) -> None:
        copy = a_copy(an_approval())
        have(copy, cursor="7.1")
        page = index.search(MINE)
        assert (list(page.copies), page.cursor) == ([copy], "7.1")
        assert index.present().cursor() == "7.1"

    @pytest.mark.parametrize(
        "text",
        [
            "{id}",
            "{id_without_kind}",
            "{beginning_of_id}",
            "{attempt}",
            "consult-8812-B",
            "CONSULT-88",
            "8812-b",
            "consult_8812",
            "QX71Z",
            "qx71z",
            "000417",
            "417",
            "LUNAS-7Y3",
            "7890",
            "0017890",
            "150000",
            "150.000",
            "Rp 150.000",
            "rp150,000",
            "malam",
            "dokter malam consult",
            "00",
        ],
    )
    def test_a_payment_is_found_by(
        self, index: PaymentIndex, have: Callable[..., None], text: str
    ) -> None:
        mine = replace(
            a_copy(
                an_approval(), order_id="consult-8812-b", description="Tanya dokter, malam (tele)"
            ),
            codes=("QX71Z", "00"),
            references=("4", "417", "LUNAS-7Y3KM2", "0017890"),
        )
        other = a_copy(at=after(90), order_id="other-1", amount=Money(99_000), phone=None)
        have(mine, replace(other, references=("5", "41"), codes=("QX7",)))
        asked = text.format(
            id=mine.id,
            id_without_kind=mine.id.removeprefix("pay_"),
            beginning_of_id=mine.id[:18],
            attempt=mine.parts[0],
        )
        assert ids(index.search(replace(MINE, words=wanted(asked))).copies) == [mine.id]

    @pytest.mark.parametrize(
        "text",
        ["789", "5000", "15000", "consult zebra", "sult-8812", "41", "ma lam x", "0812", "QX7"],
    )
    def test_a_payment_is_not_found_by(
        self, index: PaymentIndex, have: Callable[..., None], text: str
    ) -> None:
        copy = a_copy(an_approval(), order_id="consult-8812", description="malam")
        have(replace(copy, codes=("QX71Z",), references=("417",)))
        assert ids(index.search(replace(MINE, words=wanted(text))).copies) == []

    def test_signs_in_a_question_are_no_language(
        self, index: PaymentIndex, have: Callable[..., None]
    ) -> None:
        copy = a_copy(order_id='a"b*c')
        have(copy)
        for text in (
            'a"b',
            "a*",
            '"a b"',
            "a OR",
            "NEAR(a)",
            "a AND b",
            "words:a",
            "\\a",
            "a\u0301",
        ):
            index.search(replace(MINE, words=wanted(text)))
        assert ids(index.search(replace(MINE, words=wanted('A"B*C'))).copies) == [copy.id]

    def test_filters_leave_what_passes_all_of_them(
        self, index: PaymentIndex, have: Callable[..., None]
    ) -> None:
        paid = a_copy(an_approval(), at=after(0), order_id="o-1", amount=Money(10_000))
        refused = a_copy(a_decline(final=True), at=after(100), order_id="o-1")
        fresh = a_copy(at=after(200), amount=Money(20_000))
        have(paid, refused, fresh)

        def found(**filters: Any) -> set[str]:
            return set(ids(index.search(replace(MINE, **filters)).copies))

        assert found(statuses=[Status.SUCCEEDED]) == {paid.id}
        assert found(statuses=[Status.SUCCEEDED, Status.PENDING]) == {paid.id, fresh.id}
        assert found(order_id="o-1") == {paid.id, refused.id}
        assert found(created_after=after(100)) == {refused.id, fresh.id}
        assert found(created_before=after(100)) == {paid.id}
        assert found(amount_from=20_000) == {refused.id, fresh.id}
        assert found(amount_from=10_000, amount_to=20_000) == {paid.id, fresh.id}
        assert found(order_id="o-1", amount_to=10_000) == {paid.id}
        assert found(order_id="o-1", words=wanted("150000")) == {refused.id}
        assert found(order_id="O-1") == set()

    @pytest.mark.parametrize("sort", list(Sort))
    @pytest.mark.parametrize("limit", [1, 3, 100])
    def test_pages_in_any_order_have_no_holes_and_no_repeats(
        self, index: PaymentIndex, have: Callable[..., None], sort: Sort, limit: int
    ) -> None:
        copies = [a_copy(at=after(n // 2), amount=Money(1_000 * (n % 3 + 1))) for n in range(8)]
        have(*copies)
        field = sort.value.removeprefix("-")
        expected = sorted(
            copies, key=lambda c: (getattr(c, field), c.id), reverse=sort.value.startswith("-")
        )
        found: list[PaymentCopy] = []
        query = replace(MINE, sort=sort, limit=limit)
        for _ in range(20):
            page = index.search(query)
            found += page.copies
            if not page.more:
                break
            last = getattr(found[-1], field)
            value = last if isinstance(last, int) else micros(last)
            query = replace(query, after=(value, found[-1].id), counted=False)
        assert ids(found) == ids(expected)

    def test_all_that_is_found_is_counted_by_status_and_by_jakartas_day(
        self, index: PaymentIndex, have: Callable[..., None]
    ) -> None:
        late = datetime(2026, 11, 23, 16, 59, 59, tzinfo=UTC)
        have(
            a_copy(at=late),
            a_copy(an_approval(), at=late + timedelta(seconds=1)),
            a_copy(at=late + timedelta(seconds=2)),
            a_copy(at=late, merchant_id="mer_2"),
        )
        counts = index.search(replace(MINE, limit=1)).counts
        assert counts is not None
        assert counts.by_status == {"pending": 2, "succeeded": 1}
        assert counts.by_day == {"2026-11-23": 1, "2026-11-24": 2}
        assert counts.total == 3

    def test_counts_are_of_the_question_and_are_left_out_where_unasked(
        self, index: PaymentIndex, have: Callable[..., None]
    ) -> None:
        have(a_copy(order_id="a-1"), a_copy(order_id="b-1"))
        counts = index.search(replace(MINE, words=wanted("a-1"))).counts
        assert counts is not None
        assert counts.by_status == {"pending": 1}
        assert index.search(replace(MINE, counted=False)).counts is None

    def test_nobody_finds_anothers_or_the_other_modes(
        self, index: PaymentIndex, have: Callable[..., None]
    ) -> None:
        mine = a_copy(order_id="same")
        live = a_copy(order_id="same", livemode=True)
        theirs = a_copy(order_id="same", merchant_id="mer_2")
        have(mine, live, theirs)
        same = replace(MINE, words=wanted("same"))
        assert ids(index.search(same).copies) == [mine.id]
        assert ids(index.search(replace(same, livemode=True)).copies) == [live.id]
        assert ids(index.search(replace(same, merchant_id="mer_2")).copies) == [theirs.id]
        assert ids(index.search(replace(same, words=wanted(theirs.id))).copies) == []

    def test_a_late_copy_never_wins(self, index: PaymentIndex, have: Callable[..., None]) -> None:
        old = copy_of(a_start(order_id="now").payment, with_description=True)
        new = replace(old, version=3, status=Status.SUCCEEDED, codes=("K9",))
        have(old, cursor="1")
        have(new, cursor="2")
        have(old, cursor="1")
        have(new, old, cursor="3")
        page = index.search(MINE)
        assert (list(page.copies), page.cursor) == ([new], "3")
        assert ids(index.search(replace(MINE, words=wanted("K9"))).copies) == [old.id]

    def test_what_a_newer_copy_lacks_is_not_found_any_more(
        self, index: PaymentIndex, have: Callable[..., None]
    ) -> None:
        old = a_copy(order_id="first")
        have(old)
        have(replace(old, version=old.version + 1, order_id="second"))
        assert ids(index.search(replace(MINE, words=wanted("first"))).copies) == []
        assert ids(index.search(replace(MINE, words=wanted("second"))).copies) == [old.id]

    def test_several_who_put_at_once_leave_the_newest(self, index: PaymentIndex) -> None:
        copies = [a_copy(order_id=f"o-{n}") for n in range(10)]

        def put(version: int) -> None:
            newer = [replace(copy, version=version, amount=version) for copy in copies]
            index.present().put(newer, str(version))

        index.present()
        threads = [Thread(target=put, args=(version,)) for version in range(2, 8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = index.search(MINE).copies
        assert {(copy.id, copy.amount) for copy in found} == {(copy.id, 7) for copy in copies}

    # -- another index in its place ---------------------------------------------------------------

    def test_the_old_index_answers_until_the_next_one_takes_over(
        self, index: PaymentIndex, have: Callable[..., None]
    ) -> None:
        first, second = a_copy(at=after(0)), a_copy(at=after(1))
        have(first, cursor="1")
        made = index.next()
        assert made.cursor() == ""
        made.put([second], "5")
        assert ids(index.search(MINE).copies) == [first.id]
        made.take_over()
        page = index.search(MINE)
        assert (ids(page.copies), page.cursor) == ([second.id], "5")
        assert index.present().cursor() == "5"

    def test_what_was_begun_is_gone_on_with_unless_it_is_made_afresh(
        self, index: PaymentIndex
    ) -> None:
        index.present()
        made = index.next()
        made.put([a_copy()], "4")
        assert made.cursor() == "4"
        assert index.next().cursor() == "4"
        fresh = index.next(afresh=True)
        assert fresh.cursor() == ""
        fresh.take_over()
        assert list(index.search(MINE).copies) == []

    def test_an_index_whose_place_was_taken_takes_nothing_more(
        self, index: PaymentIndex, have: Callable[..., None]
    ) -> None:
        have(a_copy(), cursor="9")
        old = index.present()
        index.next().take_over()
        with pytest.raises(IndexUnavailable):
            old.put([a_copy()], "10")
        assert list(index.search(MINE).copies) == []
        assert index.present().cursor() == ""

    def test_an_index_that_took_over_is_fed_on(
        self, index: PaymentIndex, have: Callable[..., None]
    ) -> None:
        copy = a_copy()
        made = index.next()
        made.put([copy], "1")
        made.take_over()
        newer = replace(copy, version=copy.version + 1, status=Status.CANCELED)
        have(newer, cursor="2")
        assert list(index.search(MINE).copies) == [newer]
        assert index.next().cursor() == ""


def micros(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
