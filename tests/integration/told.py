"""A house whose wallet sends notifications too: what its processes read them with."""

from collections.abc import Mapping

from adapters.outbound.offer import Offer
from application.ports import NotificationReader
from tests.hmac_provider import HmacReader


def readers(offered: Mapping[str, Offer]) -> Mapping[str, NotificationReader]:
    """In the place of `bootstrap.readers.readers`."""
    assert "ovo" not in offered
    return {"ovo": HmacReader()}
