"""A whole house and a wallet that links accounts: linked, charged, refunded, let go."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest

from tests.integration.house import PATIENT, Answer, RunningHouse, a_house, call, until

PIN = "123456"
# docs/sandbox.md: the test PIN of every page
NAME = "ovo_snap"
LINKS = "/v1/wallet_links"


@pytest.fixture(scope="module")
def linking_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    """A house that charges linked accounts, its merchant known to the sandbox."""
    with a_house(
        tmp_path_factory.mktemp("linking"),
        PATIENT,
        providers=f"ovo,{NAME}",
        provider_ovo_snap_check_every_seconds="1",
    ) as house:
        house.start("sandbox")
        open_account(house, payment="MANUAL")
        house.start("worker", "serve")
        yield house


@pytest.fixture
def house(linking_house: RunningHouse) -> RunningHouse:
    linking_house.ensure("sandbox", "worker", "serve")
    return linking_house


def open_account(house: RunningHouse, **more: str) -> None:
    """The merchant's account, with what the sandbox publishes."""
    told = call("GET", f"{house.sandbox_url}/control/credentials/{NAME}").json
    with house.inside() as inside:
        inside.core.open_house().account(
            house.merchant, NAME, livemode=False, credentials=told["credentials"] | more
        )


@dataclass
class Form:
    """One form of a page."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """The forms of a page, as a browser sees them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(told.get("action", "")))
        elif self.forms and tag in {"input", "button"} and told.get("name"):
            form, name, value = self.forms[-1], told["name"], told.get("value", "")
            if tag == "button" or told.get("type") == "submit":
                form.buttons.append((name, value))
            else:
                form.fields[name] = value


def in_a_browser(address: str, pin: str = PIN) -> str:
    """Open the wallet's page, enter the PIN, follow it to where the merchant's own pages begin."""
    opened = call("GET", address)
    assert opened.status == 200, opened.body
    form = Page(opened.body.decode()).forms[0]
    entered = {**form.fields, **{n: pin for n in form.fields if "pin" in n.lower()}}
    answer = call(
        "POST",
        urljoin(address, form.action),
        body=urlencode(entered).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    return followed(address, answer)


def followed(address: str, answer: Answer) -> str:
    """Where the browser ends that follows redirects to this machine."""
    for _ in range(5):
        assert answer.status in {302, 303, 307}, (answer.status, answer.body)
        address = urljoin(address, answer.headers["location"])
        if urlsplit(address).hostname != "127.0.0.1":
            return address
        answer = call("GET", address)
    raise AssertionError("the browser is sent round in circles")


def begun(house: RunningHouse, customer: str, phone: str = "081311110001") -> Any:
    """A link whose customer has still to agree."""
    wish = {
        "customer": {"id": customer},
        "phone": phone,
        "return_url": "https://chat.example/wallet",
    }
    answer = house.call("POST", LINKS, wish)
    assert answer.status == 202, answer.body
    return answer.json


def linked(house: RunningHouse, customer: str, phone: str) -> str:
    """The id of a link that can be charged."""
    link = begun(house, customer, phone)
    there = in_a_browser(link["next_action"]["url"])
    told = parse_qs(urlsplit(there).query)
    assert there.startswith("https://chat.example/wallet?")
    assert told == {"wallet_link": [link["id"]], "status": ["active"]}
    link_id: str = link["id"]
    return link_id


def paid(house: RunningHouse, order: str, link_id: str, amount: int = 50_000) -> Any:
    """A payment by the link, its PIN entered where one is asked for."""
    started = house.call(
        "POST",
        "/v1/payments",
        {
            "order_id": order,
            "amount": amount,
            "method": "ovo_linked",
            "wallet_link": link_id,
            "return_url": "https://chat.example/c/1",
        },
    )
    assert started.status == 202, started.body
    payment_id = started.json["id"]

    def shown() -> Any:
        payment = house.payment(payment_id)
        step = payment["next_action"] or {}
        return payment if payment["paid_at"] or step.get("url") else None

    payment = until(shown, lambda: f"a page or a success: {house.payment(payment_id)}")
    if payment["paid_at"] is None:
        assert payment["next_action"]["type"] == "redirect"
        in_a_browser(payment["next_action"]["url"])
    return house.until_status(payment_id, "succeeded")


def charges(house: RunningHouse, payment: Any) -> list[Any]:
    """What the wallet knows of the payment's attempts."""
    names = [attempt["references"]["reference"] for attempt in payment["attempts"]]
    found = [
        call("GET", f"{house.sandbox_url}/control/charges?reference={name}").json["charges"]
        for name in names
    ]
    return [charge for each in found for charge in each]


def test_a_link_is_made_in_the_browser_and_told_to_the_chat(house: RunningHouse) -> None:
    with house.hooked("wallet_link.active", "wallet_link.unlinked") as chat:
        link_id = linked(house, "p-told", "081311110002")
        [told] = until(lambda: chat.events("wallet_link.active"), "that it is active")
        assert told["data"]["wallet_link"]["id"] == link_id
        assert told["data"]["wallet_link"]["status"] == "active"
        gone = house.call("DELETE", f"{LINKS}/{link_id}")
        assert (gone.status, gone.json["status"]) == (200, "unlinked")
        [told] = until(lambda: chat.events("wallet_link.unlinked"), "that it is unlinked")
        assert told["data"]["wallet_link"] == gone.json
    again = house.call("DELETE", f"{LINKS}/{link_id}")
    assert again.json == gone.json


def test_a_customer_who_cancels_is_not_linked(house: RunningHouse) -> None:
    link = begun(house, "p-cancels", "081311110003")
    address = link["next_action"]["url"]
    where = None
    for _ in range(3):
        form = Page(call("GET", address).body.decode()).forms[0]
        entered = {**form.fields, **{n: "000000" for n in form.fields if "pin" in n.lower()}}
        answer = call(
            "POST",
            urljoin(address, form.action),
            body=urlencode(entered).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        if answer.headers.get("location", "").startswith(house.url):
            where = followed(address, answer)
    assert where is not None
    assert parse_qs(urlsplit(where).query)["status"] == ["failed"]
    told = house.call("GET", f"{LINKS}/{link['id']}").json
    assert (told["status"], told["reason"]) == ("failed", "refused_by_wallet")


def test_a_linked_account_is_charged_with_its_pin_and_refunded_in_two_parts(
    house: RunningHouse,
) -> None:
    link_id = linked(house, "p-manual", "081311110004")
    payment = paid(house, "manual-1", link_id)
    assert payment["wallet_link"] == link_id
    [charge] = charges(house, payment)
    assert charge["state"] == "paid"
    for amount, status in ((20_000, "partially_refunded"), (30_000, "refunded")):
        asked = house.call(
            "POST",
            f"/v1/payments/{payment['id']}/refunds",
            {"amount": amount, "reason": "The doctor could not be reached."},
        )
        assert asked.status == 202, asked.body
        payment = house.until_status(payment["id"], status)
    assert payment["amount_refunded"] == 50_000
    [charge] = charges(house, payment)
    assert charge["state"] == "refunded"


def test_a_linked_account_is_charged_at_once_where_that_is_allowed(house: RunningHouse) -> None:
    link_id = linked(house, "p-auto", "081311110005")
    open_account(house, payment="AUTO")
    try:
        payment = paid(house, "auto-1", link_id)
    finally:
        open_account(house, payment="MANUAL")
    assert payment["status"] == "succeeded"
    assert len(charges(house, payment)) == 1


def test_a_token_that_is_revoked_under_way_is_renewed(house: RunningHouse) -> None:
    link_id = linked(house, "p-revoked", "081311110006")
    paid(house, "revoked-1", link_id)
    revoked = call(
        "POST", f"{house.sandbox_url}/control/tokens/{NAME}/revoke", body={"kind": "b2b2c"}
    )
    assert revoked.status == 200, revoked.body
    payment = paid(house, "revoked-2", link_id)
    assert len(payment["attempts"]) == 1
    assert len(charges(house, payment)) == 1
    assert house.call("GET", f"{LINKS}/{link_id}").json["status"] == "active"


def test_a_link_that_the_wallet_let_go_is_broken_and_can_be_made_again(
    house: RunningHouse,
) -> None:
    with house.hooked("wallet_link.broken") as chat:
        link_id = linked(house, "p-broken", "081311110007")
        call("POST", f"{house.sandbox_url}/control/tokens/{NAME}/revoke", body={})
        started = house.call(
            "POST",
            "/v1/payments",
            {
                "order_id": "broken-1",
                "amount": 50_000,
                "method": "ovo_linked",
                "wallet_link": link_id,
            },
        )
        payment = house.until_status(started.json["id"], "failed")
        assert payment["reason"]["code"] == "wallet_link_inactive"
        assert charges(house, payment) == []
        [told] = until(lambda: chat.events("wallet_link.broken"), "that it broke")
        assert told["data"]["wallet_link"]["reason"] == "let_go_by_wallet"
    again = linked(house, "p-broken", "081311110007")
    assert again != link_id
    assert paid(house, "broken-1", again)["status"] == "succeeded"


def test_only_whether_there_is_enough_is_told(house: RunningHouse) -> None:
    link_id = linked(house, "p-cover", "081311110008")
    for amount, enough in ((1, True), (999_999_999_999, False)):
        asked = house.call("POST", f"{LINKS}/{link_id}/balance_inquiries", {"amount": amount})
        assert (asked.status, asked.json) == (200, {"sufficient": enough})


def test_no_log_line_holds_a_secret_of_a_link(house: RunningHouse) -> None:
    link_id = linked(house, "p-quiet", "081311110009")
    with house.inside() as inside:
        tokens = inside.store.links.get(link_id).secrets.tokens
    assert tokens is not None
    logs = "".join(
        path.read_text(errors="replace")
        for path in house.folder.glob("*.log")
        if path.stem != "sandbox"
    )
    for secret in (tokens.access, tokens.refresh or "-", "081311110009", "authCode"):
        assert secret not in logs
