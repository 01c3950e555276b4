"""Customers who have linked their OVO accounts, and link again once the wallet let go of them."""

from collections.abc import Coroutine
from typing import Any, TypeVar, final
from urllib.parse import parse_qs, urlsplit

from adapters.outbound.ovo_snap.linking import OvoSnapLinking
from adapters.outbound.tokens import TokenSource
from application.link_wallet import CameBack, LinkOrder, LinkWallet
from application.ports import Fingerprint, Kept, ProviderUnavailable
from domain.moment import Moment
from domain.msisdn import Msisdn
from domain.wallet_link import WalletLink
from sandbox.ovo_snap.pin import TEST_PIN
from simulation.dice import Dice
from simulation.gateways import DIALECT, SNAP, linked_means
from simulation.house import CALLER, House
from simulation.loop import WorldLoop
from simulation.roads import Roads
from simulation.wires import WorldWire

Answer = TypeVar("Answer")
CUSTOMERS = 4
RETURN_URL = "https://chat.example/back"


@final
class LinkedCustomers:
    """The chat's side of linking: the real use case over a way on which nothing goes wrong."""

    def __init__(self, house: House, roads: Roads) -> None:
        self._house = house
        self._roads = roads
        self._loop = WorldLoop.of(house.world, lambda step: step())
        wire = WorldWire(house.world, roads, house.switches, self._loop)
        source = TokenSource(house.store.tokens, house.store_time)
        calls, tokens = linked_means(house, wire, source, self._clock)
        self._link = LinkWallet(
            house.store.links,
            house.store.accounts,
            {SNAP: OvoSnapLinking(calls, tokens, DIALECT)},
            self._clock,
            house.world.new_id,
            house.quiet_signal,
        )

    def link_of(self, dice: Dice) -> str | None:
        """The active link of one of the customers, made now where there is none and OVO can."""
        customer = dice.number(CUSTOMERS)
        theirs = self._house.store.links.of_customer(
            CALLER.merchant_id, _name(customer), livemode=False
        )
        active = next((link for link in theirs if link.active), None)
        if active is not None:
            return active.id
        try:
            return self._linked(customer).id
        except ProviderUnavailable:
            return None

    def let_go(self, dice: Dice) -> None:
        """A customer ends the link in the wallet's own app: nobody tells us."""
        provider = self._provider
        demo = provider.partners.named("demo")
        assert demo is not None
        link = provider.links.of_phone(demo, _phone(dice.number(CUSTOMERS)))
        if link is not None:
            provider.binding.end(link)

    def _linked(self, customer: int) -> WalletLink:
        order = LinkOrder(_name(customer), Msisdn(_phone(customer)), RETURN_URL)
        begun = self._link.start(CALLER, order, lambda _: RETURN_URL, self._asked, self._kept)
        page = str(begun.url).rsplit("/", 1)[1]
        there = self._provider.pins.enter(page, TEST_PIN, self._house.world.now)
        code = parse_qs(urlsplit(str(there)).query)["authCode"][0]
        return self._link.finish(begun.id, CameBack(code), self._asked)

    @property
    def _provider(self) -> Any:
        """OVO's side; compiled code cannot tell one heir of a protocol from another."""
        return self._roads.exchange.providers[SNAP]

    def _asked(self, question: Coroutine[Any, Any, Answer]) -> Answer:
        told: list[Answer] = []

        async def ask() -> None:
            told.append(await question)

        self._loop.start(ask())
        if not told:  # whoever was killed while fetching a token has it claimed for a while
            raise ProviderUnavailable("OVO has not answered at once")
        return told[0]

    def _clock(self) -> Moment:
        return Moment(self._house.store_time(), "chat", self._house.world.uptime())

    def _kept(self, link: WalletLink) -> Kept:
        scope = f"chat POST /v1/wallet_links {link.id}"
        mark = Fingerprint("k1", link.id)
        return Kept(scope, mark, 201, {}, b"{}", self._house.world.now)


def _name(customer: int) -> str:
    return f"customer-{customer}"


def _phone(customer: int) -> str:
    return f"08155500000{customer}"
