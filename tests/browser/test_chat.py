"""The example chat in a real browser: from asking to the opened chat, and every way around it."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import DESK_SIZE, PHONE_SIZE, RESTS, RunningChat, Visit, a_visit
from tests.browser.look import faults
from tests.integration.house import RunningHouse, a_phone


def ask(page: Page, chat: RunningChat, phone: str) -> None:
    """From the first page to the payment request on the customer's phone."""
    page.goto(chat.url)
    page.get_by_role("button", name="Mulai konsultasi").click()
    field = page.get_by_label("Nomor HP OVO Anda")
    expect(field).to_have_value("")
    field.fill(phone)
    page.get_by_role("button", name="Kirim permintaan bayar").click()
    expect(state(page, "awaiting")).to_be_visible()


def state(page: Page, name: str) -> Locator:
    """The panel, once the consultation is in this state."""
    return page.locator(f"#panel[data-state={name}]")


def tap(house: RunningHouse, phone: str, what: str) -> None:
    """The customer's answer on the phone."""
    assert house.tap(house.shown_push(phone)["id"], what).status == 200


def mark(page: Page) -> None:
    """Leave a mark that a reload would wipe away."""
    page.evaluate("() => { window.sameDocument = true }")


def is_marked(page: Page) -> bool:
    return bool(page.evaluate("() => window.sameDocument === true"))


def test_a_patient_asks_approves_and_chats_without_a_reload(
    visit: Visit, chat: RunningChat, house: RunningHouse
) -> None:
    page, phone = visit.page, a_phone()
    ask(page, chat, f"+62 {phone[1:4]}-{phone[4:8]}-{phone[8:]}")
    mark(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Setujui di aplikasi OVO")
    expect(page.get_by_text(f"08••••••{phone[-4:]}")).to_be_visible()
    assert phone not in page.locator("body").inner_text()

    with visit.context.expect_page() as opened:
        page.get_by_role("link", name="Buka HP simulasi").click()
    wallet = opened.value
    expect(wallet.get_by_text("Rp 50.000").first).to_be_visible()
    wallet.get_by_role("button", name="Setujui").click()

    expect(state(page, "open")).to_be_visible()
    assert is_marked(page)
    expect(page).to_have_title(re.compile("Chat terbuka"))
    expect(page.locator("#say")).to_have_text("Chat terbuka. Pembayaran lunas.")
    log = page.get_by_role("log")
    expect(log.locator("li")).to_have_count(1)
    expect(log).to_contain_text("Halo, saya dr. Sari.")

    page.get_by_label("Tulis pesan").fill("Dok, kepala saya <b>berat</b>.")
    page.keyboard.press("Enter")
    expect(log.locator("li")).to_have_count(3)
    expect(log).to_contain_text("Dok, kepala saya <b>berat</b>.")
    assert is_marked(page)
    expect(page.get_by_label("Tulis pesan")).to_have_value("")
    page.reload()
    expect(log.locator("li")).to_have_count(3)
    (push,) = house.pushes(phone)
    assert (push["times_heard"], push["money_kept"]) == (1, True)


def test_a_number_that_is_none_is_told_at_the_field(visit: Visit, chat: RunningChat) -> None:
    page = visit.page
    page.goto(chat.url)
    page.get_by_role("button", name="Mulai konsultasi").click()
    field = page.get_by_label("Nomor HP OVO Anda")
    expect(field).to_have_attribute("inputmode", "numeric")
    for typed, told in (("", "Isi dulu nomor HP"), ("021 555 0101", "Nomor ini belum benar")):
        field.fill(typed)
        page.get_by_role("button", name="Kirim permintaan bayar").click()
        expect(page.locator("#phone-error")).to_contain_text(told)
        expect(field).to_have_accessible_description(re.compile(told))
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_be_focused()
        expect(field).to_have_value(typed)
    assert faults(page) == []


def test_declined_then_sent_again_or_to_another_number(
    visit: Visit, browser: Browser, chat: RunningChat, house: RunningHouse
) -> None:
    """Two patients at once, the second without JavaScript, because a push rests for a while."""
    page, phone, other = visit.page, a_phone(), a_phone()
    plain_visit, plain_phone = a_visit(browser, java_script_enabled=False), a_phone()
    plain = plain_visit.page
    for each, number in ((page, phone), (plain, plain_phone)):
        ask(each, chat, number)
        tap(house, number, "decline")
        expect(state(each, "retry")).to_contain_text("Anda tidak ditagih")
        expect(each.get_by_role("button", name="Batal")).to_be_enabled()
    again = page.get_by_role("button", name="Kirim ulang")
    expect(again).to_be_disabled()
    expect(page.get_by_text("Bisa dikirim ulang dalam")).to_be_visible()
    assert 0 < int(page.locator("[data-countdown]").inner_text()) <= RESTS
    expect(page.get_by_text("Masih bisa dikirim 4 kali lagi.")).to_be_visible()
    assert faults(page) == []
    plain.get_by_role("button", name="Kirim ulang").click()
    expect(plain.get_by_role("alert")).to_contain_text("detik lagi")
    assert len(house.pushes(plain_phone)) == 1

    expect(again).to_be_enabled(timeout=RESTS * 1_000)
    page.get_by_text("Ganti nomor").click()
    page.get_by_label("Nomor HP OVO Anda").fill("0812")
    page.get_by_role("button", name="Kirim ke nomor ini").click()
    expect(page.locator("#other-error")).to_contain_text("Nomor ini belum benar")
    page.get_by_label("Nomor HP OVO Anda").fill(other)
    page.get_by_role("button", name="Kirim ke nomor ini").click()
    expect(state(page, "awaiting")).to_contain_text(other[-4:])

    plain.wait_for_timeout(2_000)  # it was declined later than the first
    plain.get_by_role("button", name="Kirim ulang").click()
    expect(state(plain, "awaiting")).to_be_visible()
    for each, number in ((page, other), (plain, plain_phone)):
        tap(house, number, "approve")
        expect(state(each, "open")).to_be_visible()
    assert [len(house.pushes(number)) for number in (phone, other, plain_phone)] == [1, 1, 2]
    plain_visit.context.close()


def test_ignored_is_being_checked_and_never_called_failed(
    visit: Visit, chat: RunningChat, house: RunningHouse
) -> None:
    page, phone = visit.page, a_phone()
    ask(page, chat, phone)
    tap(house, phone, "ignore")
    panel = state(page, "checking")
    expect(panel).to_contain_text("Pembayaran sedang kami periksa")
    expect(panel).to_contain_text("Anda tidak akan ditagih dua kali.")
    expect(panel).to_contain_text("Anda boleh menutup halaman ini")
    assert not re.search("gagal|tidak berhasil", page.content())
    assert faults(page) == []


def test_silence_is_found_out_and_may_be_sent_again(
    visit: Visit, chat: RunningChat, house: RunningHouse
) -> None:
    """Nobody answers, nothing is charged: the page says so by itself, once that is proved."""
    page, phone = visit.page, a_phone()
    ask(page, chat, phone)
    mark(page)
    tap(house, phone, "ignore")
    expect(state(page, "checking")).to_contain_text("Kami tanyakan terus sampai jelas")
    retry = state(page, "retry")
    expect(retry).to_be_visible(timeout=60_000)
    assert is_marked(page)
    expect(retry).to_contain_text("Anda tidak ditagih")
    expect(retry).to_contain_text("Masih bisa dikirim 4 kali lagi.")
    page.get_by_role("button", name="Kirim ulang").click()
    expect(state(page, "awaiting")).to_be_visible()
    tap(house, phone, "approve")
    expect(state(page, "open")).to_be_visible()
    kept = [push["money_kept"] for push in house.pushes(phone)]
    assert sorted(kept) == [False, True]


def test_paid_though_the_answer_was_lost(
    visit: Visit, chat: RunningChat, house: RunningHouse
) -> None:
    page, phone = visit.page, a_phone()
    ask(page, chat, phone)
    mark(page)
    tap(house, phone, "drop")
    expect(state(page, "open")).to_be_visible()
    assert is_marked(page)
    assert [push["times_heard"] for push in house.pushes(phone)] == [1]


def test_canceled_and_begun_anew(visit: Visit, chat: RunningChat, house: RunningHouse) -> None:
    page, phone = visit.page, a_phone()
    ask(page, chat, phone)
    tap(house, phone, "decline")
    page.get_by_role("button", name="Batal").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pembayaran dibatalkan")
    page.get_by_label("Nomor HP OVO Anda").fill(phone)
    page.get_by_role("button", name="Kirim permintaan bayar").click()
    expect(state(page, "awaiting")).to_be_visible()
    tap(house, phone, "approve")
    expect(state(page, "open")).to_be_visible()


def test_double_clicks_reloads_and_going_back_pay_once(
    visit: Visit, chat: RunningChat, house: RunningHouse
) -> None:
    page, phone = visit.page, a_phone()
    page.goto(chat.url)
    page.get_by_role("button", name="Mulai konsultasi").dblclick()
    page.get_by_label("Nomor HP OVO Anda").fill(phone)
    page.get_by_role("button", name="Kirim permintaan bayar").dblclick()
    expect(state(page, "awaiting")).to_be_visible()
    page.reload()
    expect(state(page, "awaiting")).to_be_visible()
    page.go_back()
    page.go_forward()
    page.goto(chat.url)
    page.get_by_role("button", name="Mulai konsultasi").click()
    expect(state(page, "awaiting")).to_be_visible()
    (push,) = house.pushes(phone)
    assert push["times_heard"] == 1
    tap(house, phone, "approve")
    expect(state(page, "open")).to_be_visible()
    assert len(house.pushes(phone)) == 1


def test_everything_works_without_javascript(
    browser: Browser, chat: RunningChat, house: RunningHouse
) -> None:
    visit, phone = a_visit(browser, java_script_enabled=False), a_phone()
    page = visit.page
    ask(page, chat, phone)
    tap(house, phone, "approve")
    expect(state(page, "open")).to_contain_text("Halo, saya dr. Sari.")
    page.get_by_label("Tulis pesan").fill("Selamat sore, dok.")
    page.get_by_role("button", name="Kirim").click()
    expect(page.get_by_role("log").locator("li")).to_have_count(3)
    assert visit.complaints == []
    visit.context.close()


@pytest.mark.parametrize(
    ("size", "scheme"), [(PHONE_SIZE, "dark"), (DESK_SIZE, "light")], ids=["phone", "desk"]
)
def test_every_page_can_be_read_and_operated_by_anyone(
    browser: Browser,
    chat: RunningChat,
    house: RunningHouse,
    size: tuple[int, int],
    scheme: str,
) -> None:
    moving = {"reduced_motion": "no-preference", "color_scheme": scheme}
    visit, phone = a_visit(browser, size, **moving), a_phone()
    page = visit.page
    page.goto(chat.url)
    assert faults(page) == []
    page.get_by_role("button", name="Mulai konsultasi").click()
    assert faults(page) == []
    page.get_by_role("link", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_label("Your OVO mobile number").fill(phone)
    page.keyboard.press("Enter")
    expect(state(page, "awaiting")).to_contain_text("Approve in the OVO app")
    assert faults(page) == []
    tap(house, phone, "approve")
    expect(state(page, "open")).to_contain_text("Hello, I am dr. Sari.")
    assert faults(page) == []
    page.goto(chat.url)
    expect(page.get_by_role("link", name="Open the chat")).to_be_visible()
    assert faults(page) == []
    page.goto(f"{chat.url}/c/none")
    assert faults(page) == []
    visit.context.close()
