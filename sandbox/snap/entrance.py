"""SNAP's door: whose request is it, is it signed, is it new, and what does its token open?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.acquirer.partners import Partner, Partners
from sandbox.acquirer.wire import Inbound
from sandbox.answers import JAKARTA
from sandbox.snap import fields
from sandbox.snap.cases import Case, SnapError
from sandbox.snap.keys import sandbox_key
from sandbox.snap.plan import SnapPlan
from sandbox.snap.signature import is_signed_with, signed_body, token_text
from sandbox.snap.tokens import B2B, B2B2C, Token, Tokens

EXTERNAL_IDS = 500_000
_LONGEST_EXTERNAL_ID = 36
_LONGEST_DEVICE_ID = 400
_BEARER = "bearer "


@dataclass(frozen=True, slots=True, repr=False)
class Visitor:
    """A request let in: whose it is, with which token, its body and its id of the day."""

    partner: Partner
    token: Token | None
    body: dict[str, Any]
    external_id: str


class Entrance:
    """Checks headers, signature, X-EXTERNAL-ID and token, in this order."""

    def __init__(self, provider: str, partners: Partners, tokens: Tokens) -> None:
        self.signed: Counter[str] = Counter()
        self._provider = provider
        self._partners = partners
        self._tokens = tokens
        self._day = ""
        self._seen: dict[tuple[str, str], None] = {}

    def of_token(self, inbound: Inbound, plan: SnapPlan, now: datetime) -> Partner:
        """Whose call for an access token this is. Raises SnapError."""
        timestamp = self._timestamp(inbound, plan, now)
        client_id = _mandatory(inbound, "X-CLIENT-KEY", longest=_LONGEST_DEVICE_ID)
        signature = _mandatory(inbound, "X-SIGNATURE", longest=1_024)
        partner = self._partners.known_as(client_id)
        if partner is None:
            raise SnapError(Case.UNAUTHORIZED, "Unknown Client")
        key = sandbox_key(self._provider, partner.name).public_key()
        if not is_signed_with(key, token_text(client_id, timestamp), signature):
            raise SnapError(Case.UNAUTHORIZED, "Invalid Signature")
        return partner

    def of_request(
        self,
        inbound: Inbound,
        plan: SnapPlan,
        now: datetime,
        *,
        opened_by: Sequence[str],
        names_device: bool,
    ) -> Visitor:
        """Whose transaction this is. Raises SnapError.

        `opened_by` names the kinds of token that open this door; with none of them, neither
        token nor `Authorization` is needed, but a token that is given has to be the partner's own.
        """
        timestamp = self._timestamp(inbound, plan, now)
        partner = self._partner(inbound)
        external_id = _mandatory(inbound, "X-EXTERNAL-ID", longest=_LONGEST_EXTERNAL_ID)
        _mandatory(inbound, "CHANNEL-ID", longest=5)
        if names_device:
            _mandatory(inbound, "X-DEVICE-ID", longest=_LONGEST_DEVICE_ID)
        bearer = bearer_of(inbound)
        self._check_signature(inbound, partner, bearer, timestamp)
        self._note(partner, external_id, now)
        token = self._token(bearer, partner, now, opened_by)
        return Visitor(partner, token, fields.json_object(inbound.body), external_id)

    def _partner(self, inbound: Inbound) -> Partner:
        client_id = _mandatory(inbound, "X-PARTNER-ID", longest=_LONGEST_DEVICE_ID)
        partner = self._partners.known_as(client_id)
        if partner is None:
            raise SnapError(Case.UNAUTHORIZED, "Unknown Client")
        return partner

    def _timestamp(self, inbound: Inbound, plan: SnapPlan, now: datetime) -> str:
        written = _mandatory(inbound, "X-TIMESTAMP", longest=29)
        if not fields.is_timestamp(written, form=plan.timestamp_form):
            raise SnapError(Case.INVALID_FORMAT, "X-TIMESTAMP")
        within = plan.timestamp_within
        if within is not None and abs(now - datetime.fromisoformat(written)) > within:
            raise SnapError(Case.UNAUTHORIZED, "X-TIMESTAMP too far from now")
        return written

    def _check_signature(
        self, inbound: Inbound, partner: Partner, bearer: str, timestamp: str
    ) -> None:
        found = signed_body(
            secret=partner.secret,
            method=inbound.method,
            targets=inbound.signed_targets,
            token=bearer,
            body=inbound.body,
            timestamp=timestamp,
            given=_mandatory(inbound, "X-SIGNATURE", longest=1_024),
        )
        if found is None:
            raise SnapError(Case.UNAUTHORIZED, "Invalid Signature")
        self.signed[found.value] += 1

    def _note(self, partner: Partner, external_id: str, now: datetime) -> None:
        """Remember the id for the day in Jakarta. Raises SnapError when it was used today."""
        day = f"{now.astimezone(JAKARTA):%Y-%m-%d}"
        if day != self._day:
            self._day = day
            self._seen.clear()
        if (partner.name, external_id) in self._seen:
            raise SnapError(Case.CONFLICT, "X-EXTERNAL-ID")
        self._seen[partner.name, external_id] = None
        if len(self._seen) > EXTERNAL_IDS:
            del self._seen[next(iter(self._seen))]

    def _token(
        self, bearer: str, partner: Partner, now: datetime, opened_by: Sequence[str]
    ) -> Token | None:
        customers = opened_by and opened_by[0] == B2B2C
        if not bearer:
            if not opened_by:
                return None
            raise SnapError(Case.NO_CUSTOMER_TOKEN if customers else Case.NO_TOKEN)
        token = self._tokens.find(bearer, now)
        if (
            token is None
            or token.partner != partner.name
            or token.kind not in (opened_by or (B2B,))
        ):
            raise SnapError(Case.INVALID_CUSTOMER_TOKEN if customers else Case.INVALID_TOKEN)
        return token


def bearer_of(inbound: Inbound) -> str:
    """The token of the Authorization header without its `Bearer`, empty when there is none."""
    written = inbound.header("authorization")
    return written[len(_BEARER) :].strip() if written.lower().startswith(_BEARER) else written


def _mandatory(inbound: Inbound, name: str, *, longest: int) -> str:
    value = inbound.header(name.lower())
    if not value:
        raise SnapError(Case.MISSING_FIELD, name)
    if len(value) > longest or not value.isprintable():
        raise SnapError(Case.INVALID_FORMAT, name)
    return value
