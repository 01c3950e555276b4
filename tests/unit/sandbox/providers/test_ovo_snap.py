"""OVO's linked accounts: binding, tokens, paying by PIN and at once, status, refunds, unbinding."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest

from sandbox.ovo_snap.provider import OvoSnap
from tests.unit.cases import for_each
from tests.unit.sandbox.providers.bench import Market, SnapMerchant, at, money

ROOT = "/OVOSNAP/v2.0"
B2B, B2B2C = "/OVOSNAP/v1.0/access-token/b2b", f"{ROOT}/access-token/b2b2c"
BIND = f"{ROOT}/oauth/account/registration-account-binding"
UNBIND = f"{ROOT}/oauth/account/registration-account-unbinding"
PAY, STATUS, REFUND = (
    f"{ROOT}/debit/payment-host-to-host",
    f"{ROOT}/debit/status",
    f"{ROOT}/debit/refund",
)
BALANCE = f"{ROOT}/balance-inquiry"
PHONE = "081298765432"
SHOP = "https://shop.example/back"


class Shop:
    """A merchant of linked accounts, with the customer's PIN pages."""

    def __init__(self) -> None:
        self.market = Market()
        self.api = SnapMerchant(self.market, "ovo_snap")
        provider = self.market.exchange.providers["ovo_snap"]
        assert isinstance(provider, OvoSnap)
        self.provider = provider

    def bind(self, **fields: object) -> tuple[int, Any]:
        body: dict[str, object] = {
            "phoneNo": PHONE,
            "custIdMerchant": "customer-1",
            "successRegistrationUrl": f"{SHOP}?ok=1",
            "failedRegistrationUrl": f"{SHOP}?ok=0",
        }
        return self.api.call(BIND, {k: v for k, v in (body | fields).items() if v is not None})

    def enter(self, url: str, pin: str = "123456") -> str | None:
        return self.provider.pins.enter(url.rsplit("/", 1)[1], pin, self.market.now)

    def exchange(self, body: dict[str, str], linkage: str = "") -> tuple[int, Any]:
        headers = self.api.token_headers() | ({"Authorization": linkage} if linkage else {})
        raw = orjson.dumps(body)
        return self.market.answer(self.market.send("ovo_snap", B2B2C, raw, headers))

    def linked(self, **fields: object) -> dict[str, Any]:
        """The answer to the call for the customer's token, after everything before it."""
        bound = self.bind(**fields)[1]
        location = self.enter(bound["redirectUrl"])
        assert location is not None
        code = query(location)["authCode"]
        asked = {"grantType": "authorization_code", "authCode": code}
        status, body = self.exchange(asked, bound["linkageToken"])
        assert status == 200
        tokens: dict[str, Any] = body
        return tokens

    def debit(
        self, token: str, reference: str = "P1", *, amount: int = 50_000, **fields: object
    ) -> tuple[int, Any]:
        return self.api.call(PAY, self.a_debit(reference, amount) | fields, token)

    def a_debit(self, reference: str = "P1", amount: int = 50_000) -> dict[str, object]:
        option = {"payMethod": "CASH", "payOption": "OVO", "transAmount": money(amount)}
        return {
            "partnerReferenceNo": reference,
            "merchantId": "100001",
            "chargeToken": "OVO",
            "subTransactionType": "AUTO",
            "payOptionDetails": [option],
        }

    def status(self, token: str, reference: str = "P1", **fields: object) -> tuple[int, Any]:
        asked = {"originalPartnerReferenceNo": reference, "serviceCode": "54", **fields}
        return self.api.call(STATUS, asked, token)

    def refund(self, token: str, number: str, amount: int) -> tuple[int, Any]:
        asked = {
            "originalPartnerReferenceNo": "P1",
            "partnerRefundNo": number,
            "refundAmount": money(amount),
            "merchantId": "100001",
            "reason": "asked for",
        }
        return self.api.call(REFUND, asked, token)


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_a_link_leads_over_the_pin_page_to_a_customers_token(shop: Shop) -> None:
    status, bound = shop.bind(state="mine")
    assert (status, bound["responseCode"]) == (200, "2000700")
    assert bound["redirectUrl"].startswith("http://sandbox/ovo-snap/pin/")
    location = shop.enter(bound["redirectUrl"])
    assert location is not None
    found = query(location)
    assert location.startswith(SHOP)
    assert (found["ok"], found["state"], found["displayMessage"]) == ("1", "mine", "SUCCESS")
    asked = {"grantType": "authorization_code", "authCode": found["authCode"]}
    assert shop.exchange(asked)[1]["responseCode"] == "4017403"
    assert shop.exchange(asked, "made-up")[1]["responseCode"] == "4017401"
    status, tokens = shop.exchange(asked, f"Bearer {bound['linkageToken']}")
    assert (status, tokens["responseCode"], tokens["tokenType"]) == (200, "2007400", "Bearer")
    assert tokens["accessTokenExpiryTime"] == "2026-12-08T10:15:30+07:00"  # 15 days
    assert shop.exchange(asked, bound["linkageToken"])[1]["responseCode"] == "4047401"


def test_the_own_names_of_ovo_for_a_customers_token(shop: Shop) -> None:
    shop.market.change("ovo_snap", b2b2c_names="ovo")
    tokens = shop.linked()
    assert tokens["tokenExpiresIn"] == "1296000"
    assert "accessTokenExpiryTime" not in tokens


def test_a_binding_may_carry_a_token_of_the_merchant(shop: Shop) -> None:
    token = str(shop.api.b2b(B2B)[1]["accessToken"])
    body = {
        "phoneNo": "6281298765432",
        "additionalInfo": {
            "custIdMerchant": "c",
            "successRegistrationUrl": SHOP,
            "failedRegistrationUrl": SHOP,
        },
    }
    assert shop.api.call(BIND, body, token)[0] == 200
    assert shop.api.call(BIND, body, "made-up")[1]["responseCode"] == "4010701"


@for_each(
    ("fields", "code"),
    [
        ({"phoneNo": "12"}, "4000701"),
        ({"phoneNo": None}, "4000702"),
        ({"custIdMerchant": None}, "4000702"),
        ({"successRegistrationUrl": "javascript:alert(1)"}, "4000701"),
        ({"failedRegistrationUrl": None}, "4000702"),
        ({"phoneNo": "081200001014"}, "4040711"),
        ({"phoneNo": "081200001056"}, "4030707"),
    ],
)
def test_a_wrong_binding_is_refused_with_its_code(
    shop: Shop, fields: dict[str, object], code: str
) -> None:
    assert shop.bind(**fields)[1]["responseCode"] == code


def test_the_device_has_to_be_named(shop: Shop) -> None:
    answer = shop.api.call(BIND, {}, X_DEVICE_ID="")
    assert answer[1]["responseMessage"] == "Invalid Mandatory Field X-DEVICE-ID"


def test_three_wrong_pins_or_a_refusal_lead_back_with_an_error(shop: Shop) -> None:
    page = shop.bind()[1]["redirectUrl"]
    assert shop.enter(page, "000000") is None
    assert shop.enter(page, "000001") is None
    location = shop.enter(page, "000002")
    assert location is not None
    found = query(location)
    assert found["ok"] == "0"
    assert orjson.loads(found["errorResponse"])["code"] == "OV00006"
    assert shop.enter(page) is None  # it is too late for the right one
    name = shop.bind()[1]["redirectUrl"].rsplit("/", 1)[1]
    refused = shop.provider.pins.refuse(name, shop.market.now)
    assert refused is not None
    assert "errorResponse" in query(refused)


def test_an_authorization_code_gets_old(shop: Shop) -> None:
    bound = shop.bind()[1]
    location = shop.enter(bound["redirectUrl"])
    assert location is not None
    shop.market.pass_time(600)
    asked = {"grantType": "authorization_code", "authCode": query(location)["authCode"]}
    assert shop.exchange(asked, bound["linkageToken"])[1]["responseCode"] == "4047401"


def test_an_account_belongs_to_one_customer_of_a_merchant(shop: Shop) -> None:
    first = shop.linked()["accessToken"]
    assert shop.bind(custIdMerchant="customer-2")[1]["responseCode"] == "4030715"
    again = shop.linked()["accessToken"]  # the same customer may link again
    assert shop.debit(first)[1]["responseCode"] == "4015402"
    assert shop.debit(again)[0] == 200


def test_a_refresh_token_gives_a_new_token_and_ends_the_old_one(shop: Shop) -> None:
    tokens = shop.linked()
    asked = {"grantType": "refresh_token", "refreshToken": tokens["refreshToken"]}
    fresh = shop.exchange(asked)[1]
    assert fresh["refreshToken"] == tokens["refreshToken"]
    assert shop.debit(tokens["accessToken"])[1]["responseCode"] == "4015402"
    assert shop.debit(fresh["accessToken"])[0] == 200
    shop.market.change("ovo_snap", rotates_refresh_token=True)
    rotated = shop.exchange(asked)[1]
    assert rotated["refreshToken"] != tokens["refreshToken"]
    assert shop.exchange(asked)[1]["responseCode"] == "4017400"


def test_a_customers_token_expires(shop: Shop) -> None:
    shop.market.change("ovo_snap", customer_token_life="60s")
    token = shop.linked()["accessToken"]
    shop.market.pass_time(60)
    assert shop.debit(token)[1]["responseCode"] == "4015402"
    assert shop.debit("")[1]["responseCode"] == "4015404"


def test_auto_pays_at_once_and_the_balance_is_told(shop: Shop) -> None:
    token = shop.linked()["accessToken"]
    status, paid = shop.debit(token)
    assert (status, paid["responseCode"], paid["partnerReferenceNo"]) == (200, "2005400", "P1")
    assert paid["referenceNo"].startswith("OVO2026")
    assert "webRedirectUrl" not in paid
    told = shop.status(token)[1]
    assert (told["responseCode"], told["latestTransactionStatus"]) == ("2005500", "00")
    assert told["transAmount"] == money(50_000)
    assert told["paidTime"] == at(shop.market.now)
    infos = shop.api.call(BALANCE, {"partnerReferenceNo": "B1"}, token)[1]["accountInfos"]
    assert infos[0]["availableBalance"] == money(20_000_000)


@pytest.mark.parametrize(
    ("conduct", "code", "latest"),
    [
        ("decline", "4045404", "06"),
        ("insufficient", "4035414", "06"),
        ("blocked", "4035407", "06"),
        ("limit", "4035402", "06"),
        ("failed", "4035405", "06"),
        ("ignore", "2025400", "01"),
        ("after_window", "2025400", "01"),
    ],
)
def test_auto_does_what_the_customers_account_does(
    shop: Shop, conduct: str, code: str, latest: str
) -> None:
    token = shop.linked()["accessToken"]
    shop.market.change("ovo_snap", phones={PHONE: conduct})
    assert shop.debit(token)[1]["responseCode"] == code
    assert shop.status(token)[1]["latestTransactionStatus"] == latest
    shop.market.pass_time(299)
    assert not shop.market.charge.money_moved
    shop.market.pass_time(10)
    assert shop.market.charge.money_moved == (conduct == "after_window")


def test_more_than_the_balance_is_insufficient(shop: Shop) -> None:
    shop.market.change("ovo_snap", balance=49_999)
    assert shop.debit(shop.linked()["accessToken"])[1]["responseCode"] == "4035414"


def test_manual_pays_on_the_pin_page_and_leads_back(shop: Shop) -> None:
    token = shop.linked()["accessToken"]
    back = [{"url": SHOP, "type": "PAY_RETURN", "isDeeplink": "N"}]
    answer = shop.debit(token, subTransactionType="MANUAL", urlParams=back)[1]
    assert answer["responseCode"] == "2005400"
    assert shop.status(token)[1]["latestTransactionStatus"] == "01"
    assert shop.provider.pins.page(answer["webRedirectUrl"].rsplit("/", 1)[1]) is not None
    assert shop.status(token)[1]["latestTransactionStatus"] == "02"
    assert shop.enter(answer["webRedirectUrl"]) == SHOP
    assert shop.status(token)[1]["latestTransactionStatus"] == "00"
    assert shop.market.charge.kept == 50_000


def test_a_manual_payment_may_be_refused_or_left_alone(shop: Shop) -> None:
    token = shop.linked()["accessToken"]
    page = shop.debit(token, subTransactionType="MANUAL")[1]["webRedirectUrl"]
    shop.provider.pins.refuse(page.rsplit("/", 1)[1], shop.market.now)
    assert shop.status(token)[1]["originalResponseCode"] == "4045404"
    until = at(shop.market.now.replace(minute=16, second=0))
    shop.debit(token, "P2", subTransactionType="MANUAL", validUpTo=until)
    shop.market.pass_time(29)
    assert shop.status(token, "P2")[1]["latestTransactionStatus"] == "01"
    shop.market.pass_time(1)
    assert shop.status(token, "P2")[1]["latestTransactionStatus"] == "05"
    shop.market.change("ovo_snap", expired_as="06")
    assert shop.status(token, "P2")[1]["latestTransactionStatus"] == "06"


def test_a_reference_pays_once(shop: Shop) -> None:
    token = shop.linked()["accessToken"]
    shop.debit(token)
    assert shop.debit(token)[1]["responseCode"] == "4095401"
    assert shop.debit(token, amount=60_000)[1]["responseCode"] == "4045418"
    assert shop.market.charge.times_heard == 3
    assert shop.market.charge.kept == 50_000


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"partnerReferenceNo": ""}, "4005402"),
        ({"merchantId": "2"}, "4045408"),
        ({"chargeToken": "DANA"}, "4005401"),
        ({"subTransactionType": "SOME"}, "4005401"),
        ({"payOptionDetails": None}, "4005402"),
        ({"payOptionDetails": []}, "4005401"),
        ({"payOptionDetails": [{"payMethod": "CARD"}]}, "4005401"),
        ({"amount": money(1)}, "4045413"),
        ({"urlParams": [{"url": "x"}]}, "4005401"),
        ({"validUpTo": "2020-01-01T00:00:00Z"}, "4005401"),
    ],
)
def test_a_wrong_debit_is_refused_with_its_code(
    shop: Shop, fields: dict[str, object], code: str
) -> None:
    token = shop.linked()["accessToken"]
    assert shop.api.call(PAY, shop.a_debit() | fields, token)[1]["responseCode"] == code
    assert len(shop.market.exchange.life.charges) == 0


def test_a_status_check_finds_only_what_its_customer_paid(shop: Shop) -> None:
    token = shop.linked()["accessToken"]
    shop.debit(token)
    somebody = shop.linked(phoneNo="081211112222", custIdMerchant="customer-2")["accessToken"]
    assert shop.status(somebody)[1]["responseCode"] == "4045501"
    assert shop.status(token, "P9")[1]["responseCode"] == "4045501"
    assert shop.status(token, serviceCode="55")[1]["responseCode"] == "4005501"
    assert shop.status(token, originalReferenceNo="OVO0")[1]["responseCode"] == "4045501"
    assert shop.status(token, originalPartnerReferenceNo="")[1]["responseCode"] == "4005502"
    shop.market.change("ovo_snap", status_of_unknown="07")
    assert shop.status(token, "P9")[1]["latestTransactionStatus"] == "07"


def test_a_status_check_may_be_late_or_know_nothing_at_first(shop: Shop) -> None:
    token = shop.linked()["accessToken"]
    shop.market.change("ovo_snap", missing_checks=1, pending_checks=1, status_lag="10s")
    shop.debit(token)
    assert shop.status(token)[0] == 404
    assert shop.status(token)[1]["latestTransactionStatus"] == "01"
    assert shop.status(token)[0] == 404  # ten seconds ago there was no such payment
    shop.market.pass_time(10)
    assert shop.status(token)[1]["latestTransactionStatus"] == "00"


def test_refunds_are_partial_and_stop_at_the_amount(shop: Shop) -> None:
    token = shop.linked()["accessToken"]
    shop.debit(token)
    status, first = shop.refund(token, "R1", 20_000)
    assert (status, first["responseCode"], first["refundAmount"]) == (200, "2005800", money(20_000))
    assert shop.refund(token, "R1", 20_000)[1]["refundNo"] == first["refundNo"]
    assert shop.refund(token, "R1", 30_000)[1]["responseCode"] == "4045818"
    assert shop.refund(token, "R2", 30_001)[1]["responseCode"] == "4045813"
    told = shop.status(token)[1]
    assert told["latestTransactionStatus"] == "00"
    assert [row["partnerRefundNo"] for row in told["refundHistory"]] == ["R1"]
    own = str(shop.api.b2b(B2B)[1]["accessToken"])  # the merchant's own token does too
    assert shop.refund(own, "R2", 30_000)[0] == 200
    assert shop.status(token)[1]["latestTransactionStatus"] == "04"
    assert shop.refund(token, "R3", 1)[1]["responseCode"] == "4045800"
    charge = shop.market.charge
    assert (charge.returned, charge.kept, charge.refunds["R1"].times_heard) == (50_000, 0, 3)


def test_refunds_may_be_slow_refused_or_too_late(shop: Shop) -> None:
    token = shop.linked()["accessToken"]
    shop.debit(token)
    shop.market.change("ovo_snap", refunds="pending", refund_after="1h")
    assert shop.refund(token, "R1", 20_000)[1]["responseCode"] == "2025800"
    assert shop.status(token)[1]["refundHistory"][0]["refundStatus"] == "03"
    assert shop.refund(token, "R2", 30_001)[1]["responseCode"] == "4045813"
    shop.market.pass_time(3_600)
    assert shop.status(token)[1]["refundHistory"][0]["refundStatus"] == "00"
    shop.market.change("ovo_snap", refunds="refuse", refund_again="inconsistent")
    assert shop.refund(token, "R1", 20_000)[1]["responseCode"] == "4045818"
    assert shop.refund(token, "R3", 30_000)[1]["responseCode"] == "4055801"
    assert shop.status(token)[1]["refundHistory"][1]["refundStatus"] == "06"
    shop.market.change("ovo_snap", refunds="accept", refund_within="2h")
    shop.market.pass_time(7_200)
    assert shop.refund(token, "R4", 1)[1]["responseCode"] == "4055801"


def test_unbinding_takes_two_calls_and_ends_every_token(shop: Shop) -> None:
    tokens = shop.linked()
    status, first = shop.api.call(UNBIND, {"merchantId": "100001"}, tokens["accessToken"])
    assert (status, first["responseCode"]) == (200, "2000900")
    assert shop.debit(tokens["accessToken"])[0] == 200  # one call ends nothing
    status, second = shop.api.call(UNBIND, {"merchantId": "100001"}, first["linkageToken"])
    assert (status, second["unlinkResult"]) == (200, "success")
    assert shop.debit(tokens["accessToken"], "P2")[1]["responseCode"] == "4015402"
    asked = {"grantType": "refresh_token", "refreshToken": tokens["refreshToken"]}
    assert shop.exchange(asked)[1]["responseCode"] == "4017400"
    assert shop.api.call(UNBIND, {}, first["linkageToken"])[1]["responseCode"] == "4010902"
    shown = shop.provider.tokens.shown(shop.market.now)
    assert (shown["b2b2c"]["live"], shown["refresh"]["live"]) == (0, 0)


def test_an_authorization_code_opens_only_its_own_link(shop: Shop) -> None:
    bound = shop.bind()[1]
    location = shop.enter(bound["redirectUrl"])
    assert location is not None
    asked = {"grantType": "authorization_code", "authCode": query(location)["authCode"]}
    somebodys = shop.bind(phoneNo="081211112222", custIdMerchant="customer-2")[1]
    assert shop.exchange(asked, somebodys["linkageToken"])[1]["responseCode"] == "4047401"
    shop.market.change("ovo_snap", needs_linkage_token=False)
    location = shop.enter(shop.bind()[1]["redirectUrl"])
    assert location is not None
    asked = {"grantType": "authorization_code", "authCode": query(location)["authCode"]}
    other = SnapMerchant(shop.market, "ovo_snap", "other")
    call = shop.market.send("ovo_snap", B2B2C, orjson.dumps(asked), other.token_headers())
    assert shop.market.answer(call)[1]["responseCode"] == "4047401"
