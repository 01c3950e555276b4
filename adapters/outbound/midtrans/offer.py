"""OVO through Midtrans: what it needs, how long it takes, and how it is spoken to."""

from collections.abc import Callable
from datetime import timedelta

from adapters.outbound.bases import addresses
from adapters.outbound.midtrans.credentials import MidtransCredentials
from adapters.outbound.midtrans.notification import MidtransNotifications
from adapters.outbound.midtrans.settlement import SETTLEMENT
from adapters.outbound.offer import Gateway, Offer, Options, Surroundings
from domain.moment import AttemptClocks
from domain.money import Money
from domain.provider import Provider
from domain.rules import Rules

NAME, METHOD = "midtrans", "ovo_midtrans"
CLOCKS = AttemptClocks(
    blocking=False,
    # The customer has 55 seconds, the order 65, and its truth is there 10 seconds later
    # (docs.midtrans.com, OVO).
    customer_window=timedelta(seconds=55),
    wallet_answers_within=timedelta(seconds=75),
    read_within=timedelta(seconds=30),
)
RULES = Rules(
    clocks=CLOCKS,
    most_reversals=0,  # a pending OVO charge is not in Midtrans's list of those that it cancels
    voids=False,
    refunds=True,  # docs.midtrans.com, refund transaction: OVO, 7 days for a regular merchant
    refund_within=timedelta(days=7),
)
PROVIDER = Provider(
    name=NAME,
    method=METHOD,
    minimum=Money(1000),  # not stated by Midtrans: OVO's, by another gateway's text
    rules=RULES,
)


def offer(options: Options, sandbox_url: str) -> Offer:
    """Options: `test_url` (else the sandbox's), `live_url` (else live is off).

    Live is `https://api.midtrans.com`, test `https://api.sandbox.midtrans.com`. Raises ValueError.
    """
    test_url, live_url = addresses(options, f"{sandbox_url}/midtrans")
    return Offer(
        PROVIDER,
        _gateway(test_url, live_url),
        MidtransCredentials.parse,
        SETTLEMENT,
        notifications=MidtransNotifications(),
    )


def _gateway(test_url: str, live_url: str | None) -> Callable[[Surroundings], Gateway]:
    def gateway(around: Surroundings) -> Gateway:
        from adapters.outbound.exchange import Exchange  # noqa: PLC0415 - loads the HTTP libraries
        from adapters.outbound.midtrans.gateway import MidtransGateway  # noqa: PLC0415 - so does this

        exchange = Exchange(
            wire=around.wire, ask_within=CLOCKS.ask_within, test_url=test_url, live_url=live_url
        )
        return MidtransGateway(exchange, CLOCKS)

    return gateway
