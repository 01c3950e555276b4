"""Charging a linked account: what goes out, what comes back, and when it goes out once more."""

import json
from datetime import timedelta

import httpx
import pytest

from adapters.outbound import snap
from adapters.outbound.ovo_snap.gateway import OvoSnapGateway
from application.ports import Charge, RefundOrder
from domain.next_action import CustomerStep, NextAction
from domain.outcome import Accepted, Approved, Declined, Doubt, NotSent, Outcome, Unknown
from domain.reason import ReasonCode
from domain.wallet_link import CustomerTokens, LinkChange, LinkStatus
from tests.builders import an_active_link
from tests.unit.cases import for_each
from tests.unit.ovo_snap.builders import (
    AT,
    REFERENCE,
    REFUND,
    REFUND_NAME,
    SECRET,
    Ovo,
    a_status,
    a_token,
    an_account,
    body_of,
    rupiah,
    said,
)

DEBIT = "debit/payment-host-to-host"
STATUS, REFUNDS = "debit/status", "debit/refund"
AGREE = "https://wallet.example/pin?t=1"
STARTED = said("2005400", referenceNo="OVO1", partnerReferenceNo=REFERENCE, webRedirectUrl=AGREE)
PAID = said(
    "2005400",
    referenceNo="OVO1",
    partnerReferenceNo=REFERENCE,
    approvalCode="77",
    amount=rupiah(50_000),
)


def pushed(ovo: Ovo, charge: Charge | None = None) -> Outcome:
    return ovo.run(lambda gateway, _: gateway.push(charge or ovo.charge()))


def checked(ovo: Ovo, charge: Charge | None = None) -> Outcome:
    return ovo.run(lambda gateway, _: gateway.check(charge or ovo.charge()))


def refunded(ovo: Ovo, refund: RefundOrder = REFUND) -> Outcome:
    return ovo.run(lambda gateway, _: gateway.refund(ovo.charge(), refund))


def refund_checked(ovo: Ovo, refund: RefundOrder = REFUND) -> Outcome:
    return ovo.run(lambda gateway, _: gateway.check_refund(ovo.charge(), refund))


# -- what goes out --------------------------------------------------------------------------------


def test_a_charge_goes_out_signed_and_neutral() -> None:
    ovo = Ovo()
    ovo.says(DEBIT, STARTED)
    pushed(ovo)
    [asked] = ovo.asked(DEBIT)
    assert str(asked.url) == "http://sandbox.test/ovo-snap/OVOSNAP/v2.0/" + DEBIT
    assert body_of(asked) == {
        "partnerReferenceNo": REFERENCE,
        "chargeToken": "OVO",
        "merchantId": "100001",
        "subTransactionType": "MANUAL",
        "amount": rupiah(50_000),
        "payOptionDetails": [
            {"payMethod": "CASH", "payOption": "OVO", "transAmount": rupiah(50_000)}
        ],
        "validUpTo": "2026-11-23T12:05:30+07:00",
        "urlParams": [
            {"url": "https://chat.example/c/8812", "type": "PAY_RETURN", "isDeeplink": "N"}
        ],
    }
    assert b" " not in asked.content
    assert b"Sari" not in asked.content
    assert asked.headers["Authorization"] == "Bearer canary-access"
    assert asked.headers["X-TIMESTAMP"] == "2026-11-23T12:00:30.123+07:00"
    assert asked.headers["X-PARTNER-ID"] == "testclient01"
    assert asked.headers["X-DEVICE-ID"] == "lunas"
    assert asked.headers["X-EXTERNAL-ID"].isdecimal()
    assert len(asked.headers["X-EXTERNAL-ID"]) <= 36
    assert asked.headers["X-SIGNATURE"] == snap.symmetric(
        SECRET,
        method="POST",
        path=asked.url.path,
        token="canary-access",
        body=asked.content,
        timestamp=asked.headers["X-TIMESTAMP"],
    )


def test_the_merchant_says_how_it_charges() -> None:
    ovo = Ovo(account=an_account(payment="AUTO", pay_method="POINTS", channel_id="12345"))
    ovo.says(DEBIT, PAID)
    pushed(ovo)
    [asked] = ovo.asked(DEBIT)
    told = body_of(asked)
    assert told["subTransactionType"] == "AUTO"
    assert told["payOptionDetails"][0]["payMethod"] == "POINTS"
    assert asked.headers["CHANNEL-ID"] == "12345"


def test_paths_and_the_service_code_are_settings() -> None:
    ovo = Ovo(options={"version": "v3.0", "path_status": "/x/status", "status_service": "55"})
    ovo.says(DEBIT, STARTED)
    ovo.says("/x/status", a_status("00"))
    pushed(ovo)
    checked(ovo)
    assert ovo.asked(DEBIT)[0].url.path == "/ovo-snap/OVOSNAP/v3.0/debit/payment-host-to-host"
    assert body_of(ovo.asked("/x/status")[0])["serviceCode"] == "55"


def test_a_refund_names_the_charge_and_itself() -> None:
    ovo = Ovo()
    ovo.says(REFUNDS, said("2005800"))
    ovo.run(lambda gateway, _: gateway.refund(ovo.charge(handle={"reference_no": "OVO1"}), REFUND))
    [asked] = ovo.asked(REFUNDS)
    assert body_of(asked) == {
        "originalPartnerReferenceNo": REFERENCE,
        "originalReferenceNo": "OVO1",
        "partnerRefundNo": REFUND_NAME,
        "refundAmount": rupiah(20_000),
        "merchantId": "100001",
        "reason": "refund",
    }
    assert len(REFUND_NAME) <= 32


# -- what an answer to the charge means -----------------------------------------------------------


def test_a_charge_with_a_pin_waits_for_the_customer() -> None:
    ovo = Ovo()
    ovo.says(DEBIT, STARTED)
    step = CustomerStep(NextAction.REDIRECT, url=AGREE)
    assert pushed(ovo) == Accepted("2005400", {"reference_no": "OVO1"}, step)


def test_a_charge_without_a_pin_is_paid_at_once() -> None:
    ovo = Ovo(account=an_account(payment="AUTO"))
    ovo.says(DEBIT, PAID)
    told = pushed(ovo)
    assert told == Approved(
        "2005400", {"reference_no": "OVO1", "approval_code": "77"}, evidence="ovo_snap:OVO1"
    )


@pytest.mark.parametrize(
    "answer",
    [
        said("2005400", referenceNo="OVO1"),
        said("20054000", referenceNo="OVO1"),
        said("2005400", referenceNo="OVO1", partnerReferenceNo=REFERENCE),
    ],
    ids=["no name of ours", "eight digits", "no amount"],
)
def test_a_success_that_does_not_say_of_what_is_asked_about(answer: httpx.Response) -> None:
    ovo = Ovo(account=an_account(payment="AUTO"))
    ovo.says(DEBIT, answer)
    assert pushed(ovo) == Accepted("2005400", {"reference_no": "OVO1"})


def test_where_a_pin_is_asked_a_success_without_a_page_is_no_success() -> None:
    ovo = Ovo()
    ovo.says(DEBIT, PAID)
    assert pushed(ovo) == Accepted("2005400", {"reference_no": "OVO1"})


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x/" + "a" * 3_000, "https://x/\n"])
def test_only_a_link_is_shown_to_the_customer(url: str) -> None:
    ovo = Ovo()
    ovo.says(DEBIT, said("2005400", partnerReferenceNo=REFERENCE, webRedirectUrl=url))
    told = pushed(ovo)
    assert isinstance(told, Accepted)
    assert told.step is None


@for_each(
    "answer",
    [
        said("2005400", partnerReferenceNo="ANOTHER"),
        said("2005400", partnerReferenceNo=REFERENCE, amount=rupiah(50_001)),
        said("2005400", partnerReferenceNo=REFERENCE, amount={"value": "50000.00"}),
        said("4035414", partnerReferenceNo="ANOTHER"),
    ],
)
def test_what_differs_is_believed_of_nothing(answer: httpx.Response) -> None:
    ovo = Ovo(account=an_account(payment="AUTO"))
    ovo.says(DEBIT, answer)
    told = pushed(ovo)
    assert isinstance(told, Unknown)
    assert (told.doubt, told.alarm) == (Doubt.MISMATCH, True)


@for_each(
    ("code", "reason", "final"),
    [
        ("4035414", ReasonCode.INSUFFICIENT_BALANCE, False),
        ("4035402", ReasonCode.LIMIT_EXCEEDED, False),
        ("4035407", ReasonCode.ACCOUNT_BLOCKED, False),
        ("4045404", ReasonCode.DECLINED_BY_CUSTOMER, False),
        ("4035400", ReasonCode.TIMED_OUT, False),
        ("4295400", ReasonCode.WALLET_UNREACHABLE, False),
        ("4005401", ReasonCode.PROVIDER_REJECTED, True),
        ("4045408", ReasonCode.PROVIDER_MISCONFIGURED, True),
        ("4045418", ReasonCode.PROVIDER_REJECTED, True),
    ],
)
def test_a_refusal_of_the_charge_is_a_decline(code: str, reason: ReasonCode, final: bool) -> None:
    ovo = Ovo()
    ovo.says(DEBIT, said(code))
    told = pushed(ovo)
    assert isinstance(told, Declined)
    assert (told.code, told.reason.code, told.final) == (code, reason, final)
    assert not told.stops_account


NEXT_SECRET = "test-client-secret-0002"


def signed_by(secret: str, request: httpx.Request) -> bool:
    """Whether that secret signed it."""
    return request.headers["X-SIGNATURE"] == snap.symmetric(
        secret,
        method=request.method,
        path=request.url.raw_path.decode(),
        token=request.headers["Authorization"].removeprefix("Bearer "),
        body=request.content,
        timestamp=request.headers["X-TIMESTAMP"],
    )


def test_while_secrets_are_changed_the_next_one_signs_once_the_first_is_refused() -> None:
    ovo = Ovo(account=an_account(client_secret_next=NEXT_SECRET))
    ovo.says(DEBIT, said("4015400"), STARTED)
    ovo.says(STATUS, a_status("02"))

    async def both(gateway: OvoSnapGateway, _: object) -> tuple[Outcome, Outcome]:
        return await gateway.push(ovo.charge()), await gateway.check(ovo.charge())

    assert [type(outcome) for outcome in ovo.run(both)] == [Accepted, Accepted]
    first, second = ovo.asked(DEBIT)
    assert signed_by(SECRET, first)
    assert signed_by(NEXT_SECRET, second)
    assert first.content == second.content
    assert first.headers["X-EXTERNAL-ID"] != second.headers["X-EXTERNAL-ID"]
    [asked] = ovo.asked(STATUS)
    assert signed_by(NEXT_SECRET, asked), "what was accepted last signs first"


def test_two_secrets_that_are_refused_stop_the_account() -> None:
    ovo = Ovo(account=an_account(client_secret_next=NEXT_SECRET))
    ovo.says(DEBIT, said("4015400"))
    told = pushed(ovo)
    assert isinstance(told, Declined)
    assert told.stops_account
    assert len(ovo.asked(DEBIT)) == 2


def test_a_second_signature_that_cannot_leave_any_more_leaves_the_first_ones_refusal() -> None:
    ovo = Ovo(account=an_account(client_secret_next=NEXT_SECRET))
    ovo.says(DEBIT, said("4015400"))
    usual = ovo.wire.answer

    def late(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(DEBIT):
            ovo.wire.now += timedelta(seconds=11)
        return usual(request)

    ovo.wire.answer = late
    told = pushed(ovo, ovo.charge(leave_by=ovo.wire.now + timedelta(seconds=10)))
    assert isinstance(told, Declined)
    assert told.stops_account
    assert len(ovo.asked(DEBIT)) == 1


def test_a_stale_token_is_no_refused_signature_whatever_code_it_comes_with() -> None:
    ovo = Ovo(account=an_account(client_secret_next=NEXT_SECRET))
    stale = httpx.Response(401, json={"responseCode": "4015400", "responseMessage": "OV00502"})
    ovo.says(DEBIT, stale, STARTED)
    assert isinstance(pushed(ovo), Accepted)
    assert all(signed_by(SECRET, request) for request in ovo.asked(DEBIT))
    assert len(ovo.asked("access-token/b2b2c")) == 1


def test_silence_after_the_second_signature_is_silence() -> None:
    ovo = Ovo(account=an_account(client_secret_next=NEXT_SECRET))
    ovo.says(DEBIT, said("4015400"), httpx.ReadTimeout("silence"))
    assert pushed(ovo) == Unknown(Doubt.SILENCE)


def test_a_refused_signature_stops_the_account() -> None:
    ovo = Ovo()
    ovo.says(DEBIT, said("4015400"))
    told = pushed(ovo)
    assert isinstance(told, Declined)
    assert told.stops_account


@for_each(
    ("answer", "doubt"),
    [
        (said("2025400"), Doubt.PENDING),
        (said("4095401"), Doubt.DUPLICATE),
        (said("4095400"), Doubt.DUPLICATE),
        (said("4045414"), Doubt.DUPLICATE),
        (said("5005401"), Doubt.WALLET_FAILURE),
        (said("5045400"), Doubt.WALLET_FAILURE),
        (said("4045401"), Doubt.UNHEARD_OF),
        (said("4035414".replace("54", "55", 1)), Doubt.UNHEARD_OF),
        (said("4995499"), Doubt.UNHEARD_OF),
        (httpx.Response(502, json={"responseCode": "4035414"}), Doubt.WALLET_FAILURE),
        (httpx.Response(500, json={"responseCode": "2005400"}), Doubt.WALLET_FAILURE),
        (httpx.Response(200, content=b"<html>"), Doubt.GARBAGE),
        (httpx.Response(404, content=b""), Doubt.GARBAGE),
        (httpx.ReadTimeout("silence"), Doubt.SILENCE),
        (httpx.ReadError("cut"), Doubt.CUT),
    ],
)
def test_everything_else_is_unknown(answer: httpx.Response | Exception, doubt: Doubt) -> None:
    ovo = Ovo()
    ovo.says(DEBIT, answer)
    told = pushed(ovo)
    assert isinstance(told, Unknown)
    assert told.doubt is doubt
    assert len(ovo.asked(DEBIT)) == 1


# -- sent once more, and only where OVO says that it did nothing ----------------------------------


@for_each(
    "refusal",
    [
        *(said(f"40154{case}") for case in ("01", "02", "03", "04")),
        httpx.Response(401, json={"code": "OV00502", "message": "unauthorized"}),
        httpx.Response(
            401, json={"responseCode": "4015400", "responseMessage": "OV00502 unauthorized"}
        ),
    ],
)
def test_a_refused_token_is_renewed_and_the_same_charge_goes_out_once_more(
    refusal: httpx.Response,
) -> None:
    ovo = Ovo()
    ovo.says(DEBIT, refusal, STARTED)
    assert isinstance(pushed(ovo), Accepted)
    first, second = ovo.asked(DEBIT)
    assert first.content == second.content
    assert first.headers["X-EXTERNAL-ID"] != second.headers["X-EXTERNAL-ID"]
    assert [r.headers["Authorization"] for r in (first, second)] == [
        "Bearer canary-access",
        "Bearer customer-1",
    ]
    [renewal] = ovo.asked("access-token/b2b2c")
    assert body_of(renewal) == {"grantType": "refresh_token", "refreshToken": "canary-refresh"}
    kept = ovo.store.links.get(ovo.link.id).secrets.tokens
    assert kept is not None
    assert (kept.access, kept.refresh) == ("customer-1", "refresh-of-customer-1")


def test_it_goes_out_twice_at_most() -> None:
    ovo = Ovo()
    ovo.says(DEBIT, said("4015401"))
    told = pushed(ovo)
    assert isinstance(told, Declined)
    assert (told.reason.code, told.final) == (ReasonCode.WALLET_UNREACHABLE, False)
    assert len(ovo.asked(DEBIT)) == 2
    assert ovo.store.links.get(ovo.link.id).active


@pytest.mark.parametrize("code", ["4015402", "4015404"])
def test_a_customers_token_that_is_refused_twice_breaks_the_link(code: str) -> None:
    ovo = Ovo()
    ovo.says(DEBIT, said(code))
    told = pushed(ovo)
    assert isinstance(told, Declined)
    assert (told.reason.code, told.final) == (ReasonCode.WALLET_LINK_INACTIVE, True)
    assert ovo.store.links.get(ovo.link.id).status is LinkStatus.BROKEN
    assert [head.type for head in ovo.store.events.unrelayed(9)] == ["wallet_link.broken"]


@pytest.mark.parametrize("renewal", [a_token(), said("4017401")])
def test_of_a_broken_link_no_token_is_kept(renewal: httpx.Response) -> None:
    ovo = Ovo()
    ovo.says(DEBIT, said("4015402"))
    ovo.says("access-token/b2b2c", renewal)
    pushed(ovo)
    assert ovo.store.links.get(ovo.link.id).status is LinkStatus.BROKEN
    assert [key for key in ovo.store.state.tokens if key.customer is not None] == []


def test_a_link_that_another_renewed_meanwhile_stays_and_so_do_its_tokens() -> None:
    ovo = Ovo()
    ovo.says(DEBIT, said("4015402"))
    ovo.says("access-token/b2b2c", said("4017401"))
    usual = ovo.wire.answer

    def beside(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("b2b2c"):
            ovo.store.links.save(ovo.link.renew(CustomerTokens("theirs", None, "next"), AT))
        return usual(request)

    ovo.wire.answer = beside
    pushed(ovo)
    assert ovo.store.links.get(ovo.link.id).active
    assert [key.customer for key in ovo.store.state.tokens] == [ovo.link.id]


@for_each("code", ["4017401", "4037400", "4047401", "4017400"])
def test_a_renewal_that_is_refused_breaks_the_link(code: str) -> None:
    ovo = Ovo()
    ovo.says(DEBIT, said("4015402"))
    ovo.says("access-token/b2b2c", said(code))
    told = pushed(ovo)
    assert isinstance(told, Declined)
    assert (told.code, told.reason.code) == ("4015402", ReasonCode.WALLET_LINK_INACTIVE)
    assert ovo.store.links.get(ovo.link.id).status is LinkStatus.BROKEN
    assert len(ovo.asked(DEBIT)) == 1


def test_a_renewal_with_a_wrong_signature_breaks_nothing() -> None:
    ovo = Ovo()
    ovo.says(DEBIT, said("4015402"))
    ovo.says("access-token/b2b2c", said("4017400"))
    ovo.says("access-token/b2b", said("4017300"))
    told = pushed(ovo)
    assert isinstance(told, Declined)
    assert told.reason.retryable
    assert ovo.store.links.get(ovo.link.id).active


@for_each(
    "answer", [said("5007400"), said("4297400"), said("4007400"), httpx.ReadTimeout("silence")]
)
def test_a_renewal_without_an_answer_breaks_nothing(answer: httpx.Response | Exception) -> None:
    ovo = Ovo()
    ovo.says(DEBIT, said("4015402"))
    ovo.says("access-token/b2b2c", answer)
    told = pushed(ovo)
    assert isinstance(told, Declined)  # the first one was refused in OVO's own words
    assert (told.code, told.reason.retryable) == ("4015402", True)
    assert ovo.store.links.get(ovo.link.id).active


def test_after_silence_nothing_goes_out_again() -> None:
    ovo = Ovo()
    ovo.says(DEBIT, said("4015401"), httpx.ReadTimeout("silence"))
    assert pushed(ovo) == Unknown(Doubt.SILENCE)
    assert len(ovo.asked(DEBIT)) == 2


def test_too_late_for_the_second_time_is_the_first_ones_refusal() -> None:
    ovo = Ovo()
    charge = ovo.charge(leave_by=ovo.wire.now + timedelta(seconds=10))

    def late(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith(DEBIT):
            ovo.wire.now += timedelta(seconds=11)
            return said("4015401")
        return a_token()

    ovo.wire.answer = late
    told = pushed(ovo, charge)
    assert isinstance(told, Declined)
    assert told.code == "4015401"
    assert len(ovo.asked(DEBIT)) == 1


# -- not sent -------------------------------------------------------------------------------------


def test_past_its_deadline_nothing_leaves() -> None:
    ovo = Ovo()
    ovo.says(DEBIT, STARTED)
    told = pushed(ovo, ovo.charge(leave_by=ovo.wire.now))
    assert isinstance(told, NotSent)
    assert ovo.asked(DEBIT) == []


def test_after_shut_nothing_leaves() -> None:
    ovo = Ovo()
    ovo.says(DEBIT, STARTED)

    async def ask(gateway: OvoSnapGateway, _: object) -> Outcome:
        gateway.shut()
        return await gateway.push(ovo.charge())

    assert isinstance(ovo.run(ask), NotSent)
    assert ovo.asked(DEBIT) == []


def test_without_a_token_nothing_leaves() -> None:
    ovo = Ovo()
    stale = an_active_link(customer_id="p-2")
    assert stale.secrets.tokens is not None
    ended = stale.renew(
        type(stale.secrets.tokens)("old", AT - timedelta(days=1), "refresh"), AT
    ).link
    ovo.store.links.save(LinkChange(stale))
    ovo.store.links.save(LinkChange(ended))
    ovo.says("access-token/b2b2c", httpx.ConnectError("away"))
    told = pushed(ovo, ovo.charge(link_id=stale.id))
    assert told == NotSent("a token could not be fetched: ConnectError")
    assert ovo.asked(DEBIT) == []


@pytest.mark.parametrize(
    "account",
    [an_account(client_secret=""), an_account(private_key="x"), an_account(payment="SOMETIMES")],
)
def test_credentials_that_cannot_be_send_nothing(account: object) -> None:
    ovo = Ovo()
    ovo.says(DEBIT, STARTED)
    told = pushed(ovo, ovo.charge(account=account))
    assert isinstance(told, NotSent)
    assert ovo.wire.asked == []


def test_a_link_that_is_not_active_is_told_to_the_customer() -> None:
    ovo = Ovo()
    ovo.store.links.save(ovo.link.unlink(AT, "evt_1"))
    told = pushed(ovo)
    assert isinstance(told, Declined)
    assert (told.reason.code, told.final) == (ReasonCode.WALLET_LINK_INACTIVE, True)
    assert ovo.wire.asked == []


def test_without_a_link_nothing_is_charged() -> None:
    ovo = Ovo()
    assert isinstance(pushed(ovo, ovo.charge(link_id=None)), NotSent)


# -- what became of it ----------------------------------------------------------------------------


def test_a_status_of_success_is_believed_with_our_name_and_amount() -> None:
    ovo = Ovo()
    ovo.says(STATUS, a_status("00"))
    told = checked(ovo)
    assert isinstance(told, Approved)
    assert (told.code, told.evidence) == ("00", "ovo_snap:OVO20261123000001")
    assert told.details == {"reference_no": "OVO20261123000001"}
    assert told.charged_at is not None
    assert told.charged_at.isoformat() == "2026-11-23T05:00:52+00:00"
    assert body_of(ovo.asked(STATUS)[0]) == {
        "originalPartnerReferenceNo": REFERENCE,
        "serviceCode": "54",
        "merchantId": "100001",
    }


def test_our_name_may_stand_in_the_others_place() -> None:
    ovo = Ovo()
    swapped = {"originalPartnerReferenceNo": "OVO1", "originalReferenceNo": REFERENCE}
    ovo.says(STATUS, a_status("00", **swapped))
    told = checked(ovo)
    assert isinstance(told, Approved)
    assert told.evidence == "ovo_snap:OVO1"


@for_each("latest", ["00", "01", "04", "05", "06", "07"])
def test_a_status_of_another_charge_says_nothing(latest: str) -> None:
    ovo = Ovo()
    ovo.says(STATUS, a_status(latest, originalPartnerReferenceNo="ANOTHER"))
    told = checked(ovo)
    assert isinstance(told, Unknown)
    assert told.doubt is Doubt.MISMATCH


@for_each(
    "changes",
    [
        {"transAmount": rupiah(49_999)},
        {"transAmount": None},
        {"transAmount": {"value": "50000.50", "currency": "IDR"}},
        {"originalPartnerReferenceNo": None, "originalReferenceNo": None},
    ],
)
def test_a_success_that_lacks_or_changes_something_is_none(changes: dict[str, object]) -> None:
    ovo = Ovo()
    ovo.says(STATUS, a_status("00", **changes))
    told = checked(ovo)
    assert isinstance(told, Unknown)
    assert told.doubt is Doubt.MISMATCH


@pytest.mark.parametrize("latest", ["01", "02", "03"])
def test_while_the_customer_may_pay_it_is_open(latest: str) -> None:
    ovo = Ovo()
    ovo.says(STATUS, a_status(latest))
    assert checked(ovo) == Accepted(latest, {"reference_no": "OVO20261123000001"})


@for_each(
    ("latest", "own", "code", "reason"),
    [
        ("06", None, "06", ReasonCode.PROVIDER_REJECTED),
        ("06", "4035414", "4035414", ReasonCode.INSUFFICIENT_BALANCE),
        ("06", "2005400", "06", ReasonCode.PROVIDER_REJECTED),
        ("06", "4015400", "06", ReasonCode.PROVIDER_REJECTED),
        ("05", "4045404", "4045404", ReasonCode.DECLINED_BY_CUSTOMER),
    ],
)
def test_what_failed_is_declined_with_its_own_reason(
    latest: str, own: str | None, code: str, reason: ReasonCode
) -> None:
    ovo = Ovo()
    ovo.says(STATUS, a_status(latest, originalResponseCode=own))
    told = checked(ovo)
    assert isinstance(told, Declined)
    assert (told.code, told.reason.code, told.reason.retryable) == (code, reason, True)
    assert not told.stops_account


@pytest.mark.parametrize(
    ("latest", "own", "code"),
    [("05", None, "05"), ("05", "4035400", "4035400"), ("06", "4035400", "4035400")],
)
def test_what_ran_out_has_ended_by_the_wallets_books_alone(
    latest: str, own: str | None, code: str
) -> None:
    ovo = Ovo()
    ovo.says(STATUS, a_status(latest, originalResponseCode=own))
    assert checked(ovo) == Unknown(Doubt.NOT_FOUND, code)


@for_each(
    ("answer", "doubt"),
    [
        (a_status("07"), Doubt.NOT_FOUND),
        (said("4045501"), Doubt.NOT_FOUND),
        (a_status("08"), Doubt.UNHEARD_OF),
        (a_status(""), Doubt.UNHEARD_OF),
        (said("2025500"), Doubt.PENDING),
        (said("4035514"), Doubt.UNHEARD_OF),
        (said("4035414"), Doubt.UNHEARD_OF),
        (said("5005500"), Doubt.WALLET_FAILURE),
        (httpx.ReadTimeout("silence"), Doubt.SILENCE),
    ],
)
def test_other_answers_to_a_question_prove_nothing(
    answer: httpx.Response | Exception, doubt: Doubt
) -> None:
    ovo = Ovo()
    ovo.says(STATUS, answer)
    told = checked(ovo)
    assert isinstance(told, Unknown)
    assert told.doubt is doubt


def test_a_refused_question_says_that_the_account_is_refused() -> None:
    ovo = Ovo()
    ovo.says(STATUS, said("4015500"))
    told = checked(ovo)
    assert isinstance(told, Unknown)
    assert told.stops_account


def test_a_question_is_asked_with_the_accounts_token_once_the_link_is_gone() -> None:
    ovo = Ovo()
    ovo.store.links.save(ovo.link.unlink(AT, "evt_1"))
    ovo.says(STATUS, a_status("00"))
    assert isinstance(checked(ovo), Approved)
    assert ovo.asked(STATUS)[0].headers["Authorization"] == "Bearer b2b-1"


def test_a_question_too_is_asked_once_more_with_another_token() -> None:
    ovo = Ovo()
    ovo.says(STATUS, said("4015501"), a_status("00"))
    assert isinstance(checked(ovo), Approved)
    ovo.says(STATUS, said("4015501"))
    told = checked(ovo)
    assert isinstance(told, Unknown)
    assert ovo.store.links.get(ovo.link.id).active


def test_a_question_is_never_not_sent() -> None:
    ovo = Ovo()
    ovo.says(STATUS, httpx.ConnectError("away"))
    assert checked(ovo) == Unknown(Doubt.CUT)
    ovo.wire.refusing = True
    assert checked(ovo) == Unknown(Doubt.SILENCE)
    broken = checked(ovo, ovo.charge(account=an_account(client_id="")))
    assert broken == Unknown(Doubt.SILENCE, alarm=True)


# -- refunds --------------------------------------------------------------------------------------


def entry(status: str, amount: int = 20_000, name: str = REFUND_NAME) -> dict[str, object]:
    """A line of the refund history."""
    return {
        "refundNo": "R1",
        "partnerRefundNo": name,
        "refundAmount": rupiah(amount),
        "refundStatus": status,
    }


@for_each(
    ("history", "outcome"),
    [
        ([entry("00", 50_000)], Unknown(Doubt.REVERSED, "04")),
        ([entry("00", 20_000), entry("00", 30_000, "X")], Unknown(Doubt.REVERSED, "04")),
        ([entry("00", 60_000)], Unknown(Doubt.MISMATCH, "04", alarm=True)),
        ([], Unknown(Doubt.MISMATCH, "04", alarm=True)),
        (["?"], Unknown(Doubt.MISMATCH, "04", alarm=True)),
    ],
)
def test_a_charge_that_went_back_whole_is_not_paid(history: object, outcome: Outcome) -> None:
    ovo = Ovo()
    ovo.says(STATUS, a_status("04", refundHistory=history))
    assert checked(ovo) == outcome


def test_a_charge_of_which_a_part_went_back_was_paid() -> None:
    ovo = Ovo()
    ovo.says(STATUS, a_status("04", refundHistory=[entry("00"), entry("06", 9, "X")]))
    assert isinstance(checked(ovo), Approved)


def test_a_refund_that_is_made() -> None:
    ovo = Ovo()
    ovo.says(
        REFUNDS,
        said("2005800", refundNo="R1", partnerRefundNo=REFUND_NAME, refundAmount=rupiah(20_000)),
    )
    assert refunded(ovo) == Approved("2005800", {"refund_no": "R1"})
    ovo.says(REFUNDS, said("4045818"))
    assert isinstance(refunded(ovo), Approved)  # ASPI: for a refund, success


@pytest.mark.parametrize(
    "fields",
    [
        {"partnerRefundNo": "ANOTHER"},
        {"refundAmount": rupiah(1)},
        {"originalPartnerReferenceNo": "ANOTHER"},
    ],
)
def test_a_refund_that_differs_is_not_believed(fields: dict[str, object]) -> None:
    ovo = Ovo()
    ovo.says(REFUNDS, said("2005800", **fields))
    told = refunded(ovo)
    assert isinstance(told, Unknown)
    assert told.doubt is Doubt.MISMATCH


@for_each("code", ["4035815", "4045801", "4055801", "4005801"])
def test_a_refund_that_is_refused_for_good(code: str) -> None:
    ovo = Ovo()
    ovo.says(REFUNDS, said(code))
    told = refunded(ovo)
    assert isinstance(told, Declined)
    assert (told.code, told.final) == (code, True)


@for_each(
    ("answer", "doubt"),
    [
        (said("2025800"), Doubt.PENDING),
        (said("4095801"), Doubt.DUPLICATE),
        (said("4035806"), Doubt.WALLET_FAILURE),
        (said("5005800"), Doubt.WALLET_FAILURE),
        (said("4015800"), Doubt.UNHEARD_OF),
        (httpx.ReadTimeout("silence"), Doubt.SILENCE),
    ],
)
def test_a_refund_of_which_nobody_knows(answer: httpx.Response | Exception, doubt: Doubt) -> None:
    ovo = Ovo()
    ovo.says(REFUNDS, answer)
    told = refunded(ovo)
    assert isinstance(told, Unknown)
    assert told.doubt is doubt


def test_a_refund_needs_no_link_any_more() -> None:
    ovo = Ovo()
    ovo.store.links.save(ovo.link.unlink(AT, "evt_1"))
    ovo.says(REFUNDS, said("2005800"))
    assert isinstance(refunded(ovo), Approved)
    assert ovo.asked(REFUNDS)[0].headers["Authorization"] == "Bearer b2b-1"


@for_each(
    ("history", "outcome"),
    [
        ([entry("00", 9, "X"), entry("00")], Approved("00", {"refund_no": "R1"})),
        ([entry("03")], Unknown(Doubt.PENDING, "03")),
        ([entry("00", 9, "X")], Unknown(Doubt.NOT_FOUND, "2005500")),
        ([], Unknown(Doubt.NOT_FOUND, "2005500")),
        (None, Unknown(Doubt.NOT_FOUND, "2005500")),
        ([entry("00", 19_999)], Unknown(Doubt.MISMATCH, "00", alarm=True)),
        ([entry("99")], Unknown(Doubt.UNHEARD_OF, "99", alarm=True)),
    ],
)
def test_what_became_of_a_refund_is_read_from_the_history(
    history: object, outcome: Outcome
) -> None:
    ovo = Ovo()
    ovo.says(STATUS, a_status("00", refundHistory=history))
    assert refund_checked(ovo) == outcome


@pytest.mark.parametrize("history", [None, [], ["?"]])
def test_a_charge_of_which_something_went_back_unnamed_does_not_say_that_ours_did_not(
    history: object,
) -> None:
    ovo = Ovo()
    ovo.says(STATUS, a_status("04", refundHistory=history))
    assert refund_checked(ovo) == Unknown(Doubt.UNHEARD_OF, "2005500", alarm=True)
    ovo.says(STATUS, a_status("04", refundHistory=[entry("00", 9, "X")]))
    assert refund_checked(ovo) == Unknown(Doubt.NOT_FOUND, "2005500")


def test_a_refund_that_failed_there_is_declined() -> None:
    ovo = Ovo()
    ovo.says(STATUS, a_status("00", refundHistory=[entry("06")]))
    told = refund_checked(ovo)
    assert isinstance(told, Declined)
    assert told.final


def test_a_charge_that_is_not_found_says_nothing_of_its_refunds() -> None:
    ovo = Ovo()
    ovo.says(STATUS, said("4045501"))
    told = refund_checked(ovo)
    assert isinstance(told, Unknown)
    assert told.doubt is Doubt.UNHEARD_OF


def test_a_refund_is_waited_for_no_longer_than_its_question_is_held() -> None:
    ovo = Ovo()
    ovo.says(REFUNDS, said("2005800"))
    refunded(ovo)
    clocks, guard = ovo.offer.provider.clocks, ovo.wire.guards[-1]
    assert guard.end_by - guard.leave_by == clocks.ask_within
    assert ovo.wire.patience[-1][1] == clocks.ask_within.total_seconds()
    ovo.says(DEBIT, STARTED)
    pushed(ovo)
    assert ovo.wire.guards[-1].end_by - ovo.wire.guards[-1].leave_by == clocks.read_within


@pytest.mark.parametrize("code", ["4015801", "4015803"])
def test_a_refund_whose_token_is_refused_is_not_refused_for_good(code: str) -> None:
    ovo = Ovo()
    ovo.says(REFUNDS, said(code))
    assert refunded(ovo) == Unknown(Doubt.WALLET_FAILURE, code)
    assert len(ovo.asked(REFUNDS)) == 2
    ovo = Ovo()
    ovo.says(REFUNDS, said(code))
    ovo.says("access-token/b2b2c", httpx.ReadTimeout("silence"))
    assert refunded(ovo) == Unknown(Doubt.WALLET_FAILURE, code)


def bearers(ovo: Ovo, end: str) -> list[str]:
    """With which tokens it was asked."""
    return [asked.headers["Authorization"] for asked in ovo.asked(end)]


@pytest.mark.parametrize("case", ["02", "04"])
def test_what_needs_no_customer_goes_on_with_the_accounts_token_where_theirs_is_dead(
    case: str,
) -> None:
    ovo = Ovo()
    dead = said(f"40158{case}")
    ovo.says(REFUNDS, dead, dead, said("2005800"))
    assert isinstance(refunded(ovo), Approved)
    assert bearers(ovo, REFUNDS) == ["Bearer canary-access", "Bearer customer-1", "Bearer b2b-1"]
    assert ovo.store.links.get(ovo.link.id).status is LinkStatus.BROKEN

    ovo = Ovo()
    dead = said(f"40155{case}")
    ovo.says(STATUS, dead, dead, a_status("00"))
    assert isinstance(checked(ovo), Approved)
    assert bearers(ovo, STATUS)[-1] == "Bearer b2b-1"
    assert ovo.store.links.get(ovo.link.id).status is LinkStatus.BROKEN


def test_the_accounts_token_is_tried_once() -> None:
    ovo = Ovo()
    ovo.says(REFUNDS, said("4015802"))
    assert refunded(ovo) == Unknown(Doubt.WALLET_FAILURE, "4015802")
    assert len(ovo.asked(REFUNDS)) == 3
    ovo = Ovo()
    ovo.says(STATUS, said("4015502"))
    assert checked(ovo) == Unknown(Doubt.UNHEARD_OF, "4015502", alarm=True)
    assert len(ovo.asked(STATUS)) == 3


def test_a_refund_goes_out_once_more_with_another_token() -> None:
    ovo = Ovo()
    ovo.says(REFUNDS, said("4015801"), said("2005800"))
    assert isinstance(refunded(ovo), Approved)
    first, second = ovo.asked(REFUNDS)
    assert json.loads(first.content) == json.loads(second.content)
