"""What a merchant must have from Xendit, and which mode it is of."""

from base64 import b64decode
from typing import Any

import pytest

from adapters.outbound.xendit.credentials import XenditCredentials
from adapters.outbound.xendit.signature import authorization
from domain.errors import InvalidValue
from tests.unit.cases import for_each
from tests.unit.xendit.builders import CREDENTIALS, SECRET, TOKEN

WRONG = [None, 7, "", " ", "two words", "a:b", "x\r\nHost: e", "ключ", "x" * 201]


def test_both_are_taken_and_others_ignored() -> None:
    parsed = XenditCredentials.parse(CREDENTIALS | {"public_key": "x"})
    assert (parsed.api_key, parsed.callback_token) == (SECRET, TOKEN)


@for_each("name", sorted(CREDENTIALS))
@for_each("value", WRONG)
def test_a_wrong_one_is_named_and_not_repeated(name: str, value: Any) -> None:
    given = {key: told for key, told in CREDENTIALS.items() if key != name}
    with pytest.raises(InvalidValue) as caught:
        XenditCredentials.parse(given if value is None else given | {name: value})
    assert caught.value.field == name
    assert "two words" not in str(caught.value)


def test_they_never_print_themselves() -> None:
    parsed = XenditCredentials.parse(CREDENTIALS)
    for secret in (SECRET, TOKEN):
        assert secret not in f"{parsed!r} {parsed}"


@pytest.mark.parametrize(
    ("key", "test", "live"),
    [
        ("xnd_development_K", True, False),
        ("xnd_production_K", False, True),
        ("of-a-sandbox", True, True),
    ],
)
def test_a_key_of_the_other_mode_is_not_used(key: str, test: bool, live: bool) -> None:
    parsed = XenditCredentials.parse(CREDENTIALS | {"api_key": key})
    for livemode, taken in ((False, test), (True, live)):
        if taken:
            assert parsed.key_for(livemode=livemode) == key
        else:
            with pytest.raises(InvalidValue, match=r"^api_key: is the other mode's"):
                parsed.key_for(livemode=livemode)


def test_the_api_key_is_the_user_name_without_a_password() -> None:
    scheme, _, encoded = authorization(SECRET).partition(" ")
    assert (scheme, b64decode(encoded)) == ("Basic", f"{SECRET}:".encode())
