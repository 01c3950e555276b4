"""OVO's QRIS: codes that live 75 seconds, are scanned and paid, canceled and refunded."""

import base64
import hashlib
import hmac
from typing import Any

import orjson
import pytest

from sandbox.acquirer.conduct import Reason
from sandbox.ovo_qris import emv
from sandbox.ovo_qris.provider import OvoQris
from tests.unit.sandbox.providers.bench import HOOK, Market, SnapMerchant, at, money

B2B = "/v1.0/access-token/b2b"
TAKEN = b'{"responseCode":"2005200","responseMessage":"Successful"}'


class Till:
    """A merchant of QRIS, and the customers who scan."""

    def __init__(self) -> None:
        self.market = Market()
        self.api = SnapMerchant(self.market, "ovo_qris")
        self.token = str(self.api.b2b(B2B)[1]["accessToken"])
        provider = self.market.exchange.providers["ovo_qris"]
        assert isinstance(provider, OvoQris)
        self.provider = provider

    def call(self, operation: str, **body: object) -> tuple[int, Any]:
        return self.api.call(f"/v1.0/qr/qr-mpm-{operation}", body, self.token)

    def generate(self, reference: str = "R1", amount: int = 50_000, **more: object) -> Any:
        status, body = self.call(
            "generate",
            partnerReferenceNo=reference,
            amount=money(amount),
            merchantId="200001",
            **more,
        )
        assert status == 200
        return body

    def query(self, reference: str = "R1") -> tuple[int, Any]:
        return self.call("query", originalPartnerReferenceNo=reference, serviceCode="47")

    def latest(self, reference: str = "R1") -> str:
        return str(self.query(reference)[1]["latestTransactionStatus"])

    def cancel(self) -> tuple[int, Any]:
        return self.call("cancel", originalPartnerReferenceNo="R1", merchantId="200001")

    def refund(self, number: str = "X1", amount: int = 50_000) -> tuple[int, Any]:
        return self.call(
            "refund",
            originalPartnerReferenceNo="R1",
            partnerRefundNo=number,
            refundAmount=money(amount),
            merchantId="200001",
        )

    def scan(self, text: str) -> None:
        """A customer scans and pays."""
        self.market.exchange.life.pay(self.provider.scanned(text), self.market.now)
        self.market.settle()


@pytest.fixture
def till() -> Till:
    return Till()


def test_the_checksum_is_the_published_one() -> None:
    assert emv.checksum("123456789") == "29B1"  # CRC-16/CCITT-FALSE, the catalogue's check value


def test_a_code_is_a_well_formed_emv_text_of_the_amount(till: Till) -> None:
    body = till.generate(amount=75_500)
    text = body["qrContent"]
    values = emv.decoded(text)
    assert text[-4:] == emv.checksum(text[:-4])
    assert (values["00"], values["01"], values["53"], values["54"]) == ("01", "12", "360", "75500")
    assert (values["58"], values["59"]) == ("ID", "Klinik Lunas")
    assert emv.inner(values["62"])["05"] == body["referenceNo"]
    assert body["qrUrl"].startswith("http://sandbox/ovo-qris/scan?qr=000201")


def test_a_damaged_code_or_one_of_somebody_else_is_not_paid(till: Till) -> None:
    text = till.generate()["qrContent"]
    broken = text.replace("5405500", "5405600")
    for damaged in ("", "0002", broken, text[:-1], text[:-4] + "ÄÄÄÄ", "6304FFFF"):
        with pytest.raises(emv.QrError):
            till.provider.scanned(damaged)
    with pytest.raises(emv.QrError, match="checksum"):
        emv.decoded(broken)
    raised = broken[:-4] + emv.checksum(broken[:-4])  # well formed, but not what was generated
    with pytest.raises(emv.QrError, match="somebody else"):
        till.provider.scanned(raised)


def test_a_code_is_paid_once_by_whoever_scans_it(till: Till) -> None:
    body = till.generate()
    assert till.latest() == "03"
    till.scan(f" {body['qrContent']}\n")
    told = till.query()[1]
    assert (told["responseCode"], told["latestTransactionStatus"]) == ("2005100", "00")
    assert (told["amount"], told["paidTime"]) == (money(50_000), at(till.market.now))
    assert told["originalReferenceNo"] == body["referenceNo"]


def test_a_code_lives_75_seconds_or_less(till: Till) -> None:
    till.generate()
    until = at(till.market.now.replace(second=40))
    till.generate("R2", validityPeriod=until)
    till.market.pass_time(10)
    assert (till.latest(), till.latest("R2")) == ("03", "05")
    till.market.pass_time(64.9)
    assert till.latest() == "03"
    till.market.pass_time(0.1)
    assert till.latest() == "05"
    till.market.change("ovo_qris", expired_as="07")
    assert till.latest() == "07"


def test_a_reference_makes_one_code(till: Till) -> None:
    till.generate()
    same = {"partnerReferenceNo": "R1", "merchantId": "200001"}
    assert till.call("generate", amount=money(50_000), **same)[1]["responseCode"] == "4094701"
    assert till.call("generate", amount=money(50_001), **same)[1]["responseCode"] == "4044718"
    assert till.market.charge.times_heard == 3


def test_what_is_asked_of_an_unknown_code_is_not_found(till: Till) -> None:
    assert till.query()[1]["responseCode"] == "4045101"
    assert till.cancel()[1]["responseCode"] == "4047701"
    assert till.refund()[1]["responseCode"] == "4047801"
    other = SnapMerchant(till.market, "ovo_qris", "other")
    token = str(other.b2b(B2B)[1]["accessToken"])
    till.generate()
    asked = {"originalPartnerReferenceNo": "R1", "serviceCode": "47"}
    answer = other.call("/v1.0/qr/qr-mpm-query", asked, token)
    assert answer[1]["responseCode"] == "4045101"  # another merchant's code is nobody's


def test_a_canceled_code_can_not_be_paid_and_a_paid_one_not_canceled(till: Till) -> None:
    till.market.change("ovo_qris", customer="approve", customer_after="30s")
    till.generate()
    assert till.cancel()[1]["responseCode"] == "2007700"
    assert till.cancel()[1]["responseCode"] == "2007700"
    till.market.pass_time(80)
    assert (till.latest(), till.market.charge.money_moved) == ("05", False)
    text = till.generate("R2")["qrContent"]
    till.scan(text)
    asked = {"originalPartnerReferenceNo": "R2"}
    assert till.call("cancel", **asked)[1]["responseCode"] == "4057701"
    till.market.change("ovo_qris", cancel_of_paid="return")
    assert till.call("cancel", **asked)[1]["responseCode"] == "2007700"
    assert (till.latest("R2"), till.market.charge.kept) == ("04", 0)


def test_a_refund_is_whole_and_of_the_same_day(till: Till) -> None:
    text = till.generate()["qrContent"]
    assert till.refund()[1]["responseCode"] == "4047800"
    till.scan(text)
    assert till.refund(amount=40_000)[1]["responseCode"] == "4047813"
    till.market.pass_time(14 * 3600)
    till.token = str(till.api.b2b(B2B)[1]["accessToken"])
    assert till.refund()[1]["responseCode"] == "4057801"
    assert till.market.charge.kept == 50_000


def test_a_refund_again_is_the_same_refund(till: Till) -> None:
    till.scan(till.generate()["qrContent"])
    first = till.refund()[1]
    assert (first["responseCode"], first["refundAmount"]) == ("2007800", money(50_000))
    assert till.refund()[1]["refundNo"] == first["refundNo"]
    assert till.latest() == "04"
    assert till.market.charge.returned == 50_000


def test_a_payment_is_notified_with_a_right_signature(till: Till) -> None:
    till.market.change("ovo_qris", notify_url=HOOK)
    body = till.generate()
    till.scan(body["qrContent"])
    [post] = till.market.posts
    told = orjson.loads(post.body)
    assert told["originalPartnerReferenceNo"] == "R1"
    assert (told["latestTransactionStatus"], told["amount"]) == ("00", money(50_000))
    digest, headers = hashlib.sha256(post.body).hexdigest(), post.headers
    assert headers["Authorization"] == f"Bearer {till.token}"
    text = f"POST:/hooks/it?from=sandbox:{till.token}:{digest}:{headers['X-TIMESTAMP']}"
    secret = till.api.credentials["client_secret"].encode()
    mac = base64.b64encode(hmac.new(secret, text.encode(), hashlib.sha512).digest()).decode()
    assert (post.url, headers["X-SIGNATURE"]) == (HOOK, mac)


def test_nobody_is_notified_of_what_is_not_paid(till: Till) -> None:
    till.market.change("ovo_qris", notify_url=HOOK)
    charge = till.provider.scanned(till.generate()["qrContent"])
    till.market.exchange.life.fail(charge, Reason.DECLINED, till.market.now)
    till.generate("R2")
    till.market.pass_time(80)
    assert till.latest() == "06"
    assert till.market.posts == []


def test_a_notification_is_sent_again_until_it_is_taken(till: Till) -> None:
    till.market.change("ovo_qris", notify_url=HOOK)
    till.scan(till.generate()["qrContent"])
    for status, body in ((None, b""), (200, b"{}")):
        till.market.hear(till.market.posts[-1], status, body)
        till.market.pass_time(5)
    assert len(till.market.posts) == 3  # a 200 without 2005200 is not taken
    till.market.hear(till.market.posts[-1], 200, TAKEN)
    till.market.pass_time(60)
    assert len(till.market.posts) == 3
    [found] = till.market.exchange.mail.written.values()
    assert (found.taken, found.tries, [status for _, status in found.results]) == (
        True,
        3,
        [None, 200, 200],
    )


def test_a_notification_is_given_up_after_its_tries(till: Till) -> None:
    till.market.change("ovo_qris", notify_url=HOOK, notification_tries=2)
    till.scan(till.generate()["qrContent"])
    for _ in range(3):
        till.market.hear(till.market.posts[-1], 503)
        till.market.pass_time(60)
    assert len(till.market.posts) == 2
