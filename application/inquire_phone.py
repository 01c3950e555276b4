"""Ask a wallet whether it knows a number; nothing moves."""

from collections.abc import Mapping
from dataclasses import dataclass

from application.ports import AccountRepository, NotFound, PaymentGateway
from application.start_payment import AccountStopped
from domain.merchant import Caller
from domain.msisdn import Msisdn


@dataclass(frozen=True, slots=True)
class InquirePhone:
    """True, False, or None when the wallet does not say.

    Raises AccountStopped, ProviderRefused, ProviderUnavailable or StoreUnavailable.
    """

    accounts: AccountRepository
    gateways: Mapping[str, PaymentGateway]

    async def __call__(self, caller: Caller, provider: str, phone: Msisdn) -> bool | None:
        try:
            account = self.accounts.get(caller.merchant_id, provider, livemode=caller.livemode)
        except NotFound as missing:
            raise AccountStopped from missing
        return await self.gateways[provider].is_registered(account, phone)
