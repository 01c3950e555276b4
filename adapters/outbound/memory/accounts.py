"""Provider accounts in memory."""

from collections.abc import Sequence
from typing import final

from adapters.outbound.memory.state import State
from application.ports import AccountRepository, NotFound
from domain.copying import replace
from domain.merchant import ProviderAccount, Stop


@final
class MemoryAccounts(AccountRepository):
    """Merchants' accounts at providers."""

    def __init__(self, state: State) -> None:
        self._state = state

    def save(self, account: ProviderAccount) -> None:
        key = (account.merchant_id, account.provider, account.livemode)
        self._state.write(lambda: self._state.accounts.update({key: account}))

    def set_stop(self, account: ProviderAccount, stop: Stop | None) -> bool:
        return self._state.write(lambda: self._set_stop(account, stop))

    def get(self, merchant_id: str, provider: str, *, livemode: bool) -> ProviderAccount:
        with self._state.lock:
            try:
                return self._state.accounts[merchant_id, provider, livemode]
            except KeyError:
                raise NotFound from None

    def stopped(self, provider: str) -> Sequence[ProviderAccount]:
        with self._state.lock:
            accounts = sorted(self._state.accounts.items())
            return [a for (_, name, _), a in accounts if name == provider and a.stopped is not None]

    def _set_stop(self, account: ProviderAccount, stop: Stop | None) -> bool:
        key = (account.merchant_id, account.provider, account.livemode)
        found = self._state.accounts.get(key)
        if found is None or found.credentials != account.credentials:
            return False
        self._state.accounts[key] = replace(found, stopped=stop)
        return True
