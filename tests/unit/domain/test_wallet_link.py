"""A wallet link goes only where its table leads, and forgets its secrets when it ends."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.events import EventType
from domain.wallet_link import (
    EXCHANGED_WITHIN,
    FINISH_WITHIN,
    LINK_TRANSITIONS,
    NO_SECRETS,
    CustomerTokens,
    LinkChange,
    LinkEnd,
    LinkInactive,
    LinkStatus,
    WalletLink,
)
from tests.builders import NOON, a_link, after, an_active_link, some_tokens
from tests.unit.cases import for_each

S = LinkStatus
STEPS: dict[LinkStatus, Callable[[WalletLink], LinkChange]] = {
    S.ACTIVE: lambda link: link.activate(some_tokens(), after(1), "evt_1"),
    S.FAILED: lambda link: link.fail(LinkEnd.REFUSED, after(1)),
    S.BROKEN: lambda link: link.break_off(after(1), "evt_1"),
    S.UNLINKED: lambda link: link.unlink(after(1), "evt_1"),
}
TOLD = {
    S.ACTIVE: EventType.WALLET_LINK_ACTIVE,
    S.BROKEN: EventType.WALLET_LINK_BROKEN,
    S.UNLINKED: EventType.WALLET_LINK_UNLINKED,
}


@for_each("before", S)
@for_each("then", STEPS)
def test_only_what_the_table_names_can_happen(before: LinkStatus, then: LinkStatus) -> None:
    link = a_link(status=before)
    if then not in LINK_TRANSITIONS[before]:
        with pytest.raises(LinkInactive) as refused:
            STEPS[then](link)
        assert refused.value.status is before
        return
    change = STEPS[then](link)
    assert (change.link.status, change.link.version) == (then, link.version + 1)
    assert (change.event.type if change.event else None) == TOLD.get(then)
    assert change.event is None or change.event.subject == change.link


def test_the_table_knows_every_status() -> None:
    assert set(LINK_TRANSITIONS) == set(S)


@pytest.mark.parametrize("end", [S.FAILED, S.BROKEN, S.UNLINKED])
def test_what_has_ended_holds_no_secret(end: LinkStatus) -> None:
    link = a_link() if end is S.FAILED else an_active_link()
    ended = STEPS[end](link).link
    assert ended.secrets == NO_SECRETS
    assert ended.url is None
    with pytest.raises(LinkInactive):
        ended.usable()


def test_the_first_code_is_the_only_one() -> None:
    claimed = a_link().claim("first", after(1)).link
    for code, at in (("second", after(99)), ("first", after(2))):
        with pytest.raises(LinkInactive):
            claimed.claim(code, at)
    once_more = after(1) + EXCHANGED_WITHIN
    assert claimed.claim("first", once_more).link.secrets.auth_code == "first"


def test_nobody_comes_back_too_late() -> None:
    link = a_link()
    link.claim("code", NOON + FINISH_WITHIN - timedelta(seconds=1))
    with pytest.raises(LinkInactive):
        link.claim("code", NOON + FINISH_WITHIN)


def test_an_active_link_has_tokens_and_no_code() -> None:
    link = a_link().claim("code", after(1)).link.activate(some_tokens(), after(2), "evt_1").link
    assert (link.secrets.auth_code, link.secrets.tokens) == (None, some_tokens())
    assert link.usable() is link


def test_a_renewal_without_a_refresh_token_keeps_the_old_one() -> None:
    fresh = CustomerTokens("new", after(99), None)
    kept = an_active_link().renew(fresh, after(2)).link.secrets.tokens
    assert kept == CustomerTokens("new", after(99), "canary-refresh")
    other = CustomerTokens("new", after(99), "other", after(999))
    assert an_active_link().renew(other, after(2)).link.secrets.tokens == other
    with pytest.raises(LinkInactive):
        a_link().renew(fresh, after(2))


def test_no_secret_is_printed() -> None:
    printed = repr(a_link().claim("canary-code", after(1)).link) + repr(an_active_link())
    assert "canary" not in printed
