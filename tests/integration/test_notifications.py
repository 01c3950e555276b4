"""Notifications against the real processes: races, forgeries, floods, crashes, a full disk."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import pytest

from adapters.inbound.dispatcher.notices import LARGEST_TURN
from adapters.inbound.dispatcher.notices import MOST_NOISE as FORGOTTEN_AFTER
from application.forget_notices import MOST_NOISE
from application.ports import Inbox, NoticeQuery, Received, Verdict
from bootstrap.sandbox_account import CREDENTIALS
from tests.hmac_provider import KEY, LONG_AGO, SIGNATURE, STAMP, body_of, headers_of
from tests.integration.disk import a_small_disk, fill
from tests.integration.house import (
    PATIENT,
    Answer,
    RunningHouse,
    a_house,
    a_phone,
    call,
    until,
)

PATH = "/notifications/ovo"
MINE = CREDENTIALS[KEY]
PROGRAMS = {
    "serve": "tests.integration.told_api",
    "worker": "tests.integration.told_worker",
}
A_SECOND = 1_000
"""Forgeries, at most: less on a machine that is busy otherwise."""
SECONDS = 3
THREADS = 16
EACH = A_SECOND * SECONDS // THREADS


AWAITED = PATIENT | {
    "LUNAS_OVO_CUSTOMER_WINDOW": "45s",
    "LUNAS_OVO_WALLET_ANSWERS_WITHIN": "46s",
    "LUNAS_OVO_READ_WITHIN": "47s",
    "LUNAS_SANDBOX_WINDOW": "45s",
}
"""A flood takes a busy machine longer than a patient house awaits its customers."""


@contextmanager
def a_told_house(folder: Path) -> Iterator[RunningHouse]:
    """A house whose wallet also sends notifications, signed by HMAC; not started yet."""
    with a_house(folder, AWAITED) as house:
        house.programs |= PROGRAMS
        yield house


@pytest.fixture(scope="module")
def told_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with a_told_house(tmp_path_factory.mktemp("told")) as house:
        yield house


@pytest.fixture
def house(told_house: RunningHouse) -> RunningHouse:
    told_house.ensure("sandbox", "worker", "serve")
    return told_house


def reference_of(house: RunningHouse, payment_id: str) -> str:
    """By what the wallet knows its last attempt."""
    with house.inside() as inside:
        return inside.store.payments.get(payment_id).attempts[-1].references.unique[0]


def post(house: RunningHouse, body: bytes, headers: dict[str, str]) -> Answer:
    """Tell the house."""
    return call("POST", house.url + PATH, body=body, headers=headers)


def tell(house: RunningHouse, reference: str, status: str = "paid", amount: int = 50_000) -> None:
    """A genuine notification; its answer is the provider's own."""
    body = body_of(reference, amount, status)
    answer = post(house, body, headers_of(MINE, body, at=datetime.now(UTC)))
    assert (answer.status, answer.body) == (200, b'{"code":"00"}')


def verdicts(house: RunningHouse) -> Counter[Verdict | None]:
    """How many of each are kept."""
    with house.inside() as inside:
        return Counter(each.verdict for each in kept(inside.store.inbox))


def kept(inbox: Inbox) -> Iterator[Received]:
    """All of them, newest first."""
    cursor = None
    while True:
        page = inbox.find(NoticeQuery(limit=500, cursor=cursor))
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def settled(house: RunningHouse) -> Counter[Verdict | None]:
    """The verdicts, once nothing waits any more."""

    def look() -> Counter[Verdict | None] | None:
        found = verdicts(house)
        return None if found[None] else found

    found: Counter[Verdict | None] = until(look, lambda: f"settled, it is {verdicts(house)}")
    return found


def last_one(house: RunningHouse) -> Received:
    """The newest, once it has its verdict."""

    def look() -> Received | None:
        with house.inside() as inside:
            (newest,) = inside.store.inbox.find(NoticeQuery(limit=1)).items
        return newest if newest.verdict else None

    found: Received = until(look, "the newest has its verdict")
    return found


# -- the webhook races the request ----------------------------------------------------------------


def test_before_during_and_after_the_answer_three_times_each_one_success_one_event(
    house: RunningHouse,
) -> None:
    orders = sorted(set(permutations(["before", "answer", "after"])))
    with house.hooked("payment.succeeded") as chat:
        begun = []
        for number, order in enumerate(orders):
            phone = a_phone()
            payment_id = house.started(f"race-{number}", phone)
            begun.append((order, payment_id, house.shown_push(phone)["id"]))
        for order, payment_id, push in begun:
            reference = reference_of(house, payment_id)
            for step in order:
                if step == "answer":
                    house.tap(push, "approve")
                else:
                    for _ in range(3):
                        tell(house, reference)
        for _, payment_id, _ in begun:
            house.until_status(payment_id, "succeeded")
        found = settled(house)
        assert found.keys() <= {Verdict.BELIEVED, Verdict.KNOWN}
        assert found.total() == 6 * len(orders)
        for _, payment_id, push in begun:
            chat.until_heard(payment_id, "payment.succeeded")
            house.tap(push, "approve")  # those that were told before their answer
        for _, payment_id, _ in begun:
            assert len({event["data"]["id"] for event in chat.of(payment_id)}) == 1
            assert house.payment(payment_id)["status"] == "succeeded"
            dossier = house.call("GET", f"/v1/payments/{payment_id}/dossier").json
            assert dossier["exceptions"] == []


def test_a_push_that_is_told_paid_while_it_is_held_is_paid_at_once(house: RunningHouse) -> None:
    phone = a_phone()
    payment_id = house.started("held", phone)
    house.shown_push(phone)
    reference = reference_of(house, payment_id)
    began = time.monotonic()
    tell(house, reference)
    house.until_status(payment_id, "succeeded")
    assert time.monotonic() - began < 10  # the push itself is held for 20


# -- what is not genuine --------------------------------------------------------------------------


def test_what_is_not_genuine_moves_nothing(house: RunningHouse) -> None:
    phone = a_phone()
    payment_id = house.started("forged", phone)
    house.shown_push(phone)
    reference = reference_of(house, payment_id)
    now = datetime.now(UTC)
    body = body_of(reference, 50_000)
    genuine = headers_of(MINE, body, at=now)
    twisted = genuine | {"x-signature": genuine["x-signature"][::-1]}
    forgeries = {
        "another key": (body, headers_of("another-merchants-key", body, at=now)),
        "wrong signature": (body, twisted),
        "no signature": (body, {}),
        "too old": (body, headers_of(MINE, body, at=now - LONG_AGO)),
        "one byte changed": (body.replace(b"50000", b"50001"), genuine),
        "another path": (body, headers_of(MINE, body, at=now, path=f"{PATH}/x")),
    }
    for why, (sent, headers) in forgeries.items():
        assert post(house, sent, headers).status == 200, why
        assert last_one(house).verdict is Verdict.REFUSED, why
    assert house.payment(payment_id)["status"] == "awaiting_customer"


def test_one_signed_by_another_merchants_secret_is_refused(house: RunningHouse) -> None:
    other = house.another_merchant("Klinik Lain", account=CREDENTIALS | {KEY: "beef" * 16})
    payment_id = house.started("mine", a_phone())
    house.until_status(payment_id, "awaiting_customer")
    body = body_of(reference_of(house, payment_id), 50_000)
    post(house, body, headers_of("beef" * 16, body, at=datetime.now(UTC)))
    assert last_one(house).verdict is Verdict.REFUSED
    assert house.payment(payment_id)["status"] == "awaiting_customer"
    assert other.merchant != house.merchant


def test_another_amount_is_an_exception_and_no_success(house: RunningHouse) -> None:
    phone = a_phone()
    payment_id = house.started("amount", phone)
    push = house.shown_push(phone)
    tell(house, reference_of(house, payment_id), amount=49_999)
    assert last_one(house).verdict is Verdict.HINTED
    assert house.payment(payment_id)["status"] == "awaiting_customer"
    kinds = [
        (each["kind"], each["status"])
        for each in house.call("GET", f"/v1/payments/{payment_id}/dossier").json["exceptions"]
    ]
    assert kinds == [("mismatch", "open")]
    house.tap(push["id"], "approve")
    house.until_status(payment_id, "succeeded")


def test_a_reference_that_nobody_has_is_looked_at_again_and_then_left(house: RunningHouse) -> None:
    tell(house, "nobody's")
    waiting = json.loads(house.run("inbox", "list", "--verdict", "waiting", "--json").stdout)
    assert [each["provider"] for each in waiting["data"]] == ["ovo"]
    found = last_one(house)
    assert (found.verdict, found.tries) == (Verdict.UNMATCHED, 4)


def test_a_body_of_a_mebibyte_is_refused(house: RunningHouse) -> None:
    before = verdicts(house).total()
    try:
        status = post(house, b"x" * 1024 * 1024, {}).status
    except (BrokenPipeError, ConnectionResetError):  # it was not read to its end
        status = 413
    assert status == 413
    assert verdicts(house).total() == before
    assert "lunas_notifications_received" in house.call("GET", "/metrics").body.decode()


# -- on the command line --------------------------------------------------------------------------


def test_an_operator_sees_it_and_has_it_heard_again(house: RunningHouse) -> None:
    phone = a_phone()
    payment_id = house.started("seen", phone)
    house.shown_push(phone)
    tell(house, reference_of(house, payment_id))
    notice_id = last_one(house).notice.id
    listed = json.loads(house.run("inbox", "list", "--verdict", "believed", "--json").stdout)
    assert notice_id in [each["id"] for each in listed["data"]]
    shown = house.run("inbox", "show", notice_id).stdout
    assert payment_id in shown
    assert "believed" in shown
    assert "will be heard again" in house.run("inbox", "replay", notice_id).stdout
    assert last_one(house).verdict is Verdict.KNOWN
    assert last_one(house).notice.id == notice_id
    page = house.call("GET", "/metrics").body.decode()
    assert 'lunas_notifications_total{provider="ovo",verdict="believed"}' in page


# -- a flood --------------------------------------------------------------------------------------


def flood(house: RunningHouse, reference: str, statuses: Counter[int]) -> None:
    """A share of the forgeries, over one connection, at a share of the pace.

    Over a bare socket: a library would take more of this machine than the house that is flooded.
    """
    host, _, port = house.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        began = time.monotonic()
        for number in range(EACH):
            ahead = number * THREADS / A_SECOND - (time.monotonic() - began)
            if ahead > 0:
                time.sleep(ahead)
            name = reference if number % 2 else f"nobody's-{number}"
            connection.sendall(forged(name, f"x{number}"))
            statuses[int(connection.recv(65_536).split(b" ", 2)[1])] += 1


def forged(reference: str, status: str) -> bytes:
    """A whole request with a signature that nobody made."""
    body = body_of(reference, 50_000, status)
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: lunas\r\nContent-Length: {len(body)}\r\n"
        f"{STAMP}: {int(time.time())}\r\n{SIGNATURE}: {'0' * 64}\r\n\r\n"
    )
    return head.encode() + body


def test_a_thousand_forgeries_a_second_leave_a_bounded_trace_and_payments_go_on(
    house: RunningHouse,
) -> None:
    phone = a_phone()
    payment_id = house.started("flooded", phone)
    house.shown_push(phone)
    reference = reference_of(house, payment_id)
    counts = [Counter[int]() for _ in range(THREADS)]
    threads = [threading.Thread(target=flood, args=(house, reference, each)) for each in counts]
    for thread in threads:
        thread.start()
    paid = 0
    while any(thread.is_alive() for thread in threads):
        house.until_status(house.started(f"meanwhile-{paid}"), "succeeded")
        paid += 1
    for thread in threads:
        thread.join()
    sent = sum(counts, Counter[int]())
    assert sent.total() == THREADS * EACH
    assert sent.keys() <= {200, 503}
    assert paid >= 2
    found = settled(house)
    lag = FORGOTTEN_AFTER + LARGEST_TURN
    assert found[Verdict.REFUSED] <= MOST_NOISE + lag
    assert found[Verdict.UNMATCHED] <= MOST_NOISE + lag
    assert house.payment(payment_id)["status"] == "awaiting_customer"
    tell(house, reference)
    house.until_status(payment_id, "succeeded")
    assert "lunas_notifications_dropped" in house.call("GET", "/metrics").body.decode()


# -- crashes --------------------------------------------------------------------------------------


def test_what_was_stored_is_heard_after_a_kill(house: RunningHouse) -> None:
    phone = a_phone()
    payment_id = house.started("killed", phone)
    house.shown_push(phone)
    reference = reference_of(house, payment_id)
    house.kill("worker")
    tell(house, reference)
    house.kill("serve")
    assert verdicts(house)[None] == 1
    house.ensure("sandbox", "worker", "serve")
    house.until_status(payment_id, "succeeded")
    assert last_one(house).verdict is Verdict.BELIEVED


def test_a_full_disk_has_the_sender_repeat_it(tmp_path: Path) -> None:
    with a_small_disk(tmp_path) as disk, a_told_house(disk) as house:
        house.start()
        phone = a_phone()
        payment_id = house.started("before", phone)
        house.shown_push(phone)
        reference = reference_of(house, payment_id)
        filler = fill(disk)
        body = body_of(reference, 50_000) + b" " * 8_192
        headers = headers_of(MINE, body, at=datetime.now(UTC))
        answer = post(house, body, headers)
        for _ in range(2_000):  # what SQLite still had room for
            if answer.status != 200:
                break
            answer = post(house, body, headers)
        assert (answer.status, answer.body) == (503, b'{"code":"99"}')
        assert answer.headers["retry-after"] == "2"
        filler.unlink()
        until(lambda: post(house, body, headers).status == 200, "it is taken again")
        house.until_status(payment_id, "succeeded")
