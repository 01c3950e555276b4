"""The routes of wallet links."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock

from adapters.inbound.http.answers import BalanceAnswer, WalletLinkAnswer, WalletLinkList
from adapters.inbound.http.bodies import known_id
from adapters.inbound.http.desk import Desk
from adapters.inbound.http.idempotency import Seal
from adapters.inbound.http.models import (
    BalanceRequest,
    WalletLinkRequest,
    WalletLinksQuery,
    link_meaning,
)
from adapters.inbound.http.operations import Environ, Operation, Route
from adapters.inbound.http.pages import PAGE_POLICY, STALE_LINK
from adapters.inbound.http.problems import Code
from adapters.inbound.http.replies import HTML, Reply, json_reply, reply
from adapters.inbound.http.return_address import PATH, ReturnAddress, brought, onward
from application.ports import (
    NotFound,
    ProviderRefused,
    ProviderUnavailable,
    QueueFull,
    StalePayment,
)
from application.start_payment import AccountStopped
from domain.ids import IdKind
from domain.money import Money
from domain.wallet_link import WalletLink

_TAG = "Wallet links"
_SEE_OTHER = 303
_NOT_NOW = (StalePayment, ProviderRefused, ProviderUnavailable, QueueFull, AccountStopped)
"""Why a return may end nothing yet: the browser goes on, and may come once more."""
_QUIET = {"Content-Security-Policy": PAGE_POLICY, "Referrer-Policy": "no-referrer"}


@dataclass(frozen=True, slots=True)
class Flights:
    """What is under way in this process: a second one of the same name is refused at once."""

    names: set[str] = field(default_factory=set)
    door: Lock = field(default_factory=Lock)

    @contextmanager
    def one(self, name: str) -> Iterator[None]:
        """Raises StalePayment while another one of that name is under way."""
        with self.door:
            if name in self.names:
                raise StalePayment
            self.names.add(name)
        try:
            yield
        finally:
            with self.door:
                self.names.discard(name)


@dataclass(frozen=True, slots=True)
class WalletLinkRoutes:
    """Link, read, list, ask for cover, unlink; and the browser's way back."""

    desk: Desk
    flights: Flights = field(default_factory=Flights)

    def routes(self) -> Iterable[Route]:
        """Each operation with its view."""
        return (
            (START, self.start),
            (READ, self.read),
            (LIST, self.list),
            (COVER, self.cover),
            (UNLINK, self.unlink),
            (RETURN, self.come_back),
        )

    def start(self, environ: Environ) -> Reply:
        """POST /v1/wallet_links"""
        call = self.desk.plain_call(environ)
        key = call.key()
        order = call.body(WalletLinkRequest).order()
        caller = call.caller
        name = f"{caller.merchant_id} {caller.livemode} {order.provider} {order.customer_id}"

        def effect(seal: Seal) -> None:
            with self.flights.one(name):
                self.desk.door.link_wallet.start(
                    caller,
                    order,
                    self._address().of,
                    self.desk.inquiries.ask,
                    lambda link: seal(
                        202,
                        self.desk.presenter.wallet_link_body(link),
                        location=f"/v1/wallet_links/{link.id}",
                        secret=True,
                        at=link.created_at,
                    ),
                )

        return call.once(key, link_meaning(order), effect)

    def read(self, environ: Environ, link_id: str) -> Reply:
        """GET /v1/wallet_links/{link_id}"""
        call = self.desk.plain_call(environ)
        known_id(IdKind.WALLET_LINK, link_id)
        return self._told(self.desk.door.see_links.one(call.caller, link_id))

    def list(self, environ: Environ) -> Reply:
        """GET /v1/wallet_links"""
        call = self.desk.call(environ)
        query = call.query(WalletLinksQuery)
        links = self.desk.door.see_links.of_customer(call.caller, query.customer_id)
        data = [self.desk.presenter.wallet_link(link) for link in links]
        return json_reply({"data": data, "next_cursor": None})

    def cover(self, environ: Environ, link_id: str) -> Reply:
        """POST /v1/wallet_links/{link_id}/balance_inquiries"""
        call = self.desk.plain_call(environ)
        amount = Money(call.body(BalanceRequest).amount)
        known_id(IdKind.WALLET_LINK, link_id)
        ask = self.desk.inquiries.ask
        return json_reply(
            {"sufficient": self.desk.door.ask_for_cover(call.caller, link_id, amount, ask)}
        )

    def unlink(self, environ: Environ, link_id: str) -> Reply:
        """DELETE /v1/wallet_links/{link_id}"""
        call = self.desk.plain_call(environ)
        known_id(IdKind.WALLET_LINK, link_id)
        with self.flights.one(link_id):
            link = self.desk.door.unlink_wallet(call.caller, link_id, self.desk.inquiries.ask)
        return self._told(link)

    def come_back(self, environ: Environ) -> Reply:
        """GET /links/return

        Whoever brings a state that is ours goes on to the merchant's page, whatever became of the
        link; the state itself opens nothing a second time.
        """
        states, came = brought(environ.get("QUERY_STRING", ""))
        link_id = self._address().link_id(states, self.desk.door.clock().at)
        if link_id is None:
            return reply(STALE_LINK, status=404, kind=HTML, headers=_QUIET)
        door = self.desk.door
        try:
            with suppress(*_NOT_NOW), self.flights.one(link_id):
                door.link_wallet.finish(link_id, came, self.desk.inquiries.ask)
            link = door.see_links.links.get(link_id)
        except NotFound:
            return reply(STALE_LINK, status=404, kind=HTML, headers=_QUIET)
        there = {"Location": onward(link), **_QUIET}
        return reply(b"", status=_SEE_OTHER, kind=HTML, headers=there)

    def _address(self) -> ReturnAddress:
        return ReturnAddress(self.desk.door.settings.public_url, self.desk.door.fingerprint)

    def _told(self, link: WalletLink) -> Reply:
        return reply(self.desk.presenter.wallet_link_body(link))


_PATH = "/v1/wallet_links/<link_id>"
_OF_THE_WALLET = (
    Code.PROVIDER_REJECTED,
    Code.PROVIDER_MISCONFIGURED,
    Code.PROVIDER_UNAVAILABLE,
    Code.QUEUE_FULL,
)
START = Operation(
    name="start_wallet_link",
    method="POST",
    path="/v1/wallet_links",
    tag=_TAG,
    summary="Link a customer's wallet; next_action says where the customer agrees",
    body=WalletLinkRequest,
    keyed=True,
    answers={202: WalletLinkAnswer},
    located=True,
    refusals=(Code.WALLET_ALREADY_LINKED, Code.WALLET_NOT_LINKABLE, *_OF_THE_WALLET),
)
READ = Operation(
    name="read_wallet_link",
    method="GET",
    path=_PATH,
    tag=_TAG,
    summary="Read a wallet link",
    answers={200: WalletLinkAnswer},
    refusals=(Code.NOT_FOUND,),
)
LIST = Operation(
    name="list_wallet_links",
    method="GET",
    path="/v1/wallet_links",
    tag=_TAG,
    summary="List a customer's wallet links, newest first",
    query=WalletLinksQuery,
    answers={200: WalletLinkList},
)
COVER = Operation(
    name="ask_wallet_for_cover",
    method="POST",
    path=f"{_PATH}/balance_inquiries",
    tag=_TAG,
    summary="Ask whether a linked wallet holds an amount; its balance is told to nobody",
    body=BalanceRequest,
    answers={200: BalanceAnswer},
    refusals=(Code.NOT_FOUND, Code.WALLET_LINK_INACTIVE, *_OF_THE_WALLET),
)
UNLINK = Operation(
    name="delete_wallet_link",
    method="DELETE",
    path=_PATH,
    tag=_TAG,
    summary="Have the wallet let go of a link; an ended link stays as it is",
    answers={200: WalletLinkAnswer},
    refusals=(
        Code.NOT_FOUND,
        Code.WALLET_LINK_IN_USE,
        Code.CONCURRENT_CHANGE,
        *_OF_THE_WALLET,
    ),
)
RETURN = Operation(
    name="return_from_wallet",
    method="GET",
    path=PATH,
    tag=_TAG,
    summary="Where the wallet's page sends the browser; it goes on to the link's return_url",
    answers={303: "text/html", 404: "text/html"},
    secured=False,
)
