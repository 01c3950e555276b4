"""`access-token/b2b2c`: the token of one linked account, by authCode and by refresh token."""

from datetime import datetime, timedelta

from sandbox.acquirer.partners import Partner
from sandbox.acquirer.wire import Answer, Inbound
from sandbox.ovo_snap.links import Link, Links, LinkState
from sandbox.ovo_snap.plan import LinkedPlan
from sandbox.snap import fields
from sandbox.snap.cases import TOKEN_B2B2C, Case, SnapError
from sandbox.snap.entrance import Entrance, bearer_of
from sandbox.snap.issuer import check_grant, refusal
from sandbox.snap.tokens import B2B2C, REFRESH, Token, Tokens

_BY_CODE = "authorization_code"
_FOREVER = timedelta(days=36_500)


class CustomerTokens:
    """Issues the tokens of linked accounts."""

    def __init__(self, *, entrance: Entrance, tokens: Tokens, links: Links) -> None:
        self._entrance = entrance
        self._tokens = tokens
        self._links = links

    def issue(self, inbound: Inbound, plan: LinkedPlan, now: datetime) -> Answer:
        """The answer to a call for a customer's token; fetches and refusals are counted."""
        kind = B2B2C
        try:
            partner = self._entrance.of_token(inbound, plan, now)
            body = fields.json_object(inbound.body)
            if check_grant(body, _BY_CODE, REFRESH + "_token") == _BY_CODE:
                code = fields.text(body, "authCode", longest=256)
                link, refresh = self._by_code(inbound, partner, code, plan, now)
            else:
                kind = REFRESH
                text = fields.text(body, "refreshToken", longest=256)
                link, refresh = self._by_refresh_token(partner, text, plan, now)
        except SnapError as error:
            self._tokens.counts[kind, "refused"] += 1
            return refusal(error, TOKEN_B2B2C)
        self._tokens.counts[kind, "fetched"] += 1
        self._tokens.revoke_all(kind=B2B2C, link=link.id)
        life = plan.customer_token_life
        token = self._tokens.issue(B2B2C, partner.name, now=now, life=life, link=link.id)
        return Answer(200, _told(token, refresh, plan, now))

    def _by_code(
        self, inbound: Inbound, partner: Partner, code: str, plan: LinkedPlan, now: datetime
    ) -> tuple[Link, Token]:
        linkage_token = bearer_of(inbound)
        if plan.needs_linkage_token and not linkage_token:
            raise SnapError(Case.NO_TOKEN, "Authorization: the linkageToken")
        named = self._links.of_linkage_token(linkage_token)
        if linkage_token and (named is None or named.partner is not partner):
            raise SnapError(Case.INVALID_TOKEN, "linkageToken")
        link = self._links.take_code(code, now)
        if link is None or link.partner is not partner or named not in {None, link}:
            raise SnapError(Case.NOT_FOUND, "authCode")
        link.state = LinkState.LINKED
        return link, self._new_refresh_token(link)

    def _by_refresh_token(
        self, partner: Partner, text: str, plan: LinkedPlan, now: datetime
    ) -> tuple[Link, Token]:
        refresh = self._tokens.find(text, now)
        link = None if refresh is None else self._links.get(refresh.link)
        if (
            refresh is None
            or refresh.kind != REFRESH
            or link is None
            or link.partner is not partner
            or link.state is not LinkState.LINKED
        ):
            raise SnapError(Case.UNAUTHORIZED, "refreshToken")
        if plan.rotates_refresh_token:
            self._tokens.revoke(text)
            refresh = self._new_refresh_token(link)
        return link, refresh

    def _new_refresh_token(self, link: Link) -> Token:
        now = link.asked_at  # it has no expiry, so that the moment does not matter
        return self._tokens.issue(REFRESH, link.partner.name, now=now, life=None, link=link.id)


def _told(token: Token, refresh: Token, plan: LinkedPlan, now: datetime) -> dict[str, object]:
    """Two readings of the names; a merchant's client has to know both."""
    told = Case.SUCCESSFUL.head(TOKEN_B2B2C) | {
        "accessToken": token.text,
        "tokenType": "Bearer",
        "refreshToken": refresh.text,
    }
    if plan.b2b2c_names == "ovo":
        seconds = str(int(plan.customer_token_life.total_seconds()))
        return told | {"tokenExpiresIn": seconds, "ilp": "0"}
    ends_at = token.ends_at or now
    return told | {
        "accessTokenExpiryTime": fields.written_time(ends_at),
        "refreshTokenExpiryTime": fields.written_time(now + _FOREVER),
    }
