"""Whatever bytes come back, an outcome comes of them, and none that concludes without our name."""

import json
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from adapters.outbound.ovo_snap import messages
from adapters.outbound.ovo_snap.messages import Heard
from adapters.outbound.snap_answer import SnapAnswer
from domain.outcome import Accepted, Approved, Declined, Outcome, Unknown
from tests.unit.noise import objects, values
from tests.unit.ovo_snap.builders import REFERENCE, REFUND, REFUND_NAME, Ovo, an_account

LINK = Ovo().link
statuses = st.sampled_from([200, 202, 400, 401, 403, 404, 409, 429, 500, 502, 504])
OPERATIONS = ("07", "11", "54", "55", "58", "73")
NAMES = [
    *("responseCode", "responseMessage", "code", "partnerReferenceNo", "referenceNo"),
    *("originalPartnerReferenceNo", "originalReferenceNo", "latestTransactionStatus"),
    *("transAmount", "amount", "webRedirectUrl", "refundHistory", "partnerRefundNo"),
    *("refundAmount", "refundNo", "originalResponseCode", "paidTime", "additionalInfo"),
]
LIKELY = (
    *(REFERENCE, REFUND_NAME, "OV00502", "00", "04", "06", "https://x.test/"),
    {"value": "50000.00", "currency": "IDR"},
    {"value": "20000.00", "currency": "IDR"},
)


def word(chance: Random) -> object:
    """A code of the protocol, or what an answer often says."""
    if chance.randrange(3):
        return chance.choice(LIKELY)
    kind, detail = chance.randint(100, 599), chance.randrange(100)
    return f"{kind}{chance.choice(OPERATIONS)}{detail:02}"


found = objects(NAMES, word, most=9, inside=NAMES) | values(word, NAMES)
bodies = st.binary(max_size=99) | found.map(json.dumps).map(str.encode)


def outcomes(status: int, body: bytes, *, payment: str) -> list[Outcome]:
    """What the same answer means, whatever was asked."""
    charge = Ovo(account=an_account(payment=payment)).charge()
    heard = Heard(status, SnapAnswer.parse(body))
    assert isinstance(heard.token_refused, bool)
    return [
        messages.debit_outcome(charge, heard),
        messages.status_outcome(charge, heard),
        messages.refund_outcome(charge, REFUND, heard),
        messages.refund_status(charge, REFUND, heard),
    ]


@given(statuses, bodies, st.sampled_from(["MANUAL", "AUTO"]))
def test_any_bytes_give_an_outcome(status: int, body: bytes, payment: str) -> None:
    for outcome in outcomes(status, body, payment=payment):
        assert isinstance(outcome, Approved | Declined | Accepted | Unknown)


@given(bodies, st.sampled_from([500, 502, 504]))
def test_a_servers_error_concludes_nothing(body: bytes, status: int) -> None:
    for outcome in outcomes(status, body, payment="AUTO"):
        assert isinstance(outcome, Unknown)


@given(statuses, bodies.filter(lambda body: REFERENCE.encode() not in body))
def test_without_our_name_no_charge_is_paid(status: int, body: bytes) -> None:
    charged, became, _, _ = outcomes(status, body, payment="AUTO")
    assert not isinstance(charged, Approved)
    assert not isinstance(became, Approved)


@given(statuses, bodies.filter(lambda body: REFUND_NAME.encode() not in body))
def test_without_its_name_no_refund_is_found(status: int, body: bytes) -> None:
    assert isinstance(outcomes(status, body, payment="AUTO")[3], Unknown)
