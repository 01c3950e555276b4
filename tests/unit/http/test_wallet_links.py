"""Linking a wallet over HTTP: started by the chat, agreed to by the customer, given up again."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event as Gate
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from adapters.inbound.http.idempotency import KEPT_FOR
from adapters.inbound.http.return_address import PATH
from application import use_wallet_link
from application.ports import (
    ProviderRefused,
    ProviderUnavailable,
    StoreUnavailable,
    WalletStanding,
)
from domain.events import EventType
from domain.outcome import Declined, Doubt, Unknown
from domain.reason import TIMED_OUT
from domain.wallet_link import (
    EXCHANGED_WITHIN,
    FINISH_WITHIN,
    LinkChange,
    LinkInactive,
    LinkStatus,
)
from tests.builders import an_active_link
from tests.unit.cases import for_each
from tests.unit.http.house import Api, House, pointers

LINKS = "/v1/wallet_links"


def a_wish(**more: Any) -> dict[str, Any]:
    """A usual request."""
    usual = {
        "customer": {"id": "p-123"},
        "phone": "0812 0000 0001",
        "return_url": "https://chat.example/wallet?room=8#top",
    }
    return usual | more


def begun(api: Api, **more: Any) -> dict[str, Any]:
    """A link whose customer has still to agree."""
    answer = api.post(LINKS, a_wish(**more))
    assert answer.status_code == 202, answer.data
    told: dict[str, Any] = answer.get_json()
    return told


def came_back(house: House, query: str = "authCode=code-1&displayMessage=SUCCESS") -> TestResponse:
    """The browser returns from the wallet's page to the address of the last binding."""
    address = urlsplit(house.linker.wishes[-1].return_url)
    browser = house.a_client(None)
    return browser.get(f"{address.path}?{address.query}&{query}")


def active(house: House, api: Api, **more: Any) -> dict[str, Any]:
    """A link that can be charged."""
    link = begun(api, **more)
    assert came_back(house).status_code == 303
    told: dict[str, Any] = api.get(f"{LINKS}/{link['id']}").get_json()
    assert told["status"] == "active"
    return told


def problem(answer: TestResponse) -> tuple[int, str]:
    """Its status and code."""
    return answer.status_code, answer.get_json(force=True)["code"]


def test_a_link_begins_with_the_wallets_page(house: House, api: Api) -> None:
    link = begun(api)
    stored = house.store.links.get(link["id"])
    assert link == {
        "id": stored.id,
        "object": "wallet_link",
        "livemode": False,
        "provider": "ovo_snap",
        "status": "pending",
        "reason": None,
        "customer": {"id": "p-123"},
        "phone": "08••••••0001",
        "next_action": {
            "type": "redirect",
            "url": f"https://wallet.example/agree/{stored.id}",
            "expires_at": "2026-11-23T10:45:30.000Z",
            "message": link["next_action"]["message"],
        },
        "return_url": "https://chat.example/wallet?room=8#top",
        "created_at": "2026-11-23T10:15:30.000Z",
        "updated_at": "2026-11-23T10:15:30.000Z",
        "expires_at": "2026-11-23T10:45:30.000Z",
    }
    assert [what for what, _ in house.linker.asked] == ["look_up", "bind"]
    assert house.linker.asked[0] == ("look_up", "081200000001")


def test_towards_the_wallet_a_customer_has_a_neutral_name_of_their_own(
    house: House, api: Api
) -> None:
    begun(api)
    begun(api)
    begun(api, customer={"id": "p-124"})
    first, again, other = (wish.customer_reference for wish in house.linker.wishes)
    assert first == again != other
    assert len(first) == 32
    assert "p-12" not in first + other


def test_the_browser_comes_back_and_the_link_is_active(house: House, api: Api) -> None:
    link = begun(api)
    answer = came_back(house)
    assert answer.status_code == 303
    there = urlsplit(answer.headers["Location"])
    assert (there.hostname, there.path, there.fragment) == ("chat.example", "/wallet", "top")
    assert parse_qs(there.query) == {
        "room": ["8"],
        "wallet_link": [link["id"]],
        "status": ["active"],
    }
    assert house.linker.asked[-1] == ("exchange", "code-1")
    told = api.get(f"{LINKS}/{link['id']}").get_json()
    assert (told["status"], told["next_action"], told["expires_at"]) == ("active", None, None)
    [head] = house.store.events.unrelayed(9)
    assert head.type is EventType.WALLET_LINK_ACTIVE
    body = house.a_client(house.key).get(f"/v1/events/{head.id}").get_json()
    assert body["data"]["wallet_link"] == told


def test_no_answer_holds_a_secret_of_the_link(house: House, api: Api) -> None:
    link = active(house, api)
    [head] = house.store.events.unrelayed(9)
    for path in (f"{LINKS}/{link['id']}", f"{LINKS}?customer_id=p-123", f"/v1/events/{head.id}"):
        assert b"canary" not in api.get(path).data


def test_a_return_counts_once(house: House, api: Api) -> None:
    begun(api)
    came_back(house)
    for query in ("authCode=code-1", "authCode=code-2", "errorResponse=%7B%7D"):
        again = came_back(house, query)
        assert parse_qs(urlsplit(again.headers["Location"]).query)["status"] == ["active"]
    assert [what for what, _ in house.linker.asked].count("exchange") == 1


def test_a_state_that_the_wallet_adds_is_not_taken_for_ours(house: House, api: Api) -> None:
    begun(api)
    answer = came_back(house, "state=of-the-wallet&authCode=code-1")
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["status"] == ["active"]


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda state: state[:-1] + ("0" if state[-1] != "0" else "1"),
        lambda state: "0" * 32 + state[32:],
        lambda state: state.replace(state.split(".")[1], "9999999999"),
        lambda state: state.replace(state.split(".")[1], "999999999999"),
        lambda state: state.replace(".k1.", ".k2."),
        lambda state: "",
        lambda state: "x" * 20_000,
    ],
    ids=["digest", "link", "end", "no end", "key", "nothing", "much"],
)
def test_a_state_that_is_not_ours_opens_nothing(
    house: House, api: Api, spoiled: Callable[[str], str]
) -> None:
    begun(api)
    [state] = parse_qs(urlsplit(house.linker.wishes[-1].return_url).query)["state"]
    answer = house.a_client(None).get(f"{PATH}?state={spoiled(state)}&authCode=code-1")
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "tidak berlaku" in answer.get_data(as_text=True)
    assert [what for what, _ in house.linker.asked] == ["look_up", "bind"]


def test_a_state_ends_with_its_link(house: House, api: Api) -> None:
    link = begun(api)
    house.later(FINISH_WITHIN.total_seconds())
    assert came_back(house).status_code == 404
    house.later(60)
    told = api.get(f"{LINKS}/{link['id']}").get_json()
    assert (told["status"], told["reason"]) == ("failed", "expired")
    assert house.store.links.get(link["id"]).status is LinkStatus.FAILED


@pytest.mark.parametrize(
    "query",
    [
        'errorResponse={"code":"OV00006"}&authCode=code-1',
        "displayMessage=FAILED&authCode=code-1",
        "authCode=",
        "authCode=a%20b",
        "",
    ],
)
def test_a_refusal_on_the_wallets_page_ends_the_link(house: House, api: Api, query: str) -> None:
    link = begun(api)
    answer = came_back(house, query)
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["status"] == ["failed"]
    told = api.get(f"{LINKS}/{link['id']}").get_json()
    assert (told["status"], told["reason"]) == ("failed", "refused_by_wallet")
    assert list(house.store.events.unrelayed(9)) == []


def test_a_code_that_the_wallet_refuses_ends_the_link(house: House, api: Api) -> None:
    link = begun(api)
    house.linker.trouble = ProviderRefused("4017400", stops_account=False)
    came_back(house)
    assert api.get(f"{LINKS}/{link['id']}").get_json()["reason"] == "refused_by_wallet"


def test_a_return_to_a_provider_that_is_switched_off_ends_nothing(house: House, api: Api) -> None:
    link = begun(api)
    linker = house.linking.pop("ovo_snap")
    assert parse_qs(urlsplit(came_back(house).headers["Location"]).query)["status"] == ["pending"]
    house.linking["ovo_snap"] = linker
    house.later(EXCHANGED_WITHIN.total_seconds())
    assert parse_qs(urlsplit(came_back(house).headers["Location"]).query)["status"] == ["active"]
    assert api.get(f"{LINKS}/{link['id']}").get_json()["status"] == "active"


def test_a_fault_of_the_accounts_ends_no_link(house: House, api: Api) -> None:
    begun(api)
    house.linker.trouble = ProviderRefused("4017400", stops_account=True)
    assert parse_qs(urlsplit(came_back(house).headers["Location"]).query)["status"] == ["pending"]
    house.linker.trouble = None
    house.later(EXCHANGED_WITHIN.total_seconds())
    assert parse_qs(urlsplit(came_back(house).headers["Location"]).query)["status"] == ["active"]


def test_while_the_wallet_is_silent_the_link_stays_pending(house: House, api: Api) -> None:
    link = begun(api)
    house.linker.trouble = ProviderUnavailable()
    answer = came_back(house)
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["status"] == ["pending"]
    house.linker.trouble = None
    came_back(house)  # too soon: the first exchange may be on its way still
    assert api.get(f"{LINKS}/{link['id']}").get_json()["status"] == "pending"
    house.later(EXCHANGED_WITHIN.total_seconds())
    came_back(house)
    assert api.get(f"{LINKS}/{link['id']}").get_json()["status"] == "active"


def test_of_two_links_of_a_customer_the_first_to_return_wins(house: House, api: Api) -> None:
    first, second = begun(api), begun(api)
    addresses = [urlsplit(wish.return_url) for wish in house.linker.wishes]
    for address in addresses:
        house.a_client(None).get(f"{address.path}?{address.query}&authCode=c")
    told = [api.get(f"{LINKS}/{link['id']}").get_json() for link in (first, second)]
    assert [(link["status"], link["reason"]) for link in told] == [
        ("active", None),
        ("failed", "abandoned"),
    ]


def test_who_has_an_active_link_gets_no_other(house: House, api: Api) -> None:
    link = active(house, api)
    answer = api.post(LINKS, a_wish())
    assert problem(answer) == (409, "wallet_already_linked")
    assert answer.get_json(force=True)["wallet_link_id"] == link["id"]
    begun(api, customer={"id": "p-124"})
    begun(house.a_client(house.other_key))


@pytest.mark.parametrize(
    "standing", [WalletStanding.UNREGISTERED, WalletStanding.NO_PIN, WalletStanding.BLOCKED]
)
def test_a_wallet_that_cannot_be_linked_is_told(
    house: House, api: Api, standing: WalletStanding
) -> None:
    house.linker.standing = standing
    answer = api.post(LINKS, a_wish())
    assert problem(answer) == (422, "wallet_not_linkable")
    told = answer.get_json(force=True)
    assert (told["wallet_status"], told["who_can_fix"]) == (standing, "customer")
    assert house.store.state.links == {}


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        (ProviderRefused("4030707", stops_account=False), 502, "provider_rejected"),
        (ProviderRefused("4010700", stops_account=True), 503, "provider_misconfigured"),
        (ProviderUnavailable(), 503, "provider_unavailable"),
        (StoreUnavailable(), 503, "store_unavailable"),
    ],
)
def test_a_wallet_in_trouble_links_nothing(
    house: House, api: Api, trouble: Exception, status: int, code: str
) -> None:
    house.linker.trouble = trouble
    assert problem(api.post(LINKS, a_wish(), key="k")) == (status, code)
    assert house.store.state.links == {}
    house.linker.trouble = None
    assert api.post(LINKS, a_wish(), key="k").status_code == 202


@for_each(
    ("wish", "pointer"),
    [
        (a_wish(customer={}), "/customer/id"),
        (a_wish(customer={"id": ""}), "/customer/id"),
        (a_wish(phone="0811"), "/phone"),
        (a_wish(return_url="javascript:alert(1)"), "/return_url"),
        (a_wish(provider="ovo"), "/provider"),
        (a_wish(more=1), "/more"),
    ],
)
def test_what_is_wrong_is_named(house: House, api: Api, wish: dict[str, Any], pointer: str) -> None:
    answer = api.post(LINKS, wish)
    assert (answer.status_code, pointers(answer)) == (422, [pointer])
    assert house.linker.asked == []


def test_the_same_request_links_once(house: House, api: Api) -> None:
    first = api.post(LINKS, a_wish(), key="k")
    again = api.post(LINKS, a_wish(phone="+62 812 0000 0001"), key="k")
    assert (again.data, again.headers["Idempotency-Replayed"]) == (first.data, "true")
    assert [what for what, _ in house.linker.asked] == ["look_up", "bind"]
    other = api.post(LINKS, a_wish(phone="081200000002"), key="k")
    assert problem(other) == (422, "idempotency_key_reused")
    assert problem(api.post(LINKS, a_wish(), key=None)) == (400, "idempotency_key_missing")
    [kept] = house.store.state.kept.values()
    assert kept.secret
    assert kept.expires_at == house.now + KEPT_FOR


def test_while_one_is_under_way_the_next_is_refused(house: House, api: Api) -> None:
    house.linker.gate = Gate()
    first: list[TestResponse] = []
    thread = Thread(target=lambda: first.append(house.a_client(house.key).post(LINKS, a_wish())))
    thread.start()
    while not house.linker.asked:
        thread.join(0.01)
    second = api.post(LINKS, a_wish())
    house.linker.gate.set()
    thread.join(5)
    assert problem(second) == (409, "concurrent_change")
    assert second.headers["Retry-After"] == "1"
    assert first[0].status_code == 202


def test_a_customers_links_are_listed(house: House, api: Api) -> None:
    first, second = begun(api), begun(api)
    begun(api, customer={"id": "p-124"})
    listed = api.get(f"{LINKS}?customer_id=p-123").get_json()
    assert [link["id"] for link in listed["data"]] == [second["id"], first["id"]]
    assert listed["next_cursor"] is None
    assert api.get(LINKS).status_code == 422
    assert (
        house.a_client(house.other_key).get(f"{LINKS}?customer_id=p-123").get_json()["data"] == []
    )


def test_another_merchants_link_is_not_there(house: House, api: Api) -> None:
    link = active(house, api)
    path = f"{LINKS}/{link['id']}"
    for stranger in (house.a_client(house.other_key), house.a_client(house.live_key)):
        assert stranger.get(path).status_code == 404
        assert stranger.delete(path).status_code == 404
        assert stranger.post(f"{path}/balance_inquiries", {"amount": 1}).status_code == 404
    assert house.a_client(None).get(path).status_code == 401
    assert api.get(f"{LINKS}/wl_1").status_code == 404


def test_unlinking_asks_the_wallet_and_tells_the_chat(house: House, api: Api) -> None:
    link = active(house, api)
    path = f"{LINKS}/{link['id']}"
    gone = api.delete(path)
    assert (gone.status_code, gone.get_json()["status"]) == (200, "unlinked")
    assert house.linker.asked[-1] == ("unbind", link["id"])
    assert [head.type for head in house.store.events.unrelayed(9)] == [
        EventType.WALLET_LINK_ACTIVE,
        EventType.WALLET_LINK_UNLINKED,
    ]
    again = api.delete(path)
    assert again.get_json() == gone.get_json()
    assert [what for what, _ in house.linker.asked].count("unbind") == 1
    begun(api)


def test_a_link_is_kept_while_a_payment_of_it_is_open(house: House, api: Api) -> None:
    link = active(house, api)
    path = f"{LINKS}/{link['id']}"
    order = {"order_id": "o-1", "amount": 50_000, "method": "ovo_linked", "wallet_link": link["id"]}
    payment = api.post("/v1/payments", order).get_json()

    def refused() -> None:
        answer = api.delete(path)
        assert problem(answer) == (409, "wallet_link_in_use")
        assert answer.get_json(force=True)["payment_id"] == payment["id"]
        assert "unbind" not in [what for what, _ in house.linker.asked]

    refused()
    claimed = house.push("ovo_snap")
    refused()
    house.answer(claimed, Unknown(Doubt.SILENCE))
    refused()
    house.answer(claimed, Declined("4035414", TIMED_OUT))
    assert api.get(f"/v1/payments/{payment['id']}").get_json()["status"] == "requires_retry"
    assert api.delete(path).get_json()["status"] == "unlinked"


def test_a_linked_payment_is_tried_again_without_a_number(house: House, api: Api) -> None:
    link = active(house, api)
    order = {"order_id": "o-1", "amount": 50_000, "method": "ovo_linked", "wallet_link": link["id"]}
    path = f"/v1/payments/{api.post('/v1/payments', order).get_json()['id']}/push"
    assert problem(api.post(path, {})) == (409, "illegal_transition")
    house.answer(house.push("ovo_snap"), Declined("4035414", TIMED_OUT))
    house.later(20)
    numbered = api.post(path, {"phone": "0812 0000 0001"})
    assert (numbered.status_code, pointers(numbered)) == (422, ["/phone"])
    again = api.post(path, {})
    assert (again.status_code, again.get_json()["phone"]) == (202, None)
    assert house.push("ovo_snap").attempts[-1].phone is None


def test_payments_of_other_links_keep_none(house: House, api: Api) -> None:
    link, other = active(house, api), active(house, api, customer={"id": "p-9"})
    order = {"order_id": "o-1", "amount": 50_000, "method": "ovo_linked"}
    api.post("/v1/payments", order | {"wallet_link": other["id"]})
    assert api.delete(f"{LINKS}/{link['id']}").get_json()["status"] == "unlinked"


def test_among_too_many_open_payments_the_answer_is_later(
    house: House, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(use_wallet_link, "LOOKED_AT_TOGETHER", 1)
    monkeypatch.setattr(use_wallet_link, "MOST_LOOKS", 4)
    link = active(house, api)
    for number in range(2):
        api.post("/v1/payments", {"order_id": f"o-{number}", "amount": 50_000})
    assert api.delete(f"{LINKS}/{link['id']}").get_json()["status"] == "unlinked"
    again = active(house, api)
    api.post("/v1/payments", {"order_id": "o-3", "amount": 50_000})
    answer = api.delete(f"{LINKS}/{again['id']}")
    assert problem(answer) == (503, "queue_full")
    assert api.get(f"{LINKS}/{again['id']}").get_json()["status"] == "active"


def test_a_wallet_that_does_not_answer_stays_linked(house: House, api: Api) -> None:
    link = active(house, api)
    house.linker.trouble = ProviderUnavailable()
    assert problem(api.delete(f"{LINKS}/{link['id']}")) == (503, "provider_unavailable")
    assert api.get(f"{LINKS}/{link['id']}").get_json()["status"] == "active"


def test_what_the_wallet_had_let_go_is_unlinked(house: House, api: Api) -> None:
    link = active(house, api)
    house.linker.trouble = LinkInactive(LinkStatus.BROKEN)
    assert api.delete(f"{LINKS}/{link['id']}").get_json()["status"] == "unlinked"


def test_a_pending_link_is_given_up_without_the_wallet(house: House, api: Api) -> None:
    link = begun(api)
    told = api.delete(f"{LINKS}/{link['id']}").get_json()
    assert (told["status"], told["reason"]) == ("failed", "abandoned")
    assert [what for what, _ in house.linker.asked] == ["look_up", "bind"]
    assert parse_qs(urlsplit(came_back(house).headers["Location"]).query)["status"] == ["failed"]


@pytest.mark.parametrize("holds", [True, False, None])
def test_only_whether_it_is_enough_is_told(house: House, api: Api, holds: bool | None) -> None:
    link = active(house, api)
    house.linker.holds = holds
    answer = api.post(f"{LINKS}/{link['id']}/balance_inquiries", {"amount": 50_000}, key=None)
    assert (answer.status_code, answer.get_json()) == (200, {"sufficient": holds})
    assert house.linker.asked[-1] == ("covers", "50000")


def test_only_an_active_link_is_asked(house: House, api: Api) -> None:
    link = begun(api)
    answer = api.post(f"{LINKS}/{link['id']}/balance_inquiries", {"amount": 50_000})
    assert problem(answer) == (409, "wallet_link_inactive")
    assert answer.get_json(force=True)["wallet_link_status"] == "pending"
    wrong = api.post(f"{LINKS}/{link['id']}/balance_inquiries", {"amount": 0})
    assert pointers(wrong) == ["/amount"]


def test_a_payment_is_charged_to_a_link(house: House, api: Api) -> None:
    link = active(house, api)
    order = {"order_id": "o-1", "amount": 50_000, "method": "ovo_linked"}
    answer = api.post("/v1/payments", order | {"wallet_link": link["id"]})
    assert answer.status_code == 202
    told = answer.get_json()
    assert (told["method"], told["wallet_link"], told["phone"]) == (
        "ovo_linked",
        link["id"],
        None,
    )
    assert house.store.payments.get(told["id"]).order.link_id == link["id"]


def test_a_payment_needs_a_link_of_its_own_customer(house: House, api: Api) -> None:
    link = active(house, api)
    theirs = an_active_link(merchant_id=house.other_id, customer_id="p-9")
    elsewhere = an_active_link(merchant_id=house.merchant_id, customer_id="p-9", provider="gopay")
    for other in (theirs, elsewhere):
        house.store.links.save(LinkChange(other))
    order = {"order_id": "o-1", "amount": 50_000, "method": "ovo_linked"}
    for wrong in (
        order,
        order | {"wallet_link": theirs.id},
        order | {"wallet_link": elsewhere.id},
        order | {"wallet_link": f"wl_{'0' * 32}"},
        order | {"wallet_link": "wl_1"},
        order | {"wallet_link": link["id"], "customer": {"id": "p-9"}},
        order | {"wallet_link": link["id"], "method": "ovo_push"},
    ):
        answer = api.post("/v1/payments", wrong)
        assert (answer.status_code, pointers(answer)) == (422, ["/wallet_link"])
    api.delete(f"{LINKS}/{link['id']}")
    inactive = api.post("/v1/payments", order | {"wallet_link": link["id"]})
    assert problem(inactive) == (409, "wallet_link_inactive")
    assert house.store.state.payments == {}


def test_a_key_of_a_payment_tells_one_link_from_another(house: House, api: Api) -> None:
    links = [active(house, api, customer={"id": f"p-{n}"})["id"] for n in range(2)]
    order = {"order_id": "o-1", "amount": 50_000, "method": "ovo_linked"}
    assert api.post("/v1/payments", order | {"wallet_link": links[0]}, key="k").status_code == 202
    other = api.post("/v1/payments", order | {"wallet_link": links[1]}, key="k")
    assert problem(other) == (422, "idempotency_key_reused")


def test_a_broken_link_can_be_put_away(house: House, api: Api) -> None:
    link = an_active_link(merchant_id=house.merchant_id)
    house.store.links.save(LinkChange(link))
    house.store.links.save(link.break_off(house.now, "evt_1"))
    assert api.get(f"{LINKS}/{link.id}").get_json()["reason"] == "let_go_by_wallet"
    assert api.delete(f"{LINKS}/{link.id}").get_json()["status"] == "unlinked"
    assert house.linker.asked == []


def test_a_stopped_account_links_nothing(house: House, api: Api) -> None:
    key = (house.merchant_id, "ovo_snap", False)
    del house.store.state.accounts[key]
    assert problem(api.post(LINKS, a_wish())) == (503, "provider_misconfigured")
    assert house.linker.asked == []


def test_a_link_is_not_changed_by_what_is_late(house: House, api: Api) -> None:
    link = begun(api)
    stored = house.store.links.get(link["id"])
    house.store.links.save(stored.claim("other-code", house.now))
    house.later(EXCHANGED_WITHIN.total_seconds())
    answer = came_back(house)
    assert parse_qs(urlsplit(answer.headers["Location"]).query)["status"] == ["pending"]
    kept = house.store.links.get(link["id"])
    assert kept == replace(kept, status=LinkStatus.PENDING)
    assert "exchange" not in [what for what, _ in house.linker.asked]
