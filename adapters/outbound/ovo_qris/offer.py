"""OVO's dynamic QRIS as a house is offered it: the customer scans a code with any bank's app."""

from datetime import timedelta

from adapters.outbound.offer import Gateway, Offer, Options, Surroundings
from adapters.outbound.ovo_qris.credentials import QrisCredentials
from adapters.outbound.ovo_qris.notification import QrisNotifications
from adapters.outbound.ovo_qris.places import Places
from adapters.outbound.ovo_qris.settlement import SETTLEMENT
from domain.moment import AttemptClocks
from domain.money import Money
from domain.provider import Needs, Provider
from domain.rules import Rules

NAME, METHOD = "ovo_qris", "qris"
CLOCKS = AttemptClocks(
    customer_window=timedelta(seconds=75),
    wallet_answers_within=timedelta(seconds=120),
    read_within=timedelta(seconds=15),
    blocking=False,
)
"""A code lives 75 s (OVO dynamic QRIS technical document 1.3); its last payment settles later."""
_MINIMUM, _MAXIMUM = 1_000, 10_000_000
"""Rupiah, unless the settings say otherwise: QRIS's own largest payment, and OVO's usual least."""


def offer(options: Options, sandbox_url: str) -> Offer:
    """From the settings test_url, live_url, the paths, minimum and maximum; raises ValueError."""
    places = Places.parse(options, sandbox_url)

    def gateway(surroundings: Surroundings) -> Gateway:
        # The API process must not load the HTTP client.
        from adapters.outbound.ovo_qris.gateway import QrisGateway  # noqa: PLC0415 - see above

        return QrisGateway(
            wire=surroundings.wire,
            clock=surroundings.clock,
            tokens=surroundings.tokens,
            clocks=CLOCKS,
            places=places,
        )

    return Offer(
        provider=Provider(
            NAME,
            METHOD,
            minimum=Money(_rupiah("minimum", options, _MINIMUM)),
            maximum=Money(_rupiah("maximum", options, _MAXIMUM)),
            needs=Needs.NOTHING,
            rules=Rules(
                clocks=CLOCKS,
                needs_phone=False,
                most_reversals=3 if places.cancels else 0,
                voids=True,
            ),
        ),
        gateway=gateway,
        credentials=QrisCredentials.parse,
        settlement=SETTLEMENT,
        notifications=QrisNotifications(places.notify_path),
    )


def _rupiah(name: str, options: Options, usual: int) -> int:
    text = options.get(name, str(usual))
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise ValueError(f"{name} must be whole rupiah")
    return int(text)
