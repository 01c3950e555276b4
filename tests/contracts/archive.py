"""What every archive of a store promises: a house that moved is the same house."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

import pytest

from application.move_house import Archive, CopyRefused, Kind, MoveHouse, digest
from application.ports import (
    ExceptionQuery,
    NoticeQuery,
    OrderTaken,
    PaymentQuery,
    ReferenceReused,
    Verdict,
)
from domain.payment import Payment, Status
from domain.wallet_link import LinkChange
from domain.webhook import DeliveryStatus
from tests.builders import (
    MERCHANT,
    a_claim,
    a_client,
    a_decline,
    a_delivery,
    a_doubt,
    a_kept,
    a_link,
    a_merchant,
    a_notice,
    a_start,
    a_stop,
    a_story,
    after,
    an_account,
    an_approval,
    an_endpoint,
    an_endpoint_event,
    some_tokens,
)
from tests.contracts.stores import Store

LATER = after(30 * 86_400)


class Silent:
    """Hears of progress, and remembers what was durable."""

    def __init__(self) -> None:
        self.marks: dict[Kind, str] = {}
        self.steps: list[tuple[str, Kind, int, int]] = []

    def step(self, what: str, kind: Kind, done: int, of: int) -> None:
        self.steps.append((what, kind, done, of))

    def mark(self, kind: Kind, after: str) -> None:
        self.marks[kind] = after


class Furnished(Protocol):
    """A store, and its records."""

    @property
    def store(self) -> Store: ...
    @property
    def archive(self) -> Archive: ...


def filled(store: Store) -> list[Payment]:
    """Something of everything that is kept; returns the payments as they are in the end."""
    merchant = a_merchant(id=MERCHANT)
    store.directory.add_merchant(merchant)
    store.directory.add_client(a_client(id="cli_1", key_sha256="1" * 64))
    store.directory.add_client(a_client(id="cli_2", revoked_at=after(5)))
    store.accounts.save(an_account())
    store.accounts.save(an_account(livemode=True, stopped=a_stop()))
    endpoint = an_endpoint(id="we_1")
    store.endpoints.save(endpoint)
    store.endpoints.save(replace(endpoint, version=2, url="https://chat.example/second"))
    link = a_link(id="wl_1")
    store.links.save(LinkChange(link))
    store.links.save(link.activate(some_tokens(), after(3), "evt_of_link"))
    store.sequences.take("ovo|t|m", 41)
    store.sequences.take("ovo|t2|m", 7)
    stories = [
        a_story(order_id="started"),
        a_story(order_id="anybody", phone=None),
        a_story(an_approval(), order_id="paid"),
        a_story(a_decline(), an_approval(), order_id="paid-later"),
        a_story(a_doubt(), order_id="unknown"),
        [*a_story(order_id="out"), *([])],
    ]
    out = stories[-1]
    out.append(a_claim(out[-1].payment, worker="worker-9", unique=("t|m|out",)))
    for number, story in enumerate(stories):
        keep = a_kept(f"cli_1 POST /v1/payments key-{number}") if number % 2 else None
        for change in story:
            store.payments.save(change, keep if change.payment.version == 1 else None)
    secret = a_kept("cli_1 POST /v1/webhook_endpoints secret", secret=True, body=b"whsec_canary")
    store.idempotency.keep(secret)
    store.events.add(an_endpoint_event(endpoint))
    relayed = [event.id for event in stories[2][0].events]
    store.deliveries.relay(relayed, [a_delivery(id_, "we_1", id=f"del_{id_}") for id_ in relayed])
    done = a_delivery(relayed[0], "we_1", status=DeliveryStatus.DELIVERED, tries=2, last_status=204,
                      last_at=after(9), version=3)  # fmt: skip
    store.deliveries.add([done])
    for _ in range(2):
        store.inbox.add(a_notice())
    (heard, *_) = store.inbox.claim(after(1), after(9), 1)
    verdict = replace(heard, due_at=None, verdict=Verdict.BELIEVED, mark="m1", payment_id="pay_1",
                      settled_at=after(2), version=heard.version + 1)  # fmt: skip
    store.inbox.save_each([verdict])
    return [story[-1].payment for story in stories]


class ArchiveContract:
    """Two stores of this kind, `old` and `new`."""

    @pytest.fixture
    def old(self) -> Furnished:
        raise NotImplementedError("say which store is on trial")

    @pytest.fixture
    def new(self) -> Furnished:
        raise NotImplementedError("say which store is on trial")

    def test_everything_is_there_and_the_same(self, old: Furnished, new: Furnished) -> None:
        payments = filled(old.store)
        hears = Silent()
        copied = MoveHouse(old.archive, new.archive)(hears.step, hears.mark, {})
        assert set(copied.counts) == set(Kind)
        assert min(copied.counts.values()) >= 1
        assert copied.counts[Kind.PAYMENT] == len(payments)
        for payment in payments:
            assert new.store.payments.get(payment.id) == payment
        for mine, theirs in zip(_all(old.store), _all(new.store), strict=True):
            assert mine == theirs
        assert {what for what, *_ in hears.steps} == {"copy", "compare"}

    def test_the_queues_and_the_rules_go_on_in_the_new_house(
        self, old: Furnished, new: Furnished
    ) -> None:
        payments = {p.order.order_id: p for p in filled(old.store)}
        MoveHouse(old.archive, new.archive)(Silent().step, Silent().mark, {})
        waiting = [{head.id for head in s.store.events.unrelayed(1_000)} for s in (old, new)]
        assert waiting[0] == waiting[1]
        due = new.store.payments.due("ovo", Status.PENDING, LATER, 10)
        assert {payments["started"].id, payments["anybody"].id} == {p.id for p in due}
        asked = new.store.payments.to_ask("ovo", LATER, 10)
        assert payments["unknown"].id in {p.id for p in asked}
        lost = new.store.payments.stranded("ovo", ["worker-1"], 10)
        assert [p.id for p in lost] == [payments["out"].id]
        for taken in ("started", "paid"):
            with pytest.raises(OrderTaken):
                new.store.payments.save(a_start(order_id=taken))
        start = a_start(order_id="another")
        new.store.payments.save(start)
        again = a_claim(start.payment, unique=("t|m|out",))
        with pytest.raises(ReferenceReused):
            new.store.payments.save(again)
        assert new.store.sequences.take("ovo|t|m", 1) == 41

    def test_what_was_cut_short_goes_on_where_it_was(
        self, old: Furnished, new: Furnished, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        filled(old.store)
        hears = Silent()

        def cut(what: str, kind: Kind, done: int, of: int) -> None:
            if kind is Kind.EVENT:
                raise KeyboardInterrupt

        move = MoveHouse(old.archive, new.archive)
        with pytest.raises(KeyboardInterrupt):
            move(cut, hears.mark, {})
        assert Kind.PAYMENT in hears.marks
        assert Kind.ANSWER not in hears.marks
        copied = move(hears.step, hears.mark, dict(hears.marks))
        assert copied.counts[Kind.EVENT] == old.archive.count(Kind.EVENT)
        copies = [kind for what, kind, *_ in hears.steps if what == "copy"]
        assert Kind.PAYMENT not in copies

    def test_a_target_with_other_records_is_refused(self, old: Furnished, new: Furnished) -> None:
        filled(old.store)
        new.store.directory.add_merchant(a_merchant(name="Somebody else"))
        with pytest.raises(CopyRefused, match="1 merchants already"):
            MoveHouse(old.archive, new.archive)(Silent().step, Silent().mark, {})
        assert new.archive.count(Kind.PAYMENT) == 0

    def test_a_record_that_differs_in_one_hidden_word_is_found(
        self, old: Furnished, new: Furnished
    ) -> None:
        filled(old.store)
        hears = Silent()

        def tamper(what: str, kind: Kind, done: int, of: int) -> None:
            if kind is Kind.ANSWER and what == "copy":
                other = an_account(credentials={"tid": "10000001", "app_key": "another"})
                new.store.accounts.save(other)

        with pytest.raises(CopyRefused, match="with another digest"):
            MoveHouse(old.archive, new.archive)(tamper, hears.mark, {})

    def test_writing_a_page_twice_is_writing_it_once(self, old: Furnished, new: Furnished) -> None:
        filled(old.store)
        for kind in Kind:
            records = old.archive.page(kind, "", 1_000)
            for _ in range(2):
                new.archive.put(kind, records)
            again = new.archive.page(kind, "", 1_000)
            assert [digest(record) for record in again] == [digest(record) for record in records]


def _all(store: Store) -> list[object]:
    """What the ports say of everything."""
    query = PaymentQuery(MERCHANT, livemode=False, limit=100)
    payments = store.payments.find(query).items
    events = store.events.unrelayed(1_000)
    asked: Mapping[str, Callable[[], object]] = {
        "payments": lambda: payments,
        "exceptions": lambda: store.payments.with_exceptions(ExceptionQuery(limit=100)).items,
        "merchants": store.directory.merchants,
        "clients": lambda: sorted(store.directory.clients(), key=lambda client: client.id),
        "account": lambda: store.accounts.get(MERCHANT, "ovo", livemode=False),
        "stopped": lambda: store.accounts.stopped("ovo"),
        "endpoint": lambda: store.endpoints.get("we_1"),
        "events": lambda: sorted(
            (store.events.get(head.id) for head in events), key=lambda event: event.id
        ),
        "deliveries": lambda: [
            sorted(store.deliveries.of_event(head.id), key=lambda d: d.id) for head in events
        ],
        "answer": lambda: store.idempotency.find("cli_1 POST /v1/payments key-1"),
        "notices": lambda: store.inbox.find(NoticeQuery()).items,
        "marks": lambda: store.inbox.known("ovo", ["m1"]),
        "secret": lambda: store.idempotency.find("cli_1 POST /v1/webhook_endpoints secret"),
    }
    return [look() for look in asked.values()]
