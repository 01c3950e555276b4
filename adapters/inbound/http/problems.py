"""Every problem the API can name: its status, its words and whose move it is (RFC 9457)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.reason import WhoCanFix

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 50
"""How many field errors one answer lists."""


class Code(StrEnum):
    """The stable names of problems."""

    MALFORMED = "malformed"
    IDEMPOTENCY_KEY_MISSING = "idempotency_key_missing"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    IDEMPOTENCY_IN_PROGRESS = "idempotency_in_progress"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    VALIDATION_FAILED = "validation_failed"
    ORDER_IN_PROGRESS = "order_in_progress"
    ORDER_ALREADY_PAID = "order_already_paid"
    ILLEGAL_TRANSITION = "illegal_transition"
    PAYMENT_UNKNOWN = "payment_unknown"
    COOLDOWN = "cooldown"
    ATTEMPTS_EXHAUSTED = "attempts_exhausted"
    CONCURRENT_CHANGE = "concurrent_change"
    WALLET_LINK_INACTIVE = "wallet_link_inactive"
    WALLET_LINK_IN_USE = "wallet_link_in_use"
    WALLET_ALREADY_LINKED = "wallet_already_linked"
    WALLET_NOT_LINKABLE = "wallet_not_linkable"
    TOO_MANY_ENDPOINTS = "too_many_endpoints"
    REFUND_EXCEEDS_PAID = "refund_exceeds_paid"
    PARTIAL_REFUND_UNSUPPORTED = "partial_refund_unsupported"
    BODY_TOO_LARGE = "body_too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    RATE_LIMITED = "rate_limited"
    QUEUE_FULL = "queue_full"
    STORE_UNAVAILABLE = "store_unavailable"
    PROVIDER_MISCONFIGURED = "provider_misconfigured"
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    PROVIDER_REJECTED = "provider_rejected"
    INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, slots=True)
class Problem:
    """What one code means, for the answer and for its page of the documentation."""

    status: int
    title: str
    retryable: bool
    who_can_fix: WhoCanFix
    advice: str


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one value; `pointer` is a JSON pointer into `place`."""

    pointer: str
    detail: str
    place: str = "body"


class Refusal(Exception):
    """An answer that is a problem. `members` are further members of the document."""

    def __init__(
        self,
        code: Code,
        detail: str | None = None,
        *,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, str | int] | None = None,
        who_can_fix: WhoCanFix | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail or PROBLEMS[code].advice
        self.errors = errors
        self.retry_after = retry_after
        self.headers = dict(headers or {})
        self.members = dict(members or {})
        self.who_can_fix = who_can_fix or PROBLEMS[code].who_can_fix

    def document(self, errors_url: str, request_id: str) -> dict[str, object]:
        """The members of the problem document."""
        problem = PROBLEMS[self.code]
        document: dict[str, object] = {
            "type": f"{errors_url}/{self.code}",
            "title": problem.title,
            "status": problem.status,
            "detail": self.detail,
            "instance": f"urn:lunas:request:{request_id}",
            "code": self.code,
            "retryable": problem.retryable,
            "who_can_fix": self.who_can_fix,
            "request_id": request_id,
            **self.members,
        }
        if self.errors:
            document["errors"] = [
                {"pointer": error.pointer, "in": error.place, "detail": error.detail}
                for error in self.errors[:MOST_ERRORS]
            ]
        return document


def invalid(pointer: str, detail: str, place: str = "body") -> Refusal:
    """A refusal that names one field."""
    return Refusal(Code.VALIDATION_FAILED, errors=[FieldError(pointer, detail, place)])


_CUSTOMER, _INTEGRATOR, _OPERATOR = WhoCanFix.CUSTOMER, WhoCanFix.INTEGRATOR, WhoCanFix.OPERATOR

PROBLEMS: Mapping[Code, Problem] = {
    Code.MALFORMED: Problem(
        400, "The request cannot be read", False, _INTEGRATOR,
        "Send one JSON object in UTF-8, without duplicate keys, and well-formed headers.",
    ),
    Code.IDEMPOTENCY_KEY_MISSING: Problem(
        400, "The Idempotency-Key header is missing", False, _INTEGRATOR,
        "Send an Idempotency-Key of 1 to 255 printable ASCII characters, one for each intent, and"
        " the same one when the request is repeated.",
    ),
    Code.IDEMPOTENCY_KEY_REUSED: Problem(
        422, "The idempotency key belongs to another request", False, _INTEGRATOR,
        "This key was used for a request with another meaning. Use a fresh key for a new intent.",
    ),
    Code.IDEMPOTENCY_IN_PROGRESS: Problem(
        409, "The same request is still running", True, _INTEGRATOR,
        "Repeat it with the same key after the time in Retry-After to get its answer.",
    ),
    Code.UNAUTHORIZED: Problem(
        401, "The API key is missing or not valid", False, _INTEGRATOR,
        "Send Authorization: Bearer and an API key that has not been revoked.",
    ),
    Code.FORBIDDEN: Problem(
        403, "This API key may not do that", False, _INTEGRATOR,
        "Use a key that has the right to do this.",
    ),
    Code.NOT_FOUND: Problem(
        404, "There is no such thing", False, _INTEGRATOR,
        "Check the path and the id, and that the key belongs to the same merchant and mode.",
    ),
    Code.METHOD_NOT_ALLOWED: Problem(
        405, "The path does not take this method", False, _INTEGRATOR,
        "The Allow header lists the methods that the path takes.",
    ),
    Code.VALIDATION_FAILED: Problem(
        422, "Some values are not valid", False, _INTEGRATOR,
        "Each entry of errors names a value by its JSON pointer and says what it must be.",
    ),
    Code.ORDER_IN_PROGRESS: Problem(
        409, "The order already has a live payment", False, _INTEGRATOR,
        "Go on with the payment named in payment_id, or cancel it first.",
    ),
    Code.ORDER_ALREADY_PAID: Problem(
        409, "The order is already paid", False, _INTEGRATOR,
        "The payment named in payment_id paid this order. Nothing is to be done.",
    ),
    Code.ILLEGAL_TRANSITION: Problem(
        409, "The payment's state does not allow this", False, _INTEGRATOR,
        "Read the payment: its status and next_action tell what can be done now.",
    ),
    Code.PAYMENT_UNKNOWN: Problem(
        409, "What happened to the money is still being found out", True, _OPERATOR,
        "The wallet gave no answer that can be trusted yet; it is asked again as soon as the rules"
        " allow. Repeat the request after Retry-After.",
    ),
    Code.COOLDOWN: Problem(
        409, "The previous push is too recent", True, _CUSTOMER,
        "Ask again after the time in Retry-After.",
    ),
    Code.ATTEMPTS_EXHAUSTED: Problem(
        409, "No attempt is left", False, _INTEGRATOR,
        "The payment has used its attempts or too little of its life is left: start a new payment"
        " for the order once this one has ended.",
    ),
    Code.CONCURRENT_CHANGE: Problem(
        409, "Somebody else is changing this right now", True, _INTEGRATOR,
        "Repeat the request after the time in Retry-After. Nothing was changed by it.",
    ),
    Code.WALLET_LINK_INACTIVE: Problem(
        409, "The wallet link cannot be used", False, _CUSTOMER,
        "Only an active link can be charged or asked. Have the customer link their wallet again.",
    ),
    Code.WALLET_LINK_IN_USE: Problem(
        409, "A payment of the wallet link is open", True, _INTEGRATOR,
        "Delete the link once the payment named in payment_id has ended, or waits to be tried"
        " again; a pending one can be canceled.",
    ),
    Code.WALLET_ALREADY_LINKED: Problem(
        409, "The customer has an active wallet link already", False, _INTEGRATOR,
        "Use the link named in wallet_link_id, or delete it first.",
    ),
    Code.WALLET_NOT_LINKABLE: Problem(
        422, "This number's wallet cannot be linked as it is", False, _CUSTOMER,
        "wallet_status says why: unregistered has no wallet, no_pin has set no PIN in the app yet,"
        " blocked is blocked by the wallet. Have the customer see to it, or use another number.",
    ),
    Code.TOO_MANY_ENDPOINTS: Problem(
        409, "The merchant has as many webhook endpoints as it may have", False, _INTEGRATOR,
        "Delete an endpoint that is not needed any more.",
    ),
    Code.REFUND_EXCEEDS_PAID: Problem(
        422, "The refund is more than what is left of the payment", False, _INTEGRATOR,
        "Refund at most what was paid less what is refunded or being refunded: refundable says how"
        " much that is.",
    ),
    Code.PARTIAL_REFUND_UNSUPPORTED: Problem(
        422, "This payment can only be refunded in full", False, _INTEGRATOR,
        "Refund the full amount.",
    ),
    Code.BODY_TOO_LARGE: Problem(
        413, "The body is too large", False, _INTEGRATOR, "Send at most 64 KiB.",
    ),
    Code.UNSUPPORTED_MEDIA_TYPE: Problem(
        415, "The body is not JSON", False, _INTEGRATOR,
        "Send Content-Type: application/json and a body in UTF-8.",
    ),
    Code.RATE_LIMITED: Problem(
        429, "Too many requests", True, _INTEGRATOR,
        "Send fewer requests; go on after the time in Retry-After.",
    ),
    Code.QUEUE_FULL: Problem(
        503, "Too much is waiting already", True, _OPERATOR,
        "Nothing was changed. Repeat the request after the time in Retry-After.",
    ),
    Code.STORE_UNAVAILABLE: Problem(
        503, "The store cannot be used right now", True, _OPERATOR,
        "Nothing is sent to a wallet meanwhile. Repeat the request with the same idempotency key"
        " after the time in Retry-After.",
    ),
    Code.PROVIDER_MISCONFIGURED: Problem(
        503, "The merchant's account at the provider cannot be used", True, _OPERATOR,
        "The account is missing, or the provider refuses it. It is probed every minute.",
    ),
    Code.PROVIDER_UNAVAILABLE: Problem(
        503, "The wallet gave no answer", True, _OPERATOR,
        "Nothing was moved. Ask again after the time in Retry-After.",
    ),
    Code.PROVIDER_REJECTED: Problem(
        502, "The wallet refused the question", False, _OPERATOR,
        "Nothing was moved. The wallet's own code is in provider_code.",
    ),
    Code.INTERNAL_ERROR: Problem(
        500, "Something went wrong on our side", True, _OPERATOR,
        "It has been logged under the request id. A request with an idempotency key can be"
        " repeated safely.",
    ),
}  # fmt: skip
