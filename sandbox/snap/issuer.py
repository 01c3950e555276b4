"""`access-token/b2b`: the partner's own token, for an RSA signature."""

from datetime import datetime, timedelta

from sandbox.acquirer.wire import Answer, Inbound
from sandbox.snap import fields
from sandbox.snap.cases import TOKEN_B2B, Case, SnapError
from sandbox.snap.entrance import Entrance
from sandbox.snap.plan import SnapPlan
from sandbox.snap.tokens import B2B, Tokens

_TOKEN_TYPE = "Bearer"  # noqa: S105 # the word of the standard


def issue_b2b(
    inbound: Inbound, *, entrance: Entrance, tokens: Tokens, plan: SnapPlan, now: datetime
) -> Answer:
    """The answer to a call for the partner's own token; each fetch and each refusal is counted."""
    try:
        partner = entrance.of_token(inbound, plan, now)
        check_grant(fields.json_object(inbound.body), "client_credentials")
    except SnapError as error:
        tokens.counts[B2B, "refused"] += 1
        return refusal(error, TOKEN_B2B)
    tokens.counts[B2B, "fetched"] += 1
    token = tokens.issue(B2B, partner.name, now=now, life=plan.token_life)
    return Answer(
        200,
        Case.SUCCESSFUL.head(TOKEN_B2B)
        | {
            "accessToken": token.text,
            "tokenType": _TOKEN_TYPE,
            "expiresIn": seconds(plan.token_life, plan),
        },
    )


def check_grant(body: dict[str, object], *allowed: str) -> str:
    """The grant that a call for a token asks for. Raises SnapError.

    A public client writes `grant_type`; both are taken.
    """
    name = "grant_type" if "grantType" not in body and "grant_type" in body else "grantType"
    grant = fields.text(body, name, longest=40).lower()
    if grant not in allowed:
        raise SnapError(Case.INVALID_FORMAT, name)
    return grant


def seconds(life: timedelta, plan: SnapPlan) -> str | int:
    """The life of a token; seen as text and as a number."""
    whole = int(life.total_seconds())
    return str(whole) if plan.expires_in_as == "text" else whole


def refusal(error: SnapError, service: str) -> Answer:
    """The answer to a request that is refused."""
    return Answer(error.case.status, error.case.head(service, error.detail))
