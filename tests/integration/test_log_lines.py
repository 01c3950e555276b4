"""The log of the API: a line for each answer, also of the last ones before the process ends."""

import json
from pathlib import Path

from tests.integration.house import PATIENT, a_house

REQUESTS = 40


def test_no_line_is_lost_when_the_api_is_stopped(tmp_path: Path) -> None:
    with a_house(tmp_path, PATIENT) as house:
        house.ensure("serve")
        log = house.folder / "serve.log"
        for number in range(REQUESTS):
            name = f"line-{number}"
            assert house.call("GET", "/v1/payments", X_Request_Id=name).status == 200
        house.stop("serve")
        lines = [json.loads(line) for line in log.read_bytes().splitlines()]
        told = [line["request_id"] for line in lines if line.get("route") == "/v1/payments"]
        assert told == [f"line-{number}" for number in range(REQUESTS)]
