"""What the house refuses, in the API's words."""

from datetime import timedelta
from math import ceil

from adapters.inbound.http.problems import Code, Refusal, invalid
from application.link_wallet import WalletNotLinkable
from application.ports import (
    LinkTaken,
    NotFound,
    OrderTaken,
    ProviderRefused,
    ProviderUnavailable,
    QueueFull,
    ReferenceReused,
    StalePayment,
    StoreUnavailable,
)
from application.start_payment import AccountStopped
from application.use_wallet_link import LinkInUse
from application.webhook_endpoints import TooManyEndpoints
from domain.errors import (
    AttemptsExhausted,
    Cooldown,
    IllegalTransition,
    InvalidValue,
    LunasError,
    OpenException,
    PaymentIsUnknown,
    RefundExceedsPaid,
)
from domain.reason import WhoCanFix
from domain.wallet_link import LinkInactive

STORE_SECONDS, QUEUE_SECONDS, PROVIDER_SECONDS, PROBE_SECONDS = 2, 1, 5, 60
"""What Retry-After says where the refusal itself does not know."""


# One return for each kind of refusal: a table of types could not take their values along.
def as_refusal(error: LunasError) -> Refusal:  # noqa: PLR0911
    """The problem that tells this refusal."""
    match error:
        case NotFound():
            return Refusal(Code.NOT_FOUND)
        case TooManyEndpoints():
            return Refusal(Code.TOO_MANY_ENDPOINTS)
        case InvalidValue(field=field, problem=problem):
            return invalid(f"/{field}", problem)
        case OrderTaken(payment_id=payment_id, paid=paid):
            code = Code.ORDER_ALREADY_PAID if paid else Code.ORDER_IN_PROGRESS
            return Refusal(code, members={"payment_id": payment_id})
        case PaymentIsUnknown(retry_after=wait):
            return Refusal(Code.PAYMENT_UNKNOWN, retry_after=_seconds(wait))
        case Cooldown(retry_after=wait):
            return Refusal(Code.COOLDOWN, retry_after=_seconds(wait))
        case AttemptsExhausted():
            return Refusal(Code.ATTEMPTS_EXHAUSTED)
        case RefundExceedsPaid(refundable=left):
            return Refusal(Code.REFUND_EXCEEDS_PAID, members={"refundable": left})
        case OpenException():
            detail = "A late success of this order waits for an operator's decision."
            return Refusal(Code.ILLEGAL_TRANSITION, detail, who_can_fix=WhoCanFix.OPERATOR)
        case IllegalTransition():
            return Refusal(Code.ILLEGAL_TRANSITION, f"{str(error).capitalize()}.")
        case StalePayment():
            return Refusal(Code.CONCURRENT_CHANGE, retry_after=1)
        case _:
            return _of_links(error) or _of_the_house(error)


def _of_links(error: LunasError) -> Refusal | None:
    match error:
        case LinkInactive(status=status):
            return Refusal(Code.WALLET_LINK_INACTIVE, members={"wallet_link_status": status})
        case LinkInUse(payment_id=payment_id):
            return Refusal(Code.WALLET_LINK_IN_USE, members={"payment_id": payment_id})
        case LinkTaken(link_id=link_id):
            return Refusal(Code.WALLET_ALREADY_LINKED, members={"wallet_link_id": link_id})
        case WalletNotLinkable(standing=standing):
            return Refusal(Code.WALLET_NOT_LINKABLE, members={"wallet_status": standing})
        case _:
            return None


def _of_the_house(error: LunasError) -> Refusal:
    match error:
        case AccountStopped() | ProviderRefused(stops_account=True):
            return Refusal(Code.PROVIDER_MISCONFIGURED, retry_after=PROBE_SECONDS)
        case ProviderRefused(code=code):
            return Refusal(Code.PROVIDER_REJECTED, members={"provider_code": code})
        case ProviderUnavailable():
            return Refusal(Code.PROVIDER_UNAVAILABLE, retry_after=PROVIDER_SECONDS)
        case QueueFull():
            return Refusal(Code.QUEUE_FULL, retry_after=QUEUE_SECONDS)
        case StoreUnavailable() | ReferenceReused():
            return Refusal(Code.STORE_UNAVAILABLE, retry_after=STORE_SECONDS)
        case _:
            return Refusal(Code.INTERNAL_ERROR)


def _seconds(wait: timedelta) -> int:
    return max(1, ceil(wait.total_seconds()))
