"""The snippet of the webhook guide, run as it is printed."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from adapters.outbound.webhook.signature import new_secret, signature

GUIDE = Path(__file__).parents[3] / "docs" / "webhooks.md"
SECRET = new_secret(b"\x03" * 32)
Hear = Callable[[dict[str, str], bytes, str], str | None]


def snippet() -> Hear:
    """The guide's function."""
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.S)
    names: dict[str, object] = {}
    exec(code, names)
    return cast("Hear", names["hear"])


def an_event(kind: str) -> tuple[dict[str, str], bytes]:
    """A signed delivery."""
    body = json.dumps({"type": kind, "data": {"payment": {"order_id": "consult-1"}}}).encode()
    seconds = int(datetime.now(UTC).timestamp())
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature([SECRET], "evt_1", seconds, body),
    }
    return headers, body


def test_it_unlocks_on_success_and_on_nothing_else() -> None:
    assert snippet()(*an_event("payment.succeeded"), SECRET) == "consult-1"
    assert snippet()(*an_event("payment.failed"), SECRET) is None


@pytest.mark.parametrize("forged", ["v1,AAAA", "no comma", ""])
def test_it_refuses_what_is_not_ours(forged: str) -> None:
    headers, body = an_event("payment.succeeded")
    with pytest.raises(ValueError, match="not signed"):
        snippet()(headers | {"webhook-signature": forged}, body, SECRET)
