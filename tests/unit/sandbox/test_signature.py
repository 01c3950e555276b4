"""The hmac against the published vector, and against the known wrong recipes."""

from sandbox.signature import HmacMode, matching_mode, signature
from tests.unit.cases import for_each

KEY = "a4f6bf89b2a85781b7c1cab997b7ee0c89be03f7ac6ef29b63a45d07253cc401"
RIGHT = "8087f83ffc6a6564b8161e6dce1ee9a82dfc514c83de341587f16abd512fcfd6"
BODY = (
    b'{"type":"0200","processingCode":"040000","amount":12500,"date":"2022-02-10 17:34:58.497",'
    b'"referenceNumber":"1","tid":"00300001","mid":"0010000000MM001","merchantId":"0012345",'
    b'"storeCode":"MM001","appSource":"POS","transactionRequestData":{"batchNo":"1",'
    b'"merchantInvoice":"INV-1","phone":"081234567890"}}'
)
RIGHT_WITH_BODY = "81c0389a0a1b043492ce4202d058e6aba43ceb4da570d7d25fc2ae2b5069ec68"
HEX_DECODED_KEY = "34a015019ff2b938b88d8475ca1f9d9ea05042363f8a6546c60bd812846a079e"
WITH_200 = "a1f827f4bdfede0a5fed88df4a0ed9860d96f347ec1317e944c2bd5bfdd98169"


def matched(given: str, mode: HmacMode, *, random: str = "1468914526") -> HmacMode | None:
    return matching_mode(
        app_key=KEY, app_id="hypermart", random=random, given=given, body=BODY, mode=mode
    )


def test_the_published_vector_comes_out() -> None:
    assert signature(app_key=KEY, app_id="hypermart", random="1468914526") == RIGHT


def test_a_second_vector_comes_out() -> None:
    made = signature(app_key="0123456789abcdef" * 4, app_id="telemedsim", random="1763871330")
    assert made == "dad20804a34682a004bc61a54bd0e87e05465d44a1fa55e6a09e5f42b94a8aa9"


def test_the_body_can_be_signed_too() -> None:
    made = signature(app_key=KEY, app_id="hypermart", random="1468914526", body=BODY)
    assert made == RIGHT_WITH_BODY


@for_each("wrong", [HEX_DECODED_KEY, WITH_200, RIGHT.upper(), RIGHT[:-1], "", "ÿ" * 64])
@for_each("mode", list(HmacMode))
def test_a_wrong_recipe_matches_no_mode(wrong: str, mode: HmacMode) -> None:
    assert matched(wrong, mode) is None


def test_each_mode_takes_its_own_recipe_and_either_says_which() -> None:
    assert matched(RIGHT, HmacMode.APP_RANDOM) is HmacMode.APP_RANDOM
    assert matched(RIGHT_WITH_BODY, HmacMode.APP_RANDOM) is None
    assert matched(RIGHT_WITH_BODY, HmacMode.APP_RANDOM_BODY) is HmacMode.APP_RANDOM_BODY
    assert matched(RIGHT, HmacMode.APP_RANDOM_BODY) is None
    assert matched(RIGHT, HmacMode.EITHER) is HmacMode.APP_RANDOM
    assert matched(RIGHT_WITH_BODY, HmacMode.EITHER) is HmacMode.APP_RANDOM_BODY


@for_each("random", ["146891452", "14689145260", "146891452x", "", "١٤٦٨٩١٤٥٢٦"])
def test_a_random_that_is_not_ten_digits_is_refused_though_the_hmac_is_right(random: str) -> None:
    right = signature(app_key=KEY, app_id="hypermart", random=random)
    assert matched(right, HmacMode.APP_RANDOM, random=random) is None
