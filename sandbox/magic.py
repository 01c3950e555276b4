"""The magic tables: phones and amounts that decide what happens to a push."""

from sandbox.codes import CODES, MALFORMED, SYSTEM_FAILURE, UNKNOWN_TERMINAL

_BEHAVIOURS = (
    "approve",
    "decline",
    "ignore",
    "silence",
    "drop",
    "late",
    "late68",
    "late68_unpaid",
    "last_moment",
    "missing_checks",
    "stubborn_reversal",
    "delayed",
    "paid_404",
    "gateway_error",
    "other_amount",
    "other_invoice",
    "no_request_data",
    "lost_void",
    "long_delayed",
)
_LETTERS = (MALFORMED, UNKNOWN_TERMINAL, SYSTEM_FAILURE)
_DIGITS = tuple(code for code in CODES if code.isdigit())

# The first six are the test numbers of Midtrans' sandbox, written there with +62.
PHONES: dict[str, str] = {
    "08249134000": "14",
    "08271939753": "17",
    "08242014881": "26",
    "08237435829": "40",
    "08215023424": "68",
    "08242974268": "silence",
    **{f"0812000000{number:02}": name for number, name in enumerate(_BEHAVIOURS, start=1)},
    **{f"0812000010{int(code):02}": code for code in _DIGITS},
    **{f"0812000011{number:02}": code for number, code in enumerate(_LETTERS, start=1)},
}

AMOUNTS: dict[int, str] = {
    **{10_000 + int(code): code for code in _DIGITS},
    **{10_100 + number: code for number, code in enumerate(_LETTERS, start=1)},
    **{10_200 + number: name for number, name in enumerate(_BEHAVIOURS, start=1)},
}
