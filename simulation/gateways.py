"""One process's gateways: the real ones, on a loop and over a wire of the world's."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from adapters.outbound.offer import Surroundings
from adapters.outbound.ovo_snap import link_tokens
from adapters.outbound.ovo_snap.calls import SnapCalls
from adapters.outbound.ovo_snap.dialect import OvoSnapDialect
from adapters.outbound.ovo_snap.gateway import OvoSnapGateway
from adapters.outbound.ovo_snap.link_tokens import LinkTokens
from adapters.outbound.tokens import TokenSource
from application.ports import Clock, PaymentGateway
from application.use_wallet_link import RenewLink
from simulation.loop import WorldLoop
from simulation.wires import HOST, WorldWire

if TYPE_CHECKING:
    from simulation.house import House
    from simulation.mixing import Mixture

SNAP = "ovo_snap"
DIALECT = OvoSnapDialect()
_SNAP_URLS: Mapping[bool, str | None] = {False: f"{HOST}/ovo-snap", True: None}


def linked_means(
    house: "House", wire: WorldWire, source: TokenSource, clock: Clock
) -> tuple[SnapCalls, LinkTokens]:
    """What linked accounts are spoken to with; the ids of what breaks are the world's own."""
    calls = SnapCalls(wire, lambda: clock().at, _SNAP_URLS)
    renew = RenewLink(house.store.links, lambda: clock().at, house.world.new_id)
    return calls, link_tokens.made(source, renew, calls, DIALECT, lambda: clock().at)


def gateways(
    house: "House", mix: "Mixture", loop: WorldLoop, clock: Clock
) -> Mapping[str, PaymentGateway]:
    """A gateway for each of the mixture's providers; tokens are those of all processes."""
    wire = WorldWire(house.world, mix.roads, house.switches, loop)
    source = TokenSource(house.store.tokens, lambda: clock().at)
    made: dict[str, PaymentGateway] = {}
    for name, offer in mix.offers.items():
        if name == SNAP:
            calls, tokens = linked_means(house, wire, source, clock)
            made[name] = OvoSnapGateway(calls, tokens, mix.providers[name].clocks, DIALECT)
        else:
            around = Surroundings(wire, lambda: clock().at, source, house.store.links)
            made[name] = offer.gateway(around)
    return made
