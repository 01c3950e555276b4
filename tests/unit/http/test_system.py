"""Life, readiness, numbers, documentation and what every answer carries."""

import json
import re
from typing import Any

import pytest
import structlog

from adapters.inbound.http.models import PaymentRequest
from tests.unit.cases import for_each
from tests.unit.http.house import Api, House, an_order, the_example


def test_a_process_that_lives_says_so(house: House) -> None:
    answer = house.a_client(None).get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


def test_ready_only_if_a_payment_could_be_made(house: House) -> None:
    anybody = house.a_client(None)
    ready = anybody.get("/readyz")
    whole = {"status": "ready", "problems": [], "warnings": []}
    assert (ready.status_code, ready.get_json()) == (200, whole)
    house.warnings.append("worker-2 starts nothing: the clock is 90.0 s off the store's")
    assert anybody.get("/readyz").get_json() == whole | {"warnings": house.warnings}
    house.warnings.clear()
    house.problems.append("no worker has been heard of")
    answer = anybody.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json() == {
        "status": "not_ready",
        "problems": ["no worker has been heard of"],
        "warnings": [],
    }
    assert answer.headers["Retry-After"] == "1"


@for_each("path", ["/healthz", "/v1/payments", "/nope", "/docs", "/openapi.json"])
def test_every_answer_has_an_id_and_is_not_sniffed(api: Api, path: str) -> None:
    answer = api.get(path)
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-Id"])
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "access-control" not in str(answer.headers).lower()


def test_the_callers_request_id_is_kept_if_it_is_sane(api: Api) -> None:
    for sane in ("req-1", "a" * 64, "A.b_c-9", "2026-11-23-000001"):
        assert api.get("/healthz", X_Request_Id=sane).headers["X-Request-Id"] == sane
    for strange in ("a" * 65, "a b", "<x>", "", "081200000001", "62812-0000-0001"):
        assert api.get("/healthz", X_Request_Id=strange).headers["X-Request-Id"] != strange


def test_a_problem_names_its_request(api: Api) -> None:
    answer = api.get("/v1/payments/x", X_Request_Id="req-1").get_json(force=True)
    assert (answer["request_id"], answer["instance"]) == ("req-1", "urn:lunas:request:req-1")


def test_a_request_leaves_one_line_without_phones_or_keys(house: House, api: Api) -> None:
    with structlog.testing.capture_logs(
        processors=[structlog.contextvars.merge_contextvars]
    ) as lines:
        started = api.post("/v1/payments", an_order(), headers={"X-Request-Id": "req-1"})
        api.get("/v1/payments?order_id=081200000001")
        api.get("/v1/payments/081200000001")
    payment_id = started.get_json()["id"]
    [first, second, third] = [line for line in lines if line["event"] == "request"]
    assert {name: first[name] for name in ("method", "route", "status", "payment_id")} == {
        "method": "POST",
        "route": "/v1/payments",
        "status": 202,
        "payment_id": payment_id,
    }
    assert first["request_id"] == "req-1"
    assert first["client_id"].startswith("cli_")
    assert first["ms"] > 0
    assert "payment_id" not in second
    assert third["route"] == "/v1/payments/<payment_id>"
    assert "081200000001" not in str(lines)
    assert house.key not in str(lines)


def test_requests_are_counted_by_route_and_never_by_path(api: Api) -> None:
    api.post("/v1/payments", an_order())
    api.get("/v1/payments/081200000001")
    api.get("/081200000001")
    page = api.get("/metrics").get_data(as_text=True)
    assert 'lunas_http_requests_total{method="POST",route="/v1/payments",status="202"} 1.0' in page
    assert 'route="/v1/payments/<payment_id>",status="404"' in page
    assert 'route="unmatched",status="404"' in page
    assert 'lunas_http_request_seconds_count{method="POST",route="/v1/payments"} 1.0' in page
    assert "081200000001" not in page


def test_the_reference_is_rendered_from_files_of_ours(house: House) -> None:
    anybody = house.a_client(None)
    page = anybody.get("/docs")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert links
    for link in links:
        assert link.startswith(("/docs/", "data:"))
        if link.startswith("/"):
            file = anybody.get(link)
            assert file.status_code == 200
            assert file.headers["X-Content-Type-Options"] == "nosniff"
            assert file.headers["Content-Type"].split(";")[0] in {"text/css", "text/javascript"}
            assert len(file.data) > 100
    assert "validatorUrl: null" in anybody.get("/docs/start.js").text
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert anybody.get("/docs/../../../etc/passwd").status_code == 404
    assert anybody.get("/docs/secrets.js").status_code == 404


def test_the_document_is_openapi_3_1_and_tells_every_route(
    house: House, document: dict[str, Any]
) -> None:
    assert document["openapi"] == "3.1.0"
    told = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    untold = {"/openapi.json", "/docs", "/docs/<file>"}
    untold |= {"/notifications/<provider>", "/notifications/<provider>/<path:_rest>"}
    served = {
        (method, rule.rule.replace("<", "{").replace(">", "}"))
        for rule in house.app.url_map.iter_rules()
        if rule.rule not in untold
        for method in (rule.methods or set()) - {"HEAD"}
    }
    assert told == served


def test_the_document_tells_headers_problems_and_security(document: dict[str, Any]) -> None:
    start = document["paths"]["/v1/payments"]["post"]
    [key] = start["parameters"]
    assert (key["name"], key["in"], key["required"]) == ("Idempotency-Key", "header", True)
    assert start["security"] == [{"ApiKey": []}]
    assert set(start["responses"]) >= {"202", "400", "401", "409", "413", "415", "422", "503"}
    assert "Location" in start["responses"]["202"]["headers"]
    assert "Retry-After" in start["responses"]["503"]["headers"]
    assert list(start["responses"]["409"]["content"]) == ["application/problem+json"]
    assert "order_in_progress" in start["responses"]["409"]["description"]
    example = start["requestBody"]["content"]["application/json"]["examples"]["usual"]["value"]
    assert example == the_example()
    PaymentRequest.model_validate(example)


def test_every_reference_of_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert names <= set(document["components"]["schemas"])
    assert "security" not in document["paths"]["/healthz"]["get"]


def test_the_offer_is_told(document: dict[str, Any]) -> None:
    fields = document["components"]["schemas"]["PaymentRequest"]["properties"]
    assert fields["method"]["enum"] == ["ovo_linked", "ovo_push"]
    assert (fields["amount"]["minimum"], fields["amount"]["maximum"]) == (1, 999_999_999_999)


def test_head_is_get_without_a_body(house: House) -> None:
    answer = house.app.test_client().head("/healthz")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["Content-Length"] == "15"


def test_no_path_is_made_by_a_rule_so_no_start_compiles_how(shared_house: House) -> None:
    for rule in shared_house.app.url_map.iter_rules():
        with pytest.raises(NotImplementedError):
            rule.build({})
