"""What a merchant must have from Midtrans, and how it asks with it."""

from base64 import b64decode
from typing import Any

import pytest

from adapters.outbound.midtrans.credentials import MidtransCredentials
from adapters.outbound.midtrans.signature import authorization
from domain.errors import InvalidValue
from tests.unit.cases import for_each
from tests.unit.midtrans.builders import SERVER_KEY


def test_the_server_key_is_taken_and_others_ignored() -> None:
    parsed = MidtransCredentials.parse({"server_key": SERVER_KEY, "client_key": "x"})
    assert parsed.server_key == SERVER_KEY


@for_each("value", [None, 7, "", " ", "two words", "a:b", "x\r\nHost: e", "ключ", "x" * 129])
def test_a_wrong_one_is_named_and_not_repeated(value: Any) -> None:
    with pytest.raises(InvalidValue) as caught:
        MidtransCredentials.parse({} if value is None else {"server_key": value})
    assert caught.value.field == "server_key"
    assert not str(value).strip() or str(value) not in caught.value.problem or len(str(value)) < 4


def test_it_never_prints_itself() -> None:
    parsed = MidtransCredentials.parse({"server_key": SERVER_KEY})
    assert SERVER_KEY not in f"{parsed!r} {parsed}"


def test_the_server_key_is_the_user_name_without_a_password() -> None:
    scheme, _, encoded = authorization(SERVER_KEY).partition(" ")
    assert (scheme, b64decode(encoded)) == ("Basic", f"{SERVER_KEY}:".encode())
