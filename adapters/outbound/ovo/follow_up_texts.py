"""What each reader is told of an answer to a reversal, a void or a void check."""

from collections.abc import Mapping

from adapters.outbound.ovo.texts import CHECKING, CodeTexts
from domain.reason import Texts, WhoCanFix

_PULLED_BACK = Texts(
    id="Permintaan pembayaran ini ditarik kembali di OVO.",
    en="This payment request was taken back at OVO.",
)
_RETURNED = Texts(
    id="Pembayaran Anda dikembalikan ke OVO Anda.",
    en="Your payment was returned to your OVO wallet.",
)
_REFUND_WAITS = Texts(
    id="Pengembalian dana Anda sedang kami periksa.",
    en="We are checking your refund.",
)


def _of_reversal(meaning: str, patient: Texts, operator: str) -> CodeTexts:
    waits = "The payment is settled once a check proves something; do not start another one."
    return CodeTexts(meaning, None, WhoCanFix.OPERATOR, patient, operator, waits)


def _of_void(meaning: str, patient: Texts, operator: str, integrator: str) -> CodeTexts:
    return CodeTexts(meaning, None, WhoCanFix.OPERATOR, patient, operator, integrator)


def _refund_open(meaning: str, operator: str) -> CodeTexts:
    waits = "The refund is not settled yet; nothing is to be done."
    return _of_void(meaning, _REFUND_WAITS, operator, waits)


def _refund_done(meaning: str, operator: str) -> CodeTexts:
    return _of_void(meaning, _RETURNED, operator, "The whole payment went back to the customer.")


REVERSING = _of_reversal(
    "OVO refused the reversal itself, so nothing is known about the push.",
    CHECKING.patient,
    "OVO did not take the reversal; see what the code says about our account or request.",
)
VOIDING = _refund_open(
    "OVO refused the void itself, or a void is not possible (any more).",
    "OVO did not take the void; ask by the void check whether one was made, then refund by hand.",
)
CHECKING_VOID = _refund_open(
    "OVO refused the question itself, so nothing is known about the void.",
    "OVO did not answer the void check; see what the code says about our account or request.",
)
_TOO_OLD_TO_VOID = _refund_open(
    "The transaction is older than 7 days.",
    "OVO no longer answers for this payment: refund by hand, after a look at its records.",
)
_TAKEN_BACK_ALREADY = _refund_done(
    "Already reversed.", "OVO says that a reversal took the payment back, not a void."
)
TO_REVERSAL: Mapping[str, CodeTexts] = {
    "00": _of_reversal(
        "Reversed.",
        _PULLED_BACK,
        "OVO says that it took the push back; sent early, only the next check proves it.",
    ),
    "25": _of_reversal(
        "OVO finds no such transaction.",
        CHECKING.patient,
        "OVO knows no push to take back: this proves nothing, the check that follows may.",
    ),
}
"""By response code, where the words to a push would not fit."""
TO_VOID: Mapping[str, CodeTexts] = {
    "00": _refund_done("Voided.", "OVO gave the whole payment back."),
    "25": _refund_open(
        "OVO finds no such transaction.",
        "OVO knows no payment to void: ask by the status check what it knows.",
    ),
    "54": _TOO_OLD_TO_VOID,
    "68": _refund_open(
        "The wallet answered OVO's switch too late.",
        "OVO does not know yet whether the void was made; it is being asked.",
    ),
    "73": _TAKEN_BACK_ALREADY,
}
TO_VOID_CHECK: Mapping[str, CodeTexts] = {
    "00": _refund_done("The void was made.", "OVO gave the whole payment back."),
    "25": _refund_open(
        "OVO finds no such void.",
        "OVO knows of no void, at least not yet; a void that is still on its way may follow.",
    ),
    "54": _TOO_OLD_TO_VOID,
    "68": _refund_open(
        "The wallet answered OVO's switch too late.",
        "OVO does not know yet whether the void was made; it is being asked again.",
    ),
    "73": _TAKEN_BACK_ALREADY,
}
