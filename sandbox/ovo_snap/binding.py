"""Linking an account and unlinking it, in OVO's SNAP API."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import orjson

from sandbox.acquirer.conduct import Reason
from sandbox.acquirer.life import Life
from sandbox.acquirer.plan import is_url
from sandbox.acquirer.wire import Answer
from sandbox.ovo_snap.links import Link, Links, LinkState
from sandbox.ovo_snap.plan import LinkedPlan
from sandbox.phones import in_local_form, is_phone
from sandbox.snap import fields
from sandbox.snap.cases import BINDING, UNBINDING, Case, SnapError
from sandbox.snap.entrance import Visitor
from sandbox.snap.tokens import Tokens

_LONGEST_NAME = 70
_LONGEST_STATE = 64
_REFUSED_PHONES = {
    Reason.UNKNOWN_PHONE: Case.INVALID_CUSTOMER,
    Reason.BLOCKED: Case.BLOCKED,
}
BINDING_REFUSED = "OV00006"
UNLINK = "unlink"


class Binding:
    """The two operations that begin and end a link."""

    def __init__(self, *, life: Life, links: Links, tokens: Tokens, provider: str) -> None:
        self._life = life
        self._links = links
        self._tokens = tokens
        self._provider = provider

    def bind(self, visitor: Visitor, base: str, now: datetime) -> Answer:
        """Begin a link: the customer goes to `redirectUrl`. Raises SnapError."""
        body = visitor.body
        phone = in_local_form(_given(body, "phoneNo", longest=16))
        if not isinstance(phone, str) or not is_phone(phone):
            raise SnapError(Case.INVALID_FORMAT, "phoneNo")
        customer = _given(body, "custIdMerchant", longest=64)
        for name in ("customerName", "email"):
            fields.perhaps_text(_inner(body) | body, name, longest=_LONGEST_NAME)
        urls = [_url(body, f"{kind}RegistrationUrl") for kind in ("success", "failed")]
        self._check_account(visitor, phone, customer)
        state = fields.perhaps_text(_inner(body) | body, "state", longest=_LONGEST_STATE)
        link = Link(
            id=f"lnk-{self._life.number():06}",
            partner=visitor.partner,
            customer=customer,
            phone=phone,
            linkage_token=self._life.token(),
            page=self._life.token(),
            success_url=urls[0],
            failed_url=urls[1],
            round_trip=state or self._life.token(),
            asked_at=now,
        )
        self._links.add(link)
        return Answer(
            200,
            Case.SUCCESSFUL.head(BINDING)
            | {
                "referenceNo": link.id,
                "linkageToken": link.linkage_token,
                "redirectUrl": f"{base}/pin/{link.page}",
            },
        )

    def unbind(self, visitor: Visitor, now: datetime) -> Answer:
        """The first of two calls, or the second with the token that the first one answered."""
        token = visitor.token
        assert token is not None
        link = self._links.get(token.link)
        if link is None or link.state is not LinkState.LINKED:
            raise SnapError(Case.INVALID_CUSTOMER_TOKEN)
        if token.kind != UNLINK:
            life, partner = self._plan.token_life, visitor.partner.name
            text = self._tokens.issue(UNLINK, partner, now=now, life=life, link=link.id).text
            # The name of the field is INFERRED: as a binding names its token, and as tokens are.
            told = {"linkageToken": text, "accessToken": text}
            return Answer(200, Case.SUCCESSFUL.head(UNBINDING) | {"referenceNo": link.id, **told})
        self.end(link)
        told = {"referenceNo": link.id, "unlinkResult": "success"}
        return Answer(200, Case.SUCCESSFUL.head(UNBINDING) | told)

    def end(self, link: Link) -> None:
        """End a link and every token of it."""
        link.state = LinkState.UNLINKED
        self._tokens.revoke_all(link=link.id)

    def confirm(self, link: Link, now: datetime) -> str:
        """The customer entered the PIN: where the browser goes."""
        older = self._links.of_phone(link.partner, link.phone)
        if older is not None:
            self.end(older)
        self._links.confirm(link, life=self._plan.auth_code_life, now=now)
        told = {"authCode": link.auth_code, "state": link.round_trip, "displayMessage": "SUCCESS"}
        return with_query(link.success_url, told)

    def refuse(self, link: Link) -> str:
        """The customer went away, or entered a wrong PIN too often: where the browser goes."""
        link.state = LinkState.REFUSED
        error = {"code": BINDING_REFUSED, "message": "Account binding failed"}
        told = {"errorResponse": orjson.dumps(error).decode(), "state": link.round_trip}
        return with_query(link.failed_url, told)

    @property
    def _plan(self) -> LinkedPlan:
        plan = self._life.plans[self._provider]
        assert isinstance(plan, LinkedPlan)
        return plan

    def _check_account(self, visitor: Visitor, phone: str, customer: str) -> None:
        """Whether this phone can be linked to this customer. Raises SnapError."""
        conduct = self._life.conduct_of(self._provider, phone=phone, amount=0)
        if conduct.reason is not None and conduct.reason in _REFUSED_PHONES:
            raise SnapError(_REFUSED_PHONES[conduct.reason])
        linked = self._links.of_phone(visitor.partner, phone)
        if linked is not None and linked.customer != customer:
            # One OVO account is one customer of a merchant; the code is INFERRED.
            raise SnapError(Case.NOT_PERMITTED, "linked to another custIdMerchant")


def with_query(url: str, values: Mapping[str, str]) -> str:
    """The address with more in its query; a name that is there already keeps its value."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    there = {name for name, _ in query}
    query += [(name, value) for name, value in values.items() if name not in there]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _inner(body: dict[str, Any]) -> dict[str, Any]:
    """`additionalInfo`, in which other providers of SNAP want the customer's fields."""
    inner = body.get("additionalInfo")
    return inner if isinstance(inner, dict) else {}


def _given(body: dict[str, Any], name: str, *, longest: int) -> str:
    return fields.text(_inner(body) | body, name, longest=longest)


def _url(body: dict[str, Any], name: str) -> str:
    value = _given(body, name, longest=512)
    if not is_url(value):
        raise SnapError(Case.INVALID_FORMAT, name)
    return value
