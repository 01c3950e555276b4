"""Patients, the chat and the operator: they act on what they see, and know nothing else."""

from datetime import timedelta
from functools import partial
from typing import final

from application.cancel_payment import CancelPayment
from application.edit_payment import EditPayment
from application.hasten_check import HastenCheck
from application.ports import OrderTaken, StalePayment, StoreUnavailable
from application.refund_payment import CloseRefund, RefundPayment
from application.request_push import RequestPush
from application.review_payment import CloseException, ResolvePayment
from application.start_payment import AccountStopped, StartPayment
from domain.attempt import Attempt
from domain.errors import Cooldown, LunasError, OpenException, PaymentIsUnknown
from domain.exception_record import ACTIONS, Action, ExceptionRecord
from domain.merchant import OVO_PUSH
from domain.moment import Moment
from domain.money import Money
from domain.msisdn import Msisdn
from domain.order import Order
from domain.payment import Payment, Status
from domain.refund import RefundKind, RefundStatus
from domain.reviewing import Verdict
from sandbox.push import Push
from sandbox.taps import Tap
from simulation.dice import Dice
from simulation.house import CALLER, House
from simulation.stores import FaultyPayments
from simulation.waking import Wake

MOST_TRIES = 40
"""How often the chat repeats a request that met a fault."""
MOST_ORDERS = 5
"""Payments of one order, in a world with several providers."""
ENDED = frozenset({Status.FAILED, Status.EXPIRED, Status.CANCELED, Status.REFUNDED})
ODD_PHONES = (
    *(f"081200001{code:03}" for code in (8, 25, 26, 30, 40, 51, 54, 68, 73, 94)),
    "081200001103",
    "081200000006",
    "081200000007",
    "081200000008",
    "081200000011",
    "081200000013",
    "081200000014",
    "081200000015",
    "081200000017",
)
"""Magic phones of the sandbox: codes, late answers, lies (docs/sandbox.md).

Not those that break what the horizon is made of: a push worked on after every caller has given up,
and checks that answer 25 to a paid push however late they ask. The watch is for these.
"""


@final
class Patients:
    """Whoever holds the phone: approves, declines, lets it be, in their own time."""

    def __init__(self, house: House) -> None:
        self._house = house
        house.network.arrived = self.notified

    def notified(self, push: Push) -> None:
        """A push is on the screen."""
        dice = self._house.dice_of(push.request.invoice.encode().hex(), 7)
        throw, world = dice.random(), self._house.world
        if throw < 0.55:
            self._tap_after(dice.seconds(1, 40), push, Tap.APPROVE)
        elif throw < 0.65:
            self._tap_after(dice.seconds(1, 40), push, Tap.DECLINE)
        elif throw < 0.75:
            left = push.window_ends_at - world.now - dice.seconds(0.001, 0.3)
            self._tap_after(max(left, timedelta(0)), push, Tap.APPROVE)
        elif throw < 0.8:
            self._tap_after(dice.seconds(1, 40), push, Tap.DROP)
        elif throw < 0.85:
            self._tap_after(dice.seconds(1, 40), push, Tap.LATE)

    def _tap_after(self, span: timedelta, push: Push, tap: Tap) -> None:
        self._house.world.after(span, partial(self._house.network.tap, push, tap))


@final
class Chat:
    """Starts payments, sends again, cancels, refunds and looks; repeats what met a fault."""

    def __init__(self, house: House) -> None:
        self._house = house
        store = FaultyPayments(
            house.world, house.store, house.switches, house.dice(20, 0), house.saved
        )
        self.store = store
        clock, signal, rules = self._clock, Wake(), house.rulebook
        edit = EditPayment(store, house.store.idempotency, signal)
        new_id = house.world.new_id
        self._start = StartPayment(
            store, house.store.accounts, house.store.links, house.providers, clock, new_id, signal
        )
        self._push = RequestPush(edit, clock, rules)
        self._cancel = CancelPayment(edit, clock, new_id)
        self._refund = RefundPayment(edit, clock, rules, new_id)
        self._hasten = HastenCheck(edit, clock, rules)

    def begin(self, index: int) -> None:
        """One patient's consultation, from asking to paying."""
        dice = self._house.dice(30, index)
        self._order(index, 0, dice)

    def _clock(self) -> Moment:
        world = self._house.world
        return Moment(self._house.store_time(), "chat", world.uptime())

    def _order(self, index: int, tries: int, dice: Dice) -> None:
        house = self._house
        odd = dice.chance(house.switches.odd_customer)
        phone = dice.one_of(ODD_PHONES) if odd else f"0813{index:08}"
        order = Order(
            order_id=f"order-{index}",
            amount=Money(1_000 * (1 + dice.number(500))),
            method=OVO_PUSH,
            provider="ovo",
            expires_in=dice.seconds(120, 7_200) if dice.chance(0.5) else timedelta(hours=1),
            phone=Msisdn(phone),
        )
        if house.mix:
            order = house.mix.wanted(house, order)
        try:
            payment = self._start(CALLER, order)
        except OrderTaken as taken:
            payment_id = taken.payment_id
        except (StoreUnavailable, StalePayment, AccountStopped):
            if tries < MOST_TRIES:
                house.world.after(dice.seconds(1, 5), partial(self._order, index, tries + 1, dice))
            return
        else:
            payment_id = payment.id
        ids = house.orders.setdefault(order.order_id, [])
        if payment_id not in ids:
            ids.append(payment_id)
            house.tell("chat", f"starts {payment_id[-6:]} for {order.order_id}")
            house.world.after(dice.seconds(5, 60), partial(self._look, index, payment_id, 0, dice))

    def _look(self, index: int, payment_id: str, looks: int, dice: Dice) -> None:
        """Look at the payment, and do what such a patient does now."""
        house, switches = self._house, self._house.switches
        if looks >= MOST_TRIES:
            return
        again = partial(self._look, index, payment_id, looks + 1, dice)
        try:
            payment = self.store.get(payment_id)
            if dice.chance(switches.reads):
                self._hasten(CALLER, payment_id)
            if dice.chance(switches.cancels) and house.accidents_allowed():
                house.tell("chat", f"cancels {payment_id[-6:]}")
                self._cancel(CALLER, payment_id)
            elif payment.status is Status.REQUIRES_RETRY and dice.chance(0.7):
                self._push(CALLER, payment_id, None, None)
                house.tell("chat", f"sends {payment_id[-6:]} again")
            elif payment.status is Status.UNKNOWN and dice.chance(0.3):
                self._push(CALLER, payment_id, None, None)  # impatient, and refused
                house.tell("chat", f"sends {payment_id[-6:]} again, while it is unknown")
            elif self._may_want_back(payment) and dice.chance(switches.refunds):
                self._give_back(payment, dice)
        except LunasError:
            pass
        else:
            ended = payment.status in ENDED and self._may_order_again(index)
            if ended and dice.chance(switches.second_order):
                self._order(index, 0, dice)
                return
        pause = dice.seconds(5, 300)
        now = house.store.state.payments.get(payment_id)
        if now is not None and self._has_nothing_to_do(now):
            house.resting[payment_id] = partial(house.world.after, pause, again)
        else:
            house.world.after(pause, again)

    def _has_nothing_to_do(self, payment: Payment) -> bool:
        """Whether every look from now on would find the same and do nothing, until it changes."""
        switches = self._house.switches
        match payment.status:
            case Status.SUCCEEDED:
                return switches.refunds == 0
            case Status.PARTIALLY_REFUNDED:
                return switches.refunds == 0 or self._house.mix is None
            case Status.FAILED | Status.EXPIRED | Status.CANCELED | Status.REFUNDED:
                return switches.second_order == 0
            case Status.REQUIRES_RETRY:
                return False
            case _:
                return switches.cancels == 0 and switches.reads == 0

    def _may_order_again(self, index: int) -> bool:
        """Whoever gets money back in parts, and pays anew, must come to an end all the same."""
        orders = self._house.orders[f"order-{index}"]
        return self._house.mix is None or len(orders) < MOST_ORDERS

    def _may_want_back(self, payment: Payment) -> bool:
        again = payment.status is Status.PARTIALLY_REFUNDED and self._house.mix is not None
        return again or payment.status is Status.SUCCEEDED

    def _give_back(self, payment: Payment, dice: Dice) -> None:
        whole = dice.chance(0.6)
        part = Money(max(1, payment.order.amount.rupiah // 3))
        self._refund(
            CALLER, payment.id, None if whole else part, reason="not needed", actor="clinic"
        )
        self._house.tell("chat", f"asks {payment.id[-6:]} back")


@final
class Operator:
    """Comes by now and then, looks at the wallet's own books, and closes what is open."""

    def __init__(self, house: House) -> None:
        self._house = house
        store = FaultyPayments(
            house.world, house.store, house.switches, house.dice(21, 0), house.saved
        )
        self._store = store
        clock, rules, new_id = self._clock, house.rulebook, house.world.new_id
        edit = EditPayment(store, house.store.idempotency, Wake())
        self._resolve = ResolvePayment(edit, clock, rules, new_id)
        self._close = CloseException(store, edit, clock, rules, new_id)
        self._close_refund = CloseRefund(store, edit, clock, rules, new_id)
        self._dice = house.dice(22, 0)

    def come(self) -> None:
        """Look at everything once, and come again later."""
        house = self._house
        for payment_id in sorted(house.open):
            try:
                self._look_at(house.store.state.payments[payment_id])
            except (Cooldown, OpenException, PaymentIsUnknown, StoreUnavailable, StalePayment):
                continue
            except LunasError as refused:
                house.tell("operator", f"is refused: {refused}")
        after = house.switches.operator_after
        house.world.after(after * (0.5 + self._dice.random()), self.come)

    def _clock(self) -> Moment:
        return Moment(self._house.store_time(), "office", self._house.world.uptime())

    def _look_at(self, payment: Payment) -> None:
        for refund in payment.refunds:
            if refund.kind is RefundKind.MANUAL and refund.status is RefundStatus.PENDING:
                self._house.tell("operator", f"paid {refund.id[-6:]} back by hand")
                self._close_refund(
                    CALLER,
                    refund.id,
                    succeeded=self._dice.chance(0.9),
                    actor="operator:ani",
                    reason="transferred",
                    evidence="slip",
                )
        if payment.status is Status.UNKNOWN and self._dice.chance(0.2):
            self._say(payment)
        for record in payment.exceptions:
            if record.open and self._dice.chance(0.7):
                self._end(payment, record)

    def _say(self, payment: Payment) -> None:
        attempt = payment.live_attempt
        if attempt is not None:
            paid = self._kept(attempt)
            verdict = Verdict("operator:ani", "the wallet's books", "statement")
            self._house.tell("operator", f"says {payment.id[-6:]} is paid: {paid}")
            self._resolve(CALLER, payment.id, paid=paid, verdict=verdict)

    def _end(self, payment: Payment, record: ExceptionRecord) -> None:
        attempt = payment.attempt(record.attempt_id)
        kept = self._kept(attempt)
        action = self._fitting(record, kept=kept)
        verdict = Verdict("operator:ani", "the wallet's books", "statement")
        self._house.tell("operator", f"closes {record.kind} of {attempt.id[-4:]} as {action}")
        self._close(CALLER, record.id, action, verdict=verdict)

    def _fitting(self, record: ExceptionRecord, *, kept: bool) -> Action:
        actions = ACTIONS[record.kind]
        if Action.PAID in actions:
            return Action.PAID if kept else Action.NOT_PAID
        if Action.HONOUR in actions and kept:
            return self._dice.one_of((Action.HONOUR, Action.VOID, Action.RETURNED))
        return Action.RETURNED if Action.RETURNED in actions else actions[-1]

    def _kept(self, attempt: Attempt) -> bool:
        """What the merchant's statement says of this invoice."""
        return self._house.keeps(attempt)
