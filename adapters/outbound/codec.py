"""Records as plain dicts and bytes, with personal data sealed; the stores share this one form.

Times are microseconds since 1970 (UTC), durations microseconds, money whole rupiah.
"""

from collections.abc import Sequence
from typing import Any, final

import orjson

from adapters.outbound.keyring import Keyring
from adapters.outbound.link_codec import LinkCodec
from adapters.outbound.notice_codec import NoticeCodec
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
from adapters.outbound.sealed import FORMAT, context_of, dump, load
from adapters.outbound.token_codec import TokenCodec
from application.ports import Fingerprint, Kept
from domain.attempt import Attempt
from domain.events import Event, EventType
from domain.merchant import ProviderAccount, Stop
from domain.money import Money
from domain.msisdn import Msisdn
from domain.payment import Payment, Status
from domain.wallet_link import WalletLink
from domain.webhook import Endpoint, EndpointStatus, Secret

_STATUS = {status.value: status for status in Status}


@final
class Codec:
    """Turns records into plain dicts or bytes and back, exactly.

    Reading raises Unreadable when a key is missing, or the record was altered or moved. `links`,
    `notices` and `tokens` have codecs of their own.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self.links = LinkCodec(keyring)
        self.notices = NoticeCodec(keyring)
        self.tokens = TokenCodec(keyring)

    # -- bytes -----------------------------------------------------------------------------------

    def encode_payment(self, payment: Payment) -> bytes:
        """The payment, its personal data sealed; raises InvalidValue if it is no valid text."""
        return dump("payment", self.payment_to_plain(payment))

    def decode_payment(self, data: bytes) -> Payment:
        """What encode_payment was given."""
        return load("payment", data, self.payment_from_plain)

    def encode_endpoint(self, endpoint: Endpoint) -> bytes:
        """The endpoint, its secrets sealed."""
        return dump("endpoint", self.endpoint_to_plain(endpoint))

    def decode_endpoint(self, data: bytes) -> Endpoint:
        """What encode_endpoint was given."""
        return load("endpoint", data, self.endpoint_from_plain)

    def encode_event(self, event: Event) -> bytes:
        """The event with its whole subject."""
        return dump("event", self.event_to_plain(event))

    def decode_event(self, data: bytes) -> Event:
        """What encode_event was given."""
        return load("event", data, self.event_from_plain)

    def encode_account(self, account: ProviderAccount) -> bytes:
        """The account, its credentials sealed."""
        return dump("account", self.account_to_plain(account))

    def decode_account(self, data: bytes) -> ProviderAccount:
        """What encode_account was given."""
        return load("account", data, self.account_from_plain)

    def encode_kept(self, kept: Kept) -> bytes:
        """One line of JSON, then the body as it is (sealed if it is secret)."""
        plain = self.kept_to_plain(kept)
        body: bytes = plain.pop("body")
        return b"%b\n%b" % (dump("kept answer", plain), body)

    def decode_kept(self, data: bytes) -> Kept:
        """What encode_kept was given."""
        head, _, body = data.partition(b"\n")
        return load("kept answer", head, lambda plain: self.kept_from_plain(plain | {"body": body}))

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
            personal = dump("payment", told | {"steps": steps} if steps else told)
            plain["sealed"] = self._keyring.seal(personal, context_of("payment", payment.id))
        return plain

    def payment_from_plain(self, plain: Plain) -> Payment:
        """The payment that payment_to_plain was given."""
        sealed = plain["sealed"]
        personal: Plain = {"phones": (), "payer": None}
        if sealed is not None:
            context = context_of("payment", plain["id"])
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
                return self.links.to_plain(about)
            case _:
                return self.endpoint_to_plain(about)

    def _subject_of(self, about: str, plain: Plain) -> Payment | Endpoint | WalletLink:
        if about == "payment":
            return self.payment_from_plain(plain)
        if about == "wallet_link":
            return self.links.from_plain(plain)
        return self.endpoint_from_plain(plain)

    # -- endpoints, accounts, kept answers -------------------------------------------------------

    def endpoint_to_plain(self, endpoint: Endpoint) -> Plain:
        """The endpoint, the values of its secrets sealed together."""
        values = dump("endpoint", [secret.value for secret in endpoint.secrets])
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
            "sealed": self._keyring.seal(values, context_of("endpoint", endpoint.id)),
        }

    def endpoint_from_plain(self, plain: Plain) -> Endpoint:
        """The endpoint that endpoint_to_plain was given."""
        values = self._keyring.unseal(plain["sealed"], context_of("endpoint", plain["id"]))
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
        credentials = dump("credentials", dict(account.credentials))
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
            body = self._keyring.seal(body, context_of("kept answer", kept.scope)).encode()
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
            body = self._keyring.unseal(body.decode(), context_of("kept answer", scope))
        return Kept(
            scope=scope,
            fingerprint=Fingerprint(plain["key"], plain["digest"]),
            status=plain["status"],
            headers=plain["headers"],
            body=body,
            expires_at=from_instant(plain["expires"]),
            secret=plain["secret"],
        )


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


def _attempts(
    plain: Sequence[Plain],
    phones: Sequence[Msisdn],
    steps: Sequence[list[Any] | None] | None,
) -> tuple[Attempt, ...]:
    attempts = [attempt_from_plain(attempt, phones) for attempt in plain]
    return tuple(map(step_from_plain, attempts, steps) if steps else attempts)
