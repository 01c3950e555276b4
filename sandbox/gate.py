"""The wallet's door: who is calling, is the message well formed, and is the terminal theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from sandbox import codes
from sandbox.accounts import Account, Accounts
from sandbox.messages import MalformedError, Operation, Request, UnknownOperationError, parse
from sandbox.scenario import Scenario
from sandbox.signature import HmacMode, matching_mode


@dataclass(frozen=True, slots=True, repr=False)
class Call:
    """One POST as it arrived: its number, the three headers OVO asks for, and the exact body."""

    id: int
    app_id: str
    random: str
    hmac: str
    body: bytes
    is_json: bool = True


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that never became a transaction: the code, why, and what of it can be echoed."""

    code: str
    reason: str
    raw: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Admission:
    """A message let in: the request, the account it belongs to, and how it was signed."""

    request: Request
    account: Account
    signed_as: HmacMode


def admit(  # noqa: PLR0911 # one return for each reason to refuse, in OVO's order
    call: Call, accounts: Accounts, scenario: Scenario, now: datetime
) -> Admission | Refusal:
    """Let the call in, or say with which code it is refused: 63, BR, 96, EB, 13 or 67."""
    raw = _decoded(call.body)
    signed_as = _signed_as(call, accounts, scenario)
    malformed = scenario.malformed_code
    if signed_as is None or _is_stale(call.random, scenario, now):
        return Refusal(scenario.auth_code, "app-id, random or hmac", raw or {})
    if raw is None or not call.is_json:
        return Refusal(malformed, "not a JSON object sent as application/json", raw or {})
    try:
        request = parse(raw, any_phone=scenario.phone_form == "any")
    except UnknownOperationError:
        return Refusal(codes.UNKNOWN_OPERATION, "type and processingCode", raw)
    except MalformedError as error:
        return Refusal(malformed, str(error), raw)
    account = accounts.terminal(tid=request.tid, mid=request.mid)
    if account is None or not _belongs(request, account, call.app_id):
        return Refusal(codes.UNKNOWN_TERMINAL, "terminal", raw)
    if (code := _wrong_amount(request, scenario)) is not None:
        return Refusal(code, "amount", raw)
    return Admission(request, account, signed_as)


def _wrong_amount(request: Request, scenario: Scenario) -> str | None:
    if request.operation is not Operation.PUSH or request.amount >= scenario.minimum_amount:
        return None
    return codes.INVALID_AMOUNT if request.amount <= 0 else codes.BELOW_MINIMUM


def _signed_as(call: Call, accounts: Accounts, scenario: Scenario) -> HmacMode | None:
    key = accounts.key_of(call.app_id)
    if key is None:
        return None
    return matching_mode(
        app_key=key,
        app_id=call.app_id,
        random=call.random,
        given=call.hmac,
        body=call.body,
        mode=scenario.hmac_mode,
    )


def _is_stale(random: str, scenario: Scenario, now: datetime) -> bool:
    within = scenario.random_within
    return within is not None and abs(now.timestamp() - int(random)) > within.total_seconds()


def _belongs(request: Request, account: Account, app_id: str) -> bool:
    # That merchantId and storeCode are compared too is INFERRED: OVO issues all of them together.
    return (
        account.app_id == app_id
        and account.merchant_id == request.merchant_id
        and account.store_code == request.store_code
    )


def _decoded(body: bytes) -> dict[str, object] | None:
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return raw if isinstance(raw, dict) else None
