"""What the example chat promises beside its looks: once, signed, private, small."""

import http.cookiejar
import re
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from standardwebhooks import Webhook

from examples.chat.pages import View
from examples.chat.store import Consultation
from examples.chat.texts import LANGUAGES, TEXTS
from tests.browser.conftest import RunningChat
from tests.integration.house import RunningHouse, a_phone, at_once, call, until

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class Patient:
    """A browser without a screen: cookies, forms and redirects."""

    def __init__(self, url: str) -> None:
        self._jar = http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar)).open
        self._url = url
        self._token = ""
        self.path = "/"
        self.headers: Mapping[str, str] = {}

    def get(self, path: str) -> tuple[int, str]:
        """A page."""
        return self._ask(path, None)

    def post(self, path: str, **fields: object) -> tuple[int, str]:
        """A form of the page that was last seen, with its token."""
        form = {"token": self._token, **fields}
        return self._ask(path, urlencode(form).encode())

    def consult(self, phone: str) -> str:
        """Ask, give the number, and return the path of the consultation."""
        self.get("/")
        self.post("/")
        assert self.post(self.path, do="start", number=1, phone=phone)[0] == 200
        return self.path

    def _ask(self, path: str, data: bytes | None) -> tuple[int, str]:
        try:
            answer = self._open(self._url + path, data, timeout=30)
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()
        with answer:
            text = answer.read().decode()
        self.path = answer.url.removeprefix(self._url)
        self.headers = dict(answer.headers)
        found = re.search(r'name="token" value="(\w+)"', text)
        self._token = found[1] if found else self._token
        return answer.status, text


@pytest.fixture
def patient(chat: RunningChat) -> Patient:
    return Patient(chat.url)


@pytest.fixture
def db(chat: RunningChat) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(chat.folder / "chat.db", timeout=5)) as db:
        yield db


def hook(chat: RunningChat, body: bytes, headers: Mapping[str, str]) -> int:
    return call("POST", f"{chat.url}/hooks/lunas", body=body, headers=headers).status


def test_success_told_twice_unlocks_once(
    chat: RunningChat, house: RunningHouse, patient: Patient, db: sqlite3.Connection
) -> None:
    phone = a_phone()
    path = patient.consult(phone)
    house.tap(house.shown_push(phone)["id"], "approve")
    until(lambda: "Halo, saya dr. Sari" in patient.get(path)[1], "open")
    order = "chat-" + path.rpartition("/")[2]
    (payment,) = house.call("GET", f"/v1/payments?order_id={order}").json["data"]
    events = house.call("GET", f"/v1/events?payment_id={payment['id']}").json["data"]
    (event,) = [event for event in events if event["type"] == "payment.succeeded"]
    answer = house.call("POST", f"/v1/events/{event['data']['id']}/redeliver")
    assert answer.status == 202, answer.body

    def tries() -> int:
        told = house.call("GET", f"/v1/events/{event['data']['id']}").json
        return sum(delivery["tries"] for delivery in told["deliveries"])

    until(lambda: tries() >= 2, "told again")
    assert patient.get(path)[1].count("Halo, saya dr. Sari") == 1
    count = "SELECT count(*) FROM heard WHERE webhook_id = ?"
    assert db.execute(count, (event["data"]["id"],)).fetchone() == (1,)


def test_many_at_once_pay_once(house: RunningHouse, patient: Patient) -> None:
    phone = a_phone()
    patient.get("/")
    assert {status for status, _ in at_once([lambda: patient.post("/")] * 5)} == {200}
    path = patient.path
    start = partial(patient.post, path, do="start", number=1, phone=phone)
    assert {status for status, _ in at_once([start] * 8)} == {200}
    house.shown_push(phone)
    assert len(house.pushes(phone)) == 1


def test_an_old_form_leads_to_the_payment_that_is(house: RunningHouse, patient: Patient) -> None:
    phone, other = a_phone(), a_phone()
    path = patient.consult(phone)
    house.shown_push(phone)
    for number in (1, 2):  # the same intent with another meaning; another intent for the order
        status, page = patient.post(path, do="start", number=number, phone=other)
        assert (status, phone[-4:] in page) == (200, True)
    assert patient.post(path, do="push", after=0, phone=other)[0] == 200
    assert house.pushes(other) == []
    assert len(house.pushes(phone)) == 1


def test_only_lunas_unlocks(chat: RunningChat, house: RunningHouse, patient: Patient) -> None:
    phone = a_phone()
    path = patient.consult(phone)
    house.shown_push(phone)
    order = "chat-" + path.rpartition("/")[2]
    body = f'{{"type": "payment.succeeded", "data": {{"payment": {{"order_id": "{order}"}}}}}}'
    now = datetime.now(UTC)
    stranger = Webhook("whsec_" + "c3RyYW5nZXI" * 4).sign("evt_1", now, body)
    for signature in (stranger, "v1,", "v1", "nonsense", ""):
        headers = {
            "webhook-id": "evt_1",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signature,
        }
        assert hook(chat, body.encode(), headers) == 400
    assert hook(chat, b"\xff", {}) == 400
    assert patient.post(path, do="say", body="Halo", form="1")[0] == 400
    assert 'data-state="awaiting"' in patient.get(path)[1]


def test_an_order_of_somebody_else_is_no_concern(chat: RunningChat, house: RunningHouse) -> None:
    paid = house.started("not-of-the-chat")
    house.until_status(paid, "succeeded")
    events = house.call("GET", f"/v1/events?payment_id={paid}&type=payment.succeeded").json["data"]

    def told() -> Any:
        answer = house.call("GET", f"/v1/events/{events[0]['data']['id']}").json
        return [d for d in answer["deliveries"] if d["endpoint_id"] in chat.endpoints()]

    until(lambda: [d["status"] for d in told()] == ["delivered"], lambda: str(told()))


def test_a_consultation_is_its_patients_own(chat: RunningChat, patient: Patient) -> None:
    path = patient.consult("081200000001")
    stranger = Patient(chat.url)
    assert stranger.get("/")[0] == 200
    for _ in range(2):
        assert stranger.get(path)[0] == 404
        assert stranger.get(f"{path}/news?now")[0] == 404
        assert stranger.post(path, do="cancel")[0] == 404


def test_a_form_from_elsewhere_is_refused(patient: Patient) -> None:
    path = patient.consult("081200000001")
    assert patient.post(path, do="cancel", token="")[0] == 403
    assert patient.post(path, do="cancel", token="0" * 32)[0] == 403
    assert patient.post("/", token="é")[0] == 403
    for nonsense in ({"do": "start"}, {"do": "start", "number": "x"}, {"do": "fly"}, {}):
        assert patient.post(path, **nonsense)[0] == 400


def test_pages_are_small_and_closed_to_strangers(chat: RunningChat, patient: Patient) -> None:
    _, page = patient.get("/")
    assert "default-src 'none'" in patient.headers["Content-Security-Policy"]
    assert "SameSite=Lax" in patient.headers["Set-Cookie"]
    assert "HttpOnly" in patient.headers["Set-Cookie"]
    links = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert all(link.startswith(("/", "?", "#")) for link in links), links
    statics = {link for link in links if link.startswith("/static/")} | {"/static/chat.js"}
    weight = sum(len(patient.get(link)[1]) for link in statics)
    path = patient.consult("081200000001")
    assert weight + len(patient.get(path)[1]) < 50_000


def test_lunas_away_promises_nothing_and_the_same_form_goes_on_later(
    house: RunningHouse, patient: Patient
) -> None:
    phone = a_phone()
    patient.get("/")
    patient.post("/")
    house.stop("serve")
    try:
        status, page = patient.post(patient.path, do="start", number=1, phone=phone)
        assert status == 503
        assert "Anda tidak akan ditagih dua kali" in " ".join(page.split())
    finally:
        house.start("serve")
    for _ in range(2):
        assert patient.post(patient.path, do="start", number=1, phone=phone)[0] == 200
    house.shown_push(phone)
    assert len(house.pushes(phone)) == 1


def test_the_endpoint_is_registered_once_and_anew_when_its_secret_is_lost(
    chat: RunningChat, house: RunningHouse, patient: Patient, db: sqlite3.Connection
) -> None:
    (before,) = chat.endpoints()
    phone = a_phone()
    path = patient.consult(phone)
    push = house.shown_push(phone)
    assert chat.stop() == 0
    house.tap(push["id"], "approve")
    order = "chat-" + path.rpartition("/")[2]
    (payment,) = house.call("GET", f"/v1/payments?order_id={order}").json["data"]
    house.until_status(payment["id"], "succeeded")
    chat.start()
    assert chat.endpoints() == [before]
    until(lambda: "Halo, saya dr. Sari" in patient.get(path)[1], "caught up")

    assert chat.stop() == 0
    db.execute("DELETE FROM kept WHERE name IN ('hook_id', 'hook_secret')")
    db.commit()
    chat.start()
    (after,) = chat.endpoints()
    assert after != before
    phone = a_phone()
    path = Patient.consult(patient := Patient(chat.url), phone)
    house.tap(house.shown_push(phone)["id"], "approve")
    until(lambda: "Halo, saya dr. Sari" in patient.get(path)[1], "open")


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("pending", "starting"),
        ("awaiting_customer", "awaiting"),
        ("unknown", "checking"),
        ("requires_retry", "retry"),
        ("failed", "ended"),
        ("expired", "ended"),
        ("canceled", "ended"),
        ("succeeded", "paid"),
        ("refunded", "paid"),
    ],
)
def test_no_status_opens_a_chat_or_calls_the_unknown_failed(status: str, told: str) -> None:
    assert a_view(status).state == told


def test_at_zero_it_is_being_checked() -> None:
    view = a_view("awaiting_customer", now=AT + timedelta(seconds=55))
    assert (view.seconds_left, view.state) == (0, "checking")
    assert a_view("awaiting_customer").window == 55


@pytest.mark.parametrize(
    ("resend_at", "now", "waits"), [(7, 0, 7), (7, 6.5, 1), (7, 7, 0), (7, 60, 0), (40, 0, 40)]
)
def test_a_resend_opens_when_lunas_says(resend_at: float, now: float, waits: int) -> None:
    told = (AT + timedelta(seconds=resend_at)).isoformat()
    view = a_view("requires_retry", now=AT + timedelta(seconds=now), resend_at=told)
    assert (view.may_resend, view.resend_in, view.left) == (True, waits, 4)


def test_none_is_offered_where_lunas_takes_none() -> None:
    view = a_view("requires_retry")
    assert (view.may_resend, view.resend_in) == (False, 0)


def test_every_spelling_finds_the_simulated_phone() -> None:
    for spelling in ("0812 3456 7890", "+62 812-3456-7890", "6281234567890", "81234567890"):
        view = View(Consultation("c", spelling, None, (), ()), "id", AT)
        assert view.phone_digits == "081234567890"


def test_every_text_is_there_in_both_languages() -> None:
    for name, text in TEXTS.items():
        assert set(text) == set(LANGUAGES), name
        assert all(text.values()), name


def a_view(status: str, now: datetime = AT, resend_at: str | None = None) -> View:
    """A consultation whose only payment has this status; asked at AT, for 55 seconds."""
    until_then = (AT + timedelta(seconds=55)).isoformat()
    awaiting = {"type": "approve_in_ovo_app", "expires_at": until_then}
    payment = {
        "status": status,
        "reason": None,
        "next_action": awaiting if status == "awaiting_customer" else None,
        "attempts": [{"asked_at": AT.isoformat()}],
        "attempts_left": 4,
        "resend_at": resend_at,
    }
    return View(Consultation("c", None, None, (payment,), ()), "id", now)
