"""What the processes carry, and what they leave out until it is needed."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from bootstrap.embedded import prepare
from bootstrap.late import Late
from bootstrap.lean import kept_out
from bootstrap.settings import Settings

ROOT = Path(__file__).parents[3]
NOT_IN_THE_API = {"aiohttp", "flask_openapi", "httpx", "pygments", "rich", "yaml"}
"""Some 25 MB that neither a payment nor a read needs."""
API = """
import json, sys
from bootstrap.api import create
from werkzeug.test import Client
caller = Client(create())
said = [caller.get(path).status_code for path in ("/healthz", "/v1/payments", "/metrics")]
print(json.dumps({"said": said, "carried": sorted(sys.modules)}))
"""


def test_the_api_carries_nothing_that_a_payment_does_not_need(tmp_path: Path) -> None:
    prepare(Settings(data_dir=tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", API],
        env={"PATH": os.environ["PATH"], "LUNAS_DATA_DIR": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    told = json.loads(done.stdout)
    assert told["said"] == [200, 401, 200]
    assert {"flask", "structlog", "bootstrap.wsgi"} <= set(told["carried"])
    assert NOT_IN_THE_API.isdisjoint(told["carried"])


def test_what_is_kept_out_can_be_imported_afterwards() -> None:
    sys.modules.pop("this", None)
    with kept_out("this", "json"), pytest.raises(ModuleNotFoundError):
        import_module("this")
    assert "this" not in sys.modules
    assert isinstance(sys.modules["json"], ModuleType)


def test_what_comes_late_is_made_once_and_not_before() -> None:
    made: list[str] = []

    def make() -> list[str]:
        made.append("once")
        return made

    late = Late(make)
    assert made == []
    assert late() is late() is made
    assert made == ["once"]
