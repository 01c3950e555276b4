"""The node that a run of the tests shares, or what stands in for it."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.elasticsearch import install
from tests.servers.elasticsearch.lookalike import LookAlike
from tests.servers.elasticsearch.node import Node
from tests.servers.missing import in_ci, missing
from tests.servers.places import locked


def node_or_look_alike(folder: Path, owner: int) -> str:
    """Where Elasticsearch answers for this run, which lasts as long as the process `owner`.

    The first of the run's processes starts it. Where it cannot be installed, its look-alike stands
    in, which is said; in CI that fails the run.
    """
    lacking = install.why_not()
    if lacking is None:
        return _shared(folder, owner)
    if in_ci():
        pytest.fail(f"Elasticsearch cannot be installed here: {lacking}")
    warnings.warn(f"a look-alike stands in for Elasticsearch: {lacking}", stacklevel=2)
    return LookAlike(folder).start()


@contextmanager
def a_node(folder: Path) -> Iterator[Node]:
    """A node of one's own, to be stopped and killed. Where it cannot be had, CI fails."""
    lacking = install.why_not()
    if lacking is not None:
        missing("Elasticsearch", lacking)
    node = Node(folder)
    node.start()
    try:
        yield node
    finally:
        node.kill()


def _shared(folder: Path, owner: int) -> str:
    record = folder / "elasticsearch.url"
    with locked(folder / "elasticsearch.lock"):
        if not record.exists():
            node = Node(folder / "elasticsearch", owner=owner)
            node.start()
            record.write_text(node.url)
        return record.read_text()
