"""Notifications that came, as plain dicts and bytes; all that may be secret sealed."""

from typing import final

import orjson

from adapters.outbound.keyring import Keyring
from adapters.outbound.plain import Plain, from_instant, instant
from adapters.outbound.sealed import FORMAT, context_of, dump, load
from application.ports import Notice


@final
class NoticeCodec:
    """Turns notices into plain dicts or bytes and back, exactly."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def encode(self, notice: Notice) -> bytes:
        """The notice, sealed but for its id, provider and time."""
        return dump("notice", self.to_plain(notice))

    def decode(self, data: bytes) -> Notice:
        """What encode was given; raises Unreadable."""
        return load("notice", data, self.from_plain)

    def to_plain(self, notice: Notice) -> Plain:
        """The notice; path, headers and body are sealed together: each may hold what is secret."""
        head = dump("notice", {"path": notice.path, "headers": dict(notice.headers)})
        sealed = b"%b\n%b" % (head, notice.body)
        return {
            "v": FORMAT,
            "id": notice.id,
            "provider": notice.provider,
            "received": instant(notice.received_at),
            "sealed": self._keyring.seal(sealed, context_of("notice", notice.id)),
        }

    def from_plain(self, plain: Plain) -> Notice:
        """The notice that to_plain was given."""
        opened = self._keyring.unseal(plain["sealed"], context_of("notice", plain["id"]))
        head, _, body = opened.partition(b"\n")
        told = orjson.loads(head)
        return Notice(
            id=plain["id"],
            provider=plain["provider"],
            path=told["path"],
            headers=told["headers"],
            body=body,
            received_at=from_instant(plain["received"]),
        )
