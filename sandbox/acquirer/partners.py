"""The merchants that a provider knows, and the secrets that it shares with them."""

from dataclasses import dataclass

DEMO = "demo"
OTHER = "other"
PARTNERS = (DEMO, OTHER)


@dataclass(frozen=True, slots=True, repr=False)
class Partner:
    """One merchant of one provider. The secrets are test keys, published on purpose."""

    name: str
    client_id: str
    secret: str
    merchant_id: str
    store_name: str
    terminal_id: str = ""
    callback_token: str = ""


class Partners:
    """The partners of one provider: the one that everybody uses, and another merchant."""

    def __init__(self, demo: Partner, other: Partner) -> None:
        assert (demo.name, other.name) == PARTNERS
        self._by_name = {partner.name: partner for partner in (demo, other)}

    def named(self, name: str) -> Partner | None:
        """The partner of this name: `demo` or `other`."""
        return self._by_name.get(name)

    def known_as(self, client_id: str) -> Partner | None:
        """The partner with this client id."""
        return next((p for p in self._by_name.values() if p.client_id == client_id), None)

    def with_secret(self, secret: str) -> Partner | None:
        """The partner with this secret."""
        return next((p for p in self._by_name.values() if p.secret == secret), None)

    def beside(self, partner: Partner) -> Partner:
        """The other merchant."""
        return self._by_name[OTHER if partner.name == DEMO else DEMO]
