"""A payment's QR code as a picture, read back by another library than the one that drew it."""

import struct
import zlib
from datetime import timedelta
from xml.etree import ElementTree

import pytest
import zxingcpp

from adapters.inbound.http import drawing
from domain.next_action import CustomerStep, NextAction
from domain.outcome import Accepted, Declined
from domain.payment import Payment
from domain.reason import Reason, ReasonCode, Texts, WhoCanFix
from tests.unit.cases import for_each
from tests.unit.http.house import Api, House, an_order

QR = (
    "00020101021226610014ID.CO.OVO.WWW01189360091200000001020215OVO0000000000010303UME"
    "5204808053033605405500005802ID5912KLINIK SEHAT6007JAKARTA6304A1B2"
)
DECLINED = Declined(
    "17",
    Reason(
        ReasonCode.DECLINED_BY_CUSTOMER, "17", True, WhoCanFix.CUSTOMER, Texts("dibatalkan", "no")
    ),
)


def shown(house: House, api: Api, qr: str | None = QR) -> str:
    """A payment whose customer is shown that code for 75 s; its id."""
    payment_id = str(api.post("/v1/payments", an_order()).get_json()["id"])
    step = CustomerStep(NextAction.SHOW_QR, qr=qr)
    accepted(house, house.push(), step)
    return payment_id


def accepted(house: House, payment: Payment, step: CustomerStep) -> None:
    ends = house.clock().at + timedelta(seconds=75)
    house.answer(payment, Accepted("2004700", {"reference_no": "Q-1"}, step, ends))


def pixels(png: bytes) -> "memoryview[int]":
    """The grey values of a PNG of one bit a pixel; nothing but what such a file may be."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, data, head = 8, b"", b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        body = png[at + 8 : at + 8 + length]
        head = body if kind == b"IHDR" else head
        data += body if kind == b"IDAT" else b""
        at += 12 + length
    width, height, depth, colour = struct.unpack(">IIBB", head[:10])
    assert (depth, colour) == (1, 0), "black and white"
    raw, stride = zlib.decompress(data), (width + 7) // 8
    above, grey = bytes(stride), bytearray()
    for row in range(height):
        kind, *line = raw[row * (stride + 1) : (row + 1) * (stride + 1)]
        assert kind in {0, 2}, "as it is, or as what differs from the row above"
        above = bytes(line) if kind == 0 else bytes(map(_added, line, above))
        grey += bytes(255 * (above[x // 8] >> (7 - x % 8) & 1) for x in range(width))
    return memoryview(bytes(grey)).cast("B", shape=[height, width])


_CODES = zxingcpp.barcode_formats_from_str("QRCode")


def _added(one: int, other: int) -> int:
    return one + other & 0xFF


def read_back(png: bytes) -> str:
    """What a scanner reads."""
    (found,) = zxingcpp.read_barcodes(pixels(png), formats=_CODES)
    return str(found.text)


def test_the_picture_says_what_the_payment_says(house: House, api: Api) -> None:
    payment_id = shown(house, api)
    told = api.get(f"/v1/payments/{payment_id}").get_json()["next_action"]
    assert (told["type"], told["qr"]) == ("show_qr", QR)
    answer = api.get(f"/v1/payments/{payment_id}/qr.png")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/png"
    assert read_back(answer.data) == QR


def test_as_svg_it_has_the_same_modules_and_any_size(house: House, api: Api) -> None:
    answer = api.get(f"/v1/payments/{shown(house, api)}/qr.svg")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    root = ElementTree.fromstring(answer.data)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "width" not in root.attrib
    _, _, width, height = map(int, root.attrib["viewBox"].split())
    assert width == height == pixels(drawing.png(QR)).shape[0]  # type: ignore[index]  # it has two
    assert b"<script" not in answer.data


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_it_is_never_kept_and_loads_nothing(house: House, api: Api, kind: str) -> None:
    answer = api.get(f"/v1/payments/{shown(house, api)}/qr.{kind}")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_where_there_is_nothing_to_scan_there_is_no_picture(
    house: House, api: Api, kind: str
) -> None:
    def status(payment_id: str) -> int:
        return api.get(f"/v1/payments/{payment_id}/qr.{kind}").status_code

    payment_id = shown(house, api)
    assert status(payment_id) == 200
    house.later(74.9)
    assert status(payment_id) == 200
    assert api.get(f"/v1/payments/{payment_id}").get_json()["next_action"]["qr"] == QR
    house.later(0.1)
    assert api.get(f"/v1/payments/{payment_id}").get_json()["next_action"] is None
    assert status(payment_id) == 404
    assert status("pay_" + "0" * 32) == 404
    assert status("pay_x") == 404


def test_a_push_a_page_or_an_ended_charge_has_none(house: House, api: Api) -> None:
    payment_id = str(api.post("/v1/payments", an_order()).get_json()["id"])
    path = f"/v1/payments/{payment_id}/qr.svg"
    assert api.get(path).status_code == 404  # waits for its push
    payment = house.push()
    assert api.get(path).status_code == 404  # in front of the customer, in the OVO app
    accepted(house, payment, CustomerStep(NextAction.REDIRECT, url="https://ovo.test/pin"))
    assert api.get(path).status_code == 404
    house.answer(payment, DECLINED)
    assert api.get(path).status_code == 404


def test_it_is_the_merchants_own_alone(house: House, api: Api) -> None:
    path = f"/v1/payments/{shown(house, api)}/qr.svg"
    assert house.a_client(None).get(path).status_code == 401
    stranger = house.a_client("a key that opens nothing")
    assert stranger.get(path).status_code == 401


@pytest.mark.parametrize("text", ["", "x" * 1_025])
def test_what_is_no_code_of_a_payment_is_not_drawn(text: str) -> None:
    with pytest.raises(ValueError, match="no code"):
        drawing.svg(text)


@for_each("text", ["A", QR, "0" * 512, "a:%&ä" * 40, "x" * 1_024])
def test_whatever_it_says_a_scanner_reads_it(text: str) -> None:
    assert read_back(drawing.png(text)) == text


def test_a_code_is_not_drawn_once_the_payment_is_to_be_canceled(house: House, api: Api) -> None:
    payment_id = shown(house, api)
    assert api.post(f"/v1/payments/{payment_id}/cancel", {}).status_code == 202
    assert api.get(f"/v1/payments/{payment_id}/qr.svg").status_code == 404
    assert api.get(f"/v1/payments/{payment_id}").get_json()["next_action"] is None
