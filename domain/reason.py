"""Why a payment is where it is, for each of the people who ask."""

from dataclasses import dataclass
from enum import StrEnum


class WhoCanFix(StrEnum):
    """Whose move it is."""

    CUSTOMER = "customer"
    INTEGRATOR = "integrator"
    OPERATOR = "operator"


class ReasonCode(StrEnum):
    """The stable names of reasons in the API."""

    DECLINED_BY_CUSTOMER = "declined_by_customer"
    PHONE_NOT_REGISTERED = "phone_not_registered"
    PUSH_NOT_SHOWN = "push_not_shown"
    TIMED_OUT = "timed_out"
    INSUFFICIENT_BALANCE = "insufficient_balance"
    LIMIT_EXCEEDED = "limit_exceeded"
    BELOW_MINIMUM = "below_minimum"
    ACCOUNT_BLOCKED = "account_blocked"
    PROVIDER_MISCONFIGURED = "provider_misconfigured"
    PROVIDER_REJECTED = "provider_rejected"
    WALLET_UNREACHABLE = "wallet_unreachable"
    WALLET_LINK_INACTIVE = "wallet_link_inactive"


@dataclass(frozen=True, slots=True)
class Texts:
    """One message in the patient's two languages."""

    id: str
    en: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason as the payment keeps it;

    `provider_code` is the wallet's own word, if it gave one.
    """

    code: ReasonCode
    provider_code: str | None
    retryable: bool
    who_can_fix: WhoCanFix
    message: Texts


WALLET_UNREACHABLE = Reason(
    code=ReasonCode.WALLET_UNREACHABLE,
    provider_code=None,
    retryable=True,
    who_can_fix=WhoCanFix.OPERATOR,
    message=Texts(
        id="OVO sedang tidak dapat dihubungi. Anda tidak ditagih. Silakan coba lagi.",
        en="OVO cannot be reached right now. You were not charged. Please try again.",
    ),
)
TIMED_OUT = Reason(
    code=ReasonCode.TIMED_OUT,
    provider_code=None,
    retryable=True,
    who_can_fix=WhoCanFix.CUSTOMER,
    message=Texts(
        id="Waktu persetujuan habis. Anda tidak ditagih. Silakan coba lagi.",
        en="The time to approve ran out. You were not charged. Please try again.",
    ),
)
