"""The door of the notifications: kept to the byte, then accepted; never judged here."""

from dataclasses import replace

import pytest

from adapters.inbound.http.notifications import LONGEST_HEADER, MOST_HEADERS
from application.ports import Inbox, Notice, NoticeQuery, QueueFull, StoreUnavailable
from application.receive_notification import Room
from tests.builders import a_codec
from tests.unit.http.house import House

URL = "/notifications/ovo"


def kept(house: House) -> list[Notice]:
    """What came in, newest first."""
    return [each.notice for each in house.store.inbox.find(NoticeQuery()).items]


def counted(house: House, result: str) -> str:
    """The line of the metrics."""
    page = house.client.http.get("/metrics").get_data(as_text=True)
    named = f'lunas_notifications_received_total{{provider="ovo",result="{result}"}}'
    return next((line.split()[-1] for line in page.splitlines() if line.startswith(named)), "0")


@pytest.fixture
def house() -> House:
    return House()


def test_what_comes_is_kept_to_the_byte_and_accepted_in_the_providers_words(house: House) -> None:
    body = b'{"a": 1}\r\n\x00\xff'
    answer = house.client.http.post(URL, data=body, headers={"X-Signature": "ab,cd"})
    assert (answer.status_code, answer.data) == (200, b'{"code":"00"}')
    (notice,) = kept(house)
    assert (notice.provider, notice.path, notice.body) == ("ovo", URL, body)
    assert notice.headers["x-signature"] == "ab,cd"
    assert notice.received_at == house.now
    assert counted(house, "stored") == "1.0"


def test_no_key_is_asked_for_and_garbage_is_accepted_too(house: House) -> None:
    for body in (b"", b"garbage", b"[]"):
        assert house.client.http.post(URL, data=body).status_code == 200
    assert [notice.body for notice in kept(house)] == [b"[]", b"garbage", b""]


def test_a_provider_may_append_to_its_path(house: House) -> None:
    path = f"{URL}/v1.0/qr/qr-mpm-notify"
    assert house.client.http.post(path, data=b"x").status_code == 200
    assert kept(house)[0].path == path


def test_who_is_no_provider_is_not_found(house: House) -> None:
    below = ("nobody", "", f"ovo/{'x' * 2_000}")
    for path in ("/notifications", *(f"/notifications/{each}" for each in below)):
        assert house.client.http.post(path, data=b"x").status_code == 404
    assert kept(house) == []


def test_only_a_post_is_taken(house: House) -> None:
    assert house.client.http.get(URL).status_code == 405


@pytest.mark.parametrize("size", [64 * 1024 + 1, 1024 * 1024])
def test_a_body_beyond_the_bound_is_refused_before_it_is_read(house: House, size: int) -> None:
    class Untouched:
        def read(self, _: int = -1) -> bytes:
            raise AssertionError("it was read")

    answer = house.client.http.post(
        URL, environ_overrides={"wsgi.input": Untouched(), "CONTENT_LENGTH": str(size)}
    )
    assert answer.status_code == 413
    assert kept(house) == []
    assert counted(house, "too_large") == "1.0"


def test_a_chunked_body_is_counted_while_it_is_read(house: House) -> None:
    class Endless:
        taken = 0

        def read(self, size: int) -> bytes:
            assert self.taken <= 64 * 1024, "it was read on"
            self.taken += size
            return b"x" * size

    overrides = {"wsgi.input": Endless(), "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    assert house.client.http.post(URL, environ_overrides=overrides).status_code == 413
    assert kept(house) == []


def test_the_largest_body_is_taken(house: House) -> None:
    body = b"x" * 64 * 1024
    assert house.client.http.post(URL, data=body).status_code == 200
    assert kept(house)[0].body == body


def test_headers_are_kept_within_bounds(house: House) -> None:
    many = {f"X-Many-{n}": "y" for n in range(MOST_HEADERS + 20)}
    long = {"X-Long": "z" * (LONGEST_HEADER + 1)}
    assert house.client.http.post(URL, data=b"x", headers=long | many).status_code == 200
    headers = kept(house)[0].headers
    assert len(headers) == MOST_HEADERS
    assert "x-long" not in headers


def test_what_no_text_can_be_is_kept_as_well_as_it_can_be(house: House) -> None:
    odd = {"HTTP_X_ODD": "\udcff\xe9"}
    answer = house.client.http.post(URL, data=b"x", environ_overrides=odd)
    assert answer.status_code == 200
    (notice,) = kept(house)
    assert notice.headers["x-odd"] == "\\udcff\xe9"
    assert a_codec().notices.decode(a_codec().notices.encode(notice)) == notice


@pytest.mark.parametrize("refusal", [StoreUnavailable("the disk is full"), QueueFull("full")])
def test_what_cannot_be_kept_is_to_be_sent_again(
    house: House, monkeypatch: pytest.MonkeyPatch, refusal: Exception
) -> None:
    def refuse(_: Notice) -> None:
        raise refusal

    monkeypatch.setattr(house.store.inbox, "add", refuse)
    answer = house.client.http.post(URL, data=b"x")
    assert (answer.status_code, answer.data) == (503, b'{"code":"99"}')
    assert int(answer.headers["Retry-After"]) >= 1
    assert counted(house, "turned_away") == "1.0"


def test_past_the_bound_it_is_turned_away_until_some_were_heard(house: House) -> None:
    inbox: Inbox = house.store.inbox
    room = Room(inbox, most=3)
    for number in range(3):
        house.later(0.01)
        room.take(10, house.clock())
        assert house.client.http.post(URL, data=f"{number}").status_code == 200
    house.later(2)
    with pytest.raises(QueueFull):
        room.take(10, house.clock())
    taken = inbox.claim(house.now, house.now, 1)
    assert taken
    heard = [replace(each, due_at=None, version=each.version + 1) for each in taken]
    assert inbox.save_each(heard) == [True]
    house.later(0.01)
    with pytest.raises(QueueFull):  # the last look is believed for a moment
        room.take(10, house.clock())
    house.later(1)
    room.take(10, house.clock())


def test_the_bodies_that_wait_are_bounded_together(house: House) -> None:
    room = Room(house.store.inbox, most_bytes=100)
    room.take(60, house.clock())
    house.later(0.06)
    house.client.http.post(URL, data=b"x" * 60)
    with pytest.raises(QueueFull):
        room.take(41, house.clock())
    room.take(40, house.clock())


def test_the_same_by_the_short_way_and_by_flask(house: House) -> None:
    short = house.client.http.post(URL, data=b"x")
    long = house.client.http.post(f"{URL}/x", data=b"x")
    names = {name for name, _ in short.headers} - {"X-Request-Id"}
    assert names == {name for name, _ in long.headers} - {"X-Request-Id"}
    assert short.data == long.data
