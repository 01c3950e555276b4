"""What each gateway asks: which address, signed how, by which name of the charge."""

import asyncio
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest

from adapters.outbound.doku.gateway import STATUS_AFTER, DokuGateway
from adapters.outbound.doku.signature import header_signature, request_timestamp
from adapters.outbound.midtrans.gateway import MidtransGateway
from adapters.outbound.xendit.api import EWALLETS, PAYMENT_REQUESTS, XenditApi
from adapters.outbound.xendit.gateway import XenditGateway
from domain.moment import AttemptClocks
from domain.outcome import Approved, Doubt, NotSent, Outcome, Unknown
from tests.unit.doku import builders as doku
from tests.unit.gateways.builders import (
    NOON_UTC,
    REFERENCE,
    REFUND,
    FakeWire,
    an_exchange,
    answering,
    failing,
)
from tests.unit.midtrans import builders as midtrans
from tests.unit.xendit import builders as xendit


def at_midtrans(
    wire: FakeWire, call: Callable[[MidtransGateway], Awaitable[Outcome]]
) -> httpx.Request:
    async def main() -> Outcome:
        return await call(MidtransGateway(an_exchange(wire), AttemptClocks()))

    assert isinstance(asyncio.run(main()), Approved)
    (request,) = wire.asked
    basic = b64encode(f"{midtrans.SERVER_KEY}:".encode()).decode()
    assert request.headers["authorization"] == f"Basic {basic}"
    return request


def path(request: httpx.Request) -> str:
    return request.url.raw_path.decode().removeprefix("/base")


def test_midtrans_is_charged_and_asked_by_our_order_id() -> None:
    charge = midtrans.a_charge()
    push = at_midtrans(answering(midtrans.an_answer()), lambda g: g.push(charge))
    assert path(push) == "/v2/charge"
    check = at_midtrans(answering(midtrans.an_answer()), lambda g: g.check(charge))
    assert path(check) == f"/v2/{REFERENCE}/status"
    refund = at_midtrans(answering(midtrans.a_refund_answer()), lambda g: g.refund(charge, REFUND))
    assert path(refund) == f"/v2/{REFERENCE}/refund"
    listed = answering(midtrans.an_answer("refund", refunds=[midtrans.a_listed()]))
    checked = at_midtrans(listed, lambda g: g.check_refund(charge, REFUND))
    assert path(checked) == f"/v2/{REFERENCE}/status"


# -- Xendit ---------------------------------------------------------------------------------------


def at_xendit(
    wire: FakeWire,
    call: Callable[[XenditGateway], Awaitable[Outcome]],
    api: XenditApi = PAYMENT_REQUESTS,
) -> Outcome:
    async def main() -> Outcome:
        return await call(XenditGateway(an_exchange(wire), AttemptClocks(), api))

    return asyncio.run(main())


def test_xendit_is_charged_once_by_our_reference() -> None:
    wire = answering(xendit.an_answer("PENDING"))
    at_xendit(wire, lambda g: g.push(xendit.a_charge()))
    (request,) = wire.asked
    basic = b64encode(f"{xendit.SECRET}:".encode()).decode()
    assert path(request) == "/payment_requests"
    assert request.headers["authorization"] == f"Basic {basic}"
    assert request.headers["idempotency-key"] == REFERENCE


def test_after_silence_xendit_is_asked_by_our_reference_and_else_by_its_own_id() -> None:
    wire = answering(xendit.listed(xendit.an_answer()))
    assert isinstance(at_xendit(wire, lambda g: g.check(xendit.a_charge())), Approved)
    assert path(wire.asked[0]) == f"/payment_requests?reference_id={REFERENCE}"
    named = xendit.a_charge(handle={"payment_request_id": xendit.REQUEST})
    wire = answering(xendit.an_answer())
    assert isinstance(at_xendit(wire, lambda g: g.check(named)), Approved)
    assert path(wire.asked[0]) == f"/payment_requests/{xendit.REQUEST}"
    assert "idempotency-key" not in wire.asked[0].headers


def test_an_id_of_theirs_never_leaves_its_place_in_the_address() -> None:
    odd = xendit.a_charge(handle={"payment_request_id": "../x?y=1#z"})
    wire = answering(xendit.an_answer())
    at_xendit(wire, lambda g: g.check(odd))
    assert path(wire.asked[0]) == "/payment_requests/..%2Fx%3Fy%3D1%23z"


def test_a_refund_whose_charge_has_no_id_yet_asks_for_it_first() -> None:
    wire = answering(xendit.listed(xendit.an_answer()), xendit.a_refund())
    told = at_xendit(wire, lambda g: g.refund(xendit.a_charge(), REFUND))
    assert isinstance(told, Approved)
    asked, made = wire.asked
    assert (asked.method, made.method) == ("GET", "POST")
    assert path(made) == "/refunds"
    assert made.headers["idempotency-key"] == REFUND.refund_id
    assert xendit.REQUEST.encode() in made.content


@pytest.mark.parametrize("nothing", [xendit.listed(), xendit.an_error("SERVER_ERROR"), b"<html>"])
def test_a_refund_whose_charge_nobody_names_is_not_sent(nothing: object) -> None:
    wire = answering(nothing)
    told = at_xendit(wire, lambda g: g.refund(xendit.a_charge(), REFUND))
    assert isinstance(told, NotSent)
    assert [request.method for request in wire.asked] == ["GET"]
    checked = at_xendit(answering(nothing), lambda g: g.check_refund(xendit.a_charge(), REFUND))
    assert checked == Unknown(Doubt.SILENCE)


def test_a_question_for_the_id_that_fails_never_makes_the_refund_unknown() -> None:
    wire = failing(httpx.ReadError("x"))
    assert isinstance(at_xendit(wire, lambda g: g.refund(xendit.a_charge(), REFUND)), NotSent)


def test_refunds_are_listed_by_the_payment_request() -> None:
    named = xendit.a_charge(handle={"payment_request_id": xendit.REQUEST})
    wire = answering(xendit.listed(xendit.a_refund()))
    assert isinstance(at_xendit(wire, lambda g: g.check_refund(named, REFUND)), Approved)
    assert path(wire.asked[0]) == f"/refunds?payment_request_id={xendit.REQUEST}"


def test_the_older_api_is_charged_asked_and_voided_at_its_own_addresses() -> None:
    wire = answering(xendit.an_ewallet("PENDING"))
    at_xendit(wire, lambda g: g.push(xendit.a_charge()), EWALLETS)
    (push,) = wire.asked
    assert path(push) == "/ewallets/charges"
    assert push.headers["idempotency-key"] == push.headers["x-idempotency-key"] == REFERENCE
    wire = answering([xendit.an_ewallet()], xendit.an_ewallet("VOIDED"))
    told = at_xendit(wire, lambda g: g.void(xendit.a_charge()), EWALLETS)
    assert isinstance(told, Approved)
    asked, void = wire.asked
    assert path(asked) == f"/ewallets/charges?reference_id={REFERENCE}"
    assert path(void) == f"/ewallets/charges/{xendit.CHARGE}/void"
    assert (void.method, void.content) == ("POST", b"{}")
    assert void.headers["idempotency-key"] == f"{xendit.CHARGE}-void"
    named = xendit.a_charge(handle={"charge_id": xendit.CHARGE})
    for ask in (XenditGateway.check, XenditGateway.check_void):
        wire = answering(xendit.an_ewallet())
        at_xendit(wire, lambda g, a=ask: a(g, named), EWALLETS)  # type: ignore[misc]  # mypy infers no lambda with a default
        assert path(wire.asked[0]) == f"/ewallets/charges/{xendit.CHARGE}"


def test_a_void_whose_charge_nobody_names_is_not_sent() -> None:
    wire = answering([])
    told = at_xendit(wire, lambda g: g.void(xendit.a_charge()), EWALLETS)
    assert isinstance(told, NotSent)
    assert [request.method for request in wire.asked] == ["GET"]
    checked = at_xendit(answering([]), lambda g: g.check_void(xendit.a_charge()), EWALLETS)
    assert checked == Unknown(Doubt.SILENCE)


# -- DOKU -----------------------------------------------------------------------------------------


def at_doku(
    wire: FakeWire,
    call: Callable[[DokuGateway], Awaitable[Outcome]],
    *,
    later: timedelta = STATUS_AFTER,
) -> Outcome:
    async def main() -> Outcome:
        gateway = DokuGateway(
            an_exchange(wire),
            clock=lambda: NOON_UTC + later,
            new_request_id=lambda: "r-1",
            clocks=AttemptClocks(),
        )
        return await call(gateway)

    return asyncio.run(main())


def test_doku_is_pushed_and_voided_at_neighbouring_addresses_with_the_same_words() -> None:
    wire = answering(doku.an_answer())
    for call in (DokuGateway.push, DokuGateway.void):
        assert isinstance(at_doku(wire, lambda g, c=call: c(g, doku.a_charge())), Approved)  # type: ignore[misc]  # mypy infers no lambda with a default
    push, void = wire.asked
    assert path(push) == "/ovo-emoney/v1/payment"
    assert path(void) == "/ovo-emoney/v1/cancel"
    assert push.content == void.content
    assert "signature" not in push.headers


def test_doku_is_asked_by_our_invoice_with_signed_headers() -> None:
    wire = answering(doku.a_status())
    assert isinstance(at_doku(wire, lambda g: g.check(doku.a_charge())), Approved)
    (request,) = wire.asked
    timestamp = request_timestamp(NOON_UTC + STATUS_AFTER)
    assert path(request) == f"/orders/v1/status/{REFERENCE}"
    assert request.headers["client-id"] == doku.CLIENT
    assert request.headers["request-id"] == "r-1"
    assert request.headers["request-timestamp"] == timestamp
    assert request.headers["signature"] == header_signature(
        client_id=doku.CLIENT,
        request_id="r-1",
        timestamp=timestamp,
        target=f"/orders/v1/status/{REFERENCE}",
        secret_key=doku.SECRET,
    )


@pytest.mark.parametrize(
    ("later", "doubt"), [(899, Doubt.PENDING), (900, Doubt.NOT_FOUND), (86_400, Doubt.NOT_FOUND)]
)
def test_a_timeout_counts_once_it_has_stood_for_fifteen_minutes(later: int, doubt: Doubt) -> None:
    wire = answering(doku.a_status("TIMEOUT"))
    asked = timedelta(seconds=later)
    told = at_doku(wire, lambda g: g.check(doku.a_charge()), later=asked)
    assert told == Unknown(doubt, "TIMEOUT")


def test_what_one_way_of_xendits_does_not_offer_is_not_even_asked_about() -> None:
    named = xendit.a_charge(handle={"charge_id": "x", "payment_request_id": "x"})
    wire, never = answering({}), Unknown(Doubt.UNHEARD_OF)
    assert at_xendit(wire, lambda g: g.check_refund(named, REFUND), EWALLETS) == never
    assert at_xendit(wire, lambda g: g.check_void(named)) == never
    assert wire.asked == []


def test_before_sixty_seconds_doku_is_not_asked() -> None:
    wire = answering(doku.a_status())
    early = STATUS_AFTER - timedelta(microseconds=1)
    told = at_doku(wire, lambda g: g.check(doku.a_charge()), later=early)
    assert told == Unknown(Doubt.PENDING)
    assert wire.asked == []
