"""What is made when it is first used, because most processes never use it."""

from collections.abc import Callable, Coroutine
from threading import Lock
from typing import Any, Generic, TypeVar, final

from application.ports import Charge, PaymentGateway, RefundOrder
from domain.merchant import ProviderAccount
from domain.msisdn import Msisdn
from domain.outcome import Outcome

Made = TypeVar("Made")
Outcomes = Coroutine[Any, Any, Outcome]


@final
class Late(Generic[Made]):
    """Gives the one thing that `make` makes, at the first call; raises what `make` raises."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._made: Made | None = None
        self._lock = Lock()

    def __call__(self) -> Made:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


@final
class LateGateway(PaymentGateway):
    """A gateway that is made for its first question; it hands on what the real one gives."""

    def __init__(self, real: Callable[[], PaymentGateway]) -> None:
        self._real = real

    def push(self, charge: Charge) -> Outcomes:
        return self._real().push(charge)

    def check(self, charge: Charge) -> Outcomes:
        return self._real().check(charge)

    def reverse(self, charge: Charge) -> Outcomes:
        return self._real().reverse(charge)

    def void(self, charge: Charge) -> Outcomes:
        return self._real().void(charge)

    def check_void(self, charge: Charge) -> Outcomes:
        return self._real().check_void(charge)

    def refund(self, charge: Charge, refund: RefundOrder) -> Outcomes:
        return self._real().refund(charge, refund)

    def check_refund(self, charge: Charge, refund: RefundOrder) -> Outcomes:
        return self._real().check_refund(charge, refund)

    def is_registered(
        self, account: ProviderAccount, phone: Msisdn
    ) -> Coroutine[Any, Any, bool | None]:
        return self._real().is_registered(account, phone)
