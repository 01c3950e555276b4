"""The merchants that this wallet knows: their credentials and their terminals."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

# Published on purpose: these open nothing but a sandbox on a developer's own machine.
DEMO_APP_ID = "lunas-sandbox"
DEMO_APP_KEY = "5eed" * 16
DEMO_MERCHANT_ID = "1000001"
DEMO_STORE_CODE = "LUNAS01"
DEMO_TID = "00300001"
DEMO_MID = "0010000000LN001"
DEMO_STORE_NAME = "Klinik Lunas"

KNOWN_ACCOUNTS = 10_000
_LONGEST_TEXT = 100


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """One terminal of one merchant, and the key that signs for it (never shown)."""

    app_id: str
    app_key: str
    merchant_id: str
    store_code: str
    tid: str
    mid: str
    store_name: str = DEMO_STORE_NAME
    store_address: str = "Jl. Contoh 1"
    store_city: str = "Jakarta"

    def shown(self) -> dict[str, str]:
        """The account without its key."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "app_key"}


DEMO_ACCOUNT = Account(
    app_id=DEMO_APP_ID,
    app_key=DEMO_APP_KEY,
    merchant_id=DEMO_MERCHANT_ID,
    store_code=DEMO_STORE_CODE,
    tid=DEMO_TID,
    mid=DEMO_MID,
)


class AccountError(ValueError):
    """What is given is no account; the text says why and names the field."""


class Accounts:
    """The accounts by app-id and by terminal, at most `KNOWN_ACCOUNTS` of them."""

    def __init__(self, *accounts: Account) -> None:
        self._keys: dict[str, str] = {}
        self._terminals: dict[tuple[str, str], Account] = {}
        for account in accounts:
            self.add(account)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._terminals.values())

    def add(self, account: Account) -> None:
        """Learn an account. Raises AccountError when it contradicts one that is known."""
        if self._keys.get(account.app_id, account.app_key) != account.app_key:
            raise AccountError("app_id: known with another app_key")
        terminal = (account.tid, account.mid)
        known = self._terminals.get(terminal)
        if known is not None and known.app_id != account.app_id:
            raise AccountError("tid, mid: this terminal belongs to another app_id")
        if known is None and len(self._terminals) >= KNOWN_ACCOUNTS:
            raise AccountError(f"no more than {KNOWN_ACCOUNTS} accounts")
        self._keys[account.app_id] = account.app_key
        self._terminals[terminal] = account

    def key_of(self, app_id: str) -> str | None:
        """The key that signs for this app-id, None when the app-id is unknown."""
        return self._keys.get(app_id)

    def terminal(self, *, tid: str, mid: str) -> Account | None:
        """The account of a terminal, None when there is no such terminal."""
        return self._terminals.get((tid, mid))


def parse_accounts(value: object) -> list[Account]:
    """The accounts in a JSON object or list of objects. Raises AccountError."""
    rows = value if isinstance(value, list) else [value]
    if not rows:
        raise AccountError("an empty list of accounts")
    return [_account(row) for row in rows]


def _account(row: object) -> Account:
    if not isinstance(row, dict):
        raise AccountError("an account is a JSON object")
    known = {f.name for f in fields(Account)}
    needed = ("app_id", "app_key", "merchant_id", "store_code", "tid", "mid")
    if strange := sorted(str(name) for name in set(row) - known):
        raise AccountError(f"unknown: {', '.join(strange)}")
    if missing := [name for name in needed if name not in row]:
        raise AccountError(f"missing: {', '.join(missing)}")
    for name, text in row.items():
        if not isinstance(text, str) or not 0 < len(text) <= _LONGEST_TEXT or not text.isascii():
            raise AccountError(f"{name}: ASCII text of 1 to {_LONGEST_TEXT} characters")
    return Account(**row)
