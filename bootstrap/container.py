"""The house as a container: every use case, made of ports that an assembly gives."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from application.abandon_attempts import AbandonAttempts
from application.cancel_payment import CancelPayment
from application.choose_provider import ChooseProvider, Unwell, nobody_unwell
from application.compare_settlement import CompareSettlement
from application.confirm_payment import ConfirmPayment
from application.deliver_events import ClaimDeliveries, RecordDeliveries
from application.edit_payment import EditPayment
from application.expire_payments import ExpirePayments
from application.forget_notices import ForgetNotices
from application.hasten_check import HastenCheck, everybody
from application.hear_again import HearAgain
from application.hear_notification import HearNotifications
from application.index_payments import IndexPayments, RebuildIndex
from application.inquire_phone import InquirePhone
from application.link_wallet import LinkWallet
from application.open_house import NewApiKey, OpenHouse
from application.ports import (
    AccountRepository,
    ChangeWaiter,
    Clock,
    DeliveryRepository,
    Directory,
    EndpointRepository,
    EventLog,
    FirstOf,
    Heartbeats,
    IdempotencyStore,
    Inbox,
    Luck,
    NewId,
    NewSecret,
    NotificationReader,
    PaymentFeed,
    PaymentGateway,
    PaymentIndex,
    PaymentRepository,
    ReferenceAllocator,
    Sequences,
    WalletLinking,
    WalletLinks,
    WorkSignal,
)
from application.probe_accounts import ProbeAccounts
from application.push_payments import PushPayments
from application.receive_notification import ReceiveNotification, Room
from application.refund_payment import CloseRefund, RefundPayment
from application.relay_events import RelayEvents
from application.request_push import RequestPush
from application.resolve_payments import ResolvePayments
from application.review_payment import CloseException, ResolvePayment
from application.search_payments import SearchPayments
from application.start_payment import StartPayment
from application.use_wallet_link import AskForCover, SeeLinks, UnlinkWallet
from application.verify_notification import VerifyNotification
from application.webhook_endpoints import RedeliverEvents, WebhookEndpoints
from bootstrap.injector import containers, providers
from domain.provider import Provider
from domain.routing import Route
from domain.rules import Rulebook


def _by_name(provider: Provider, others: Mapping[str, Provider]) -> Mapping[str, Provider]:
    return {provider.name: provider, **others}


def _with_others(
    provider: Provider, gateway: PaymentGateway, others: Mapping[str, PaymentGateway]
) -> Mapping[str, PaymentGateway]:
    return {provider.name: gateway, **others}


def _rulebook(provider: Provider, others: Mapping[str, Provider]) -> Rulebook:
    return Rulebook(provider.rules, {name: other.rules for name, other in others.items()})


class Core(containers.DeclarativeContainer):
    """Ports above, use cases below; `check_dependencies` tells which port was forgotten."""

    payments = providers.Dependency(instance_of=PaymentRepository)
    feed = providers.Dependency(instance_of=PaymentFeed)
    index = providers.Dependency(instance_of=PaymentIndex)
    events = providers.Dependency(instance_of=EventLog)
    deliveries = providers.Dependency(instance_of=DeliveryRepository)
    endpoints = providers.Dependency(instance_of=EndpointRepository)
    links = providers.Dependency(instance_of=WalletLinks)
    linking: providers.Dependency[Mapping[str, WalletLinking]] = providers.Dependency()
    directory = providers.Dependency(instance_of=Directory)
    accounts = providers.Dependency(instance_of=AccountRepository)
    sequences = providers.Dependency(instance_of=Sequences)
    heartbeats = providers.Dependency(instance_of=Heartbeats)
    idempotency = providers.Dependency(instance_of=IdempotencyStore)
    inbox = providers.Dependency(instance_of=Inbox)
    readers: providers.Dependency[Mapping[str, NotificationReader]] = providers.Dependency(
        default={}
    )
    signal = providers.Dependency(instance_of=WorkSignal)
    waiter = providers.Dependency(instance_of=ChangeWaiter)
    gateway = providers.Dependency(instance_of=PaymentGateway)
    references = providers.Dependency(instance_of=ReferenceAllocator)
    provider = providers.Dependency(instance_of=Provider)
    others: providers.Dependency[Mapping[str, Provider]] = providers.Dependency(default={})
    other_gateways: providers.Dependency[Mapping[str, PaymentGateway]] = providers.Dependency(
        default={}
    )
    routes: providers.Dependency[Sequence[Route]] = providers.Dependency(default=())
    unwell: providers.Dependency[Unwell] = providers.Dependency(default=nobody_unwell)
    clock: providers.Dependency[Clock] = providers.Dependency()
    new_id: providers.Dependency[NewId] = providers.Dependency()
    luck: providers.Dependency[Luck] = providers.Dependency()
    new_secret: providers.Dependency[NewSecret] = providers.Dependency()
    first_of: providers.Dependency[FirstOf] = providers.Dependency(default=everybody)
    new_api_key: providers.Dependency[NewApiKey] = providers.Dependency()
    worker = providers.Dependency(instance_of=str)
    alone = providers.Dependency(instance_of=bool)
    webhook_answer_within: providers.Dependency[timedelta] = providers.Dependency()
    per_endpoint = providers.Dependency(instance_of=int)
    searched_description = providers.Dependency(instance_of=bool)

    by_name = providers.Singleton(_by_name, provider, others)
    gateways = providers.Singleton(_with_others, provider, gateway, other_gateways)
    rules = providers.Singleton(_rulebook, provider, others)
    edit = providers.Singleton(EditPayment, payments=payments, kept=idempotency, signal=signal)
    choose = providers.Singleton(
        ChooseProvider, accounts=accounts, providers=by_name, routes=routes, unwell=unwell
    )
    start = providers.Singleton(
        StartPayment,
        payments=payments,
        accounts=accounts,
        links=links,
        providers=by_name,
        clock=clock,
        new_id=new_id,
        signal=signal,
    )
    request_push = providers.Singleton(
        RequestPush,
        edit=edit,
        clock=clock,
        rules=rules,
    )
    cancel = providers.Singleton(CancelPayment, edit=edit, clock=clock, new_id=new_id)
    inquire = providers.Singleton(InquirePhone, accounts=accounts, gateways=gateways)
    push = providers.Singleton(
        PushPayments,
        payments=payments,
        save_each=payments.provided.save_each,
        accounts=accounts,
        references=references,
        provider=provider,
        clock=clock,
        new_id=new_id,
        worker=worker,
    )
    confirm = providers.Singleton(
        ConfirmPayment,
        payments=payments,
        save_each=payments.provided.save_each,
        accounts=accounts,
        rules=rules,
        clock=clock,
        new_id=new_id,
        signal=signal,
    )
    resolve = providers.Singleton(
        ResolvePayments,
        payments=payments,
        accounts=accounts,
        provider=provider,
        clock=clock,
        new_id=new_id,
    )
    verify = providers.Singleton(
        VerifyNotification,
        payments=payments,
        accounts=accounts,
        providers=by_name,
        readers=readers,
    )
    hear = providers.Singleton(
        HearNotifications,
        inbox=inbox,
        verify=verify,
        payments=payments,
        confirm=confirm,
        rules=rules,
        clock=clock,
        new_id=new_id,
        signal=signal,
    )
    room = providers.Singleton(Room, inbox)
    receive = providers.Singleton(
        ReceiveNotification, inbox=inbox, room=room, clock=clock, new_id=new_id, signal=signal
    )
    forget_notices = providers.Singleton(ForgetNotices, inbox=inbox, clock=clock)
    hear_again = providers.Singleton(HearAgain, inbox=inbox, clock=clock, signal=signal)
    hasten = providers.Singleton(
        HastenCheck, edit=edit, clock=clock, rules=rules, first_of=first_of
    )
    refund = providers.Singleton(RefundPayment, edit=edit, clock=clock, rules=rules, new_id=new_id)
    close_refund = providers.Singleton(
        CloseRefund, payments=payments, edit=edit, clock=clock, rules=rules, new_id=new_id
    )
    resolve_by_hand = providers.Singleton(
        ResolvePayment, edit=edit, clock=clock, rules=rules, new_id=new_id
    )
    close_exception = providers.Singleton(
        CloseException, payments=payments, edit=edit, clock=clock, rules=rules, new_id=new_id
    )
    compare_settlement = providers.Singleton(CompareSettlement, payments=payments)
    expire = providers.Singleton(
        ExpirePayments,
        payments=payments,
        provider=provider,
        clock=clock,
        new_id=new_id,
        signal=signal,
    )
    abandon = providers.Singleton(
        AbandonAttempts,
        payments=payments,
        confirm=confirm,
        heartbeats=heartbeats,
        provider=provider,
        clock=clock,
        worker=worker,
        alone=alone,
    )
    probe = providers.Singleton(
        ProbeAccounts, payments=payments, accounts=accounts, provider=provider, clock=clock
    )
    relay = providers.Singleton(
        RelayEvents,
        events=events,
        deliveries=deliveries,
        endpoints=endpoints,
        clock=clock,
        new_id=new_id,
        answer_within=webhook_answer_within,
        per_endpoint=per_endpoint,
    )
    claim_deliveries = providers.Singleton(
        ClaimDeliveries,
        deliveries=deliveries,
        endpoints=endpoints,
        events=events,
        clock=clock,
        answer_within=webhook_answer_within,
        per_endpoint=per_endpoint,
    )
    record_deliveries = providers.Singleton(
        RecordDeliveries,
        deliveries=deliveries,
        endpoints=endpoints,
        events=events,
        clock=clock,
        new_id=new_id,
        luck=luck,
    )
    link_wallet = providers.Singleton(
        LinkWallet,
        links=links,
        accounts=accounts,
        linking=linking,
        clock=clock,
        new_id=new_id,
        signal=signal,
    )
    see_links = providers.Singleton(SeeLinks, links=links, clock=clock, signal=signal)
    unlink_wallet = providers.Singleton(
        UnlinkWallet,
        links=links,
        payments=payments,
        accounts=accounts,
        linking=linking,
        clock=clock,
        new_id=new_id,
        signal=signal,
    )
    ask_for_cover = providers.Singleton(
        AskForCover, links=links, accounts=accounts, linking=linking
    )
    webhook_endpoints = providers.Singleton(
        WebhookEndpoints, endpoints=endpoints, clock=clock, new_id=new_id, new_secret=new_secret
    )
    redeliver = providers.Singleton(
        RedeliverEvents,
        events=events,
        deliveries=deliveries,
        endpoints=webhook_endpoints,
        relay=relay,
        signal=signal,
    )
    search = providers.Singleton(
        SearchPayments,
        index=index,
        feed=feed,
        payments=payments,
        clock=clock,
        with_description=searched_description,
    )
    index_payments = providers.Singleton(
        IndexPayments, feed=feed, index=index, clock=clock, with_description=searched_description
    )
    rebuild_index = providers.Singleton(
        RebuildIndex, feed=feed, index=index, with_description=searched_description
    )
    open_house = providers.Singleton(
        OpenHouse,
        directory=directory,
        accounts=accounts,
        clock=clock,
        new_id=new_id,
        new_api_key=new_api_key,
    )
