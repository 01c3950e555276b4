"""What may come back in place of an answer, as one readable line that says what to do."""

from collections.abc import Mapping
from typing import Any

from adapters.inbound.cli.show import rupiah, text_of

Json = Mapping[str, Any]
"""A JSON object of the API's."""
ADVICE: Mapping[str, str] = {
    "malformed": "check the values given",
    "idempotency_key_missing": "give one with --key",
    "idempotency_key_reused": "that key belongs to another request: leave --key out",
    "idempotency_in_progress": "the first try is still running: repeat with the same --key",
    "unauthorized": "check LUNAS_API_KEY; `lunas clients create` makes a new key",
    "forbidden": "use a key of the merchant and mode that this belongs to",
    "not_found": "check the id, and that the key is of the same merchant and mode",
    "validation_failed": "correct the fields named",
    "order_in_progress": "see it with `lunas pay list --order`; cancel it before starting another",
    "order_already_paid": "nothing: the order is paid; see `lunas pay list --order`",
    "illegal_transition": "see where it stands with `lunas pay get`",
    "payment_unknown": "wait: Lunas is finding out what happened to the money",
    "cooldown": "wait a few seconds, then push again",
    "attempts_exhausted": "cancel this payment and start another",
    "refund_exceeds_paid": "ask for less; `lunas refunds list` shows what is on its way already",
    "concurrent_change": "repeat in a second",
    "rate_limited": "wait, then repeat",
    "queue_full": "wait, then repeat; if it stays, see `lunas doctor`",
    "store_unavailable": "see `lunas doctor` on the machine of the service",
    "provider_misconfigured": "correct the merchant's credentials with `lunas merchants account`",
    "provider_unavailable": "wait, then repeat",
}
_BY_WHO: Mapping[str, str] = {
    "customer": "the customer has to act",
    "integrator": "correct the request",
    "operator": "see `lunas doctor` on the machine of the service",
}


class NoAnswer(Exception):
    """Lunas could not be reached, or something else answered in its place."""


class Refused(Exception):
    """Lunas answered with a problem (RFC 9457)."""

    def __init__(self, status: int, problem: Json, retry_after: float | None) -> None:
        super().__init__(str(problem.get("code")))
        self.status = status
        self.problem = problem
        self.retry_after = retry_after

    @property
    def code(self) -> str:
        """The problem's code; `http_500` where it has none."""
        return text_of(self.problem.get("code") or f"http_{self.status}")

    @property
    def line(self) -> str:
        """Code, title, detail, fields, advice and request id in one line."""
        parts = [f"{self.code} ({self.status}):"]
        parts += [_sentence(self.problem.get(name)) for name in ("title", "detail")]
        if self.problem.get("payment_id"):
            parts.append(f"Payment: {text_of(self.problem['payment_id'])}.")
        left = self.problem.get("refundable")
        if isinstance(left, int):
            parts.append(f"Left: {rupiah(left)}.")
        parts += [_sentence("; ".join(_fields(self.problem.get("errors"))))]
        parts += [_sentence(self._advice and f"What to do: {self._advice}")]
        if self.retry_after is not None:
            parts.append(f"Again in {self.retry_after:.0f} s.")
        if self.problem.get("request_id"):
            parts.append(f"Request: {text_of(self.problem['request_id'])}")
        return " ".join(part for part in parts if part)

    @property
    def _advice(self) -> str | None:
        return ADVICE.get(self.code) or _BY_WHO.get(str(self.problem.get("who_can_fix")))


def _sentence(value: object) -> str:
    text = text_of(value).strip() if value else ""
    return text if not text or text[-1] in ".!?" else f"{text}."


def _fields(errors: object) -> list[str]:
    if not isinstance(errors, list):
        return []
    return [
        f"{text_of(error.get('pointer') or '?').removeprefix('#')}: {_first(error)}"
        for error in errors
        if isinstance(error, Mapping)
    ]


def _first(error: Json) -> str:
    return text_of(error.get("detail") or error.get("message") or "is not valid")
