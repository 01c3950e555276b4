"""Records as plain dicts and bytes, with personal data sealed; the stores share this one form.

Times are microseconds since 1970 (UTC), durations microseconds, money whole rupiah.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, final

import orjson

from adapters.outbound.keyring import Keyring, Unreadable
from adapters.outbound.plain import (
    Plain,
    attempt_from_plain,
    attempt_to_plain,
    exact,
    from_instant,
    instant,
    number,
    numbers,
    optional_instant,
    optional_time,
    order_from_plain,
    order_to_plain,
    place,
    reason_from_plain,
    reason_to_plain,
    step_from_plain,
    steps_to_plain,
)
from adapters.outbound.plain_truth import truth_from_plain, truth_to_plain
from application.ports import Fingerprint, Kept, KeptToken, Notice, Token, TokenKey
from domain.attempt import Attempt
from domain.errors import InvalidValue
from domain.events import Event, EventType
from domain.merchant import ProviderAccount, Stop
from domain.money import Money
from domain.msisdn import Msisdn
from domain.payment import Payment, Status
from domain.wallet_link import CustomerTokens, LinkEnd, LinkSecrets, LinkStatus, WalletLink
from domain.webhook import Endpoint, EndpointStatus, Secret

FORMAT = 3
"""The form written now; what was written by a newer Lunas is refused, not guessed at."""
_Record = TypeVar("_Record")
_STATUS = {status.value: status for status in Status}


@final
class Codec:
    """Turns records into plain dicts or bytes and back, exactly.

    Reading raises Unreadable when a key is missing, or the record was altered or moved.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    # -- bytes -----------------------------------------------------------------------------------

    def encode_payment(self, payment: Payment) -> bytes:
        """The payment, its personal data sealed; raises InvalidValue if it is no valid text."""
        return _dump("payment", self.payment_to_plain(payment))

    def decode_payment(self, data: bytes) -> Payment:
        """What encode_payment was given."""
        return _load("payment", data, self.payment_from_plain)

    def encode_endpoint(self, endpoint: Endpoint) -> bytes:
        """The endpoint, its secrets sealed."""
        return _dump("endpoint", self.endpoint_to_plain(endpoint))

    def decode_endpoint(self, data: bytes) -> Endpoint:
        """What encode_endpoint was given."""
        return _load("endpoint", data, self.endpoint_from_plain)

    def encode_link(self, link: WalletLink) -> bytes:
        """The wallet link, its number and secrets sealed."""
        return _dump("wallet link", self.link_to_plain(link))

    def decode_link(self, data: bytes) -> WalletLink:
        """What encode_link was given."""
        return _load("wallet link", data, self.link_from_plain)

    def encode_event(self, event: Event) -> bytes:
        """The event with its whole subject."""
        return _dump("event", self.event_to_plain(event))

    def decode_event(self, data: bytes) -> Event:
        """What encode_event was given."""
        return _load("event", data, self.event_from_plain)

    def encode_account(self, account: ProviderAccount) -> bytes:
        """The account, its credentials sealed."""
        return _dump("account", self.account_to_plain(account))

    def decode_account(self, data: bytes) -> ProviderAccount:
        """What encode_account was given."""
        return _load("account", data, self.account_from_plain)

    def encode_kept(self, kept: Kept) -> bytes:
        """One line of JSON, then the body as it is (sealed if it is secret)."""
        plain = self.kept_to_plain(kept)
        body: bytes = plain.pop("body")
        return b"%b\n%b" % (_dump("kept answer", plain), body)

    def decode_kept(self, data: bytes) -> Kept:
        """What encode_kept was given."""
        head, _, body = data.partition(b"\n")
        return _load(
            "kept answer", head, lambda plain: self.kept_from_plain(plain | {"body": body})
        )

    def encode_token(self, kept: KeptToken) -> bytes:
        """The kept token, what it opens with sealed."""
        return _dump("token", self.token_to_plain(kept))

    def decode_token(self, data: bytes) -> KeptToken:
        """What encode_token was given."""
        return _load("token", data, self.token_from_plain)

    def encode_notice(self, notice: Notice) -> bytes:
        """The notice, sealed but for its id, provider and time."""
        return _dump("notice", self.notice_to_plain(notice))

    def decode_notice(self, data: bytes) -> Notice:
        """What encode_notice was given."""
        return _load("notice", data, self.notice_from_plain)

    # -- lookups ---------------------------------------------------------------------------------

    def phone_hash(self, phone: Msisdn) -> str:
        """What a record is found again by; made with the active key."""
        return self._keyring.hash_phone(phone.digits)

    def phone_hashes(self, phone: Msisdn) -> tuple[str, ...]:
        """The hash under every key of the ring: records of an older key are found too."""
        return self._keyring.hashes_of_phone(phone.digits)

    # -- payments --------------------------------------------------------------------------------

    def payment_to_plain(self, payment: Payment) -> Plain:
        """Phones stand once, sealed together with the payer's name; fields hold their places."""
        phones: list[str] = []
        order = payment.order
        plain: Plain = {
            "v": FORMAT,
            "id": payment.id,
            "merchant": payment.merchant_id,
            "live": payment.livemode,
            "order": order_to_plain(order, phones),
            "status": payment.status,
            "created": instant(payment.created_at),
            "updated": instant(payment.updated_at),
            "expires": instant(payment.expires_at),
            "due": optional_instant(payment.due_at),
            "phone": place(payment.phone, phones),
            "attempts": [attempt_to_plain(attempt, phones) for attempt in payment.attempts],
            "reason": reason_to_plain(payment.reason),
            "refunded": number(payment.amount_refunded.rupiah),
            "details": numbers(payment.details),
            "paid": optional_instant(payment.paid_at),
            "cancel": optional_instant(payment.cancel_requested_at),
            "unsent": payment.unsent,
            "truth": truth_to_plain(payment),
            "sequence": payment.sequence,
            "version": payment.version,
            "sealed": None,
        }
        steps = steps_to_plain(payment.attempts) if payment.attempts else None
        if phones or steps or payment.payer_name is not None:
            told = {"phones": phones, "payer": payment.payer_name}
            personal = _dump("payment", told | {"steps": steps} if steps else told)
            plain["sealed"] = self._keyring.seal(personal, _context("payment", payment.id))
        return plain

    def payment_from_plain(self, plain: Plain) -> Payment:
        """The payment that payment_to_plain was given."""
        sealed = plain["sealed"]
        personal: Plain = {"phones": (), "payer": None}
        if sealed is not None:
            context = _context("payment", plain["id"])
            personal = orjson.loads(self._keyring.unseal(sealed, context))
        phones = [Msisdn(digits) for digits in personal["phones"]]
        phone = plain["phone"]
        payment = Payment(
            id=plain["id"],
            merchant_id=plain["merchant"],
            livemode=plain["live"],
            order=order_from_plain(plain["order"], phones),
            status=_STATUS[plain["status"]],
            created_at=from_instant(plain["created"]),
            updated_at=from_instant(plain["updated"]),
            expires_at=from_instant(plain["expires"]),
            due_at=optional_time(plain["due"]),
            phone=None if phone is None else phones[phone],
            attempts=_attempts(plain["attempts"], phones, personal.get("steps")),
            reason=reason_from_plain(plain["reason"]),
            amount_refunded=Money(int(plain["refunded"])),
            details=exact(plain["details"]),
            payer_name=personal["payer"],
            paid_at=optional_time(plain["paid"]),
            cancel_requested_at=optional_time(plain["cancel"]),
            unsent=plain["unsent"],
            sequence=plain["sequence"],
            version=plain["version"],
        )
        return truth_from_plain(payment, plain.get("truth"))

    # -- events ----------------------------------------------------------------------------------

    def event_to_plain(self, event: Event, subject: Plain | None = None) -> Plain:
        """The event; its subject is a plain payment, endpoint or wallet link.

        `subject` is that, where the caller has it: it is not made again.
        """
        about = event.subject
        if subject is None:
            subject = self._subject(about)
        return {
            "v": FORMAT,
            "id": event.id,
            "type": event.type,
            "merchant": event.merchant_id,
            "live": event.livemode,
            "at": instant(event.at),
            "sequence": event.sequence,
            "refund": event.refund_id,
            "about": _about(about),
            "subject": subject,
        }

    def event_from_plain(self, plain: Plain) -> Event:
        """The event that event_to_plain was given."""
        subject = plain["subject"]
        return Event(
            id=plain["id"],
            type=EventType(plain["type"]),
            merchant_id=plain["merchant"],
            livemode=plain["live"],
            at=from_instant(plain["at"]),
            sequence=plain["sequence"],
            refund_id=plain.get("refund"),
            subject=self._subject_of(plain["about"], subject),
        )

    def _subject(self, about: Payment | Endpoint | WalletLink) -> Plain:
        match about:
            case Payment():
                return self.payment_to_plain(about)
            case WalletLink():
                return self.link_to_plain(about)
            case _:
                return self.endpoint_to_plain(about)

    def _subject_of(self, about: str, plain: Plain) -> Payment | Endpoint | WalletLink:
        if about == "payment":
            return self.payment_from_plain(plain)
        if about == "wallet_link":
            return self.link_from_plain(plain)
        return self.endpoint_from_plain(plain)

    # -- wallet links ----------------------------------------------------------------------------

    def link_to_plain(self, link: WalletLink) -> Plain:
        """The wallet link; its number, the wallet's address for it and its secrets sealed."""
        tokens = link.secrets.tokens
        personal = {
            "phone": link.phone.digits,
            "url": link.url,
            "linkage": link.secrets.linkage_token,
            "code": link.secrets.auth_code,
            "tokens": None
            if tokens is None
            else [
                tokens.access,
                optional_instant(tokens.access_ends_at),
                tokens.refresh,
                optional_instant(tokens.refresh_ends_at),
            ],
        }
        return {
            "v": FORMAT,
            "id": link.id,
            "merchant": link.merchant_id,
            "live": link.livemode,
            "provider": link.provider,
            "customer": link.customer_id,
            "status": link.status,
            "created": instant(link.created_at),
            "updated": instant(link.updated_at),
            "expires": instant(link.expires_at),
            "return": link.return_url,
            "reason": link.reason,
            "version": link.version,
            "sealed": self._keyring.seal(
                _dump("wallet link", personal), _context("wallet link", link.id)
            ),
        }

    def link_from_plain(self, plain: Plain) -> WalletLink:
        """The wallet link that link_to_plain was given."""
        sealed = self._keyring.unseal(plain["sealed"], _context("wallet link", plain["id"]))
        personal = orjson.loads(sealed)
        tokens, reason = personal["tokens"], plain["reason"]
        return WalletLink(
            id=plain["id"],
            merchant_id=plain["merchant"],
            livemode=plain["live"],
            provider=plain["provider"],
            customer_id=plain["customer"],
            phone=Msisdn(personal["phone"]),
            status=LinkStatus(plain["status"]),
            created_at=from_instant(plain["created"]),
            updated_at=from_instant(plain["updated"]),
            expires_at=from_instant(plain["expires"]),
            return_url=plain["return"],
            url=personal["url"],
            secrets=LinkSecrets(
                linkage_token=personal["linkage"],
                auth_code=personal["code"],
                tokens=None
                if tokens is None
                else CustomerTokens(
                    tokens[0], optional_time(tokens[1]), tokens[2], optional_time(tokens[3])
                ),
            ),
            reason=None if reason is None else LinkEnd(reason),
            version=plain["version"],
        )

    # -- endpoints, accounts, kept answers -------------------------------------------------------

    def endpoint_to_plain(self, endpoint: Endpoint) -> Plain:
        """The endpoint, the values of its secrets sealed together."""
        values = _dump("endpoint", [secret.value for secret in endpoint.secrets])
        return {
            "v": FORMAT,
            "id": endpoint.id,
            "merchant": endpoint.merchant_id,
            "live": endpoint.livemode,
            "url": endpoint.url,
            "events": endpoint.events,
            "retire": [optional_instant(secret.retires_at) for secret in endpoint.secrets],
            "created": instant(endpoint.created_at),
            "status": endpoint.status,
            "failing": optional_instant(endpoint.failing_since),
            "disabled": endpoint.disabled_reason,
            "version": endpoint.version,
            "sealed": self._keyring.seal(values, _context("endpoint", endpoint.id)),
        }

    def endpoint_from_plain(self, plain: Plain) -> Endpoint:
        """The endpoint that endpoint_to_plain was given."""
        values = self._keyring.unseal(plain["sealed"], _context("endpoint", plain["id"]))
        secrets = zip(orjson.loads(values), plain["retire"], strict=True)
        return Endpoint(
            id=plain["id"],
            merchant_id=plain["merchant"],
            livemode=plain["live"],
            url=plain["url"],
            events=tuple(EventType(name) for name in plain["events"]),
            secrets=tuple(Secret(value, optional_time(retires)) for value, retires in secrets),
            created_at=from_instant(plain["created"]),
            status=EndpointStatus(plain["status"]),
            failing_since=optional_time(plain["failing"]),
            disabled_reason=plain["disabled"],
            version=plain["version"],
        )

    def account_to_plain(self, account: ProviderAccount) -> Plain:
        """The account, its credentials sealed together."""
        stop = account.stopped
        credentials = _dump("credentials", dict(account.credentials))
        return {
            "v": FORMAT,
            "merchant": account.merchant_id,
            "provider": account.provider,
            "live": account.livemode,
            "stop": None
            if stop is None
            else [stop.code, instant(stop.since), stop.payment_id, instant(stop.probe_at)],
            "sealed": self._keyring.seal(
                credentials,
                _account_context(account.merchant_id, account.provider, account.livemode),
            ),
        }

    def account_from_plain(self, plain: Plain) -> ProviderAccount:
        """The account that account_to_plain was given."""
        context = _account_context(plain["merchant"], plain["provider"], plain["live"])
        stop = plain["stop"]
        return ProviderAccount(
            merchant_id=plain["merchant"],
            provider=plain["provider"],
            livemode=plain["live"],
            credentials=orjson.loads(self._keyring.unseal(plain["sealed"], context)),
            stopped=None
            if stop is None
            else Stop(stop[0], from_instant(stop[1]), stop[2], from_instant(stop[3])),
        )

    def kept_to_plain(self, kept: Kept) -> Plain:
        """The kept answer; its body stays bytes, sealed if it is secret."""
        body = kept.body
        if kept.secret:
            body = self._keyring.seal(body, _context("kept answer", kept.scope)).encode()
        return {
            "v": FORMAT,
            "scope": kept.scope,
            "key": kept.fingerprint.key_id,
            "digest": kept.fingerprint.digest,
            "status": kept.status,
            "headers": dict(kept.headers),
            "expires": instant(kept.expires_at),
            "secret": kept.secret,
            "body": body,
        }

    def kept_from_plain(self, plain: Plain) -> Kept:
        """The kept answer that kept_to_plain was given."""
        scope, body = plain["scope"], plain["body"]
        if plain["secret"]:
            body = self._keyring.unseal(body.decode(), _context("kept answer", scope))
        return Kept(
            scope=scope,
            fingerprint=Fingerprint(plain["key"], plain["digest"]),
            status=plain["status"],
            headers=plain["headers"],
            body=body,
            expires_at=from_instant(plain["expires"]),
            secret=plain["secret"],
        )

    # -- tokens ----------------------------------------------------------------------------------

    def token_to_plain(self, kept: KeptToken) -> Plain:
        """The kept token, access and refresh sealed together, bound to whose it is."""
        key, token = kept.key, kept.token
        return {
            "v": FORMAT,
            "key": [key.provider, key.merchant_id, key.livemode, key.client, key.customer],
            "version": kept.version,
            "claimed": optional_instant(kept.claimed_until),
            "not_before": optional_instant(kept.not_before),
            "failures": kept.failures,
            "refused": optional_instant(kept.refused_at),
            "token": None
            if token is None
            else {
                "fetched": instant(token.fetched_at),
                "ends": instant(token.ends_at),
                "refresh_ends": optional_instant(token.refresh_ends_at),
                "sealed": self._keyring.seal(
                    _dump("token", [token.access, token.refresh]), _context("token", str(key))
                ),
            },
        }

    def token_from_plain(self, plain: Plain) -> KeptToken:
        """The kept token that token_to_plain was given."""
        key, token = TokenKey(*plain["key"]), plain["token"]
        return KeptToken(
            key=key,
            version=plain["version"],
            token=None if token is None else self._token(key, token),
            claimed_until=optional_time(plain["claimed"]),
            not_before=optional_time(plain["not_before"]),
            failures=plain["failures"],
            refused_at=optional_time(plain["refused"]),
        )

    def _token(self, key: TokenKey, plain: Plain) -> Token:
        sealed = self._keyring.unseal(plain["sealed"], _context("token", str(key)))
        access, refresh = orjson.loads(sealed)
        return Token(
            access=access,
            fetched_at=from_instant(plain["fetched"]),
            ends_at=from_instant(plain["ends"]),
            refresh=refresh,
            refresh_ends_at=optional_time(plain["refresh_ends"]),
        )

    # -- notices ---------------------------------------------------------------------------------

    def notice_to_plain(self, notice: Notice) -> Plain:
        """The notice; path, headers and body are sealed together: each may hold what is secret."""
        head = _dump("notice", {"path": notice.path, "headers": dict(notice.headers)})
        sealed = b"%b\n%b" % (head, notice.body)
        return {
            "v": FORMAT,
            "id": notice.id,
            "provider": notice.provider,
            "received": instant(notice.received_at),
            "sealed": self._keyring.seal(sealed, _context("notice", notice.id)),
        }

    def notice_from_plain(self, plain: Plain) -> Notice:
        """The notice that notice_to_plain was given."""
        opened = self._keyring.unseal(plain["sealed"], _context("notice", plain["id"]))
        head, _, body = opened.partition(b"\n")
        told = orjson.loads(head)
        return Notice(
            id=plain["id"],
            provider=plain["provider"],
            path=told["path"],
            headers=told["headers"],
            body=body,
            received_at=from_instant(plain["received"]),
        )


def _context(kind: str, record_id: str) -> str:
    """What a sealed field is bound to: moved to another record, it does not open."""
    return f"{kind} {record_id} personal"


def _about(subject: Payment | Endpoint | WalletLink) -> str:
    match subject:
        case Payment():
            return "payment"
        case WalletLink():
            return "wallet_link"
        case _:
            return "endpoint"


def _account_context(merchant_id: str, provider: str, live: bool) -> str:
    return f"account {merchant_id} {provider} {'live' if live else 'test'} credentials"


def _dump(what: str, value: object) -> bytes:
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError as problem:
        raise InvalidValue(what, f"cannot be stored: {problem}") from None


def _load(what: str, data: bytes, read: Callable[[Plain], _Record]) -> _Record:
    try:
        plain = orjson.loads(data)
        newer = plain["v"] > FORMAT
        if not newer:
            return read(plain)
    except (ValueError, KeyError, TypeError, IndexError) as problem:
        raise Unreadable(f"a {what} was altered: {type(problem).__name__}") from None
    raise Unreadable(f"a {what} was written by a newer Lunas; this one cannot read it")


def _attempts(
    plain: Sequence[Plain],
    phones: Sequence[Msisdn],
    steps: Sequence[list[Any] | None] | None,
) -> tuple[Attempt, ...]:
    attempts = [attempt_from_plain(attempt, phones) for attempt in plain]
    return tuple(map(step_from_plain, attempts, steps) if steps else attempts)
