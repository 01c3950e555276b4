"""What can be refused, in the words of the business."""

from datetime import timedelta


class LunasError(Exception):
    """The root of everything that Lunas refuses on purpose."""


class InvalidValue(LunasError, ValueError):
    """A value that cannot be what its field says; the message never repeats a phone or secret."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class IllegalTransition(LunasError):
    """The payment's state does not allow this step; nothing was changed."""

    def __init__(self, status: str, step: str) -> None:
        super().__init__(f"a payment that is {status} cannot {step}")
        self.status = status
        self.step = step


class PaymentIsUnknown(LunasError):
    """The wallet was asked and has not given a trustworthy answer; settle that first."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("what happened to the money is still being found out")
        self.retry_after = retry_after


class AttemptsExhausted(LunasError):
    """No attempt is left, or too little of the payment's life for another one."""


class Cooldown(LunasError):
    """The previous attempt is too recent for a resend."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__("the previous push is too recent")
        self.retry_after = retry_after


class OpenException(LunasError):
    """A late success of this order waits for a decision; no further attempt may be made."""


class RefundExceedsPaid(LunasError):
    """More would go back than was paid; nothing was written."""

    def __init__(self, refundable: int) -> None:
        super().__init__("the refund is larger than what can still be refunded")
        self.refundable = refundable
