"""What comes in over HTTP and what goes out, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sandbox.acquirer.charge import Charge


@dataclass(frozen=True, slots=True, repr=False)
class Inbound:
    """One HTTP request to a provider, as it arrived. Header names are in lower case."""

    call: int
    provider: str
    method: str
    path: str  # below the provider's own address, with its leading slash
    headers: Mapping[str, str]
    body: bytes = b""
    query: str = ""
    base: str = "http://sandbox"  # how the caller reaches the provider's own address

    @property
    def target(self) -> str:
        """The path with its query, below the provider's own address."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def signed_targets(self) -> tuple[str, ...]:
        """The two ways to name the target in a signature: the address may be a path itself."""
        return (self.target, urlsplit(self.base).path.rstrip("/") + self.target)

    def header(self, name: str) -> str:
        """The header without blanks around it, empty when it is not there."""
        return self.headers.get(name, "").strip()


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """An HTTP answer in JSON; the charge that it made, if it made one."""

    status: int
    body: object
    charge: Charge | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Held:
    """No answer yet: the caller is told when the charge ends."""

    charge: Charge


@dataclass(frozen=True, slots=True, repr=False)
class Post:
    """A notification that leaves for a merchant's server."""

    number: int
    url: str
    headers: Mapping[str, str]
    body: bytes
