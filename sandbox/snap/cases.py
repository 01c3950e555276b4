"""SNAP's response codes: HTTP status, service and case in seven digits."""

from enum import Enum

# Service codes of the standard.
BINDING = "07"
UNBINDING = "09"
BALANCE = "11"
QR_GENERATE = "47"
QR_QUERY = "51"
QR_NOTIFY = "52"
PAY = "54"
STATUS = "55"
REFUND = "58"
TOKEN_B2B = "73"  # noqa: S105 # a service code
TOKEN_B2B2C = "74"  # noqa: S105 # a service code
QR_CANCEL = "77"
QR_REFUND = "78"


class Case(Enum):
    """HTTP status, case and text. All of them are the standard's."""

    SUCCESSFUL = (200, "00", "Successful")
    IN_PROGRESS = (202, "00", "Request In Progress")
    BAD_REQUEST = (400, "00", "Bad Request")
    INVALID_FORMAT = (400, "01", "Invalid Field Format")
    MISSING_FIELD = (400, "02", "Invalid Mandatory Field")
    UNAUTHORIZED = (401, "00", "Unauthorized.")
    INVALID_TOKEN = (401, "01", "Invalid Token (B2B)")
    INVALID_CUSTOMER_TOKEN = (401, "02", "Invalid Customer Token")
    NO_TOKEN = (401, "03", "Token Not Found (B2B)")
    NO_CUSTOMER_TOKEN = (401, "04", "Customer Token Not Found")
    EXPIRED = (403, "00", "Transaction Expired")
    OVER_AMOUNT_LIMIT = (403, "02", "Exceeds Transaction Amount Limit")
    DO_NOT_HONOR = (403, "05", "Do Not Honor")
    BLOCKED = (403, "07", "Card Blocked")
    INSUFFICIENT_FUNDS = (403, "14", "Insufficient Funds")
    NOT_PERMITTED = (403, "15", "Transaction Not Permitted")
    ACCOUNT_LIMIT = (403, "23", "Account Limit Exceed")
    INVALID_STATUS = (404, "00", "Invalid Transaction Status")
    NOT_FOUND = (404, "01", "Transaction Not Found")
    CANCELLED = (404, "04", "Transaction Cancelled")
    INVALID_MERCHANT = (404, "08", "Invalid Merchant")
    INVALID_CUSTOMER = (404, "11", "Invalid Card/Account/Customer")
    INVALID_AMOUNT = (404, "13", "Invalid Amount")
    ALREADY_PAID = (404, "14", "Paid Bill")
    INVALID_TERMINAL = (404, "17", "Invalid Terminal")
    INCONSISTENT = (404, "18", "Inconsistent Request")
    NOT_ALLOWED = (405, "01", "Requested Operation Is Not Allowed")
    CONFLICT = (409, "00", "Conflict")
    DUPLICATE = (409, "01", "Duplicate partnerReferenceNo")
    GENERAL_ERROR = (500, "00", "General Error")
    EXTERNAL_ERROR = (500, "02", "External Server Error")

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.value[0]

    def code(self, service: str) -> str:
        """The seven digits for a service."""
        return f"{self.value[0]}{service}{self.value[1]}"

    def head(self, service: str, detail: str = "") -> dict[str, object]:
        """The two fields with which every answer begins."""
        text = f"{self.value[2]} {detail}".rstrip()
        return {"responseCode": self.code(service), "responseMessage": text[:150]}


class SnapError(Exception):
    """A request that is refused: the case, and what of the request it is about."""

    def __init__(self, case: Case, detail: str = "") -> None:
        super().__init__(f"{case.name} {detail}")
        self.case = case
        self.detail = detail
