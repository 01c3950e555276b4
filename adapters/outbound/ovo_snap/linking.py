"""The wire to OVO's linked accounts: linking, letting go, and whether there is enough."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar, final
from urllib.parse import quote

from adapters.outbound.ovo_snap.calls import SnapCalls
from adapters.outbound.ovo_snap.codes import CUSTOMER_REFUSED, Operation
from adapters.outbound.ovo_snap.credentials import OvoSnapCredentials
from adapters.outbound.ovo_snap.dialect import OvoSnapDialect
from adapters.outbound.ovo_snap.link_tokens import LinkTokens, fresh_id
from adapters.outbound.ovo_snap.messages import Heard, is_link, written
from adapters.outbound.snap_answer import rupiah_of
from adapters.outbound.snap_tokens import SignatureRefused
from adapters.outbound.tokens import TokenRefused, TokenUnavailable
from adapters.outbound.unanswered import why
from adapters.outbound.wire import Guard
from application.ports import (
    Binding,
    LinkWish,
    ProviderRefused,
    ProviderUnavailable,
    StoreUnavailable,
    Token,
    WalletLinking,
    WalletStanding,
)
from domain.errors import InvalidValue
from domain.ids import IdKind, crockford
from domain.merchant import ProviderAccount
from domain.money import Money
from domain.msisdn import Msisdn
from domain.wallet_link import CustomerTokens, LinkInactive, LinkStatus, WalletLink

MOST_SENDS = 2
ASK_WITHIN = timedelta(seconds=5)
"""Each call; the API bounds the whole question."""
MOST_ACCOUNTS = 20
_SERVER_ERROR = 500
_OK = 200
_BUSY = "429"
_STANDINGS: Mapping[str, WalletStanding] = {
    # Source: research notes on OVO's look-up. LINKED tells nothing of whose link it is: the
    # binding decides.
    "ACTIVE": WalletStanding.READY,
    "ACTIVE_NO_PIN": WalletStanding.NO_PIN,
    "CAN_REGISTER": WalletStanding.UNREGISTERED,
    "BLOCKED_MSISDN": WalletStanding.BLOCKED,
    "LINKED": WalletStanding.READY,
}
_PLACES = ("status", "accountStatus", "userStatus")
_BLOCKS = ("data", "additionalInfo")
_UNKNOWN_LINK = frozenset({"404 01", "404 11", "404 16"})
"""To an unbinding: OVO knows of no such link."""
Answer = TypeVar("Answer")


@final
@dataclass(frozen=True, slots=True)
class OvoSnapLinking(WalletLinking):
    """Links OVO accounts. Source: OVO's Linking & Payments SNAP, tech doc 1.0.7."""

    calls: SnapCalls
    tokens: LinkTokens
    dialect: OvoSnapDialect

    async def look_up(self, account: ProviderAccount, phone: Msisdn) -> WalletStanding:
        """OVO's look-up by number, with the account's own token."""
        path = f"{self.dialect.look_up}?phone={quote(phone.digits)}"

        async def ask(token: Token) -> Heard:
            return await self.calls.get(account, path, token.access, ASK_WITHIN)

        heard = await _told(self._as_account(account, ask))
        if heard.status != _OK and heard.code is not None and heard.status < _SERVER_ERROR:
            _judge(heard)
        return _standing(heard)  # what is not understood says nothing: the binding will tell

    async def bind(self, wish: LinkWish) -> Binding:
        """OVO's account binding; both ends of its page lead to our one return address."""
        known = _known(wish.account)
        body = {
            "partnerReferenceNo": crockford(wish.link_id),
            "merchantId": known.merchant_id,
            "phoneNo": wish.phone.digits,
            "custIdMerchant": wish.customer_reference,
            "successRegistrationUrl": wish.return_url,
            "failedRegistrationUrl": wish.return_url,
        }
        heard = await _told(self._sent(wish.account, self.dialect.bind, body, None))
        answer = _accepted(heard, Operation.BIND)
        linkage, url = answer.get("linkageToken"), answer.get("redirectUrl")
        if not (isinstance(linkage, str) and linkage and isinstance(url, str) and is_link(url)):
            raise ProviderUnavailable("OVO's binding has no page to go to")
        return Binding(linkage, url)

    async def exchange(self, account: ProviderAccount, link: WalletLink) -> CustomerTokens:
        """The customer's tokens for the one-time code."""
        return await _told(self.tokens.first(account, link))

    async def unbind(self, account: ProviderAccount, link: WalletLink) -> None:
        """Two calls: the first one's answer holds the token of the second."""
        known = _known(account)
        body = {"partnerReferenceNo": self._name(), "merchantId": known.merchant_id}
        path = self.dialect.unbind
        heard = await self._as_customer(account, link, path, body)
        if not _is_gone(heard):
            answer = _accepted(heard, Operation.UNBIND)
            token = answer.get("linkageToken") or answer.get("accessToken")
            if not isinstance(token, str):
                raise ProviderUnavailable("OVO's unbinding gave no token for its second call")
            second = await _told(self._sent(account, path, body, token))
            if not _is_gone(second):
                _accepted(second, Operation.UNBIND)
        await self.tokens.forget(account, link.id)

    async def covers(
        self, account: ProviderAccount, link: WalletLink, amount: Money
    ) -> bool | None:
        """By OVO's balance inquiry, which is read here and forgotten."""
        known = _known(account)
        body = {"partnerReferenceNo": self._name(), "merchantId": known.merchant_id}
        heard = await self._as_customer(account, link, self.dialect.balance, body)
        held = _held(_accepted(heard, Operation.BALANCE), points=known.pay_method == "POINTS")
        return None if held is None else held >= amount.rupiah

    def _name(self) -> str:
        """A question's own: asked again under the same one, OVO could take it for a repetition."""
        return crockford(fresh_id(self.calls.clock(), IdKind.WALLET_LINK))

    # -- one call, and once more with another token ------------------------------------------------

    async def _as_account(
        self, account: ProviderAccount, ask: Callable[[Token], Awaitable[Heard]]
    ) -> Heard:
        for _ in range(MOST_SENDS):
            token = await self.tokens.of_account(account, within=ASK_WITHIN)
            heard = await ask(token)
            if not heard.token_refused:
                break
            await self.tokens.refused(account, None, token)
        return heard

    async def _as_customer(
        self, account: ProviderAccount, link: WalletLink, path: str, body: Mapping[str, object]
    ) -> Heard:
        for _ in range(MOST_SENDS):
            token = await _told(self.tokens.of_link(account, link.id, within=ASK_WITHIN))
            heard = await _told(self._sent(account, path, body, token.access))
            if not heard.token_refused:
                return heard
            await self.tokens.refused(account, link.id, token)
        if heard.code is not None and heard.code.kind in CUSTOMER_REFUSED:
            await self.tokens.broken(account, link.id)
            raise LinkInactive(LinkStatus.BROKEN)
        return heard

    async def _sent(
        self, account: ProviderAccount, path: str, body: Mapping[str, object], token: str | None
    ) -> Heard:
        until = self.calls.wire.uptime() + ASK_WITHIN
        guard = Guard(until, until)
        return await self.calls.post(
            account, path, written(body), guard, token=token, patience=ASK_WITHIN
        )


async def _told(call: Awaitable[Answer]) -> Answer:
    """What the call gives; what it raises as one of the port's refusals."""
    try:
        return await call
    except (LinkInactive, ProviderRefused, ProviderUnavailable, StoreUnavailable):
        raise
    except TokenRefused as refused:
        raise _no_token(refused) from None
    except TokenUnavailable as none:
        raise ProviderUnavailable(str(none)) from None
    except InvalidValue as wrong:
        raise ProviderRefused(str(wrong), stops_account=True) from None
    except Exception as problem:  # noqa: BLE001 - no answer, for whatever reason
        raise ProviderUnavailable(why(problem)) from None


def _no_token(refused: TokenRefused) -> ProviderRefused | ProviderUnavailable:
    """Only OVO's own refusal ends a link: a failure of its or ours may pass."""
    code, ours = str(refused), isinstance(refused, SignatureRefused)
    if code.startswith("4") and not code.startswith(_BUSY):
        return ProviderRefused(code, stops_account=ours)
    return ProviderUnavailable(f"OVO answered {code}")


def _known(account: ProviderAccount) -> OvoSnapCredentials:
    try:
        return OvoSnapCredentials.parse(account.credentials)
    except InvalidValue as wrong:
        raise ProviderRefused(str(wrong), stops_account=True) from None


def _judge(heard: Heard) -> None:
    """Raise what an answer that is no success says."""
    code = heard.code
    if heard.status >= _SERVER_ERROR or code is None or code.status >= "500":
        raise ProviderUnavailable(f"OVO answered {heard.word}")
    if code.status in {"202", "429"}:
        raise ProviderUnavailable(f"OVO answered {heard.word}")
    raise ProviderRefused(heard.word, stops_account=code.kind == "401 00")


def _accepted(heard: Heard, operation: Operation) -> Mapping[str, object]:
    """The fields of a success, those of additionalInfo too; raises what else it says."""
    if heard.kind(operation) != "200 00" or heard.answer is None:
        _judge(heard)
        raise AssertionError("a judgement raises")
    more = heard.answer.fields.get("additionalInfo")
    return {**(more if isinstance(more, dict) else {}), **heard.answer.fields}


def _is_gone(heard: Heard) -> bool:
    return heard.kind(Operation.UNBIND) in _UNKNOWN_LINK


def _standing(heard: Heard) -> WalletStanding:
    fields = heard.answer.fields if heard.answer else {}
    blocks = [fields, *(inner for name in _BLOCKS if isinstance(inner := fields.get(name), dict))]
    words = (block.get(place) for block in blocks for place in _PLACES)
    known = (_STANDINGS[word] for word in words if isinstance(word, str) and word in _STANDINGS)
    return next(known, WalletStanding.UNTOLD)


def _held(answer: Mapping[str, object], *, points: bool) -> int | None:
    """What can be spent: cash, and points where they are taken too; None where it is not told."""
    found = answer.get("accountInfos")
    infos: Sequence[object] = found[:MOST_ACCOUNTS] if isinstance(found, list) else ()
    held: dict[str, int] = {}
    for info in (info for info in infos if isinstance(info, dict)):
        amount = rupiah_of(info.get("availableBalance") or info.get("amount"))
        if amount is None:
            return None
        held[str(info.get("balanceType", "CASH")).upper()] = amount
    if "CASH" not in held:
        return None
    return held["CASH"] + (held.get("POINTS", 0) if points else 0)
