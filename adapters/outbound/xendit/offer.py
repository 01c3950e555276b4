"""OVO through Xendit: what it needs, how long it takes, and how it is spoken to."""

from collections.abc import Callable, Mapping
from datetime import time, timedelta

from adapters.outbound.bases import addresses
from adapters.outbound.offer import Gateway, Offer, Options, Surroundings
from adapters.outbound.xendit.api import APIS, EWALLETS, PAYMENT_REQUESTS, XenditApi
from adapters.outbound.xendit.credentials import XenditCredentials
from adapters.outbound.xendit.notification import XenditWebhooks
from adapters.outbound.xendit.settlement import SETTLEMENT
from domain.moment import AttemptClocks
from domain.money import Money
from domain.provider import Provider
from domain.rules import Rules

NAME, METHOD = "xendit", "ovo_xendit"
CLOCKS = AttemptClocks(
    blocking=False,
    # Xendit names the 55 seconds; how long OVO may take beyond them is what DOKU says of OVO.
    customer_window=timedelta(seconds=55),
    wallet_answers_within=timedelta(seconds=70),
    read_within=timedelta(seconds=30),
)
BY_API: Mapping[str, Rules] = {
    # Whole, and before 23:50 WIB (docs.xendit.co, void and refund).
    EWALLETS.name: Rules(clocks=CLOCKS, most_reversals=0, void_until=time(23, 45)),
    # docs.xendit.co, OVO: whole and partial, within 14 days.
    PAYMENT_REQUESTS.name: Rules(
        clocks=CLOCKS,
        most_reversals=0,
        voids=False,
        refunds=True,
        refund_within=timedelta(days=14),
    ),
}
"""How a charge is given back, by the way in which it is made."""


def offer(options: Options, sandbox_url: str) -> Offer:
    """Options: `test_url` (else the sandbox's), `live_url` (else live is off), `api` (APIS).

    Xendit has one address, `https://api.xendit.co`, for both modes, which its keys tell apart: both
    may be that. The sandbox speaks `ewallets`. Raises ValueError.
    """
    test_url, live_url = addresses(
        options, f"{sandbox_url}/xendit", beside={"api"}, one_address=True
    )
    api = APIS.get(options.get("api", EWALLETS.name))
    if api is None:
        raise ValueError(f"api is none of {', '.join(APIS)}")
    provider = Provider(
        name=NAME,
        method=METHOD,
        minimum=Money(100),  # docs.xendit.co, OVO
        maximum=Money(20_000_000),
        rules=BY_API[api.name],
    )
    return Offer(
        provider,
        _gateway(api, test_url, live_url),
        XenditCredentials.parse,
        SETTLEMENT,
        notifications=XenditWebhooks(),
    )


def _gateway(
    api: XenditApi, test_url: str, live_url: str | None
) -> Callable[[Surroundings], Gateway]:
    def gateway(around: Surroundings) -> Gateway:
        from adapters.outbound.exchange import Exchange  # noqa: PLC0415 - loads the HTTP libraries
        from adapters.outbound.xendit.gateway import XenditGateway  # noqa: PLC0415 - so does this

        exchange = Exchange(
            wire=around.wire,
            ask_within=CLOCKS.ask_within,
            test_url=test_url,
            live_url=live_url,
            one_address=True,
        )
        return XenditGateway(exchange, CLOCKS, api)

    return gateway
