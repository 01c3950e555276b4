"""Whom SNAP's door lets in: signatures, tokens, headers, ids of the day."""

from datetime import timedelta

import orjson
import pytest

from tests.unit.cases import for_each
from tests.unit.sandbox.providers.bench import Market, SnapMerchant, money

B2B = "/v1.0/access-token/b2b"
GENERATE = "/v1.0/qr/qr-mpm-generate"


@pytest.fixture
def qris() -> SnapMerchant:
    return SnapMerchant(Market(), "ovo_qris")


def a_code(qris: SnapMerchant, reference: str = "R1") -> dict[str, object]:
    return {
        "partnerReferenceNo": reference,
        "amount": money(50_000),
        "merchantId": qris.credentials["merchant_id"],
    }


def a_token(qris: SnapMerchant) -> str:
    return str(qris.b2b(B2B)[1]["accessToken"])


def test_a_token_is_given_for_an_rsa_signature_and_counted(qris: SnapMerchant) -> None:
    status, body = qris.b2b(B2B)
    assert (status, body["responseCode"], body["tokenType"]) == (200, "2007300", "Bearer")
    assert body["expiresIn"] == "900"
    qris.market.change("ovo_qris", expires_in_as="number", token_life="60s")
    assert qris.b2b(B2B)[1]["expiresIn"] == 60
    tokens = qris.market.exchange.providers["ovo_qris"].tokens  # type: ignore[attr-defined]  # SNAP alone has them
    assert tokens.shown(qris.market.now)["b2b"] == {"fetched": 2, "refused": 0, "live": 2}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"X_SIGNATURE": "AAAA"}, "4017300"),
        ({"X_CLIENT_KEY": "nobody"}, "4017300"),
        ({"X_CLIENT_KEY": "other-ovo-qris"}, "4017300"),
        ({"X_TIMESTAMP": "2026-11-23T10:15:31+07:00"}, "4017300"),
        ({"X_TIMESTAMP": "20261123T10:15:30+07:00"}, "4007301"),
        ({"X_TIMESTAMP": "2026-11-23T10:15:30"}, "4007301"),
        ({"X_SIGNATURE": ""}, "4007302"),
        ({"X_CLIENT_KEY": ""}, "4007302"),
    ],
)
def test_a_wrong_token_call_is_refused_with_its_code_and_counted(
    qris: SnapMerchant, headers: dict[str, str], code: str
) -> None:
    status, body = qris.b2b(B2B, **headers)
    assert (str(status), body["responseCode"]) == (code[:3], code)
    tokens = qris.market.exchange.providers["ovo_qris"].tokens  # type: ignore[attr-defined]  # SNAP alone has them
    assert tokens.shown(qris.market.now)["b2b"] == {"fetched": 0, "refused": 1, "live": 0}


def test_another_grant_is_refused(qris: SnapMerchant) -> None:
    body = orjson.dumps({"grantType": "password"})
    call = qris.market.send("ovo_qris", B2B, body, qris.token_headers())
    assert qris.market.answer(call)[1]["responseCode"] == "4007301"


def test_a_stale_timestamp_is_refused_only_if_a_test_wants_it(qris: SnapMerchant) -> None:
    headers = qris.token_headers()
    body = orjson.dumps({"grantType": "client_credentials"})
    qris.market.now += timedelta(minutes=6)
    assert qris.market.answer(qris.market.send("ovo_qris", B2B, body, headers))[0] == 200
    qris.market.change("ovo_qris", timestamp_within="5m")
    assert qris.market.answer(qris.market.send("ovo_qris", B2B, body, headers))[0] == 401


@for_each(
    ("headers", "code"),
    [
        ({"X_PARTNER_ID": ""}, "4004702"),
        ({"X_PARTNER_ID": "nobody"}, "4014700"),
        ({"X_PARTNER_ID": "other-ovo-qris"}, "4014700"),
        ({"X_EXTERNAL_ID": ""}, "4004702"),
        ({"X_EXTERNAL_ID": "9" * 37}, "4004701"),
        ({"CHANNEL_ID": ""}, "4004702"),
        ({"X_TIMESTAMP": "yesterday"}, "4004701"),
        ({"X_SIGNATURE": "AAAA"}, "4014700"),
        ({"X_SIGNATURE": ""}, "4004702"),
    ],
)
def test_a_wrong_header_is_refused_with_its_code(
    qris: SnapMerchant, headers: dict[str, str], code: str
) -> None:
    status, body = qris.call(GENERATE, a_code(qris), a_token(qris), **headers)
    assert (str(status), body["responseCode"]) == (code[:3], code)


def test_a_token_that_is_missing_made_up_expired_or_revoked_opens_nothing(
    qris: SnapMerchant,
) -> None:
    assert qris.call(GENERATE, a_code(qris))[1]["responseCode"] == "4014703"
    assert qris.call(GENERATE, a_code(qris), "made-up")[1]["responseCode"] == "4014701"
    token = a_token(qris)
    qris.market.pass_time(899)
    assert qris.call(GENERATE, a_code(qris), token)[0] == 200
    qris.market.pass_time(1)
    assert qris.call(GENERATE, a_code(qris, "R2"), token)[1]["responseCode"] == "4014701"
    fresh = a_token(qris)
    tokens = qris.market.exchange.providers["ovo_qris"].tokens  # type: ignore[attr-defined]  # SNAP alone has them
    assert tokens.revoke_all(kind="b2b") == 2
    assert qris.call(GENERATE, a_code(qris, "R2"), fresh)[1]["responseCode"] == "4014701"


def test_a_token_of_another_partner_opens_nothing(qris: SnapMerchant) -> None:
    other = SnapMerchant(qris.market, "ovo_qris", "other")
    theirs = str(other.b2b(B2B)[1]["accessToken"])
    assert qris.call(GENERATE, a_code(qris), theirs)[1]["responseCode"] == "4014701"


def test_an_external_id_is_good_once_a_day_even_when_the_token_was_bad(
    qris: SnapMerchant,
) -> None:
    token = a_token(qris)
    assert qris.call(GENERATE, a_code(qris), "bad", X_EXTERNAL_ID="same")[0] == 401
    again = qris.call(GENERATE, a_code(qris), token, X_EXTERNAL_ID="same")
    assert (again[0], again[1]["responseCode"]) == (409, "4094700")
    qris.market.pass_time(14 * 3600)  # after midnight in Jakarta
    token = a_token(qris)
    assert qris.call(GENERATE, a_code(qris), token, X_EXTERNAL_ID="same")[0] == 200


def test_the_address_of_the_provider_may_be_part_of_the_signed_path(qris: SnapMerchant) -> None:
    token, raw = a_token(qris), orjson.dumps(a_code(qris))
    for number, path in enumerate((f"/ovo-qris{GENERATE}", "/elsewhere" + GENERATE)):
        headers = qris.headers(path, raw, token)
        call = qris.market.send("ovo_qris", GENERATE, raw, headers)
        assert qris.market.answer(call)[0] == (200, 401)[number]


@for_each(
    ("fields", "code"),
    [
        ({"partnerReferenceNo": None}, "4004702"),
        ({"partnerReferenceNo": "x" * 65}, "4004701"),
        ({"partnerReferenceNo": "a b"}, "4004701"),
        ({"amount": None}, "4004702"),
        ({"amount": 50_000}, "4004701"),
        ({"amount": {"value": "50000", "currency": "IDR"}}, "4004701"),
        ({"amount": {"value": "50000.50", "currency": "IDR"}}, "4004701"),
        ({"amount": {"value": 50_000.0, "currency": "IDR"}}, "4004701"),
        ({"amount": {"value": "50000.00", "currency": "USD"}}, "4004701"),
        ({"amount": {"value": "0.00", "currency": "IDR"}}, "4044713"),
        ({"merchantId": "100001"}, "4044708"),
        ({"terminalId": "1"}, "4044717"),
        ({"validityPeriod": "2020-01-01T00:00:00+07:00"}, "4004701"),
    ],
)
def test_a_wrong_field_is_refused_with_its_code(
    qris: SnapMerchant, fields: dict[str, object], code: str
) -> None:
    status, body = qris.call(GENERATE, a_code(qris) | fields, a_token(qris))
    assert (str(status), body["responseCode"]) == (code[:3], code)
    assert len(qris.market.exchange.life.charges) == 0


def test_what_is_no_json_object_is_a_bad_request(qris: SnapMerchant) -> None:
    token = a_token(qris)
    for raw in (b"", b"{", b"[]", b"\xff"):
        headers = qris.headers(GENERATE, raw, token)
        call = qris.market.send("ovo_qris", GENERATE, raw, headers)
        assert qris.market.answer(call)[1]["responseCode"] == "4004700"


def test_other_paths_and_methods_are_an_empty_404(qris: SnapMerchant) -> None:
    for method, path in (("GET", GENERATE), ("POST", "/v1.0/qr/other"), ("POST", "/")):
        call = qris.market.send("ovo_qris", path, method=method)
        assert qris.market.answer(call) == (404, None)
