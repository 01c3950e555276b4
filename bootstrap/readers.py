"""Who reads which provider's notifications."""

from collections.abc import Mapping

from adapters.outbound.offer import Offer
from application.ports import NotificationReader


def readers(offered: Mapping[str, Offer]) -> Mapping[str, NotificationReader]:
    """By the provider's name, which is also its path: `/notifications/<name>`."""
    return {name: offer.notifications for name, offer in offered.items() if offer.notifications}
