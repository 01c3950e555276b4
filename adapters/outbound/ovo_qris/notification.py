"""What OVO tells of a QR code by itself: signed like a request, read like a query's answer. Pure.

Source: OVO dynamic QRIS technical document 1.3: the callback is signed symmetrically, with the
client secret; over which path is not published. The token that is signed is the one in its own
Authorization header: without the secret nobody can sign with any.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import final

from adapters.outbound import snap
from adapters.outbound.ovo_qris.codes import NOTIFY
from adapters.outbound.ovo_qris.credentials import QrisCredentials
from adapters.outbound.ovo_qris.messages import NAME, told
from adapters.outbound.snap_answer import SnapAnswer, rupiah_of
from application.ports import Charge, Notice, NotificationReader
from domain.errors import InvalidValue
from domain.merchant import ProviderAccount
from domain.outcome import Doubt, Outcome, Unknown

_OURS = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}", re.ASCII)
_NAMES = ("originalPartnerReferenceNo", "originalReferenceNo")
_JSON = {"Content-Type": "application/json"}


@final
class QrisNotifications(NotificationReader):
    """Reads OVO's QRIS callbacks; `path` is what OVO signs where it is not the path that came."""

    def __init__(self, path: str | None = None) -> None:
        self._path = path

    def names(self, notice: Notice) -> Sequence[str]:
        """The one or two names in it that may be ours."""
        answer = SnapAnswer.parse(notice.body)
        if answer is None:
            return ()
        found = [answer.text(name) for name in _NAMES]
        ours = dict.fromkeys(name for name in found if name and _OURS.fullmatch(name))
        return [f"{NAME}:{name}" for name in ours]

    def refusal(self, notice: Notice, account: ProviderAccount, at: datetime) -> str | None:
        """Why it is not the account's, if it is not; while secrets are changed either may sign."""
        try:
            credentials = QrisCredentials.parse(account.credentials)
        except InvalidValue as unusable:
            return f"the account cannot verify anything: {unusable}"
        headers = notice.headers
        if headers.get("x-partner-id", credentials.client_id) != credentials.client_id:
            return "it names another partner"
        stamp = headers.get("x-timestamp", "")
        signed = [
            snap.verifies_symmetric(
                secret,
                headers.get("x-signature", ""),
                method="POST",
                path=path,
                token=headers.get("authorization", "").removeprefix("Bearer "),
                body=notice.body,
                timestamp=stamp,
            )
            for secret in credentials.secrets
            for path in self._paths(notice)
        ]
        if not any(signed):
            return "the signature does not match"
        return None if snap.is_fresh(stamp, at) else "its time stamp is not of these five minutes"

    def read(self, notice: Notice, charge: Charge) -> Outcome:
        """What it says of the charge, as a query's answer would."""
        answer = SnapAnswer.parse(notice.body)
        return Unknown(Doubt.GARBAGE) if answer is None else told(charge, answer, f"notify{NOTIFY}")

    def key(self, notice: Notice) -> str:
        """Names, amount and status."""
        answer = SnapAnswer.parse(notice.body)
        if answer is None:
            return ""
        amount = rupiah_of(answer.field("amount"))
        said = [*(answer.text(name) for name in _NAMES), answer.text("latestTransactionStatus")]
        return " ".join(word or "-" for word in (*said, str(amount)))

    def reply(self, *, accepted: bool) -> tuple[int, Mapping[str, str], bytes]:
        """In SNAP's words; not accepted: a fault of ours, so that it is told again."""
        code, words = (200, "Successful") if accepted else (500, "General Error")
        body = {"responseCode": f"{code}{NOTIFY}00", "responseMessage": words}
        return code, _JSON, json.dumps(body).encode()

    def _paths(self, notice: Notice) -> Sequence[str]:
        return (notice.path,) if self._path is None else (notice.path, self._path)
