"""Linking an OVO account: the calls that go out, and what their answers mean."""

from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from adapters.outbound import snap
from application.ports import (
    Binding,
    LinkWish,
    ProviderRefused,
    ProviderUnavailable,
    WalletLinking,
    WalletStanding,
)
from domain.money import Money
from domain.wallet_link import LinkInactive, LinkSecrets, LinkStatus
from tests.builders import PHONE, a_link
from tests.unit.cases import for_each
from tests.unit.ovo_snap.builders import (
    AT,
    SECRET,
    Ovo,
    a_token,
    an_account,
    body_of,
    rupiah,
    said,
)
from tests.unit.snap.keys import verifying

BIND = "registration-account-binding"
UNBIND = "registration-account-unbinding"
BACK = "https://lunas.example/links/return?state=s"
BOUND = said("2000700", linkageToken="linkage-1", redirectUrl="https://wallet.example/agree")
Step = Callable[[Ovo], Coroutine[Any, Any, object]]


def looked_up(ovo: Ovo) -> WalletStanding:
    return ovo.run(lambda _, linking: linking.look_up(ovo.account, PHONE))


def bound(ovo: Ovo) -> Binding:
    wish = LinkWish(ovo.account, ovo.link.id, "c" * 32, PHONE, BACK)
    return ovo.run(lambda _, linking: linking.bind(wish))


def unbound(ovo: Ovo) -> None:
    ovo.run(lambda _, linking: linking.unbind(ovo.account, ovo.link))


def covers(ovo: Ovo, amount: int) -> bool | None:
    return ovo.run(lambda _, linking: linking.covers(ovo.account, ovo.link, Money(amount)))


@for_each(
    ("answer", "standing"),
    [
        (said("2000000", status="ACTIVE"), WalletStanding.READY),
        (httpx.Response(200, json={"data": {"status": "LINKED"}}), WalletStanding.READY),
        (said("2000000", accountStatus="CAN_REGISTER"), WalletStanding.UNREGISTERED),
        (said("2000000", status="ACTIVE_NO_PIN"), WalletStanding.NO_PIN),
        (said("2000000", status="BLOCKED_MSISDN"), WalletStanding.BLOCKED),
        (said("2000000", status="SOMETHING"), WalletStanding.UNTOLD),
        (said("2000000", status=["ACTIVE"]), WalletStanding.UNTOLD),
        (httpx.Response(200, content=b"<html>"), WalletStanding.UNTOLD),
        (httpx.Response(404, content=b""), WalletStanding.UNTOLD),
        (said("5000000"), WalletStanding.UNTOLD),
    ],
)
def test_a_number_is_looked_up(answer: httpx.Response, standing: WalletStanding) -> None:
    ovo = Ovo()
    ovo.says("account/lookup", answer)
    assert looked_up(ovo) is standing
    [asked] = ovo.asked("account/lookup")
    assert (asked.method, asked.url.query) == ("GET", b"phone=081234567890")
    assert asked.headers["X-SIGNATURE"] == snap.symmetric(
        SECRET,
        method="GET",
        path=f"{asked.url.path}?phone=081234567890",
        token="b2b-1",
        body=b"",
        timestamp=asked.headers["X-TIMESTAMP"],
    )


def test_a_look_up_that_is_refused() -> None:
    ovo = Ovo()
    ovo.says("account/lookup", said("4010000"))
    with pytest.raises(ProviderRefused) as refused:
        looked_up(ovo)
    assert refused.value.stops_account


def test_a_look_up_with_a_stale_token_is_asked_once_more() -> None:
    ovo = Ovo()
    ovo.says("access-token/b2b", *(said("2007300", accessToken=f"b2b-{n}") for n in (1, 2)))
    ovo.says("account/lookup", said("4010001"), said("2000000", status="ACTIVE"))
    assert looked_up(ovo) is WalletStanding.READY
    tokens = [asked.headers["Authorization"] for asked in ovo.asked("account/lookup")]
    assert tokens == ["Bearer b2b-1", "Bearer b2b-2"]


def test_the_accounts_token_is_asked_for_with_its_key() -> None:
    ovo = Ovo()
    ovo.says("account/lookup", said("2000000", status="ACTIVE"))
    looked_up(ovo)
    [asked] = ovo.asked("access-token/b2b")
    assert asked.url.path == "/ovo-snap/OVOSNAP/v1.0/access-token/b2b"
    assert snap.verifies_token(
        verifying("merchant"),
        asked.headers["X-SIGNATURE"],
        client_id="testclient01",
        timestamp=asked.headers["X-TIMESTAMP"],
    )


def test_a_binding_names_number_customer_and_our_way_back() -> None:
    ovo = Ovo()
    ovo.says(BIND, BOUND)
    assert bound(ovo) == Binding("linkage-1", "https://wallet.example/agree")
    [asked] = ovo.asked(BIND)
    told = body_of(asked)
    assert (told["phoneNo"], told["custIdMerchant"]) == ("081234567890", "c" * 32)
    assert told["successRegistrationUrl"] == told["failedRegistrationUrl"] == BACK
    assert "Authorization" not in asked.headers


@for_each(
    "answer",
    [
        said("2000700", linkageToken="x"),
        said("2000700", redirectUrl="https://wallet.example/"),
        said("2000700", linkageToken="x", redirectUrl="javascript:alert(1)"),
        said("5000700"),
        said("4290700"),
        said("2020700"),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(502, json={"responseCode": "2000700"}),
        httpx.ReadTimeout("silence"),
    ],
)
def test_a_binding_without_an_answer_is_unavailable(answer: httpx.Response | Exception) -> None:
    ovo = Ovo()
    ovo.says(BIND, answer)
    with pytest.raises(ProviderUnavailable):
        bound(ovo)


@pytest.mark.parametrize(("code", "stops"), [("4030707", False), ("4010700", True)])
def test_a_binding_that_is_refused(code: str, stops: bool) -> None:
    ovo = Ovo()
    ovo.says(BIND, said(code))
    with pytest.raises(ProviderRefused) as refused:
        bound(ovo)
    assert (refused.value.code, refused.value.stops_account) == (code, stops)


def test_credentials_that_cannot_be_stop_the_account() -> None:
    ovo = Ovo(account=an_account(private_key="x"))
    with pytest.raises(ProviderRefused) as refused:
        bound(ovo)
    assert refused.value.stops_account


def test_the_code_is_exchanged_for_the_customers_tokens() -> None:
    ovo = Ovo()
    ovo.says("access-token/b2b2c", a_token(refreshTokenExpiryTime="2027-11-23T12:00:00+07:00"))
    link = a_link(provider="ovo_snap", secrets=LinkSecrets("linkage-1", "code-1"))
    tokens = ovo.run(lambda _, linking: linking.exchange(ovo.account, link))
    assert (tokens.access, tokens.refresh) == ("customer-1", "refresh-of-customer-1")
    assert tokens.access_ends_at == AT + timedelta(days=15)
    assert tokens.refresh_ends_at is not None
    assert tokens.refresh_ends_at.isoformat() == "2027-11-23T05:00:00+00:00"
    [asked] = ovo.asked("access-token/b2b2c")
    assert body_of(asked) == {"grantType": "authorization_code", "authCode": "code-1"}
    assert asked.headers["Authorization"] == "Bearer linkage-1"
    assert "X-PARTNER-ID" not in asked.headers


@for_each(
    ("answer", "kind"),
    [
        (said("4017401"), ProviderRefused),
        (said("4047401"), ProviderRefused),
        (httpx.ReadTimeout("silence"), ProviderUnavailable),
        (said("5007400"), ProviderUnavailable),
        (said("5047400"), ProviderUnavailable),
        (said("4297400"), ProviderUnavailable),
        (said("2007400"), ProviderUnavailable),
        (httpx.Response(502, text="<html>"), ProviderUnavailable),
    ],
)
def test_a_code_that_gives_no_tokens(answer: httpx.Response | Exception, kind: type) -> None:
    ovo = Ovo()
    ovo.says("access-token/b2b2c", answer)
    link = a_link(provider="ovo_snap", secrets=LinkSecrets("linkage-1", "code-1"))
    with pytest.raises(kind):
        ovo.run(lambda _, linking: linking.exchange(ovo.account, link))


@pytest.mark.parametrize("ours", [True, False])
def test_a_refused_signature_is_ours_where_the_account_is_given_no_token_either(
    *, ours: bool
) -> None:
    ovo = Ovo()
    ovo.says("access-token/b2b2c", said("4017400"))
    if ours:
        ovo.says("access-token/b2b", said("4017300"))
    link = a_link(provider="ovo_snap", secrets=LinkSecrets("linkage-1", "code-1"))
    with pytest.raises(ProviderRefused) as refused:
        ovo.run(lambda _, linking: linking.exchange(ovo.account, link))
    assert refused.value.stops_account is ours


def test_unbinding_takes_two_calls_the_second_with_the_firsts_token() -> None:
    ovo = Ovo()
    ovo.says(UNBIND, said("2000900", linkageToken="token-of-the-end"), said("2000900"))
    unbound(ovo)
    tokens = [asked.headers["Authorization"] for asked in ovo.asked(UNBIND)]
    assert tokens == ["Bearer canary-access", "Bearer token-of-the-end"]


def references(ovo: Ovo, end: str) -> list[str]:
    """What we called each question that was asked there."""
    return [body_of(asked)["partnerReferenceNo"] for asked in ovo.asked(end)]


def test_each_unbinding_has_a_name_of_its_own_which_its_two_calls_share() -> None:
    ovo = Ovo()
    ovo.says(UNBIND, said("2000900", linkageToken="t"), httpx.ReadTimeout("silence"))
    with pytest.raises(ProviderUnavailable):
        unbound(ovo)
    ovo.says(UNBIND, said("2000900", linkageToken="t"), said("2000900"))
    unbound(ovo)
    first, second, third, fourth = references(ovo, UNBIND)
    assert first == second != third == fourth


def test_each_question_about_a_balance_has_a_name_of_its_own() -> None:
    ovo = Ovo()
    ovo.says("balance-inquiry", said("2001100", accountInfos=BALANCES))
    assert covers(ovo, 1) is covers(ovo, 1) is True
    first, second = references(ovo, "balance-inquiry")
    assert first != second


@pytest.mark.parametrize("answers", [[said("4040911")], [BOUND, said("4040901")]])
def test_what_ovo_does_not_know_is_unbound(answers: list[httpx.Response]) -> None:
    ovo = Ovo()
    first = said("2000900", linkageToken="t")
    ovo.says(UNBIND, *(first if answer is BOUND else answer for answer in answers))
    unbound(ovo)
    assert len(ovo.asked(UNBIND)) == len(answers)


@for_each(
    "answers",
    [
        [said("2000900")],
        [said("5000900")],
        [said("2000900", linkageToken="t"), said("5000900")],
        [said("2000900", linkageToken="t"), httpx.ReadTimeout("silence")],
    ],
)
def test_an_unbinding_that_is_not_certain_is_unavailable(
    answers: list[httpx.Response | Exception],
) -> None:
    ovo = Ovo()
    ovo.says(UNBIND, *answers)
    with pytest.raises(ProviderUnavailable):
        unbound(ovo)


@pytest.mark.parametrize("refused", ["4010902", "4010904"])
def test_a_link_that_ovo_let_go_is_broken(refused: str) -> None:
    ovo = Ovo()
    ovo.says(UNBIND, said(refused))
    with pytest.raises(LinkInactive):
        unbound(ovo)
    assert ovo.store.links.get(ovo.link.id).status is LinkStatus.BROKEN


BALANCES = [
    {"balanceType": "CASH", "availableBalance": rupiah(49_999)},
    {"balanceType": "POINTS", "availableBalance": rupiah(2_000)},
]


@for_each(
    ("pay_method", "amount", "enough"),
    [
        ("CASH", 49_999, True),
        ("CASH", 50_000, False),
        ("POINTS", 51_999, True),
        ("POINTS", 52_000, False),
    ],
)
def test_only_whether_it_is_enough_comes_of_a_balance(
    pay_method: str, amount: int, enough: bool
) -> None:
    ovo = Ovo(account=an_account(pay_method=pay_method))
    ovo.says("balance-inquiry", said("2001100", accountInfos=BALANCES))
    assert covers(ovo, amount) is enough


@for_each(
    "infos",
    [
        None,
        [],
        ["?"],
        [{"balanceType": "POINTS", "availableBalance": rupiah(9)}],
        [{"balanceType": "CASH", "availableBalance": {"value": "1", "currency": "USD"}}],
    ],
)
def test_a_balance_that_cannot_be_read_is_neither(infos: object) -> None:
    ovo = Ovo()
    ovo.says("balance-inquiry", said("2001100", accountInfos=infos))
    assert covers(ovo, 1) is None


def test_a_stale_token_is_renewed_for_a_question_too() -> None:
    ovo = Ovo()
    ovo.says("balance-inquiry", said("4011101"), said("2001100", accountInfos=BALANCES))
    assert covers(ovo, 1) is True
    tokens = [asked.headers["Authorization"] for asked in ovo.asked("balance-inquiry")]
    assert tokens == ["Bearer canary-access", "Bearer customer-1"]


def test_a_link_without_a_refresh_token_breaks_when_its_token_ends() -> None:
    ovo = Ovo()
    kept = ovo.link.secrets.tokens
    assert kept is not None
    ended = replace(kept, access_ends_at=AT, refresh=None)
    bare = replace(ovo.link, secrets=LinkSecrets(tokens=ended), version=2)
    ovo.store.state.links[ovo.link.id] = bare
    with pytest.raises(LinkInactive):
        covers(ovo, 1)
    assert ovo.store.links.get(ovo.link.id).status is LinkStatus.BROKEN


def test_what_is_forgotten_is_not_asked_for_again() -> None:
    ovo = Ovo()
    ovo.says("balance-inquiry", said("2001100", accountInfos=BALANCES))
    ovo.says(UNBIND, said("2000900", linkageToken="t"), said("2000900"))

    async def all_of_it(_: object, linking: WalletLinking) -> None:
        await linking.covers(ovo.account, ovo.link, Money(1))
        await linking.unbind(ovo.account, ovo.link)

    ovo.run(all_of_it)
    assert [kept.token for kept in ovo.store.state.tokens.values() if kept.token] == []
