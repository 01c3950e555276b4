"""The gateways side by side: how each is made, and what it is answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from adapters.outbound.doku.gateway import DokuGateway
from adapters.outbound.exchange import Exchange
from adapters.outbound.midtrans.gateway import MidtransGateway
from adapters.outbound.xendit.api import EWALLETS, PAYMENT_REQUESTS
from adapters.outbound.xendit.gateway import XenditGateway
from application.ports import Charge
from domain.moment import AttemptClocks
from tests.unit.doku import builders as doku
from tests.unit.gateways.builders import NOON_UTC, REFUND
from tests.unit.midtrans import builders as midtrans
from tests.unit.xendit import builders as xendit

AnyGateway = MidtransGateway | XenditGateway | DokuGateway
PATIENT = AttemptClocks()
LATER = NOON_UTC + timedelta(minutes=5)
"""When DOKU may be asked too."""


@dataclass(frozen=True, slots=True)
class House:
    """One provider: its gateway, a charge by it, and its answers to what each of us asks."""

    name: str
    make: Callable[[Exchange, AttemptClocks], AnyGateway]
    charge: Callable[..., Charge]
    answers: Mapping[str, object]
    """By the gateway's method: an answer that settles it."""

    @property
    def acts(self) -> list[str]:
        return [name for name in self.answers if name in {"push", "void", "refund"}]

    @property
    def questions(self) -> list[str]:
        return [name for name in self.answers if name not in self.acts]


def _doku(exchange: Exchange, clocks: AttemptClocks) -> DokuGateway:
    numbers = iter(range(1_000))
    return DokuGateway(
        exchange,
        clock=lambda: max(LATER, datetime.now(UTC)),
        new_request_id=lambda: f"r-{next(numbers)}",
        clocks=clocks,
    )


MIDTRANS = House(
    "midtrans",
    MidtransGateway,
    midtrans.a_charge,
    {
        "push": midtrans.an_answer(),
        "check": midtrans.an_answer(),
        "refund": midtrans.a_refund_answer(),
        "check_refund": midtrans.an_answer("partial_refund", refunds=[midtrans.a_listed()]),
    },
)
EWALLETS_OF_XENDIT = House(
    "xendit ewallets",
    lambda exchange, clocks: XenditGateway(exchange, clocks, EWALLETS),
    lambda **changes: xendit.a_charge(**({"handle": {"charge_id": xendit.CHARGE}} | changes)),
    {
        "push": xendit.an_ewallet(),
        "check": xendit.an_ewallet(),
        "void": xendit.an_ewallet("VOIDED"),
        "check_void": xendit.an_ewallet("VOIDED"),
    },
)
XENDIT = House(
    "xendit",
    lambda exchange, clocks: XenditGateway(exchange, clocks, PAYMENT_REQUESTS),
    lambda **changes: xendit.a_charge(
        **({"handle": {"payment_request_id": xendit.REQUEST}} | changes)
    ),
    {
        "push": xendit.an_answer(),
        "check": xendit.an_answer(),
        "refund": xendit.a_refund(),
        "check_refund": xendit.listed(xendit.a_refund()),
    },
)
DOKU = House(
    "doku",
    _doku,
    doku.a_charge,
    {
        "push": doku.an_answer(),
        "check": doku.a_status(),
        "void": doku.an_answer(),
        "check_void": doku.a_status("REFUNDED"),
    },
)
HOUSES = (MIDTRANS, EWALLETS_OF_XENDIT, XENDIT, DOKU)
ACTS = [(house, name) for house in HOUSES for name in house.acts]
QUESTIONS = [(house, name) for house in HOUSES for name in house.questions]
EVERY = ACTS + QUESTIONS


def named(case: object) -> str:
    return case.name if isinstance(case, House) else str(case)


def arguments(name: str, charge: Charge) -> tuple[object, ...]:
    """What the method of that name is given."""
    return (charge, REFUND) if name.endswith("refund") else (charge,)
