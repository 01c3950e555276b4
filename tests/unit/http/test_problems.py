"""Every problem has one shape, and every refusal of the house is one."""

from datetime import timedelta

import pytest
import structlog

from adapters.inbound.http.problems import PROBLEMS, Code, Refusal
from adapters.inbound.http.refusals import as_refusal
from application.ports import (
    NotFound,
    OrderTaken,
    ProviderRefused,
    ProviderUnavailable,
    QueueFull,
    ReferenceReused,
    StalePayment,
    StoreUnavailable,
    WriteUnconfirmed,
)
from application.start_payment import AccountStopped
from application.webhook_endpoints import TooManyEndpoints
from domain.errors import (
    AttemptsExhausted,
    Cooldown,
    IllegalTransition,
    InvalidValue,
    LunasError,
    OpenException,
    PaymentIsUnknown,
)
from tests.unit.cases import for_each
from tests.unit.http.house import Api, House, an_order


@pytest.fixture
def house(shared_house: House) -> House:
    """A house that others use too."""
    return shared_house


@pytest.fixture
def api(house: House) -> Api:
    """The program of a merchant of its own."""
    return house.a_client(house.open_for("Klinik", livemode=False)[1])


PROMISED = {
    "malformed": 400,
    "idempotency_key_missing": 400,
    "idempotency_key_reused": 422,
    "idempotency_in_progress": 409,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "validation_failed": 422,
    "order_in_progress": 409,
    "order_already_paid": 409,
    "illegal_transition": 409,
    "payment_unknown": 409,
    "cooldown": 409,
    "attempts_exhausted": 409,
    "refund_exceeds_paid": 422,
    "partial_refund_unsupported": 422,
    "body_too_large": 413,
    "unsupported_media_type": 415,
    "rate_limited": 429,
    "queue_full": 503,
    "store_unavailable": 503,
    "provider_misconfigured": 503,
    "provider_unavailable": 503,
}


@for_each(("code", "status"), PROMISED.items())
def test_the_promised_codes_and_their_status(code: str, status: int) -> None:
    assert PROBLEMS[Code(code)].status == status


def test_the_table_is_complete() -> None:
    assert set(PROBLEMS) == set(Code)


@for_each("code", Code)
def test_every_problem_has_every_member(code: Code) -> None:
    document = Refusal(code).document("https://docs.example/errors", "req-1")
    problem = PROBLEMS[code]
    assert document == {
        "type": f"https://docs.example/errors/{code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.advice,
        "instance": "urn:lunas:request:req-1",
        "code": code,
        "retryable": problem.retryable,
        "who_can_fix": problem.who_can_fix,
        "request_id": "req-1",
    }


@for_each("code", Code)
def test_every_type_is_a_page_that_can_be_read(house: House, code: Code) -> None:
    answer = house.app.test_client().get(f"/errors/{code}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f"<h1>{PROBLEMS[code].title}</h1>".replace("'", "&#x27;") in answer.text
    assert str(PROBLEMS[code].status) in answer.text


def test_a_type_that_is_none_has_no_page(house: House) -> None:
    assert house.app.test_client().get("/errors/nonsense").status_code == 404


SECONDS = timedelta(seconds=7.2)


@for_each(
    ("error", "code", "retry_after"),
    [
        (NotFound(), Code.NOT_FOUND, None),
        (InvalidValue("amount", "is wrong"), Code.VALIDATION_FAILED, None),
        (TooManyEndpoints("url", "many"), Code.TOO_MANY_ENDPOINTS, None),
        (OrderTaken("pay_1", paid=False), Code.ORDER_IN_PROGRESS, None),
        (OrderTaken("pay_1", paid=True), Code.ORDER_ALREADY_PAID, None),
        (PaymentIsUnknown(SECONDS), Code.PAYMENT_UNKNOWN, 8),
        (Cooldown(SECONDS), Code.COOLDOWN, 8),
        (AttemptsExhausted(), Code.ATTEMPTS_EXHAUSTED, None),
        (IllegalTransition("failed", "be pushed"), Code.ILLEGAL_TRANSITION, None),
        (OpenException(), Code.ILLEGAL_TRANSITION, None),
        (StalePayment(), Code.CONCURRENT_CHANGE, 1),
        (AccountStopped(), Code.PROVIDER_MISCONFIGURED, 60),
        (ProviderRefused("58", stops_account=True), Code.PROVIDER_MISCONFIGURED, 60),
        (ProviderRefused("30", stops_account=False), Code.PROVIDER_REJECTED, None),
        (ProviderUnavailable(), Code.PROVIDER_UNAVAILABLE, 5),
        (QueueFull(), Code.QUEUE_FULL, 1),
        (StoreUnavailable(), Code.STORE_UNAVAILABLE, 2),
        (WriteUnconfirmed(), Code.STORE_UNAVAILABLE, 2),
        (ReferenceReused(), Code.STORE_UNAVAILABLE, 2),
        (LunasError(), Code.INTERNAL_ERROR, None),
    ],
)
def test_each_refusal_of_the_house(error: LunasError, code: Code, retry_after: int | None) -> None:
    refusal = as_refusal(error)
    assert (refusal.code, refusal.retry_after) == (code, retry_after)


@pytest.mark.parametrize("refusal", [StoreUnavailable(), WriteUnconfirmed(), QueueFull()])
def test_a_store_in_trouble_is_503_with_a_time(
    house: House, api: Api, monkeypatch: pytest.MonkeyPatch, refusal: LunasError
) -> None:
    def refuse(*_: object) -> None:
        raise refusal

    monkeypatch.setattr(type(house.store.payments), "save", refuse)
    answer = api.post("/v1/payments", an_order())
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_fault_of_ours_tells_nothing_and_is_logged_by_type(
    house: House, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret: 081200000001")

    monkeypatch.setattr(type(house.store.payments), "find", fail)
    with structlog.testing.capture_logs() as lines:
        answer = api.get("/v1/payments")
    assert answer.status_code == 500
    assert answer.get_json(force=True)["code"] == "internal_error"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    [fault] = [line for line in lines if line["log_level"] == "error"]
    assert fault["error"] == "RuntimeError"
    assert "secret" not in str(lines)


def test_a_path_that_is_none(api: Api) -> None:
    for path in ("/", "/v1", "/v1/payments/", "//v1/payments", "/v1/payments/x/y/z"):
        answer = api.get(path)
        assert answer.status_code == 404, path
        assert answer.get_json(force=True)["code"] == "not_found"


@for_each(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/payments", {"GET", "HEAD", "POST"}),
        ("PUT", "/v1/payments", {"GET", "HEAD", "POST"}),
        ("OPTIONS", "/v1/payments", {"GET", "HEAD", "POST"}),
        ("GET", "/v1/phone_inquiries", {"POST"}),
        ("POST", "/healthz", {"GET", "HEAD"}),
    ],
)
def test_a_method_that_the_path_does_not_take(
    house: House, method: str, path: str, allowed: set[str]
) -> None:
    answer = house.app.test_client().open(path, method=method)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == allowed
    assert answer.get_json(force=True)["code"] == "method_not_allowed"
