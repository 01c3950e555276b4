"""The hmac header, against the vector that OVO publishes."""

import hashlib

from adapters.outbound.ovo.signature import signature
from tests.unit.cases import for_each

PUBLISHED_KEY = "a4f6bf89b2a85781b7c1cab997b7ee0c89be03f7ac6ef29b63a45d07253cc401"
PUBLISHED = "8087f83ffc6a6564b8161e6dce1ee9a82dfc514c83de341587f16abd512fcfd6"
BODY = (
    b'{"type":"0200","processingCode":"040000","amount":12500,"date":"2022-02-10 17:34:58.497",'
    b'"referenceNumber":"1","tid":"00300001","mid":"0010000000MM001","merchantId":"0012345",'
    b'"storeCode":"MM001","appSource":"POS","transactionRequestData":{"batchNo":"1",'
    b'"merchantInvoice":"INV-1","phone":"081234567890"}}'
)


def sign(*, random: str = "1468914526", body: bytes = b"") -> str:
    return signature(app_id="hypermart", app_key=PUBLISHED_KEY, random=random, body=body)


def test_the_published_vector_holds_without_the_body() -> None:
    assert sign() == PUBLISHED


def test_a_second_vector_holds() -> None:
    key = "0123456789abcdef" * 4
    made = signature(app_id="telemedsim", app_key=key, random="1763871330")
    assert made == "dad20804a34682a004bc61a54bd0e87e05465d44a1fa55e6a09e5f42b94a8aa9"


def test_the_other_mode_signs_the_exact_bytes_of_the_body() -> None:
    assert sign(body=BODY) == "81c0389a0a1b043492ce4202d058e6aba43ceb4da570d7d25fc2ae2b5069ec68"


@for_each(
    "wrong",
    [
        "34a015019ff2b938b88d8475ca1f9d9ea05042363f8a6546c60bd812846a079e",  # key hex-decoded
        "a1f827f4bdfede0a5fed88df4a0ed9860d96f347ec1317e944c2bd5bfdd98169",  # "200" appended
        hashlib.sha256(f"hypermart1468914526{PUBLISHED_KEY}".encode()).hexdigest(),  # no HMAC
        PUBLISHED.upper(),
    ],
)
def test_the_mistakes_of_other_clients_are_not_ours(wrong: str) -> None:
    assert sign() != wrong


def test_the_wrong_message_of_the_prose_gives_the_known_wrong_vector() -> None:
    known = "a1f827f4bdfede0a5fed88df4a0ed9860d96f347ec1317e944c2bd5bfdd98169"
    assert sign(random="1468914526200") == known
