"""Tokens of providers in MongoDB."""

from typing import final

from pymongo.errors import DuplicateKeyError

from adapters.outbound.codec import Codec
from adapters.outbound.keyring import Unreadable
from adapters.outbound.mongo.connection import Connection, Document
from adapters.outbound.mongo.documents import opened
from application.ports import KeptToken, KeptTokens, TokenKey


@final
class MongoTokens(KeptTokens):
    """The tokens of every process on this database, sealed."""

    def __init__(self, connection: Connection, codec: Codec) -> None:
        self._connection = connection
        self._codec = codec

    def get(self, key: TokenKey) -> KeptToken | None:
        with self._connection.reading():
            found = self._connection.tokens.find_one({"_id": str(key)})
        if found is None:
            return None
        try:
            return opened("token", found["body"], self._codec.tokens.from_plain)
        except Unreadable:  # another one can be fetched in its place
            return KeptToken(key, int(found["version"]))

    def put(self, kept: KeptToken) -> bool:
        document = document_of(self._codec, kept)
        tokens = self._connection.tokens
        with self._connection.writing():
            if kept.version > 1:
                before = {"_id": document["_id"], "version": kept.version - 1}
                return tokens.replace_one(before, document).modified_count == 1
            try:
                tokens.insert_one(document)
            except DuplicateKeyError:
                return False
            return True

    def drop(self, key: TokenKey) -> None:
        with self._connection.writing():
            self._connection.tokens.delete_one({"_id": str(key)})


def document_of(codec: Codec, kept: KeptToken) -> Document:
    """The kept token as it is stored."""
    return {"_id": str(kept.key), "version": kept.version, "body": codec.tokens.to_plain(kept)}
