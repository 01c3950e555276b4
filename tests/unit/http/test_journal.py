"""The journal: nothing that was answered is lost, and a hanging reader costs no request."""

import threading
from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Histogram

from adapters.inbound.http import journal
from adapters.inbound.http.journal import Journal
from adapters.inbound.http.logs import Line, Trace
from adapters.inbound.http.metrics import BUCKETS, HttpMetrics, observe


class Paper:
    """Remembers each writing; `held` keeps the pen."""

    def __init__(self) -> None:
        self.writings: list[Sequence[Line]] = []
        self.written = threading.Event()
        self.held = threading.Lock()

    def write(self, lines: Sequence[Line]) -> None:
        with self.held:
            self.writings.append(lines)
            self.written.set()

    def ids(self) -> list[object]:
        return [line["request_id"] for lines in self.writings for _, line in lines]


def a_journal(paper: Paper) -> Journal:
    return Journal(HttpMetrics(CollectorRegistry()), paper.write)


def answer(on: Journal, *names: str) -> None:
    for name in names:
        on.answered(Trace(name), "GET", "/healthz", 200)


def test_before_it_is_started_each_line_is_written_at_once() -> None:
    paper = Paper()
    answer(a_journal(paper), "a", "b")
    assert [len(lines) for lines in paper.writings] == [1, 1]


def test_once_started_it_writes_many_lines_together_and_loses_none() -> None:
    paper = Paper()
    on = a_journal(paper)
    on.start()
    answer(on, "a", "b", "c")
    assert paper.written.wait(5)
    assert [len(lines) for lines in paper.writings] == [3]
    paper.written.clear()
    answer(on, "d")
    assert paper.written.wait(5)
    answer(on, "e")
    on.stop()
    answer(on, "f")
    assert paper.ids() == ["a", "b", "c", "d", "e", "f"]


def test_what_waits_is_counted_before_the_numbers_are_shown() -> None:
    metrics = HttpMetrics(CollectorRegistry())
    on = Journal(metrics, Paper().write)
    on.start()
    answer(on, "a", "b")
    on.count()
    assert b'route="/healthz",status="200"} 2.0' in metrics.page()
    on.stop()


def test_many_times_observed_together_are_what_the_library_makes_of_each() -> None:
    seconds = [0.0004, 0.001, 0.00101, 0.25, 59.0, 61.0, 0.25]
    ours, theirs = (
        Histogram("seconds", "Of an answer.", buckets=BUCKETS, registry=None) for _ in range(2)
    )
    observe(ours, seconds)
    for each in seconds:
        theirs.observe(each)
    shown = [
        [(s.name, s.labels, s.value) for m in h.collect() for s in m.samples]
        for h in (ours, theirs)
    ]
    counted = [[s for s in samples if not s[0].endswith("_created")] for samples in shown]
    assert counted[0] == counted[1]
    assert ("seconds_count", {}, 7.0) in counted[0]


def test_a_reader_that_hangs_costs_old_lines_and_no_request() -> None:
    paper = Paper()
    on = a_journal(paper)
    with paper.held:
        on.start()
        answer(on, *map(str, range(journal.MOST_WAITING + 5)))
    on.stop()
    assert len(paper.ids()) >= journal.MOST_WAITING
    assert paper.ids()[-1] == str(journal.MOST_WAITING + 4)
