"""Figures of one case: what the rounds gave, and their medians."""

import statistics

from distance import ROUND_TRIP

ORIGINAL, OURS, BARE, RIVAL, GSTREAMER = "original", "ours", "bare", "ffmpeg", "gstreamer"


class Spread:
    """The median of some values, and the smallest and the largest."""

    def __init__(self, values):
        self.median = statistics.median(values)
        self.least, self.most = min(values), max(values)


def cost(unit, line):
    """CPU seconds per GB, CPU seconds an hour, CPU microseconds per message, bytes; by the clock on the wall, round trips or
    milliseconds per message."""
    if unit == "round trips":
        return line["wall"] / line["messages"] / ROUND_TRIP
    if unit == "ms":
        return line["wall"] / line["messages"] * 1e3
    if unit == "bytes":
        return line["bytes"]
    if unit == "GB":
        return line["cpu"] / line["bytes"] * 1e9
    if unit == "hour":
        return line["cpu"] / line["wall"] * 3600
    return line["cpu"] / line["messages"] * 1e6


class Figures:
    """`rounds` maps an actor to its results, round by round; `counts` (name, actor) to exact counts per message."""

    def __init__(self, case):
        self.case = case
        self.rounds = {}
        self.counts = {}

    def add(self, actor, line):
        self.rounds.setdefault(actor, []).append(line)

    def cost(self, actor):
        """The actor's cost, None if it did not take part."""
        lines = self.rounds.get(actor)
        return Spread([cost(self.case.unit, line) for line in lines]) if lines else None

    def ratio(self, actor=OURS, to=ORIGINAL):
        """The actor's cost as a multiple of the other's, each round by itself: what disturbs both is taken out."""
        pairs = zip(self.rounds.get(actor, ()), self.rounds.get(to, ()), strict=False)
        values = [cost(self.case.unit, one) / cost(self.case.unit, other) for one, other in pairs]
        return Spread(values) if values else None

    def speed(self, actor):
        """MB a second, by the clock on the wall."""
        lines = self.rounds.get(actor)
        if not lines or self.case.unit != "GB":
            return None
        return Spread([line["bytes"] / line["wall"] / 1e6 for line in lines])

    def blocks(self, actor):
        """Blocks allocated per message."""
        lines = self.rounds.get(actor)
        if not lines or self.case.unit in ("bytes", "round trips", "ms"):
            return None
        return statistics.median(line["blocks"] / line["messages"] for line in lines)

    def call(self, actor):
        """Microseconds that a call takes, by the clock on the wall; None if the case is not about that."""
        lines = self.rounds.get(actor)
        if not lines or self.case.unit != "hour":
            return None
        return statistics.median(line["inside"] / line["messages"] * 1e6 for line in lines)

    def count(self, name, actor):
        """Instructions or system calls per message, None if they were not counted."""
        return self.counts.get((name, actor))
