"""Where a wallet's page sends the browser back to: an address that names its link, signed by us."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from adapters.inbound.http.door import MakeFingerprint
from application.link_wallet import CameBack
from application.ports import StoreUnavailable
from domain.ids import IdKind
from domain.wallet_link import WalletLink

PATH = "/links/return"
MOST_PARAMETERS = 32
LONGEST_QUERY = 8_192
_STATE = re.compile(
    r"([0-9a-f]{32})\.([0-9]{1,12})\.([A-Za-z0-9_-]{1,32})\.([0-9a-f]{64})", re.ASCII
)
_CODE = re.compile(r"[!-~]{1,512}", re.ASCII)
_SUCCESS = "SUCCESS"


@dataclass(frozen=True, slots=True)
class ReturnAddress:
    """Signs a link's state and knows it again; `public_url` is where browsers reach this API."""

    public_url: str
    fingerprint: MakeFingerprint

    def of(self, link: WalletLink) -> str:
        """The address for this link, which means nothing after the link's own end."""
        digits = link.id.removeprefix(f"{IdKind.WALLET_LINK}_")
        ends = int(link.expires_at.timestamp())
        signed = self.fingerprint(_meaning(digits, ends), None)
        state = f"{digits}.{ends}.{signed.key_id}.{signed.digest}"
        return f"{self.public_url.rstrip('/')}{PATH}?{urlencode({'state': state})}"

    def link_id(self, states: list[str], at: datetime) -> str | None:
        """Whose return this is; None unless one of the states is ours and has not ended.

        A wallet may add a state of its own to the address: it is none of ours.
        """
        return next((found for state in states if (found := self._opened(state, at))), None)

    def _opened(self, state: str, at: datetime) -> str | None:
        match = _STATE.fullmatch(state)
        if match is None:
            return None
        digits, ends, key_id, digest = match[1], int(match[2]), match[3], match[4]
        try:
            signed = self.fingerprint(_meaning(digits, ends), key_id)
        except StoreUnavailable:  # a key that is not in the ring any more
            return None
        # Ours first: an end that we never wrote may be no time at all.
        ours = compare_digest(signed.digest, digest)
        if not ours or at >= datetime.fromtimestamp(ends, UTC):
            return None
        return f"{IdKind.WALLET_LINK}_{digits}"


def brought(query: str) -> tuple[list[str], CameBack]:
    """Every state, and what the wallet's page says; anything else in the query is ignored.

    Source: OVO's linking flow: `authCode` and `displayMessage=SUCCESS`, or an `errorResponse`.
    """
    try:
        pairs = parse_qsl(query[:LONGEST_QUERY], max_num_fields=MOST_PARAMETERS)
    except ValueError:
        pairs = []
    states = [value for name, value in pairs if name == "state"]
    told = dict(pairs)
    code = told.get("authCode") or told.get("auth_code") or ""
    refused = "errorResponse" in told or told.get("displayMessage", _SUCCESS).upper() != _SUCCESS
    return states, CameBack(code if _CODE.fullmatch(code) and not refused else None)


def onward(link: WalletLink) -> str:
    """The merchant's own address, told which link it is about and where that stands."""
    parts = urlsplit(link.return_url)
    more = urlencode({"wallet_link": link.id, "status": link.status})
    query = f"{parts.query}&{more}" if parts.query else more
    return urlunsplit(parts._replace(query=query))


def _meaning(digits: str, ends: int) -> bytes:
    # No meaning of a request begins like this: those are JSON.
    return f"wallet link return {digits} {ends}".encode()
