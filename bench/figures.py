"""What a measurement says: values of each round, their median and range, and a verdict."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import isnan
from statistics import median
from typing import Any


class Verdict(StrEnum):
    """What a figure's bound says of it."""

    GOAL = "goal met"
    MET = "met"
    MISSED = "not met"
    TOLD = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a figure must show: `least` or `most`; `goal` is the further aim of a least one."""

    least: float | None = None
    most: float | None = None
    goal: float | None = None

    def verdict(self, value: float) -> Verdict:
        """How this value stands; one that could not be measured meets nothing."""
        if isnan(value):
            return Verdict.MISSED
        if self.least is not None and value < self.least:
            return Verdict.MISSED
        if self.most is not None and value > self.most:
            return Verdict.MISSED
        return Verdict.GOAL if self.goal is not None and value >= self.goal else Verdict.MET

    def __str__(self) -> str:
        parts = [f"≥ {self.least:g}"] if self.least is not None else []
        parts += [f"≤ {self.most:g}"] if self.most is not None else []
        parts += [f"goal {self.goal:g}"] if self.goal is not None else []
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: a value of each round. Its median is what counts."""

    name: str
    values: Sequence[float]
    unit: str = ""
    bound: Bound | None = None
    note: str = ""

    @property
    def median(self) -> float:
        """The middle value."""
        return median(self.values)

    @property
    def verdict(self) -> Verdict:
        """How the median stands to the bound."""
        return self.bound.verdict(self.median) if self.bound else Verdict.TOLD

    def plain(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "name": self.name,
            "median": _rounded(self.median),
            "range": [_rounded(min(self.values)), _rounded(max(self.values))],
            "rounds": [_rounded(value) for value in self.values],
            "unit": self.unit,
            "bound": str(self.bound) if self.bound else None,
            "verdict": self.verdict.value or None,
            "note": self.note or None,
        }


@dataclass(frozen=True, slots=True)
class Measured:
    """All figures of one measurement, the first ones first, and how they were taken."""

    figures: Sequence[Figure]
    facts: dict[str, Any] = field(default_factory=dict)


def ratios(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """Round by round, one divided by the other."""
    return [a / b for a, b in zip(over, under, strict=True)]


def percentile(sorted_values: Sequence[float], share: float) -> float:
    """The value below which this share of them lies (nearest rank)."""
    if not sorted_values:
        return float("nan")
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
