"""Several merchants in one house, and test beside live."""

from dataclasses import replace
from datetime import timedelta

from bootstrap.house import OVO
from domain.ids import IdKind
from domain.merchant import OVO_PUSH
from domain.money import Money
from domain.order import Order
from domain.payment import Payment
from tests.integration.house import RunningHouse


def test_merchants_who_share_a_terminal_share_its_sequence(house: RunningHouse) -> None:
    other = house.another_merchant("Klinik Sebelah")
    started = [
        (mine, mine.started(f"shared-{number}")) for number in range(4) for mine in (house, other)
    ]
    paid = [mine.until_status(payment_id, "succeeded") for mine, payment_id in started]
    references = [payment["attempts"][0]["references"] for payment in paid]
    numbers = sorted((r["batch_no"], r["reference_no"]) for r in references)
    batch, first = numbers[0]
    assert numbers == [(batch, first + step) for step in range(8)]
    assert len({r["merchant_invoice"] for r in references}) == 8
    heard = {row["invoice"]: row["times_heard"] for row in house.ledger()["pushes"]}
    assert all(heard[r["merchant_invoice"]] == 1 for r in references)


def test_one_merchant_sees_nothing_of_another_s(house: RunningHouse) -> None:
    other = house.another_merchant("Klinik Tetangga")
    mine = house.started("private", None)
    theirs = other.started("private", None)
    for path in (f"/v1/payments/{mine}", f"/v1/payments/{mine}?wait=1"):
        assert other.call("GET", path).json["code"] == "not_found"
    for verb in ("push", "cancel"):
        answer = other.call("POST", f"/v1/payments/{mine}/{verb}")
        assert (answer.status, answer.json["code"]) == (404, "not_found")
    listed = other.call("GET", "/v1/payments?limit=100").json["data"]
    assert [payment["id"] for payment in listed] == [theirs]
    events = other.call("GET", "/v1/events?limit=100").json["data"]
    assert {event["data"]["payment"]["id"] for event in events} == {theirs}
    event = house.call("GET", f"/v1/events?payment_id={mine}").json["data"][0]["data"]["id"]
    assert other.call("GET", f"/v1/events/{event}").status == 404
    assert other.call("POST", f"/v1/events/{event}/redeliver").status == 404
    assert house.payment(mine)["status"] == "pending"


def test_a_live_key_without_a_live_account_charges_nobody_and_sees_no_test_payment(
    house: RunningHouse,
) -> None:
    payment_id = house.started("live-or-test", None)
    with house.inside() as inside:
        _, key = inside.core.open_house().client(house.merchant, "live", livemode=True)
    live = replace(house, key=key)
    refused = live.pay("live-or-test")
    assert (refused.status, refused.json["code"]) == (503, "provider_misconfigured")
    assert int(refused.headers["retry-after"]) > 0
    assert live.call("GET", f"/v1/payments/{payment_id}").status == 404
    assert live.call("GET", "/v1/payments").json["data"] == []
    assert live.call("GET", "/v1/events").json["data"] == []
    for wrong in (key.replace("_live_", "_test_"), house.key.replace("_test_", "_live_")):
        assert replace(house, key=wrong).call("GET", "/v1/payments").status == 401


def test_what_nobody_paid_in_time_expires_and_frees_its_order(house: RunningHouse) -> None:
    """Begun nearly an hour ago, so that the shortest life of a request need not be waited for."""
    with house.hooked("payment.expired") as chat:
        with house.inside() as inside:
            now = inside.clock().at
            change = Payment.start(
                id=inside.core.new_id()(IdKind.PAYMENT),
                merchant_id=house.merchant,
                livemode=False,
                order=Order("slow", Money(50_000), OVO_PUSH, OVO, timedelta(hours=1)),
                at=now - timedelta(hours=1) + timedelta(seconds=2),
                event_id=inside.core.new_id()(IdKind.EVENT),
            )
            inside.store.payments.save(change)
        payment_id = change.payment.id
        assert house.payment(payment_id)["status"] == "pending"
        expired = house.until_status(payment_id, "expired")
        assert expired["attempts"] == []
        assert chat.until_heard(payment_id, "payment.expired")["data"]["sequence"] == 2
        late = house.call("POST", f"/v1/payments/{payment_id}/push", {"phone": "081200000001"})
        assert (late.status, late.json["code"]) == (409, "illegal_transition")
        assert house.pay("slow").status == 202
