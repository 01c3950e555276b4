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
from application.ports import AccountRepository, NotFound
from domain.merchant import ProviderAccount


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
