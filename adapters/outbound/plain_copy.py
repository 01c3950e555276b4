"""A searchable copy of a payment as plain values: what an index keeps and gives back."""

from adapters.outbound.plain import Plain, from_instant, instant, optional_instant, optional_time
from application.payment_copy import PaymentCopy
from application.ports import Sort
from domain.status import Status

FIELD_OF = {
    Sort.NEWEST: "created_at",
    Sort.OLDEST: "created_at",
    Sort.LAST_CHANGED: "updated_at",
    Sort.FIRST_CHANGED: "updated_at",
    Sort.DEAREST: "amount",
    Sort.CHEAPEST: "amount",
}
"""By which field each order sorts."""
DESCENDING = frozenset({Sort.NEWEST, Sort.LAST_CHANGED, Sort.DEAREST})
MOST_DAYS = 92
"""Of the counts by day: the latest ones."""


def copy_to_plain(copy: PaymentCopy) -> Plain:
    """The copy; times are microseconds since 1970."""
    return {
        "id": copy.id,
        "version": copy.version,
        "merchant_id": copy.merchant_id,
        "livemode": copy.livemode,
        "order_id": copy.order_id,
        "description": copy.description,
        "amount": copy.amount,
        "amount_refunded": copy.amount_refunded,
        "status": copy.status.value,
        "reason": copy.reason,
        "provider": copy.provider,
        "method": copy.method,
        "phone": copy.phone,
        "phones": copy.phones,
        "references": copy.references,
        "codes": copy.codes,
        "parts": copy.parts,
        "created_at": instant(copy.created_at),
        "updated_at": instant(copy.updated_at),
        "paid_at": optional_instant(copy.paid_at),
    }


def copy_from_plain(plain: Plain) -> PaymentCopy:
    """The copy that copy_to_plain was given."""
    return PaymentCopy(
        id=plain["id"],
        version=plain["version"],
        merchant_id=plain["merchant_id"],
        livemode=plain["livemode"],
        order_id=plain["order_id"],
        description=plain["description"],
        amount=plain["amount"],
        amount_refunded=plain["amount_refunded"],
        status=Status(plain["status"]),
        reason=plain["reason"],
        provider=plain["provider"],
        method=plain["method"],
        phone=plain["phone"],
        phones=tuple(plain["phones"]),
        references=tuple(plain["references"]),
        codes=tuple(plain["codes"]),
        parts=tuple(plain["parts"]),
        created_at=from_instant(plain["created_at"]),
        updated_at=from_instant(plain["updated_at"]),
        paid_at=optional_time(plain["paid_at"]),
    )
