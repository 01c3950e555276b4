"""OVO's linked accounts as an offer to bootstrap."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, final

from adapters.outbound.offer import Gateway, Offer, Options, Surroundings
from adapters.outbound.ovo_snap.credentials import OvoSnapCredentials
from adapters.outbound.ovo_snap.dialect import PATHS, OvoSnapDialect
from adapters.outbound.ovo_snap.settlement import SETTLEMENT
from application.ports import WalletLinking
from domain.errors import InvalidValue
from domain.moment import AttemptClocks
from domain.money import Money
from domain.provider import Needs, Provider
from domain.rules import Rules

if TYPE_CHECKING:
    from adapters.outbound.ovo_snap.calls import SnapCalls
    from adapters.outbound.ovo_snap.link_tokens import LinkTokens

NAME, METHOD = "ovo_snap", "ovo_linked"
MINIMUM = Money(1_000)
REFUND_WITHIN = timedelta(days=60)
"""D+60 by default. Source: OVO's payment API, frequently asked questions."""
_LONGEST = 3_000
"""Seconds of the PIN page: one charge, and what follows it, ends in a payment's usual hour."""
_OPTIONS = frozenset(
    {
        "test_url",
        "live_url",
        "version",
        "status_service",
        "customer_window_seconds",
        "check_every_seconds",
    }
    | {f"path_{name}" for name in PATHS}
)


def offer(options: Options, sandbox_url: str) -> Offer:
    """Linked accounts, as set; raises InvalidValue naming the setting."""
    strange = sorted(set(options) - _OPTIONS)
    if strange:
        raise InvalidValue(strange[0], f"is no setting; there are {', '.join(sorted(_OPTIONS))}")
    dialect = OvoSnapDialect.of(options)
    urls = _addresses(
        options.get("test_url", f"{sandbox_url.rstrip('/')}/ovo-snap"), options.get("live_url")
    )
    provider = _provider(options)
    ways = _Ways(provider, dialect, urls)
    return Offer(
        provider=provider,
        gateway=ways.gateway,
        credentials=OvoSnapCredentials.parse,
        settlement=SETTLEMENT,
        linking=ways.linking,
    )


def _provider(options: Options) -> Provider:
    """The customer has a few minutes at OVO's PIN page (INFERRED: no document says how many)."""
    window = _seconds(options, "customer_window_seconds", usual=300, least=30, most=_LONGEST)
    clocks = AttemptClocks(
        blocking=False,
        customer_window=window,
        wallet_answers_within=window + timedelta(seconds=60),
        read_within=timedelta(seconds=30),
    )
    rules = Rules(
        clocks=clocks,
        needs_phone=False,
        check_every=_seconds(options, "check_every_seconds", usual=5, least=1, most=60),
        most_reversals=0,
        voids=False,
        refunds=True,
        refund_within=REFUND_WITHIN,
    )
    return Provider(NAME, METHOD, MINIMUM, rules, needs=Needs.LINK)


def _seconds(options: Options, name: str, *, usual: int, least: int, most: int) -> timedelta:
    said = options.get(name, str(usual))
    if not said.isdecimal() or not least <= int(said) <= most:
        raise InvalidValue(name, f"must be from {least} to {most}")
    return timedelta(seconds=int(said))


def _addresses(test_url: str, live_url: str | None) -> Mapping[bool, str | None]:
    if test_url == live_url:
        raise InvalidValue("live_url", "must not be the test address")
    if live_url is not None and not live_url.startswith("https://"):
        raise InvalidValue("live_url", "must be https")
    return {False: test_url.rstrip("/"), True: live_url.rstrip("/") if live_url else None}


@final
@dataclass(frozen=True, slots=True)
class _Ways:
    """The ways out; what they are made of is imported by their first use."""

    provider: Provider
    dialect: OvoSnapDialect
    urls: Mapping[bool, str | None]

    def gateway(self, around: Surroundings) -> Gateway:
        from adapters.outbound.ovo_snap.gateway import OvoSnapGateway  # noqa: PLC0415 - when it goes out

        calls, tokens = self._means(around)
        return OvoSnapGateway(calls, tokens, self.provider.clocks, self.dialect)

    def linking(self, around: Surroundings) -> WalletLinking:
        from adapters.outbound.ovo_snap.linking import OvoSnapLinking  # noqa: PLC0415 - when it goes out

        calls, tokens = self._means(around)
        return OvoSnapLinking(calls, tokens, self.dialect)

    def _means(self, around: Surroundings) -> tuple["SnapCalls", "LinkTokens"]:
        from adapters.outbound.ovo_snap import link_tokens  # noqa: PLC0415 - when it goes out
        from adapters.outbound.ovo_snap.calls import SnapCalls  # noqa: PLC0415 - when it goes out
        from application.use_wallet_link import RenewLink  # noqa: PLC0415 - when it goes out

        calls = SnapCalls(around.wire, around.clock, self.urls)
        renew = RenewLink(
            around.links, around.clock, lambda kind: link_tokens.fresh_id(around.clock(), kind)
        )
        return calls, link_tokens.made(around.tokens, renew, calls, self.dialect, around.clock)
