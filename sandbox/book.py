"""The pushes that the wallet remembers, found by id, by references, by invoice and by phone."""

from collections import deque
from collections.abc import Iterator
from itertools import islice

from sandbox.messages import Request
from sandbox.push import Push, State

REMEMBERED_PUSHES = 200_000


class Book:
    """At most `capacity` pushes; when it is full the one that ended longest ago is forgotten."""

    def __init__(self, capacity: int = REMEMBERED_PUSHES) -> None:
        self._capacity = capacity
        self._pushes: dict[str, Push] = {}
        self._by_references: dict[tuple[str, str, int, int], Push] = {}
        self._by_invoice: dict[tuple[str, str], Push] = {}
        self._by_phone: dict[str, dict[str, Push]] = {}
        self._ended: deque[Push] = deque()

    def __iter__(self) -> Iterator[Push]:
        return iter(self._pushes.values())

    def __len__(self) -> int:
        return len(self._pushes)

    def add(self, push: Push) -> bool:
        """Remember a push; False when the book is full of pushes that still wait."""
        if len(self._pushes) >= self._capacity and not self._forget_oldest():
            return False
        self._pushes[push.id] = push
        self._by_references[push.request.references] = push
        self._by_invoice[_invoice(push.request)] = push
        self._by_phone.setdefault(push.phone, {})[push.id] = push
        return True

    def ended(self, push: Push) -> None:
        """Note that a push no longer waits, so that it may be forgotten one day."""
        assert push.state is not State.WAITING
        self._ended.append(push)

    def get(self, push_id: str) -> Push | None:
        """The push with this id."""
        return self._pushes.get(push_id)

    def clash(self, request: Request) -> Push | None:
        """The push that already used this request's references or invoice, paid or not."""
        return self._by_references.get(request.references) or self._by_invoice.get(
            _invoice(request)
        )

    def find(self, request: Request) -> Push | None:
        """The push that a check, reversal or void means: every reference has to be the same."""
        push = self._by_references.get(request.references)
        if push is None:
            return None
        same = push.request.invoice == request.invoice and push.request.amount == request.amount
        return push if same and request.phone in {None, push.phone} else None

    def of_phone(self, phone: str) -> list[Push]:
        """The pushes of one phone, oldest first."""
        return list(self._by_phone.get(phone, {}).values())

    def latest(self, most: int) -> list[Push]:
        """The pushes heard last, newest first."""
        return list(islice(reversed(self._pushes.values()), most))

    def _forget_oldest(self) -> bool:
        if not self._ended:
            return False
        push = self._ended.popleft()
        del self._pushes[push.id]
        del self._by_references[push.request.references]
        del self._by_invoice[_invoice(push.request)]
        of_phone = self._by_phone[push.phone]
        del of_phone[push.id]
        if not of_phone:
            del self._by_phone[push.phone]
        return True


def _invoice(request: Request) -> tuple[str, str]:
    return (request.merchant_id, request.invoice)
