"""What every WalletLinks promises, whatever it is made of."""

from dataclasses import replace
from functools import partial

import pytest

from application.ports import (
    MOST_LINKS_LISTED,
    AlreadyKept,
    EventQuery,
    LinkTaken,
    NotFound,
    StalePayment,
    StoreUnavailable,
    WriteUnconfirmed,
)
from domain.events import EventType
from domain.ids import IdKind
from domain.wallet_link import LinkChange, LinkEnd, LinkStatus, WalletLink
from tests.builders import MERCHANT, a_kept, a_link, after, an_active_link, an_id, some_tokens
from tests.contracts.stores import Accidents, Store, StoreContract, refusals, together

KEY = "cli_1 POST /v1/wallet_links k"


def an_activation(link: WalletLink) -> LinkChange:
    """The customer agreed."""
    return link.activate(some_tokens(), after(9), an_id(IdKind.EVENT))


class WalletLinksContract(StoreContract):
    """Links change by compare-and-set; a customer has one active link at a provider."""

    def test_each_version_comes_back_as_it_was_saved(self, store: Store) -> None:
        fresh = a_link()
        claimed = fresh.claim("auth-code", after(5))
        active = an_activation(claimed.link)
        renewed = active.link.renew(replace(some_tokens(), access="a2", refresh=None), after(20))
        broken = renewed.link.break_off(after(30), an_id(IdKind.EVENT))
        unlinked = broken.link.unlink(after(40), an_id(IdKind.EVENT))
        for change in (LinkChange(fresh), claimed, active, renewed, broken, unlinked):
            store.links.save(change)
            assert store.links.get(fresh.id) == change.link

    def test_what_is_not_there_is_not_found(self, store: Store) -> None:
        with pytest.raises(NotFound):
            store.links.get("wl_1")

    def test_the_slower_writer_is_told_and_leaves_no_trace(self, store: Store) -> None:
        link = a_link()
        store.links.save(LinkChange(link))
        store.links.save(link.fail(LinkEnd.EXPIRED, after(5)))
        with pytest.raises(StalePayment):
            store.links.save(an_activation(link), a_kept(KEY))
        with pytest.raises(StalePayment):
            store.links.save(LinkChange(link))
        assert store.links.get(link.id).status is LinkStatus.FAILED
        assert store.idempotency.find(KEY) is None
        assert list(store.events.unrelayed(9)) == []

    def test_of_many_writers_at_once_one_wins(self, store: Store) -> None:
        link = a_link()
        store.links.save(LinkChange(link))
        rivals = [link.claim(f"code-{n}", after(5)) for n in range(16)]
        results = together([partial(store.links.save, rival) for rival in rivals])
        assert [type(refusal) for refusal in refusals(results)] == [StalePayment] * 15
        assert store.links.get(link.id) == rivals[results.index(None)].link

    def test_a_customer_has_one_active_link_at_a_provider(self, store: Store) -> None:
        first, second = an_active_link(), a_link()
        store.links.save(LinkChange(first))
        store.links.save(LinkChange(second))
        with pytest.raises(LinkTaken) as taken:
            store.links.save(an_activation(second))
        assert taken.value.link_id == first.id
        assert list(store.events.unrelayed(9)) == []
        for other in (
            an_active_link(customer_id="p-2"),
            an_active_link(merchant_id="mer_2"),
            an_active_link(livemode=True),
            an_active_link(provider="gopay"),
        ):
            store.links.save(LinkChange(other))
        store.links.save(first.unlink(after(9), an_id(IdKind.EVENT)))
        store.links.save(an_activation(second))
        assert store.links.get(second.id).active

    def test_of_two_that_become_active_at_once_one_does(self, store: Store) -> None:
        links = [a_link() for _ in range(8)]
        for link in links:
            store.links.save(LinkChange(link))
        results = together([partial(store.links.save, an_activation(link)) for link in links])
        assert [type(refusal) for refusal in refusals(results)] == [LinkTaken] * 7
        assert sum(store.links.get(link.id).active for link in links) == 1

    def test_an_event_is_told_with_its_change(self, store: Store) -> None:
        link = a_link()
        store.links.save(LinkChange(link))
        change = an_activation(link)
        store.links.save(change)
        assert change.event is not None
        [head] = store.events.unrelayed(9)
        assert head == change.event.head
        assert head.type is EventType.WALLET_LINK_ACTIVE
        assert store.events.get(head.id) == change.event
        assert list(store.events.find(EventQuery(MERCHANT, livemode=False)).items) == [change.event]

    def test_the_answer_is_kept_with_the_link(self, store: Store) -> None:
        kept = a_kept(KEY, secret=True, body=b'{"next_action":"https://wallet"}')
        store.links.save(LinkChange(a_link()), kept)
        assert store.idempotency.find(kept.scope) == kept
        second = a_link()
        with pytest.raises(AlreadyKept) as used:
            store.links.save(LinkChange(second), a_kept(kept.scope))
        assert used.value.kept == kept
        with pytest.raises(NotFound):
            store.links.get(second.id)
        assert store.idempotency.forget(after(31 * 86_400)) == 1
        assert store.idempotency.find(kept.scope) is None

    def test_a_customers_links_come_newest_first(self, store: Store) -> None:
        mine = [a_link() for _ in range(MOST_LINKS_LISTED + 1)]
        for link in (*mine, a_link(customer_id="p-2"), a_link(livemode=True)):
            store.links.save(LinkChange(link))
        found = store.links.of_customer(MERCHANT, "p-1", livemode=False)
        assert list(found) == mine[:0:-1]

    def test_what_could_not_be_written_is_not_there(
        self, store: Store, accidents: Accidents
    ) -> None:
        link = a_link()
        accidents.fail()
        with pytest.raises(StoreUnavailable):
            store.links.save(LinkChange(link))
        accidents.stop()
        with pytest.raises(NotFound):
            store.links.get(link.id)

    def test_a_lost_acknowledgement_can_be_read_back(
        self, store: Store, accidents: Accidents
    ) -> None:
        link = a_link()
        accidents.lose_acknowledgements()
        with pytest.raises(WriteUnconfirmed):
            store.links.save(LinkChange(link))
        accidents.stop()
        assert store.links.get(link.id) == link
