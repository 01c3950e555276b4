"""What a merchant must have from DOKU."""

from typing import Any

import pytest

from adapters.outbound.doku.credentials import DokuCredentials
from domain.errors import InvalidValue
from tests.unit.cases import for_each
from tests.unit.doku.builders import CLIENT, CREDENTIALS, SECRET


def test_both_are_taken_and_others_ignored() -> None:
    parsed = DokuCredentials.parse(CREDENTIALS | {"note": "x"})
    assert (parsed.client_id, parsed.secret_key) == (CLIENT, SECRET)


@for_each("name", sorted(CREDENTIALS))
@for_each("value", [None, 7, "", " ", "two words", "x\r\nHost: e", "ключ", "x" * 300])
def test_a_wrong_one_is_named_and_not_repeated(name: str, value: Any) -> None:
    given = {key: told for key, told in CREDENTIALS.items() if key != name}
    with pytest.raises(InvalidValue) as caught:
        DokuCredentials.parse(given if value is None else given | {name: value})
    assert caught.value.field == name
    assert "two words" not in str(caught.value)


def test_the_secret_is_never_printed() -> None:
    parsed = DokuCredentials.parse(CREDENTIALS)
    assert SECRET not in f"{parsed!r} {parsed}"
