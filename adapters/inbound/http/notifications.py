"""Where wallets and gateways tell us: what they send is kept to the byte, and then accepted."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from adapters.inbound.http.bodies import raw_of
from adapters.inbound.http.desk import Desk
from adapters.inbound.http.operations import Environ
from adapters.inbound.http.problems import Code, Refusal
from adapters.inbound.http.refusals import QUEUE_SECONDS, STORE_SECONDS
from adapters.inbound.http.replies import Reply
from application.ports import QueueFull, StoreUnavailable

PATH = "/notifications"
MOST_HEADERS = 64
LONGEST_HEADER = 4 * 1024
MOST_HEADER_BYTES = 16 * 1024
"""Of all headers that are kept, names and values; what goes beyond is left out."""
LONGEST_PATH = 1_024
_UNMARKED = {"CONTENT_TYPE": "content-type", "CONTENT_LENGTH": "content-length"}
_STORED, _TURNED_AWAY, _TOO_LARGE = "stored", "turned_away", "too_large"


@dataclass(frozen=True, slots=True)
class NotificationRoutes:
    """One path a provider, and whatever the provider appends to it."""

    desk: Desk

    def pages(self) -> Iterator[tuple[str, str, Callable[..., Reply]]]:
        """Paths that the OpenAPI document does not describe: no client of ours calls them."""
        yield f"{PATH}/<provider>", "notification", self.receive
        yield f"{PATH}/<provider>/<path:_rest>", "notification_below", self.receive

    def direct(self) -> Mapping[tuple[str, str], Callable[..., Reply]]:
        """The same for each provider's own path, to be answered the short way."""
        return {
            ("POST", f"{PATH}/{name}"): _of(self.receive, name) for name in self.desk.door.readers
        }

    def receive(self, environ: Environ, provider: str, _rest: str = "") -> Reply:
        """POST /notifications/{provider}"""
        door, count = self.desk.door, self.desk.metrics.notified
        reader = door.readers.get(provider)
        path = _storable(environ["PATH_INFO"])
        if reader is None or len(path) > LONGEST_PATH:
            raise Refusal(Code.NOT_FOUND)
        try:
            body = raw_of(environ, door.settings.notification_bytes)
        except Refusal as refused:
            if refused.code is Code.BODY_TOO_LARGE:
                count(provider, _TOO_LARGE)
            raise
        try:
            door.receive_notification(provider, path, headers_of(environ), body)
        except (StoreUnavailable, QueueFull) as away:
            count(provider, _TURNED_AWAY)
            wait = QUEUE_SECONDS if isinstance(away, QueueFull) else STORE_SECONDS
            _, headers, said = reader.reply(accepted=False)
            again = {**headers, "Retry-After": str(wait)}
            # In the provider's words, but by a status that has every sender repeat it.
            return Reply(said, 503, list(again.items()))
        count(provider, _STORED)
        status, headers, said = reader.reply(accepted=True)
        return Reply(said, status, list(headers.items()))


def headers_of(environ: Environ) -> Mapping[str, str]:
    """The request's headers by lower-case name, as many as are kept."""
    found: dict[str, str] = {}
    room = MOST_HEADER_BYTES
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            header = name[5:].replace("_", "-").lower()
        elif name in _UNMARKED and value:
            header = _UNMARKED[name]
        else:
            continue
        size = len(header) + len(value)
        if len(value) <= LONGEST_HEADER and size <= room and len(found) < MOST_HEADERS:
            found[header] = _storable(value)
            room -= size
    return found


def _storable(text: str) -> str:
    """The text as it is, but for what no store can hold: halves of surrogate pairs."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _of(receive: Callable[[Environ, str], Reply], provider: str) -> Callable[[Environ], Reply]:
    return lambda environ: receive(environ, provider)
