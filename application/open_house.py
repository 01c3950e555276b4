"""Let merchants and their programs in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from application.ports import AccountRepository, Clock, Directory, NewId, NotFound
from domain.errors import InvalidValue
from domain.ids import IdKind
from domain.merchant import ApiClient, Merchant, ProviderAccount

NewApiKey = Callable[[], str]
"""32 random bytes as text."""
LONGEST_NAME = 120


def key_sha256(api_key: str) -> str:
    """What is kept of an API key, and what it is found by."""
    return sha256(api_key.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class OpenHouse:
    """Add merchants, their provider accounts and their API clients."""

    directory: Directory
    accounts: AccountRepository
    clock: Clock
    new_id: NewId
    new_api_key: NewApiKey

    def merchant(self, name: str) -> Merchant:
        """A new merchant; raises InvalidValue for an empty or overlong name."""
        merchant = Merchant(self.new_id(IdKind.MERCHANT), _name(name), self.clock().at)
        self.directory.add_merchant(merchant)
        return merchant

    def account(
        self, merchant_id: str, provider: str, *, livemode: bool, credentials: Mapping[str, str]
    ) -> None:
        """Give a merchant an account, in place of the one it had; raises NotFound."""
        self._known(merchant_id)
        self.accounts.save(ProviderAccount(merchant_id, provider, livemode, credentials))

    def client(self, merchant_id: str, name: str, *, livemode: bool) -> tuple[ApiClient, str]:
        """A new client and its key, which is told this once and kept nowhere."""
        self._known(merchant_id)
        key = f"lunas_{'live' if livemode else 'test'}_{self.new_api_key()}"
        client = ApiClient(
            id=self.new_id(IdKind.CLIENT),
            merchant_id=merchant_id,
            livemode=livemode,
            name=_name(name),
            key_sha256=key_sha256(key),
            created_at=self.clock().at,
        )
        self.directory.add_client(client)
        return client, key

    def _known(self, merchant_id: str) -> None:
        if all(merchant.id != merchant_id for merchant in self.directory.merchants()):
            raise NotFound


def _name(name: str) -> str:
    text = name.strip()
    if not 0 < len(text) <= LONGEST_NAME or not text.isprintable():
        raise InvalidValue("name", f"must have 1 to {LONGEST_NAME} printable characters")
    return text
