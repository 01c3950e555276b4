"""What providers tell by themselves: kept by the API, heard by workers, judged by the ledger."""

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, final

from application.hear_notification import HearNotifications
from application.ports import Notice, QueueFull, Received, StoreUnavailable, Verdict
from application.receive_notification import ReceiveNotification, Room
from application.verify_notification import VerifyNotification
from domain.moment import Moment
from sandbox.acquirer.wire import Post
from simulation.dice import Dice
from simulation.faulty_inbox import FaultyInbox
from simulation.forging import Forger
from simulation.mixing import Mixture
from simulation.stores import FaultyPayments

if TYPE_CHECKING:
    from simulation.house import House
    from simulation.worker import Worker

ROOM = 64
SCAN_AFTER = timedelta(milliseconds=500)
SOON = timedelta(milliseconds=5)
TRUE = "true"


@final
class Mailroom:
    """Carries notifications to our door, as the world has it, and has them kept there.

    `kinds` says of every notice what it is: true, or in which way it was forged.
    """

    def __init__(self, house: "House", mix: Mixture, payments: FaultyPayments) -> None:
        self._house = house
        self._mix = mix
        self._under_way = ("", "")
        inbox = FaultyInbox(house, payments, house.dice(23, 0), self._kept)
        self.kinds: dict[str, str] = {}
        self.charges: dict[str, str] = {}
        self._receive = ReceiveNotification(
            inbox, Room(inbox), self._clock, house.world.new_id, house.quiet_signal
        )
        self._forger = Forger(house, mix, self.bring)
        mix.roads.posted = self.carry
        mix.forged = self._forger.opened
        mix.judged = self.judge

    def carry(self, post: Post) -> None:
        """A notification leaves: it is lost, late, told twice, or comes at once."""
        house, switches = self._house, self._house.switches
        found = self._mix.roads.exchange.mail.written[post.number]
        dice = Dice(house.seed, 70, post.number, found.tries)
        if not house.accidents_allowed():
            self._deliver(post, found.provider, found.charge_id)
            return
        if dice.chance(switches.notice_lost):
            house.world.after(timedelta(seconds=20), partial(self._answered, post, None, b""))
            return
        for _ in range(2 if dice.chance(switches.notice_twice) else 1):
            late = dice.chance(switches.notice_late)
            span = dice.seconds(0, dice.one_of((2.0, 120.0, 7_200.0))) if late else timedelta(0)
            house.world.after(span, partial(self._deliver, post, found.provider, found.charge_id))

    def bring(self, post: Post, provider: str, charge_id: str, kind: str) -> None:
        """Somebody else's notification: it is kept like any other."""
        self._keep(post, provider, charge_id, kind)

    def judge(self, received: Received) -> None:
        """A forged one is never believed, nor one that tells of money that did not move."""
        notice, verdict = received.notice, received.verdict
        house = self._house
        kind = self.kinds.get(notice.id, TRUE)
        if house.telling and verdict is not None:
            house.tell("inbox", f"{notice.id[-6:]} ({kind}) is {verdict}: {received.why}")
        if verdict is not Verdict.BELIEVED:
            return
        payment_id = received.payment_id or ""
        if kind != TRUE:
            house.breach(14, "what is forged is not believed", payment_id, f"{notice.id}: {kind}")
        charge = self._mix.roads.exchange.life.charges.get(self.charges.get(notice.id, ""))
        if charge is None or charge.paid_at is None:
            house.breach(14, "what is believed was paid", payment_id, notice.id)

    def _deliver(self, post: Post, provider: str, charge_id: str) -> None:
        status, body = self._keep(post, provider, charge_id, TRUE)
        self._answered(post, status, body)

    def _keep(self, post: Post, provider: str, charge_id: str, kind: str) -> tuple[int, bytes]:
        headers = {name.lower(): value for name, value in post.headers.items()}
        reader = self._mix.readers[provider]
        path = f"/notifications/{provider}"
        self._under_way = kind, charge_id
        try:
            self._receive(provider, path, headers, post.body)
        except (StoreUnavailable, QueueFull):
            return 503, reader.reply(accepted=False)[2]
        status, _, body = reader.reply(accepted=True)
        return status, body

    def _kept(self, notice: Notice) -> None:
        kind, charge_id = self._under_way
        self.kinds[notice.id], self.charges[notice.id] = kind, charge_id
        self._house.tell("door", f"keeps {notice.id[-6:]} ({kind}) of {charge_id}")
        self._house.notice_kept()

    def _answered(self, post: Post, status: int | None, body: bytes) -> None:
        self._mix.roads.told(post.number, status, body)

    def _clock(self) -> Moment:
        return Moment(self._house.store_time(), "api", self._house.world.uptime())


@final
class Hearing:
    """The inbox's lane of one worker."""

    def __init__(self, worker: "Worker", mix: Mixture) -> None:
        self._worker = worker
        self._mix = mix
        house = worker.house
        self._inbox = FaultyInbox(
            house, worker.store, house.dice(12, worker.number), lambda _: None
        )

    def start(self) -> None:
        """A fresh incarnation's use case."""
        worker, house = self._worker, self._worker.house
        verify = VerifyNotification(
            worker.store, house.store.accounts, self._mix.providers, self._mix.readers
        )
        self._hear = HearNotifications(
            self._inbox,
            verify,
            worker.store,
            worker.use.confirm,
            house.rulebook,
            worker.read,
            house.world.new_id,
            house.quiet_signal,
        )

    def turn(self) -> datetime | None:
        """Hear what is due; when the next is."""
        worker = self._worker
        for received in self._hear(ROOM):
            self._mix.judged(received)
        worker.perhaps_die()
        due, now = worker.house.store.state.unheard.first_at(), worker.house.world.now
        if due is None:
            return None
        at = due - worker.off
        return at if at > now else now + SCAN_AFTER
