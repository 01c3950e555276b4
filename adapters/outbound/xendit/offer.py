"""OVO through Xendit: what it needs, how long it takes, and how it is spoken to."""

from collections.abc import Callable
from datetime import timedelta

from adapters.outbound.offer import Gateway, Offer, Options, Surroundings
from adapters.outbound.xendit.credentials import XenditCredentials
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
RULES = Rules(
    clocks=CLOCKS,
    most_reversals=0,
    # The void of the same day is of the older e-wallet API, which is not spoken here.
    voids=False,
    refunds=True,  # docs.xendit.co, OVO: whole and partial, within 14 days
    refund_within=timedelta(days=14),
)
PROVIDER = Provider(
    name=NAME,
    method=METHOD,
    minimum=Money(100),  # docs.xendit.co, OVO
    maximum=Money(20_000_000),
    rules=RULES,
)


def offer(options: Options, sandbox_url: str) -> Offer:
    """Options: `test_url` (else the sandbox's), `live_url` (else live is off).

    Xendit has one address, `https://api.xendit.co`, for both modes, which its keys tell apart: both
    may be that. Raises ValueError.
    """
    if unknown := sorted(set(options) - {"test_url", "live_url"}):
        raise ValueError(f"there is no setting {unknown[0]}")
    return Offer(
        PROVIDER,
        _gateway(options.get("test_url", f"{sandbox_url}/xendit"), options.get("live_url")),
        XenditCredentials.parse,
    )


def _gateway(test_url: str, live_url: str | None) -> Callable[[Surroundings], Gateway]:
    def gateway(around: Surroundings) -> Gateway:
        from adapters.outbound.exchange import Exchange  # noqa: PLC0415 - loads the HTTP libraries
        from adapters.outbound.xendit.gateway import XenditGateway  # noqa: PLC0415

        exchange = Exchange(
            wire=around.wire,
            ask_within=CLOCKS.ask_within,
            test_url=test_url,
            live_url=live_url,
            one_address=True,
        )
        return XenditGateway(exchange, CLOCKS)

    return gateway
