"""Wallet links in memory."""

from collections.abc import Sequence
from typing import final

from adapters.outbound.memory.state import State
from application.ports import (
    MOST_LINKS_LISTED,
    Kept,
    LinkTaken,
    NotFound,
    StalePayment,
    WalletLinks,
)
from domain.wallet_link import LinkChange, WalletLink


@final
class MemoryLinks(WalletLinks):
    """Customers' linked wallets."""

    def __init__(self, state: State) -> None:
        self._state = state

    def save(self, change: LinkChange, keep: Kept | None = None) -> None:
        self._state.write(lambda: self._save(change, keep))

    def get(self, link_id: str) -> WalletLink:
        with self._state.lock:
            try:
                return self._state.links[link_id]
            except KeyError:
                raise NotFound from None

    def of_customer(
        self, merchant_id: str, customer_id: str, *, livemode: bool
    ) -> Sequence[WalletLink]:
        owner = (merchant_id, livemode, customer_id)
        with self._state.lock:
            found = [
                link
                for link in self._state.links.values()
                if (link.merchant_id, link.livemode, link.customer_id) == owner
            ]
        return sorted(found, key=lambda link: link.id, reverse=True)[:MOST_LINKS_LISTED]

    def _save(self, change: LinkChange, keep: Kept | None) -> None:
        link = change.link
        self._state.judge_kept(keep)
        known = self._state.links.get(link.id)
        if link.version != (1 if known is None else known.version + 1):
            raise StalePayment
        if link.active and (rival := self._rival(link)):
            raise LinkTaken(rival.id)
        self._state.links[link.id] = link
        if change.event is not None:
            self._state.tell(change.event)
        self._state.keep(keep)

    def _rival(self, link: WalletLink) -> WalletLink | None:
        owner = _owner(link)
        others = (other for other in self._state.links.values() if other.active)
        return next((o for o in others if o.id != link.id and _owner(o) == owner), None)


def _owner(link: WalletLink) -> tuple[str, bool, str, str]:
    return link.merchant_id, link.livemode, link.provider, link.customer_id
