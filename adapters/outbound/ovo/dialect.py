"""What is inferred of OVO's protocol and changes what we send or believe."""

from dataclasses import dataclass

from domain.money import Money

_MINIMUM = Money(1000)


@dataclass(frozen=True, slots=True)
class OvoDialect:
    """The open questions of the protocol, each with the answer that we act on until OVO's UAT.

    - `hmac_includes_body`: the document's prose says so, its vector does not.
    - `require_invoice`, `require_batch`: whether an approval must carry them back; clients exist
      that fill them in by themselves. What is carried is always compared.
    - `padded_references`: reference and batch number as "000123" rather than "123"; both are seen.
    - `phone_on_reversal`: whether a reversal repeats the phone; known clients do both.
    - `app_source`: "POS" in every known client; "EDC" exists.
    - `minimum`: below it a push is refused (a gateway's text for code 13 names Rp 1,000).
    """

    hmac_includes_body: bool = False
    require_invoice: bool = False
    require_batch: bool = False
    padded_references: bool = False
    phone_on_reversal: bool = True
    app_source: str = "POS"
    minimum: Money = _MINIMUM
