"""The providers of a world besides Push to Pay: as a house is offered them, with its own policy."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import final

from adapters.outbound.doku.offer import offer as doku
from adapters.outbound.midtrans.offer import offer as midtrans
from adapters.outbound.offer import MakeOffer, Offer
from adapters.outbound.ovo_qris.offer import offer as ovo_qris
from adapters.outbound.ovo_snap.offer import offer as ovo_snap
from adapters.outbound.xendit.offer import offer as xendit
from application.choose_provider import ChooseProvider, Unwell
from application.ports import NotificationReader, Received
from domain.attempt import Attempt
from domain.follow_up import QuestionKind
from domain.merchant import OVO_PUSH, ProviderAccount
from domain.order import Order
from domain.provider import Needs, Provider
from domain.routing import Route, Target
from domain.rules import Rulebook
from sandbox.acquirer.charge import Charge
from sandbox.acquirer.partners import DEMO
from sandbox.acquirer.plan import Plan
from sandbox.doku.plan import DokuPlan
from sandbox.midtrans.plan import MidtransPlan
from sandbox.ovo_qris.plan import QrisPlan
from sandbox.ovo_snap.plan import LinkedPlan
from sandbox.providers import exchange_of
from sandbox.xendit.plan import XenditPlan
from simulation.dice import Dice
from simulation.gateways import SNAP
from simulation.house import CALLER, MERCHANT, House
from simulation.links import LinkedCustomers
from simulation.roads import Roads
from simulation.switches import Switches

OVO = "ovo"
OFFERED: Mapping[str, MakeOffer] = {
    SNAP: ovo_snap,
    "ovo_qris": ovo_qris,
    "midtrans": midtrans,
    "xendit": xendit,
    "doku": doku,
}
PROVIDERS = (OVO, *OFFERED)
SANDBOX = "http://sandbox"
TOLD_AT = "http://lunas/notifications/"
CANCEL_PATH = "/v1.0/qr/qr-mpm-cancel"
_MOST_SHARES = 5
_ROOM_TO_PUSH = timedelta(minutes=1)
_TRIES, _TRIES_APART = 5, timedelta(minutes=2)


def drawn(seed: int, switches: Switches) -> Mapping[str, int]:
    """The share of each provider in the payments of a world; of Push to Pay alone where none."""
    dice = Dice(seed, 50)
    shares = {name: 1 + dice.number(_MOST_SHARES) for name in OFFERED if dice.chance(0.6)}
    return {OVO: 1, **shares} if switches.mixed else {OVO: 1}


@dataclass(slots=True)
class Left:
    """A request that may move money, as its first byte was written: what it was about, and when.

    `kind` is None for a charge; `about` names a refund. `again` says that its call had sent it
    before: where a token is refused that proves that nothing was done.
    """

    provider: str
    kind: QuestionKind | None
    attempt_id: str
    at: timedelta
    about: str | None = None
    again: bool = False


@final
class Mixture:
    """What all of the other providers share in one world: offers, accounts, and the ways there."""

    def __init__(self, house: House, shares: Mapping[str, int]) -> None:
        switches = house.switches
        self.shares = shares
        self.names = tuple(name for name in OFFERED if name in shares)
        self.offers = {name: _offer(name, switches) for name in self.names}
        self.providers: dict[str, Provider] = {
            name: _with_policy(offer.provider, house) for name, offer in self.offers.items()
        }
        exchange = exchange_of(_plans(switches), seed=house.seed)
        self.roads = Roads(house.world, switches, exchange)
        self.rulebook = Rulebook(house.rules, {n: p.rules for n, p in self.providers.items()})
        self.readers: dict[str, NotificationReader] = {
            name: offer.notifications
            for name, offer in self.offers.items()
            if offer.notifications is not None
        }
        self.left: list[Left] = []
        self.forged: Callable[[Charge], None] = lambda _: None
        self.judged: Callable[[Received], None] = lambda _: None
        self._chosen = _chosen(house, self.providers, shares, lambda: self.unwell(house))
        for name in self.names:
            account = ProviderAccount(
                MERCHANT, name, livemode=False, credentials=self._credentials(name, switches)
            )
            house.store.accounts.save(account)
        self.customers = LinkedCustomers(house, self.roads) if SNAP in self.names else None

    def unwell(self, house: House) -> Collection[str]:
        """Those that no living worker could use lately."""
        doors = [w.branches for w in house.workers if w.alive and w.branches]
        return [name for name in self.names if doors and all(d.unwell(name) for d in doors)]

    def wanted(self, house: House, order: Order) -> Order:
        """The order as its patient wants it paid: by one provider or another."""
        dice = house.dice_of(order.order_id.encode().hex(), 51)
        name = _by_share(self.shares, dice)
        if name not in self.providers or self.providers[name].needs is Needs.PHONE:
            chosen = self._chosen(CALLER, OVO_PUSH, order.amount, order.order_id)
            name = chosen or OVO
        provider = self.providers.get(name)
        if provider is None:
            return order
        phone = order.phone if provider.needs is Needs.PHONE else None
        link_id = self._linked(house, dice) if provider.needs is Needs.LINK else None
        if provider.needs is Needs.LINK and link_id is None:
            return order
        return replace(
            order,
            provider=name,
            method=provider.method,
            phone=phone,
            link_id=link_id,
            expires_in=max(order.expires_in, provider.clocks.horizon + _ROOM_TO_PUSH),
        )

    def _linked(self, house: House, dice: Dice) -> str | None:
        """A customer's link; now and then they end it in the wallet's own app soon afterwards."""
        assert self.customers is not None
        link_id = self.customers.link_of(dice)
        if link_id is not None and dice.chance(house.switches.unlinked):
            house.world.after(dice.seconds(0, 600), partial(self.customers.let_go, dice))
        return link_id

    def charge_of(self, attempt: Attempt) -> Charge | None:
        """What the provider's books have of it."""
        partner = self.roads.exchange.providers[attempt.provider].partners.named(DEMO)
        assert partner is not None
        reference = str(attempt.references.shown["reference"])
        return self.roads.exchange.life.charges.of_reference(attempt.provider, partner, reference)

    def _credentials(self, name: str, switches: Switches) -> Mapping[str, str]:
        asked = self.roads.exchange.providers[name]
        partner = asked.partners.named(DEMO)
        assert partner is not None
        told = dict(asked.credentials(partner))
        if name == SNAP and switches.automatic:
            told["payment"] = "AUTO"
        return told


def _offer(name: str, switches: Switches) -> Offer:
    cancels = name == "ovo_qris" and switches.qris_cancels
    return OFFERED[name]({"cancel_path": CANCEL_PATH} if cancels else {}, SANDBOX)


def _with_policy(provider: Provider, house: House) -> Provider:
    rules = replace(provider.rules, late_success=house.switches.late_success)
    return replace(provider, rules=rules)


def _plans(switches: Switches) -> Mapping[str, Plan]:
    life = timedelta(seconds=switches.token_life)
    plans: Mapping[str, Plan] = {
        SNAP: LinkedPlan(token_life=life, status_token="either"),  # noqa: S106  a choice
        "ovo_qris": QrisPlan(
            token_life=life,
            cancel_of_paid=switches.cancel_of_paid,
            expired_as=switches.expired_as,
        ),
        "midtrans": MidtransPlan(),
        "xendit": XenditPlan(),
        "doku": DokuPlan(),
    }
    return {name: _with_common(name, plan, switches) for name, plan in plans.items()}


def _with_common(name: str, plan: Plan, switches: Switches) -> Plan:
    """No charge decides by itself: each has a customer of this world."""
    return replace(
        plan,
        magic=False,
        status_lag=timedelta(seconds=switches.status_lag),
        refunds=switches.refunds_end,
        notify_url=TOLD_AT + name,
        notification_tries=_TRIES,
        notification_every=_TRIES_APART,
    )


def _chosen(
    house: House,
    providers: Mapping[str, Provider],
    shares: Mapping[str, int],
    unwell: Unwell,
) -> ChooseProvider:
    """Those that want a phone number alone stand for each other: one route leads to all of them."""
    pushes = [name for name, p in providers.items() if p.needs is Needs.PHONE]
    names = [*([OVO] if OVO in shares else []), *pushes]
    targets = tuple(Target(name, shares[name]) for name in names)
    routes: Sequence[Route] = [Route(OVO_PUSH, targets)] if targets else []
    known = {OVO: house.provider, **providers}
    return ChooseProvider(house.store.accounts, known, routes, unwell)


def _by_share(shares: Mapping[str, int], dice: Dice) -> str:
    place = dice.number(sum(shares.values()))
    for name, share in shares.items():
        if place < share:
            return name
        place -= share
    raise AssertionError("the shares are fewer than their sum")
