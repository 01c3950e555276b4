"""What a merchant must have from OVO."""

from typing import Any

import pytest

from adapters.outbound.ovo.credentials import OvoCredentials
from domain.errors import InvalidValue
from tests.unit.cases import for_each
from tests.unit.ovo.builders import APP_KEY, CREDENTIALS


def test_all_six_are_taken_and_others_ignored() -> None:
    parsed = OvoCredentials.parse(CREDENTIALS | {"note": "x"})
    assert {name: getattr(parsed, name) for name in CREDENTIALS} == CREDENTIALS


@for_each("name", sorted(CREDENTIALS))
def test_a_missing_one_is_named(name: str) -> None:
    rest = {key: value for key, value in CREDENTIALS.items() if key != name}
    with pytest.raises(InvalidValue) as caught:
        OvoCredentials.parse(rest)
    assert caught.value.field == name


@for_each("name", sorted(CREDENTIALS))
@for_each("value", ["", " ", "secret value", "x\r\nHost: evil", "ключ", "x" * 300])
def test_a_wrong_one_is_named_and_not_repeated(name: str, value: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        OvoCredentials.parse(CREDENTIALS | {name: value})
    assert caught.value.field == name
    assert not value.strip() or value not in str(caught.value)


def test_a_value_that_is_no_text_is_named() -> None:
    number: Any = 300001
    with pytest.raises(InvalidValue, match=r"^tid: "):
        OvoCredentials.parse(CREDENTIALS | {"tid": number})


def test_a_scope_cannot_be_forged_by_a_colon() -> None:
    with pytest.raises(InvalidValue, match=r"^mid: "):
        OvoCredentials.parse(CREDENTIALS | {"mid": "M1:1"})


def test_they_never_print_themselves() -> None:
    printed = f"{OvoCredentials.parse(CREDENTIALS)!r} {OvoCredentials.parse(CREDENTIALS)}"
    for value in (APP_KEY, "telemedsim", "00300001", "0010000000TM001"):
        assert value not in printed
