"""The API keeps what its OpenAPI document says: schemathesis with every check that fits."""

from collections.abc import Iterator
from threading import Thread

import pytest
from werkzeug.serving import make_server

from adapters.inbound.http.door import DoorSettings
from tests.unit.http.house import House

EXAMPLES = 12
"""For each operation and kind of data; `schemathesis run` can try more against a real server."""


@pytest.fixture
def served() -> Iterator[tuple[str, str]]:
    """A house of memory behind a small server: its address and an API key."""
    house = House(settings=DoorSettings(max_waiters=0))  # nobody waits
    house.loop.start()
    server = make_server("127.0.0.1", 0, house.app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}", house.key
    server.shutdown()
    thread.join(5)
    house.loop.stop()


@pytest.mark.timeout(900)  # thousands of requests: a minute where nothing else runs
def test_the_document_is_true(served: tuple[str, str]) -> None:
    # Imported here: every process of a run imports this module, and one runs the test.
    from schemathesis import openapi
    from schemathesis.config import SchemathesisConfig
    from schemathesis.engine import events, from_schema

    import tests.integration.http.hooks  # noqa: F401  registers them

    url, key = served
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "auth": {"openapi": {"ApiKey": {"bearer": key}}},
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none"},
            # A link that was let go of can be read on: its payments and history name it.
            "operations": [
                {
                    "include-path": "/v1/wallet_links/{link_id}",
                    "checks": {"use_after_free": {"enabled": False}},
                }
            ],
        }
    )
    schema = openapi.from_url(f"{url}/openapi.json", config=config)
    schema.config.update(base_url=url)
    failures: list[str] = []
    checked = 0
    for event in from_schema(schema).execute():
        match event:
            case events.ScenarioFinished():
                for case_id, checks in event.recorder.checks.items():
                    checked += len(checks)
                    case = event.recorder.cases[case_id].value
                    failures += [
                        f"{c.name}: {c.failure_info.failure}\n{case.as_curl_command()}"
                        for c in checks
                        if c.failure_info
                    ]
            case events.NonFatalError():
                failures.append(f"{event.label}: {event.value}")
            case events.FatalError():
                failures.append(str(event.exception))
    assert not failures, "\n\n".join(failures)
    assert checked > 1_000
