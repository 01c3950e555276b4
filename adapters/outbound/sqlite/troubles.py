"""What SQLite's errors mean to whoever called a store."""

import sqlite3

from application.ports import StoreUnavailable

_MEANINGS = {
    sqlite3.SQLITE_BUSY: "another program holds its lock",
    sqlite3.SQLITE_LOCKED: "another program holds its lock",
    sqlite3.SQLITE_READONLY: "it may not be written to: look at the rights of its directory",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk fails",
    sqlite3.SQLITE_CORRUPT: "the file is damaged: restore it from its backup",
    sqlite3.SQLITE_NOTADB: "the file is no database",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: look at the rights of its directory",
    sqlite3.SQLITE_PERM: "it may not be opened",
}
_NEVER_REACHED_THE_LOG = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_FULL,
    }
)


class DatabaseRefused(StoreUnavailable):
    """This file cannot be the store; the message says why and what to do."""


def primary_code(problem: sqlite3.Error) -> int | None:
    """SQLite's primary result code, where there is one."""
    code = getattr(problem, "sqlite_errorcode", None)
    return None if code is None else int(code) & 0xFF


def meaning(problem: sqlite3.Error) -> str:
    """The trouble in words."""
    words = _MEANINGS.get(primary_code(problem) or 0)
    return f"{words} ({problem})" if words else str(problem)


def unavailable(problem: sqlite3.Error) -> StoreUnavailable:
    """The store's own refusal for an error of SQLite's."""
    return StoreUnavailable(f"the store cannot be used: {meaning(problem)}")


def certainly_undone(problem: sqlite3.Error) -> bool:
    """Whether a COMMIT that failed so left no whole commit record in the log.

    A full disk cuts the record short, and its checksum with it; after a failed fsync the record may
    be whole and come to life when the log is read again after a crash.
    """
    return primary_code(problem) in _NEVER_REACHED_THE_LOG
