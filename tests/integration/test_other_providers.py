"""One whole house with every provider beside OVO: paid, told, forged, lost and given back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from application.compare_settlement import Agreement
from application.ports import NoticeQuery, Verdict
from tests.integration.house import PATIENT, Receiver, RunningHouse, a_house, a_phone, call, until

OTHERS = ("midtrans", "xendit", "doku", "ovo_qris")
CHECK_EVERY = timedelta(seconds=15)
"""How long an accepted charge is left alone before the provider is asked (docs/states.md)."""
PAID_WITHIN = timedelta(seconds=10)
"""Well before the first check: whatever is paid by then was told by a notification."""
USUAL: Mapping[str, object] = {
    "customer": "wait",
    "answers": {},
    "notifications": "normal",
    "forgeries": [],
}
METHODS = {
    "midtrans": "ovo_midtrans",
    "xendit": "ovo_xendit",
    "doku": "ovo_doku",
    "ovo_qris": "qris",
}
TOLD = ("midtrans", "xendit", "ovo_qris")
"""Those that answer at once and tell later."""


_SIGNED = ("wrong_key", "changed_byte", "other_merchant")
FORGERIES: Mapping[str, Sequence[str]] = {
    "midtrans": _SIGNED,
    "xendit": ("wrong_key", "other_merchant"),  # nothing signs its bodies (docs/sandbox.md)
    "doku": _SIGNED,
    "ovo_qris": _SIGNED,
}
SHARED = 20
"""Orders of which a route gives each provider half: one gets none in 1 of 500,000 runs."""


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house with an account at each provider, which all know where to tell it."""
    with a_house(
        tmp_path_factory.mktemp("others"),
        PATIENT,
        providers=",".join(("ovo", *OTHERS)),
        routes="ovo_push 60000-69999 = midtrans; ovo_push = ovo:50 midtrans:50",
    ) as house:
        house.start("sandbox")
        open_accounts(house)
        for name in OTHERS:
            world(house, name, notify_url=f"{house.url}/notifications/{name}")
        house.start("worker", "serve")
        yield house


@pytest.fixture
def house(shared_house: RunningHouse) -> RunningHouse:
    shared_house.ensure("sandbox", "worker", "serve")
    for name in OTHERS:
        world(shared_house, name, **USUAL)
    return shared_house


@pytest.fixture
def chat(house: RunningHouse) -> Iterator[Receiver]:
    """The chat's endpoint."""
    with house.hooked() as receiver:
        yield receiver


def open_accounts(house: RunningHouse) -> None:
    """The merchant's account at each, with what the sandbox publishes."""
    with house.inside() as inside:
        for name in OTHERS:
            told = call("GET", f"{house.sandbox_url}/control/credentials/{name}").json
            inside.core.open_house().account(
                house.merchant, name, livemode=False, credentials=told["credentials"]
            )


def world(house: RunningHouse, name: str, **choices: object) -> None:
    """How that provider and its customers behave from now on."""
    answer = call("POST", f"{house.sandbox_url}/control/scenario/{name}", body=choices)
    assert answer.status == 200, answer.body


def begun(house: RunningHouse, order: str, name: str, amount: int = 50_000) -> str:
    """The id of a payment by that provider's method."""
    phone = None if name == "ovo_qris" else a_phone()
    return house.started(order, phone, method=METHODS[name], amount=amount)


def charges(house: RunningHouse, payment_id: str) -> list[dict[str, Any]]:
    """What the sandbox knows of the payment's attempts."""
    payment = house.payment(payment_id)
    found: list[dict[str, Any]] = []
    for attempt in payment["attempts"]:
        name = attempt["references"].get("reference", "none")
        path = f"/control/charges?reference={name}"
        found += call("GET", house.sandbox_url + path).json["charges"]
    return found


def shown(house: RunningHouse, payment_id: str) -> dict[str, Any]:
    """Its one charge, once the customer can act on it and the house knows that it is accepted."""

    def look() -> bool:
        payment = house.payment(payment_id)
        return bool(payment["attempts"]) and bool(charges(house, payment_id))

    until(look, lambda: f"a charge of {house.payment(payment_id)}")
    [charge] = charges(house, payment_id)
    return charge


def tap(house: RunningHouse, charge: Mapping[str, Any], what: str) -> None:
    """Act in the customer's place."""
    answer = call("POST", f"{house.sandbox_url}/control/charges/{charge['id']}/{what}")
    assert answer.status == 200, answer.body


def mail(house: RunningHouse, charge: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The notifications of the charge."""
    path = f"/control/notifications?charge={charge['id']}"
    found: list[dict[str, Any]] = call("GET", house.sandbox_url + path).json["notifications"]
    return found


def until_mail_is_read(house: RunningHouse, charge: Mapping[str, Any], least: int) -> None:
    """Wait until the house has taken at least so many of them, and has a verdict on all it has."""

    def read() -> bool:
        taken = [each for each in mail(house, charge) if each["taken"]]
        return len(taken) >= least and not waiting(house)

    until(read, lambda: f"{least} read, of {mail(house, charge)}", every=0.1)


def waiting(house: RunningHouse) -> int:
    """How many notifications have no verdict yet."""
    with house.inside() as inside:
        return len(inside.store.inbox.find(NoticeQuery(waiting=True, limit=100)).items)


def paid_once(house: RunningHouse, chat: Receiver, payment_id: str) -> Any:
    """The payment that succeeded, told once and charged once by the sandbox's own books."""
    payment = house.until_status(payment_id, "succeeded")
    chat.until_heard(payment_id, "payment.succeeded")
    [charge] = charges(house, payment_id)
    assert charge["state"] == "paid"
    assert charge["amount_kept"] == payment["amount"]
    assert charge["times_heard"] == 1
    assert len(payment["attempts"]) == 1
    return payment


def successes(chat: Receiver, payment_id: str) -> int:
    """How often the chat was told that it is paid."""
    return sum(event["type"] == "payment.succeeded" for event in chat.of(payment_id))


def moment(text: str) -> datetime:
    """A moment as the API writes it."""
    return datetime.fromisoformat(text)


def with_a_code(house: RunningHouse, payment_id: str) -> Any:
    """The payment, once it says what to scan."""
    payment = house.payment(payment_id)
    return payment if (payment["next_action"] or {}).get("qr") else None


def forge(house: RunningHouse, charge: Mapping[str, Any], kind: str) -> None:
    """Have somebody tell that it is paid who cannot know."""
    path = f"/control/charges/{charge['id']}/notify"
    answer = call("POST", house.sandbox_url + path, body={"kind": kind, "state": "paid"})
    assert answer.status == 200, answer.body


def refused(house: RunningHouse, name: str) -> int:
    """How many notifications of that provider were not believed to be its own."""
    with house.inside() as inside:
        query = NoticeQuery(provider=name, verdict=Verdict.REFUSED, limit=100)
        return len(inside.store.inbox.find(query).items)


def exceptions(house: RunningHouse, payment_id: str) -> list[str]:
    """What kinds of contradiction wait for a person."""
    listed = house.call("GET", "/v1/exceptions?limit=100").json["data"]
    return [each["kind"] for each in listed if each["payment_id"] == payment_id]


def nothing_more(house: RunningHouse, chat: Receiver, payment_id: str) -> None:
    """The payment is as it was when it succeeded, and the chat was told once."""
    assert house.payment(payment_id)["status"] == "succeeded"
    assert exceptions(house, payment_id) == []
    assert successes(chat, payment_id) == 1


@pytest.mark.parametrize("name", OTHERS)
def test_a_payment_by_each_method_succeeds_exactly_once(
    house: RunningHouse, chat: Receiver, name: str
) -> None:
    payment_id = begun(house, f"once-{name}", name)
    charge = shown(house, payment_id)
    tap(house, charge, "approve")
    payment = paid_once(house, chat, payment_id)
    assert payment["method"] == METHODS[name]
    until_mail_is_read(house, charge, least=1)
    assert successes(chat, payment_id) == 1


@pytest.mark.parametrize("name", OTHERS)
def test_the_settlement_file_of_the_day_finds_the_payment(
    house: RunningHouse, chat: Receiver, name: str
) -> None:
    payment_id = begun(house, f"settled-{name}", name, amount=51_000)
    tap(house, shown(house, payment_id), "approve")
    paid_once(house, chat, payment_id)
    [charge] = charges(house, payment_id)
    path = f"/control/settlement.csv?provider={name}&date={charge['paid_at'][:10]}"
    file = call("GET", house.sandbox_url + path).body
    with house.inside() as inside:
        found = inside.offers[name].settlement.read(file)
        compared = list(inside.core.compare_settlement()(found))
    assert found.bad == ()
    [line] = [each for each in compared if each.payment_id == payment_id]
    assert (line.agreement, line.line.gross) == (Agreement.AGREES, 51_000)


@pytest.mark.parametrize("name", TOLD)
def test_a_notification_tells_it_before_anybody_asks(
    house: RunningHouse, chat: Receiver, name: str
) -> None:
    payment_id = begun(house, f"told-{name}", name)
    charge = shown(house, payment_id)
    tap(house, charge, "approve")
    payment = paid_once(house, chat, payment_id)
    asked = moment(payment["attempts"][0]["asked_at"])
    assert moment(payment["paid_at"]) - asked < PAID_WITHIN < CHECK_EVERY
    [charge] = charges(house, payment_id)
    assert charge["follow_ups"] == {}, "nobody asked"


def test_a_qr_code_is_shown_drawn_scanned_and_paid(house: RunningHouse, chat: Receiver) -> None:
    payment_id = begun(house, "scanned", "ovo_qris")
    told = chat.until_heard(payment_id, "payment.awaiting_customer")
    payment = until(lambda: with_a_code(house, payment_id), "a code is shown")
    assert payment["next_action"]["type"] == "show_qr"
    assert payment["next_action"]["qr"].startswith("000201")
    assert payment["status"] == told["data"]["payment"]["status"] == "awaiting_customer"
    drawn = house.call("GET", f"/v1/payments/{payment_id}/qr.svg")
    assert (drawn.status, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert b"<svg" in drawn.body
    tap(house, shown(house, payment_id), "approve")
    assert paid_once(house, chat, payment_id)["next_action"] is None
    assert house.call("GET", f"/v1/payments/{payment_id}/qr.svg").status == 404


@pytest.mark.parametrize("how", ["twice", "out_of_order"])
@pytest.mark.parametrize("name", OTHERS)
def test_notifications_again_and_late_change_nothing_more(
    house: RunningHouse, chat: Receiver, name: str, how: str
) -> None:
    world(house, name, notifications=how)
    payment_id = begun(house, f"{how}-{name}", name)
    charge = shown(house, payment_id)
    tap(house, charge, "approve")
    paid_once(house, chat, payment_id)
    until_mail_is_read(house, charge, least=2)
    nothing_more(house, chat, payment_id)


@pytest.mark.parametrize("name", OTHERS)
def test_forged_notifications_make_nothing_paid(
    house: RunningHouse, chat: Receiver, name: str
) -> None:
    payment_id = begun(house, f"forged-{name}", name)
    charge = shown(house, payment_id)
    for kind in FORGERIES[name]:
        forge(house, charge, kind)
    until_mail_is_read(house, charge, least=len(FORGERIES[name]))
    assert house.payment(payment_id)["status"] == "awaiting_customer"
    assert refused(house, name) >= len(FORGERIES[name])
    world(house, name, forgeries=FORGERIES[name])
    tap(house, charge, "approve")
    paid_once(house, chat, payment_id)
    until_mail_is_read(house, charge, least=2 * len(FORGERIES[name]) + 1)
    nothing_more(house, chat, payment_id)


@pytest.mark.parametrize("name", OTHERS)
def test_another_amount_is_put_before_a_person_and_pays_nothing(
    house: RunningHouse, chat: Receiver, name: str
) -> None:
    payment_id = begun(house, f"amount-{name}", name)
    charge = shown(house, payment_id)
    forge(house, charge, "wrong_amount")
    until(lambda: exceptions(house, payment_id), "it is put before a person")
    assert exceptions(house, payment_id) == ["mismatch"]
    assert house.payment(payment_id)["status"] == "awaiting_customer"
    tap(house, charge, "approve")
    paid_once(house, chat, payment_id)


@pytest.mark.parametrize("name", OTHERS)
def test_a_charge_whose_answer_was_lost_succeeds(
    house: RunningHouse, chat: Receiver, name: str
) -> None:
    world(house, name, answers={"charge": {"how": "lost", "times": 1}}, customer="approve")
    payment_id = begun(house, f"lost-{name}", name)
    paid_once(house, chat, payment_id)
    assert successes(chat, payment_id) == 1


def test_midtrans_gives_a_part_back(house: RunningHouse, chat: Receiver) -> None:
    payment_id = begun(house, "part", "midtrans")
    tap(house, shown(house, payment_id), "approve")
    paid_once(house, chat, payment_id)
    asked = house.call(
        "POST",
        f"/v1/payments/{payment_id}/refunds",
        {"amount": 20_000, "reason": "The consultation was cut short."},
    )
    assert asked.status == 202, asked.body
    payment = house.until_status(payment_id, "partially_refunded")
    assert payment["amount_refunded"] == 20_000
    [charge] = charges(house, payment_id)
    assert (charge["amount_returned"], charge["amount_kept"]) == (20_000, 30_000)
    assert [refund["times_heard"] for refund in charge["refunds"]] == [1]
    until_mail_is_read(house, charge, least=2)
    assert successes(chat, payment_id) == 1


def test_a_route_shares_a_method_and_the_chat_sees_no_difference(
    house: RunningHouse, chat: Receiver
) -> None:
    world(house, "midtrans", customer="approve")
    begun_ids = [house.started(f"shared-{number}", method="ovo_push") for number in range(SHARED)]
    paid = [house.until_status(payment_id, "succeeded") for payment_id in begun_ids]
    for payment_id in begun_ids:
        chat.until_heard(payment_id, "payment.succeeded")
    by_midtrans = [payment for payment in paid if charges(house, payment["id"])]
    assert 0 < len(by_midtrans) < SHARED
    assert {payment["method"] for payment in paid} == {"ovo_push"}
    told = [event["data"]["payment"] for event in chat.events("payment.succeeded")]
    assert {payment["method"] for payment in told} == {"ovo_push"}
    assert len({frozenset(payment) for payment in paid}) == 1, "the same fields"
    assert {successes(chat, payment_id) for payment_id in begun_ids} == {1}


def test_a_route_for_some_amounts_takes_them_all(house: RunningHouse, chat: Receiver) -> None:
    payment_id = house.started("routed", a_phone(), method="ovo_push", amount=65_000)
    tap(house, shown(house, payment_id), "approve")
    assert paid_once(house, chat, payment_id)["method"] == "ovo_push"
