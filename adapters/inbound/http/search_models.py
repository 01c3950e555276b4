"""What a search may ask, and what it answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, WithJsonSchema

from adapters.inbound.http.answers import Instant, Masked
from adapters.inbound.http.models import QueryModel
from adapters.inbound.http.values import OrderId, PageSize, Text, Time, whole
from application.ports import Sort
from domain.payment import Status
from domain.reason import ReasonCode

LARGEST = 10**15
_STATUS = "|".join(status.value for status in Status)
_SORT = "|".join(sort.value for sort in Sort)
_SORTS = {"type": "string", "enum": [sort.value for sort in Sort], "default": Sort.NEWEST.value}


def _statuses(value: object) -> object:
    """Names with commas between."""
    return tuple(value.split(",")) if isinstance(value, str) else value


Statuses = Annotated[
    tuple[Status, ...],
    BeforeValidator(_statuses),
    Field(max_length=len(Status)),
    WithJsonSchema({"type": "string", "pattern": f"^({_STATUS})(,({_STATUS})){{0,9}}$"}),
]
Rupiah = Annotated[int, Field(ge=0, lt=LARGEST), BeforeValidator(whole)]


class SearchParameters(QueryModel):
    """Every word of `q` must be found: in an id, order, reference or text by its beginning, as an

    amount, code or last four digits whole.
    """

    q: Text = Field(
        default="", description="What to find; without it, whatever passes the filters."
    )
    status: Statuses = Field(default=(), description="One or more, with commas between.")
    order_id: OrderId | None = None
    created_after: Time | None = None
    created_before: Time | None = None
    amount_from: Rupiah | None = None
    amount_to: Rupiah | None = None
    sort: Annotated[Sort, WithJsonSchema(_SORTS)] = Sort.NEWEST
    limit: PageSize = 20
    cursor: (
        Annotated[
            str, StringConstraints(pattern=rf"^({_SORT})\.[0-9]{{1,17}}\.pay_[0-9a-f]{{32}}$")
        ]
        | None
    ) = Field(default=None, description="The next_cursor of the page before, whose order goes on.")


class FoundPayment(BaseModel):
    """The payment as the index has it: as it was at `updated_at`."""

    id: str
    livemode: bool
    order_id: str
    amount: int
    amount_refunded: int
    currency: Literal["IDR"]
    status: Status
    reason_code: ReasonCode | None
    method: str
    provider: str
    phone: Masked | None
    description: str | None = Field(description="Only where this house searches descriptions.")
    references: list[str] = Field(description="By which the wallet knows its attempts.")
    codes: list[str] = Field(description="Approval and response codes.")
    created_at: Instant
    updated_at: Instant
    paid_at: Instant | None


class HitAnswer(BaseModel):
    """A payment that was found."""

    object: Literal["search_hit"]
    payment: FoundPayment
    highlights: dict[str, str] = Field(
        description="By field, the text as HTML with what was found in `em`."
    )


class CountsAnswer(BaseModel):
    """How many were found in all."""

    by_status: dict[str, int]
    by_day: dict[str, int] = Field(description="By day in Jakarta, the latest 92 days.")


class IndexAnswer(BaseModel):
    """Who answered, and how much it may have missed."""

    source: Literal["index", "store"] = Field(
        description="`store`: the index is away, or was asked for a phone number."
    )
    complete: bool = Field(
        description="Whether nothing else matches, but for changes that wait to be indexed."
    )
    waiting: int | None = Field(description="Changes that the index has not seen, up to 10,000.")
    lag_seconds: float | None = Field(description="How long ago the oldest of them was made.")


class SearchAnswer(BaseModel):
    """A page of what was found. `total` and `counts` come with the first page of an index."""

    data: list[HitAnswer]
    total: int | None
    counts: CountsAnswer | None
    next_cursor: str | None
    index: IndexAnswer
