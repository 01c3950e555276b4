"""What an Elasticsearch tells of itself, for whoever looks after it."""

from dataclasses import dataclass

from elasticsearch import NotFoundError

from adapters.outbound.search.calls import Server, connected, refusing
from adapters.outbound.search.mapping import FORM, MAPPINGS


@dataclass(frozen=True, slots=True)
class Signs:
    """Its version, and whether the index that answers is there and has the fields of this Lunas."""

    version: str
    indexed: bool
    mapped: bool


def signs(server: Server) -> Signs:
    """Look once; raises IndexUnavailable."""
    client = connected(server)
    try:
        with refusing():
            version = str(client.info()["version"]["number"])
            try:
                found = client.indices.get_mapping(index=f"{server.name}-v{FORM}")
            except NotFoundError:
                return Signs(version, indexed=False, mapped=False)
        fields = set(MAPPINGS["properties"])
        mapped = all(fields <= set(i["mappings"]["properties"]) for i in found.body.values())
        return Signs(version, indexed=True, mapped=mapped)
    finally:
        client.close()
