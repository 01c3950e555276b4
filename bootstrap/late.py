"""What is made when it is first used, because most processes never use it."""

from collections.abc import Callable, Coroutine
from threading import Lock
from typing import Any, Generic, TypeVar, final

from application.ports import (
    Binding,
    Charge,
    LinkWish,
    PaymentGateway,
    RefundOrder,
    WalletLinking,
    WalletStanding,
)
from domain.merchant import ProviderAccount
from domain.money import Money
from domain.msisdn import Msisdn
from domain.outcome import Outcome
from domain.wallet_link import CustomerTokens, WalletLink

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


@final
class LateLinking(WalletLinking):
    """A way to link wallets that is made for its first question."""

    def __init__(self, real: Callable[[], WalletLinking]) -> None:
        self._real = real

    def look_up(
        self, account: ProviderAccount, phone: Msisdn
    ) -> Coroutine[Any, Any, WalletStanding]:
        return self._real().look_up(account, phone)

    def bind(self, wish: LinkWish) -> Coroutine[Any, Any, Binding]:
        return self._real().bind(wish)

    def exchange(
        self, account: ProviderAccount, link: WalletLink
    ) -> Coroutine[Any, Any, CustomerTokens]:
        return self._real().exchange(account, link)

    def unbind(self, account: ProviderAccount, link: WalletLink) -> Coroutine[Any, Any, None]:
        return self._real().unbind(account, link)

    def covers(
        self, account: ProviderAccount, link: WalletLink, amount: Money
    ) -> Coroutine[Any, Any, bool | None]:
        return self._real().covers(account, link, amount)
