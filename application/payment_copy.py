"""What a search index holds of a payment: nothing that is personal beyond four digits."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from application.search_words import Wanted, beginnings, composed, normal, places
from domain.msisdn import BULLETS, Msisdn
from domain.payment import Payment, Status
from domain.rules import WIB

SEARCHED_DETAILS = ("approval_code",)
"""Of a provider's details, which may hold anything, those that are known to name no person."""
LONGEST_NUMBER = 9
"""Digits: longer references are texts, found by their beginnings."""
MOST_WORDS = 256

_MASK = f"08{BULLETS}"

Parts = Sequence[tuple[str, bool]]
"""A text in parts; True where a word was found."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`words` find by their beginnings; `wholes` only whole: amounts, codes, short numbers."""

    words: Sequence[str]
    wholes: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCopy:
    """A payment as it was at that version, as far as it may be searched; times are UTC.

    `phone` is masked. Never in it: metadata, the customer, a name, a whole phone number.
    """

    id: str
    version: int
    merchant_id: str
    livemode: bool
    order_id: str
    description: str | None
    amount: int
    amount_refunded: int
    status: Status
    reason: str | None
    provider: str
    method: str
    phone: str | None
    phones: tuple[str, ...]
    references: tuple[str, ...]
    codes: tuple[str, ...]
    parts: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    paid_at: datetime | None

    @property
    def day(self) -> str:
        """The day in Jakarta on which it was started."""
        return self.created_at.astimezone(WIB).date().isoformat()

    @property
    def terms(self) -> Terms:
        """What it is found by."""
        words: dict[str, None] = {}
        wholes: dict[str, None] = {}
        for _, text, whole in self._texts():
            if whole:
                wholes[normal(text.removeprefix(_MASK))] = None
            else:
                words.update(dict.fromkeys(beginnings(text)))
        return Terms(tuple(words)[:MOST_WORDS], tuple(wholes)[:MOST_WORDS])

    def found_by(self, words: Sequence[Wanted]) -> bool:
        """Whether each of these words is found in it."""
        terms = self.terms
        wholes = set(terms.wholes)
        return all(
            any(word.startswith(asked.beginning) for word in terms.words)
            or not wholes.isdisjoint(asked.wholes)
            for asked in words
        )

    def highlights(self, words: Sequence[Wanted]) -> Mapping[str, Parts]:
        """The texts in which these words are found, by the name of their field."""
        found: dict[str, Parts] = {}
        for name, text, whole in self._texts():
            spots = places(text, words, whole=whole)
            if spots:
                found[name] = (*found.get(name, ()), *_cut(text, spots, apart=name in found))
        return found

    def _texts(self) -> Sequence[tuple[str, str, bool]]:
        """(field, text, whether it is found only whole)."""
        said = () if self.description is None else (("description", self.description, False),)
        return [
            ("id", self.id, False),
            ("order_id", self.order_id, False),
            *said,
            ("amount", str(self.amount), True),
            *[("phone", phone, True) for phone in self.phones],
            *[("references", text, _short_number(text)) for text in self.references],
            *[("codes", code, True) for code in self.codes],
            *[("parts", part, False) for part in self.parts],
        ]


def copy_of(payment: Payment, *, with_description: bool) -> PaymentCopy:
    """What may be searched of a payment; its description only where the house says so."""
    order = payment.order
    shown = [value for a in payment.attempts for value in a.references.shown.values()]
    codes = [a.response_code for a in payment.attempts if a.response_code is not None]
    details = [payment.details[name] for name in SEARCHED_DETAILS if payment.details.get(name)]
    numbers: list[Msisdn | None] = [payment.phone, *(a.phone for a in payment.attempts)]
    parts = [attempt.id for attempt in payment.attempts]
    parts += [refund.id for refund in payment.refunds]
    parts += [record.id for record in payment.exceptions]
    said = order.description if with_description else None
    return PaymentCopy(
        id=payment.id,
        version=payment.version,
        merchant_id=payment.merchant_id,
        livemode=payment.livemode,
        order_id=composed(order.order_id),
        description=None if said is None else composed(said),
        amount=order.amount.rupiah,
        amount_refunded=payment.amount_refunded.rupiah,
        status=payment.status,
        reason=None if payment.reason is None else payment.reason.code.value,
        provider=order.provider,
        method=order.method,
        phone=None if payment.phone is None else payment.phone.masked,
        phones=tuple(dict.fromkeys(number.masked for number in numbers if number)),
        references=tuple(dict.fromkeys(str(value) for value in shown)),
        codes=tuple(dict.fromkeys(str(value) for value in (*details, *codes))),
        parts=tuple(parts),
        created_at=payment.created_at,
        updated_at=payment.updated_at,
        paid_at=payment.paid_at,
    )


def _short_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= LONGEST_NUMBER


def _cut(text: str, spots: Sequence[tuple[int, int]], *, apart: bool) -> Iterator[tuple[str, bool]]:
    at = 0
    if apart:
        yield ", ", False
    for start, end in spots:
        if at < start:
            yield text[at:start], False
        yield text[start:end], True
        at = end
    if at < len(text):
        yield text[at:], False
