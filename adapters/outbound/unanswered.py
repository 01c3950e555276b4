"""Why a request over the wire has no answer, as a doubt and in words."""

import httpx

from adapters.outbound.wire import AddressRefused, AnswerTooLarge, TooLate
from domain.errors import InvalidValue
from domain.outcome import Doubt

_WHY = (
    (TooLate, "too late to be sent"),
    (AddressRefused, "the address is not allowed"),
    (httpx.ReadTimeout, "no answer in time"),
    (httpx.TimeoutException, "no connection in time"),
    (httpx.TransportError, "no connection"),
)


def doubt(problem: Exception) -> Doubt:
    """Why a request that was sent has no answer."""
    match problem:
        case httpx.TimeoutException():
            return Doubt.SILENCE
        case httpx.TransportError() if not isinstance(problem, AnswerTooLarge):
            return Doubt.CUT
        case _:
            return Doubt.GARBAGE


def why(problem: Exception) -> str:
    """In words that can be shown: no number, name, key or address."""
    if isinstance(problem, InvalidValue):
        return str(problem)
    told = (words for kind, words in _WHY if isinstance(problem, kind))
    return next(told, type(problem).__name__)
