"""Where OVO's QRIS is spoken to, by mode and by what is asked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from adapters.outbound.ovo_qris.codes import Operation

# OVO's own paths are not published: these are the names that Bank Indonesia's certification has.
_DEFAULTS = {
    "token_path": "/v1.0/access-token/b2b",
    "generate_path": "/v1.0/qr/qr-mpm-generate",
    "query_path": "/v1.0/qr/qr-mpm-query",
    "refund_path": "/v1.0/qr/qr-mpm-refund",
}
_CANCEL, _NOTIFY = "cancel_path", "notify_path"
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]{1,64}){1,8}", re.ASCII)
_LONGEST_URL = 200


@dataclass(frozen=True, slots=True)
class Places:
    """Base URLs by `livemode` (None: switched off) and paths; a cancel has one where it is set.

    `notify_path` is what OVO signs where it is not the path that its notifications come to.
    """

    urls: Mapping[bool, str | None]
    token_path: str
    paths: Mapping[Operation, str]
    notify_path: str | None = None

    @classmethod
    def parse(cls, options: Mapping[str, str], sandbox_url: str) -> Self:
        """From the provider's settings.

        Raises ValueError when the two addresses are one, live is not https, or a path is none.
        """
        test = _url("test_url", options.get("test_url", f"{sandbox_url}/ovo-qris"))
        live = _url("live_url", options["live_url"]) if options.get("live_url") else None
        if live is not None and not live.startswith("https://"):
            raise ValueError("live_url must be https")
        if test == live:
            raise ValueError("test_url and live_url must not be one")
        paths = {name: _path(name, options.get(name, usual)) for name, usual in _DEFAULTS.items()}
        asked = {
            Operation.GENERATE: paths["generate_path"],
            Operation.QUERY: paths["query_path"],
            Operation.REFUND: paths["refund_path"],
        }
        if options.get(_CANCEL):
            asked[Operation.CANCEL] = _path(_CANCEL, options[_CANCEL])
        signed = _path(_NOTIFY, options[_NOTIFY]) if options.get(_NOTIFY) else None
        return cls({False: test, True: live}, paths["token_path"], asked, signed)

    @property
    def cancels(self) -> bool:
        """Whether a code can be taken back before it was paid."""
        return Operation.CANCEL in self.paths


def signed_path(url: str) -> str:
    """The path as called, which is what is signed."""
    return urlsplit(url).path


def _url(name: str, text: str) -> str:
    parts = urlsplit(text)
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not plain:
        raise ValueError(f"{name} must be an http or https address without a query")
    if len(text) > _LONGEST_URL:
        raise ValueError(f"{name} is too long")
    return text.rstrip("/")


def _path(name: str, text: str) -> str:
    if not _PATH.fullmatch(text):
        raise ValueError(f"{name} must be a path like /v1.0/qr/qr-mpm-generate")
    return text
