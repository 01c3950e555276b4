"""Choose by which provider an order is charged."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from application.ports import AccountRepository, NotFound
from domain.merchant import Caller
from domain.money import Money
from domain.provider import Provider
from domain.routing import Route, Target, preference

Unwell = Callable[[], Collection[str]]
"""The providers that cannot be used now, as far as the workers can tell; never waits for long."""


def nobody_unwell() -> Collection[str]:
    """Where nobody looks, all are well."""
    return ()


@dataclass(frozen=True, slots=True)
class ChooseProvider:
    """The provider of a method, or of the first route that takes the order.

    Among a route's providers only those count that take the amount, and at which the merchant has
    an account that is not stopped; of these the one whose turn it is, unless it is unwell. The same
    order is given to the same one as long as nothing changes. None where nobody offers the method.
    """

    accounts: AccountRepository
    providers: Mapping[str, Provider]
    routes: Sequence[Route] = ()
    unwell: Unwell = nobody_unwell

    def __call__(self, caller: Caller, method: str, amount: Money, order_id: str) -> str | None:
        for route in self.routes:
            if route.takes(method, amount):
                return self._of(caller, route.targets, amount, order_id)
        for provider in self.providers.values():
            if provider.method == method:
                return provider.name
        return None

    def methods(self) -> Collection[str]:
        """Every method that is offered here."""
        own = (provider.method for provider in self.providers.values())
        return {*own, *(route.method for route in self.routes)}

    def _of(self, caller: Caller, targets: Sequence[Target], amount: Money, order_id: str) -> str:
        number = crc32(f"{caller.merchant_id}|{caller.livemode}|{order_id}".encode())
        ranked = preference(targets, number, self.unwell())
        taking = [name for name in ranked if self.providers[name].takes(amount)]
        usable = [name for name in taking if self._is_usable(caller, name)]
        return (usable or taking or ranked)[0]

    def _is_usable(self, caller: Caller, name: str) -> bool:
        try:
            account = self.accounts.get(caller.merchant_id, name, livemode=caller.livemode)
        except NotFound:
            return False
        return account.stopped is None
