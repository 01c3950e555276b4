"""Have a notification heard once more, at an operator's wish."""

from dataclasses import dataclass

from application.ports import Clock, Inbox, Received, StalePayment, WorkSignal


@dataclass(frozen=True, slots=True)
class HearAgain:
    """The notice as if it had just come, but for its time; whoever hears it is woken.

    Raises NotFound, StalePayment where it is being heard just now, or what the store refuses.
    """

    inbox: Inbox
    clock: Clock
    signal: WorkSignal

    def __call__(self, notice_id: str) -> Received:
        known = self.inbox.get(notice_id)
        fresh = Received(known.notice, due_at=self.clock().at, version=known.version + 1)
        if not all(self.inbox.save_each([fresh])):
            raise StalePayment("the notification is being heard just now")
        self.signal.wake()
        return fresh
