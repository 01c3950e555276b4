"""The charges of all providers, found by id, by reference, by the provider's own id, by phone."""

from collections import deque
from collections.abc import Iterator
from itertools import islice

from sandbox.acquirer.charge import Charge, State
from sandbox.acquirer.partners import Partner

REMEMBERED_CHARGES = 200_000


class Charges:
    """At most `capacity` charges; when full the one that ended longest ago is forgotten."""

    def __init__(self, capacity: int = REMEMBERED_CHARGES) -> None:
        self._capacity = capacity
        self._charges: dict[str, Charge] = {}
        self._by_reference: dict[tuple[str, str, str], Charge] = {}
        self._by_handle: dict[tuple[str, str], Charge] = {}
        self._by_phone: dict[str, dict[str, Charge]] = {}
        self._ended: deque[Charge] = deque()

    def __iter__(self) -> Iterator[Charge]:
        return iter(self._charges.values())

    def __len__(self) -> int:
        return len(self._charges)

    def add(self, charge: Charge) -> bool:
        """Remember a charge; False when the book is full of charges that still wait."""
        if len(self._charges) >= self._capacity and not self._forget_oldest():
            return False
        self._charges[charge.id] = charge
        self._by_reference[_reference(charge)] = charge
        self._by_handle[charge.provider, charge.handle] = charge
        if charge.phone is not None:
            self._by_phone.setdefault(charge.phone, {})[charge.id] = charge
        return True

    def ended(self, charge: Charge) -> None:
        """Note that a charge no longer waits, so that it may be forgotten one day."""
        assert charge.state is not State.WAITING
        self._ended.append(charge)

    def get(self, charge_id: str) -> Charge | None:
        """The charge with this id of the sandbox."""
        return self._charges.get(charge_id)

    def of_reference(self, provider: str, partner: Partner, reference: str) -> Charge | None:
        """The charge that this merchant made under this reference."""
        return self._by_reference.get((provider, partner.name, reference))

    def of_handle(self, provider: str, partner: Partner, handle: str) -> Charge | None:
        """The charge of this merchant that the provider calls so."""
        charge = self._by_handle.get((provider, handle))
        return charge if charge is not None and charge.partner is partner else None

    def of_phone(self, phone: str) -> list[Charge]:
        """The charges of one phone, oldest first."""
        return list(self._by_phone.get(phone, {}).values())

    def latest(self, most: int) -> list[Charge]:
        """The charges heard last, newest first."""
        return list(islice(reversed(self._charges.values()), most))

    def _forget_oldest(self) -> bool:
        if not self._ended:
            return False
        charge = self._ended.popleft()
        del self._charges[charge.id]
        del self._by_reference[_reference(charge)]
        del self._by_handle[charge.provider, charge.handle]
        if charge.phone is not None:
            of_phone = self._by_phone[charge.phone]
            del of_phone[charge.id]
            if not of_phone:
                del self._by_phone[charge.phone]
        return True


def _reference(charge: Charge) -> tuple[str, str, str]:
    return (charge.provider, charge.partner.name, charge.reference)
