"""What all answers have in common, by whichever door they leave."""

from werkzeug.exceptions import HTTPException

from adapters.inbound.http.journal import Journal
from adapters.inbound.http.logs import Trace, log_fault
from adapters.inbound.http.problems import Code, Refusal
from adapters.inbound.http.refusals import as_refusal
from adapters.inbound.http.replies import Reply, problem_reply
from domain.errors import LunasError

_BY_STATUS = {
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    413: Code.BODY_TOO_LARGE,
    415: Code.UNSUPPORTED_MEDIA_TYPE,
}
_NOT_SNIFFED = ("X-Content-Type-Options", "nosniff")
_NOT_STORED = ("Cache-Control", "no-store")


class Clerk:
    """Refuses in our words, adds the headers of every answer, and has it written down."""

    def __init__(self, journal: Journal, errors_url: str) -> None:
        self._journal = journal
        self._errors_url = errors_url

    def refused(self, error: Exception, trace: Trace) -> Reply:
        """The problem that tells what was raised; what nobody expected is logged by its type."""
        refusal = _refusal_of(error)
        if refusal.code is Code.INTERNAL_ERROR:
            log_fault(error, trace.request_id)
        return problem_reply(refusal, self._errors_url, trace.request_id)

    def closed(
        self, trace: Trace, method: str, route: str, status: int, *, cached: bool
    ) -> list[tuple[str, str]]:
        """Write the answer down; returns what is to be added to its headers."""
        self._journal.answered(trace, method, route, status)
        more = [("X-Request-Id", trace.request_id), _NOT_SNIFFED, *trace.limits]
        if not cached:
            more.append(_NOT_STORED)
        return more


def _refusal_of(error: Exception) -> Refusal:
    match error:
        case Refusal():
            return error
        case LunasError():
            return as_refusal(error)
        case HTTPException():
            headers = dict(error.get_headers())
            kept = {"Allow": headers["Allow"]} if "Allow" in headers else {}
            return Refusal(_BY_STATUS.get(error.code or 0, Code.MALFORMED), headers=kept)
        case _:
            return Refusal(Code.INTERNAL_ERROR)
