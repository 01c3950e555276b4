"""The store, opened for a command, and the things that a person names in it."""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.inbound.cli.exits import Failed, StoreAway
from adapters.inbound.cli.tools import OpenStore, Tools
from application.ports import Directory, NotFound, StoreUnavailable, WriteUnconfirmed
from domain.errors import InvalidValue
from domain.merchant import ApiClient, Merchant

_LOOK = "What to do: see `lunas doctor`."


@contextmanager
def opened(tools: Tools) -> Iterator[OpenStore]:
    """The open store; raises StoreAway or Failed with what to do."""
    with told(), tools.store() as store:
        yield store


@contextmanager
def told() -> Iterator[None]:
    """Say in one line what the store refused; raises StoreAway or Failed."""
    try:
        yield
    except WriteUnconfirmed:
        raise StoreAway(
            "the store did not confirm the write: it may or may not have happened. "
            "What to do: list before you repeat."
        ) from None
    except (StoreUnavailable, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise StoreAway(
            f"the store cannot be opened: {why or 'it does not answer'}. {_LOOK}"
        ) from None
    except InvalidValue as error:
        raise Failed(str(error)) from None
    except NotFound:
        raise Failed("not_found: there is no such thing") from None


def merchant_named(directory: Directory, named: str) -> Merchant:
    """The merchant with that id, or else the only one with that name; raises Failed."""
    merchants = directory.merchants()
    found = [m for m in merchants if m.id == named] or [m for m in merchants if m.name == named]
    if not found:
        raise Failed(
            "not_found: no merchant has that id or name. What to do: see `lunas merchants list`."
        )
    if len(found) > 1:
        raise Failed(
            "several merchants have that name. What to do: give the id; see `lunas merchants list`."
        )
    return found[0]


def client_named(directory: Directory, client_id: str) -> ApiClient:
    """The client with that id; raises Failed."""
    for client in directory.clients():
        if client.id == client_id:
            return client
    raise Failed("not_found: no client has that id. What to do: see `lunas clients list`.")
