"""OVO through DOKU: what it needs, how long it takes, and how it is spoken to."""

from collections.abc import Callable

from adapters.outbound.bases import addresses
from adapters.outbound.doku.credentials import DokuCredentials
from adapters.outbound.doku.notification import DokuNotifications
from adapters.outbound.doku.settlement import SETTLEMENT
from adapters.outbound.offer import Gateway, Offer, Options, Surroundings
from adapters.outbound.randomness import take
from domain.moment import AttemptClocks
from domain.money import Money
from domain.provider import Provider
from domain.rules import Rules

NAME, METHOD = "doku", "ovo_doku"
CLOCKS = AttemptClocks()
"""OVO's own: DOKU holds the call as OVO does, for up to 70 seconds (developers.doku.com)."""
RULES = Rules(
    clocks=CLOCKS,
    most_reversals=0,  # what DOKU cancels is a paid charge: a void
)
PROVIDER = Provider(
    name=NAME,
    method=METHOD,
    minimum=Money(1000),  # not stated by DOKU: OVO's, by another gateway's text
    rules=RULES,
)


def offer(options: Options, sandbox_url: str) -> Offer:
    """Options: `test_url` (else the sandbox's), `live_url` (else live is off).

    Live is `https://api.doku.com`, test `https://api-sandbox.doku.com`. Raises ValueError.
    """
    test_url, live_url = addresses(options, f"{sandbox_url}/doku")
    return Offer(
        PROVIDER,
        _gateway(test_url, live_url),
        DokuCredentials.parse,
        SETTLEMENT,
        notifications=DokuNotifications(),
    )


def _gateway(test_url: str, live_url: str | None) -> Callable[[Surroundings], Gateway]:
    def gateway(around: Surroundings) -> Gateway:
        from adapters.outbound.doku.gateway import DokuGateway  # noqa: PLC0415 - loads the HTTP libraries
        from adapters.outbound.exchange import Exchange  # noqa: PLC0415 - so does this

        exchange = Exchange(
            wire=around.wire, ask_within=CLOCKS.ask_within, test_url=test_url, live_url=live_url
        )
        return DokuGateway(
            exchange,
            clock=around.clock,
            new_request_id=lambda: take(16).hex(),
            clocks=CLOCKS,
        )

    return gateway
