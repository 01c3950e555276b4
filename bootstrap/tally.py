"""What metrics are to count, marked at once and counted together a little later."""

from collections import Counter as Marks
from datetime import timedelta
from typing import final

from prometheus_client import Counter, Gauge, Histogram

Labels = tuple[str, ...]


@final
class Tally:
    """Remembers what is to be counted; `pay` counts it. For one thread."""

    def __init__(self) -> None:
        self._counts: Marks[tuple[Counter, Labels]] = Marks()
        self._gauges: dict[tuple[Gauge, Labels], int] = {}
        self._spans: list[tuple[Histogram, Labels, timedelta]] = []

    def count(self, counter: Counter, *labels: str, many: int = 1) -> None:
        """So many more."""
        self._counts[counter, labels] += many

    def observe(self, histogram: Histogram, span: timedelta, *labels: str) -> None:
        """It took so long."""
        self._spans.append((histogram, labels, span))

    def set(self, gauge: Gauge, value: int, *labels: str) -> None:
        """It is this now."""
        self._gauges[gauge, labels] = value

    def pay(self) -> None:
        """Count what was marked since the last time."""
        counts, self._counts = self._counts, Marks()
        gauges, self._gauges = self._gauges, {}
        spans, self._spans = self._spans, []
        for (counter, labels), many in counts.items():
            (counter.labels(*labels) if labels else counter).inc(many)
        for (gauge, labels), value in gauges.items():
            (gauge.labels(*labels) if labels else gauge).set(value)
        for histogram, labels, span in spans:
            (histogram.labels(*labels) if labels else histogram).observe(span.total_seconds())
