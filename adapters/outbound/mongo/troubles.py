"""What the driver's errors mean to whoever called a store."""

from bson.errors import BSONError
from pymongo.errors import OperationFailure, PyMongoError, ServerSelectionTimeoutError

from application.ports import StoreUnavailable, WriteUnconfirmed
from domain.errors import InvalidValue, LunasError

_REFUSED_OUTRIGHT = frozenset(
    {
        13,  # Unauthorized
        18,  # AuthenticationFailed
        8000,  # a hosted cluster's own refusal
        10107,  # NotWritablePrimary
        13435,  # NotPrimaryNoSecondaryOk
    }
)
"""Answers that a server gives before it looks at the documents of a write."""
UNSTORABLE = (BSONError, UnicodeEncodeError, OverflowError)
"""What the driver raises for a value that BSON cannot hold; nothing was sent then."""


class DatabaseRefused(StoreUnavailable):
    """This database cannot be the store; the message says why and what to do."""


def words(problem: Exception) -> str:
    """The trouble in a line: the driver's own words may be pages of its view of the cluster."""
    if isinstance(problem, ServerSelectionTimeoutError):
        return "no primary of MongoDB answers"
    return " ".join(str(problem).split())[:200] or type(problem).__name__


def unread(problem: PyMongoError) -> StoreUnavailable:
    """The store's own refusal of a read."""
    return StoreUnavailable(f"the store cannot be read: {words(problem)}")


def unwritten(problem: PyMongoError, *, sent: bool) -> StoreUnavailable:
    """The store's own refusal of a write: nothing was written, or it cannot be told.

    `sent` is False on positive evidence alone: no command of it was handed to a connection.
    """
    if not sent or _refused_outright(problem):
        return StoreUnavailable(f"the store cannot be written: {words(problem)}")
    return WriteUnconfirmed(f"the write was not acknowledged: {words(problem)}")


def unstorable(problem: Exception) -> LunasError:
    """For a value that no record can hold."""
    return InvalidValue("record", f"cannot be stored: {words(problem)}")


def _refused_outright(problem: PyMongoError) -> bool:
    return isinstance(problem, OperationFailure) and problem.code in _REFUSED_OUTRIGHT
