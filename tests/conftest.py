"""What holds for every test: an interruptible run, little garbage, and the longest files first."""

import gc
import signal
from collections.abc import Generator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
LONGEST = (
    "integration/production/test_crashes.py",
    "integration/test_simulation.py",
    "browser/test_chat.py",
    "simulation/test_native.py",
    "integration/production/test_mongodb_away.py",
    "integration/http/test_contract.py",
    "integration/test_money.py",
    "integration/test_documented_cli.py",
    "integration/gateways/test_gateway_sockets.py",
    "integration/mongo/test_mongo_stores.py",
    "integration/test_cli.py",
    "integration/search/test_elastic_index.py",
    "integration/test_wallet_answers.py",
    "simulation/test_sabotages.py",
    "integration/test_late_success.py",
    "integration/production/test_whole_house.py",
    "integration/test_notifications.py",
    "integration/search/test_bad_days.py",
    "integration/mongo/test_bad_days.py",
    "integration/test_documented_operators.py",
    "integration/test_crash_points.py",
    "integration/production/test_deploy.py",
    "integration/production/test_dispatchers.py",
    "integration/test_up.py",
    "integration/test_for_integrators.py",
    "simulation/test_provider_sabotages.py",
    "integration/test_webhooks.py",
    "integration/mongo/test_simulation.py",
    "integration/test_store_away.py",
    "integration/mongo/test_mongo_archive.py",
    "integration/test_crashes.py",
    "integration/ovo_snap/test_sockets.py",
    "integration/gateways/test_against_sandbox.py",
    "integration/sqlite/test_stores.py",
    "integration/production/test_assembly.py",
    "browser/test_demo.py",
    "integration/test_law.py",
    "integration/test_interpreters.py",
    "integration/production/test_many_processes.py",
    "integration/ovo/test_gateway_sockets.py",
    "integration/ovo/test_every_code.py",
    "integration/gateways/test_notifications.py",
    "integration/ovo/test_sandbox_accidents.py",
    "integration/test_other_providers.py",
    "integration/test_documented_commands.py",
    "integration/sandbox/test_server.py",
    "integration/sqlite/test_tokens.py",
    "integration/test_wallet_links.py",
    "integration/production/test_redis_away.py",
    "integration/redis/test_limits.py",
    "simulation/test_report.py",
    "integration/providers/test_providers.py",
    "integration/test_bad_input.py",
    "integration/ovo_qris/test_against_sandbox.py",
)
"""The files that take longest, about the longest first: begun last, one would keep the run open.

Some wait and others calculate: in turns, so that the processors have work while those wait. Nothing
but the order hangs on it.
"""

NEW_OBJECTS = 10_000
"""So many more than before are looked through at once; Python's own 700 come of a single test."""

# A run in the background of a shell ignores Ctrl-C, and so would every process it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have the longest files begin first, where files are what is shared out."""
    ranks = {TESTS / name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while tests are collected, nor in what they are made of; later, seldom.

    Nearly all of it stays until the end: looking through it often is a tenth of the whole time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(NEW_OBJECTS)
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Look once for what was left: pytest's plugins, and Python itself at its end, look again."""
    gc.collect()
    gc.freeze()
