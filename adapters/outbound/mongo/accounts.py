"""Provider accounts in MongoDB."""

from collections.abc import Sequence
from typing import final

from pymongo import ASCENDING
from pymongo.errors import DuplicateKeyError

from adapters.outbound.codec import Codec
from adapters.outbound.mongo import schema
from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.mongo.documents import opened
from adapters.outbound.mongo.remembered import Remembered
from application.ports import AccountRepository, NotFound, StoreUnavailable
from domain.copying import replace
from domain.merchant import ProviderAccount, Stop

MOST_TRIES = 8
"""How often a stop is written again that somebody else's change came before."""


@final
class MongoAccounts(AccountRepository):
    """Merchants' accounts at providers, their credentials sealed."""

    def __init__(self, connection: Connection, codec: Codec) -> None:
        self._connection = connection
        self._codec = codec
        self._one = Remembered(self._read)

    def save(self, account: ProviderAccount) -> None:
        document = document_of(self._codec, account)
        try:
            self._replace(document)
        except DuplicateKeyError:  # two added it at once: now it is there
            self._replace(document)
        finally:
            self._one.forget()

    def set_stop(self, account: ProviderAccount, stop: Stop | None) -> bool:
        key = _id(account.merchant_id, account.provider, live=account.livemode)
        try:
            for _ in range(MOST_TRIES):
                with self._connection.reading():
                    found = self._connection.accounts.find_one({"_id": key})
                known = None if found is None else self._opened(found)
                if found is None or known is None or known.credentials != account.credentials:
                    return False
                # A seal is made anew with each save: the same one is the same account.
                before = {"_id": key, "body.sealed": found["body"]["sealed"]}
                document = document_of(self._codec, replace(known, stopped=stop))
                with self._connection.writing():
                    if self._connection.accounts.replace_one(before, document).modified_count:
                        return True
        finally:
            self._one.forget()
        raise StoreUnavailable("the account is changed all the time")

    def get(self, merchant_id: str, provider: str, *, livemode: bool) -> ProviderAccount:
        return self._one((merchant_id, provider, livemode))

    def stopped(self, provider: str) -> Sequence[ProviderAccount]:
        found = self._connection.read(
            lambda: self._connection.accounts.find(
                {"provider": provider, "stopped": True},
                sort=[("_id", ASCENDING)],
                hint=schema.STOPPED,
            ).to_list()
        )
        return [self._opened(document) for document in found]

    def _replace(self, document: Document) -> None:
        with self._connection.writing():
            self._connection.accounts.replace_one({"_id": document["_id"]}, document, upsert=True)

    def _read(self, of: tuple[str, str, bool]) -> ProviderAccount:
        merchant_id, provider, live = of
        with self._connection.reading():
            found = self._connection.accounts.find_one(
                {"_id": _id(merchant_id, provider, live=live)}
            )
        if found is None:
            raise NotFound
        return self._opened(found)

    def _opened(self, document: Document) -> ProviderAccount:
        return opened("account", document["body"], self._codec.account_from_plain)


def document_of(codec: Codec, account: ProviderAccount) -> Document:
    """The account as it is stored."""
    document: Document = {
        "_id": _id(account.merchant_id, account.provider, live=account.livemode),
        "provider": account.provider,
        "body": codec.account_to_plain(account),
    }
    if account.stopped is not None:
        document["stopped"] = True
    return document


def _id(merchant_id: str, provider: str, *, live: bool) -> str:
    return f"{merchant_id} {provider} {'live' if live else 'test'}"
