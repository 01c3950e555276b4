"""A wallet link and what is told of it are one write, whenever the process dies."""

import pytest

from adapters.outbound.mongo import links
from adapters.outbound.mongo.store import MongoStore
from domain.ids import IdKind
from domain.wallet_link import LinkChange
from tests.builders import a_link, after, an_id, some_tokens


class Died(Exception):
    """The process is gone."""


def test_who_dies_before_the_event_is_written_owes_it(
    store: MongoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = a_link()
    store.links.save(LinkChange(link))
    change = link.activate(some_tokens(), after(1), an_id(IdKind.EVENT))
    assert change.event is not None

    def die(*_: object) -> None:
        raise Died

    with monkeypatch.context() as crash:
        crash.setattr(links, "_tell", die)
        with pytest.raises(Died):
            store.links.save(change)
    assert store.links.get(link.id) == change.link
    assert store.connection.events.count_documents({}) == 0

    assert [head.id for head in store.events.unrelayed(9)] == [change.event.id]
    assert store.events.get(change.event.id) == change.event
    assert store.connection.wallet_links.count_documents({"owes_event": {"$exists": True}}) == 0


def test_what_is_owed_is_written_once(store: MongoStore) -> None:
    link = a_link()
    store.links.save(LinkChange(link))
    store.links.save(link.activate(some_tokens(), after(1), an_id(IdKind.EVENT)))
    [head] = store.events.unrelayed(9)
    store.deliveries.relay([head.id], [])
    links.tell_what_is_owed(store.connection)
    assert list(store.events.unrelayed(9)) == []
