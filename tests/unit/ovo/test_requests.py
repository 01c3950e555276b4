"""What we say to the wallet, byte for byte."""

import json
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from adapters.outbound.ovo.codes import Operation
from adapters.outbound.ovo.credentials import OvoCredentials
from adapters.outbound.ovo.dialect import OvoDialect
from adapters.outbound.ovo.messages import charge_body, inquiry_body, unix_seconds, wallet_date
from domain.errors import InvalidValue
from domain.msisdn import Msisdn
from tests.unit.cases import for_each
from tests.unit.ovo.builders import (
    CREDENTIALS,
    INVOICE,
    NOON_UTC,
    PHONE,
    a_charge,
    an_account,
)

PUSHED = {
    "type": "0200",
    "processingCode": "040000",
    "amount": 50_000,
    "date": "2026-11-23 10:15:30.123",
    "referenceNumber": "123",
    "tid": "00300001",
    "mid": "0010000000TM001",
    "merchantId": "100001",
    "storeCode": "TM001",
    "appSource": "POS",
    "transactionRequestData": {"batchNo": "4", "merchantInvoice": INVOICE, "phone": PHONE},
}


def test_a_push_is_exactly_the_documented_fields() -> None:
    body = charge_body(Operation.PUSH, a_charge(), NOON_UTC, OvoDialect())
    assert json.loads(body) == PUSHED


def test_a_check_repeats_the_push_under_another_type() -> None:
    body = charge_body(Operation.CHECK, a_charge(), NOON_UTC, OvoDialect())
    assert json.loads(body) == PUSHED | {"type": "0100"}


@pytest.mark.parametrize(
    ("operation", "envelope"),
    [
        (Operation.REVERSAL, {"type": "0400"}),
        (Operation.VOID, {"processingCode": "020040"}),
        (Operation.CHECK_VOID, {"type": "0100", "processingCode": "020040"}),
    ],
)
def test_what_follows_repeats_the_push_under_another_envelope(
    operation: Operation, envelope: dict[str, str]
) -> None:
    body = charge_body(operation, a_charge(), NOON_UTC, OvoDialect())
    assert json.loads(body) == PUSHED | envelope


FOLLOWING = [Operation.CHECK, Operation.REVERSAL, Operation.VOID, Operation.CHECK_VOID]


@for_each("operation", FOLLOWING)
def test_what_follows_has_its_own_date_and_the_references_of_the_push(operation: Operation) -> None:
    later = NOON_UTC + timedelta(days=1, milliseconds=877)
    pushed = json.loads(charge_body(Operation.PUSH, a_charge(), NOON_UTC, OvoDialect()))
    asked = json.loads(charge_body(operation, a_charge(), later, OvoDialect()))
    assert asked.pop("date") == "2026-11-24 10:15:31.000"
    for name in asked.keys() - {"type", "processingCode"}:
        assert asked[name] == pushed[name], name


def test_the_dialect_may_leave_the_phone_out_of_a_reversal_and_of_nothing_else() -> None:
    silent = OvoDialect(phone_on_reversal=False)
    for operation in (Operation.PUSH, *FOLLOWING):
        asked = json.loads(charge_body(operation, a_charge(), NOON_UTC, silent))
        told = "phone" in asked["transactionRequestData"]
        assert told is (operation is not Operation.REVERSAL)


def test_an_inquiry_carries_neither_amount_nor_references() -> None:
    body = inquiry_body(OvoCredentials.parse(CREDENTIALS), Msisdn(PHONE), NOON_UTC, OvoDialect())
    asked = json.loads(body)
    assert (asked["type"], asked["processingCode"]) == ("0100", "050000")
    assert asked["transactionRequestData"] == {"phone": PHONE}
    assert not {"amount", "referenceNumber"} & asked.keys()


def test_the_dialect_may_pad_the_references_and_name_another_source() -> None:
    dialect = OvoDialect(padded_references=True, app_source="EDC")
    asked = json.loads(charge_body(Operation.PUSH, a_charge(), NOON_UTC, dialect))
    assert asked["referenceNumber"] == "000123"
    assert asked["transactionRequestData"]["batchNo"] == "000004"
    assert asked["appSource"] == "EDC"


def test_the_amount_is_a_whole_json_number_however_large() -> None:
    charge = a_charge(amount=999_999_999_999)
    assert b'"amount":999999999999' in charge_body(Operation.PUSH, charge, NOON_UTC, OvoDialect())


def test_credentials_that_cannot_be_are_named() -> None:
    charge = a_charge(account=an_account(tid="no spaces"))
    with pytest.raises(InvalidValue, match=r"^tid: ") as caught:
        charge_body(Operation.PUSH, charge, NOON_UTC, OvoDialect())
    assert "no spaces" not in str(caught.value)


@for_each(
    ("at", "told"),
    [
        (datetime(2026, 11, 23, 16, 59, 59, 999_999, tzinfo=UTC), "2026-11-23 23:59:59.999"),
        (datetime(2026, 11, 23, 17, 0, 0, 0, tzinfo=UTC), "2026-11-24 00:00:00.000"),
        (datetime(2026, 12, 31, 17, 0, 0, 5_999, tzinfo=UTC), "2027-01-01 00:00:00.005"),
        (datetime(2028, 2, 28, 17, 0, 0, 70_000, tzinfo=UTC), "2028-02-29 00:00:00.070"),
        (
            datetime(2026, 7, 1, 12, 0, tzinfo=timezone(-timedelta(hours=5))),
            "2026-07-02 00:00:00.000",
        ),
    ],
)
def test_the_date_is_the_jakarta_one_with_exactly_three_digits(at: datetime, told: str) -> None:
    assert wallet_date(at) == told
    assert at.astimezone(ZoneInfo("Asia/Jakarta")).strftime("%Y-%m-%d") == told[:10]


def test_random_is_unix_seconds_in_ten_digits() -> None:
    assert unix_seconds(datetime(2026, 11, 23, 3, 15, 30, 999_999, tzinfo=UTC)) == "1795403730"
    assert len(unix_seconds(datetime(1999, 1, 1, tzinfo=UTC))) == 10
