"""Who is let in."""

from datetime import UTC, datetime

import pytest

from application.ports import StoreUnavailable
from tests.unit.cases import for_each
from tests.unit.http.house import Api, House, an_order

EVERY_ROUTE = [
    ("GET", "/v1/payments"),
    ("GET", "/v1/search"),
    ("POST", "/v1/payments"),
    ("GET", f"/v1/payments/pay_{'0' * 32}"),
    ("POST", f"/v1/payments/pay_{'0' * 32}/push"),
    ("POST", f"/v1/payments/pay_{'0' * 32}/cancel"),
    ("POST", f"/v1/payments/pay_{'0' * 32}/check"),
    ("POST", f"/v1/payments/pay_{'0' * 32}/refunds"),
    ("GET", f"/v1/payments/pay_{'0' * 32}/refunds"),
    ("GET", f"/v1/refunds/re_{'0' * 32}"),
    ("POST", f"/v1/refunds/re_{'0' * 32}/close"),
    ("POST", f"/v1/payments/pay_{'0' * 32}/resolve"),
    ("GET", f"/v1/payments/pay_{'0' * 32}/dossier"),
    ("GET", f"/v1/payments/pay_{'0' * 32}/qr.svg"),
    ("GET", f"/v1/payments/pay_{'0' * 32}/qr.png"),
    ("GET", "/v1/exceptions"),
    ("GET", f"/v1/exceptions/exc_{'0' * 32}"),
    ("POST", f"/v1/exceptions/exc_{'0' * 32}/resolve"),
    ("POST", "/v1/phone_inquiries"),
    ("GET", "/v1/webhook_endpoints"),
    ("POST", "/v1/webhook_endpoints"),
    ("GET", f"/v1/webhook_endpoints/we_{'0' * 32}"),
    ("PATCH", f"/v1/webhook_endpoints/we_{'0' * 32}"),
    ("DELETE", f"/v1/webhook_endpoints/we_{'0' * 32}"),
    ("POST", f"/v1/webhook_endpoints/we_{'0' * 32}/rotate_secret"),
    ("POST", f"/v1/webhook_endpoints/we_{'0' * 32}/recover"),
    ("GET", "/v1/events"),
    ("GET", f"/v1/events/evt_{'0' * 32}"),
    ("POST", f"/v1/events/evt_{'0' * 32}/redeliver"),
    ("POST", "/v1/wallet_links"),
    ("GET", "/v1/wallet_links"),
    ("GET", f"/v1/wallet_links/wl_{'0' * 32}"),
    ("DELETE", f"/v1/wallet_links/wl_{'0' * 32}"),
    ("POST", f"/v1/wallet_links/wl_{'0' * 32}/balance_inquiries"),
]


@for_each(("method", "path"), EVERY_ROUTE)
def test_no_route_of_the_api_answers_a_stranger(
    shared_house: House, method: str, path: str
) -> None:
    answer = shared_house.app.test_client().open(path, method=method)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="lunas"'
    assert answer.get_json(force=True)["code"] == "unauthorized"


def test_the_list_above_is_complete(house: House) -> None:
    rules = {
        (method, rule.rule)
        for rule in house.app.url_map.iter_rules()
        if rule.rule.startswith("/v1/")
        for method in (rule.methods or set()) - {"HEAD"}
    }
    assert len(rules) == len(EVERY_ROUTE)


@for_each(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic bHVuYXM6eA==",
        "Bearer lunas_test_short",
        f"Bearer lunas_test_{'x' * 43}",
        f"Bearer lunas_{'x' * 43}",
        f"Bearer lunas_test_{'é' * 43}",
        f"Bearer lunas_test_{'x' * 400}",
        f"lunas_test_{'x' * 43}",
    ],
)
def test_a_key_that_opens_nothing(shared_house: House, header: str) -> None:
    sent = {"Authorization": header.encode().decode("latin-1")}
    answer = shared_house.app.test_client().get("/v1/payments", headers=sent)
    assert answer.status_code == 401
    assert "x" * 20 not in answer.text


def test_the_scheme_may_be_spelled_in_any_case(house: House) -> None:
    sent = {"Authorization": f"bearer {house.key}"}
    assert house.app.test_client().get("/v1/payments", headers=sent).status_code == 200


def test_a_revoked_key_opens_nothing_any_more(house: House, api: Api) -> None:
    [client] = [c for c in house.store.directory.clients(house.merchant_id) if not c.livemode]
    house.store.directory.revoke_client(client.id, datetime.now(UTC))
    answer = api.get("/v1/payments")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_key_of_the_other_mode_in_its_name_opens_nothing(house: House) -> None:
    turned = house.key.replace("lunas_test_", "lunas_live_")
    assert house.a_client(turned).get("/v1/payments").status_code == 401


def test_each_mode_sees_its_own(house: House, api: Api) -> None:
    live = house.a_client(house.live_key)
    assert live.post("/v1/payments", an_order()).get_json()["livemode"] is True
    assert api.post("/v1/payments", an_order()).get_json()["livemode"] is False
    assert len(live.get("/v1/payments").get_json()["data"]) == 1


def test_nobody_is_let_in_while_the_directory_is_away(
    house: House, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object, __: str) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(type(house.store.directory), "client_by_key", away)
    answer = api.get("/v1/payments")
    assert answer.status_code == 503
    assert answer.get_json(force=True)["code"] == "store_unavailable"
    assert int(answer.headers["Retry-After"]) > 0
