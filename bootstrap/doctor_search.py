"""What `lunas doctor` says of the search index, wherever it is kept."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from adapters.inbound.cli.tools import Finding, Verdict
from application.index_payments import MOST_COUNTED
from application.ports import IndexUnavailable, PaymentFeed, PaymentIndex, SearchQuery
from bootstrap.means import Store
from bootstrap.search import can_be_asked, opened_index
from bootstrap.settings import Settings

MOST_BEHIND = timedelta(seconds=30)
"""An index may be that far behind the store before it is worth a word."""
_ANYTHING = SearchQuery("", livemode=False, limit=1, counted=False)


def search(settings: Settings, store: Store) -> Iterator[Finding]:
    """How far it is behind the store; nothing of an index in a file that is not made yet."""
    if not can_be_asked(settings):
        return
    try:
        index = opened_index(settings)
    except ValueError as wrong:
        yield Finding(
            "search", Verdict.BAD, f"LUNAS_SEARCH_URL cannot be meant: {wrong}", "mend it"
        )
        return
    try:
        yield behind(index, store.feed, store.heartbeats.now())
    finally:
        index.close()


def behind(index: PaymentIndex, feed: PaymentFeed, now: datetime) -> Finding:
    """How many changes it has not seen, and since when; raises StoreUnavailable."""
    try:
        cursor = index.search(_ANYTHING).cursor
    except IndexUnavailable as away:
        fix = "see that it runs; searches are answered by the store meanwhile"
        return Finding("search", Verdict.WARNING, f"the index does not answer: {away}", fix)
    waiting = feed.waiting(cursor, MOST_COUNTED)
    if not waiting.count:
        return Finding("search", Verdict.GOOD, "the index is level with the store")
    text = f"{waiting.count:,} change(s) are not in the index"
    age = now - waiting.since if waiting.since else timedelta(0)
    if age <= MOST_BEHIND:
        return Finding("search", Verdict.GOOD, text)
    fix = "start `lunas worker`, or read its troubles about search"
    told = f"{text}, the oldest for {age.total_seconds():.0f} s"
    return Finding("search", Verdict.WARNING, told, fix)
