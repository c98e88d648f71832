"""Results as lines for a terminal and as tables for docs/performance.md."""

import os
import statistics

import goals
import streams
from figures import BARE, GSTREAMER, ORIGINAL, OURS, RIVAL, cost

PAIRS = ("MB/s", "system calls", "blocks")
# What a user notices is measured in these.
FELT = ("round trips", "ms", "hour")
# And these have tables of their own.
APART = (*FELT, "streams")
UNITS = {"GB": "s/GB", "hour": "s/h", "message": "us", "bytes": "bytes", "ms": "ms", "round trips": "round trips"}


def _short(value):
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _spread(spread):
    return f"{_short(spread.median)} ({_short(spread.least)}..{_short(spread.most)})" if spread else "-"


def line(figures):
    """One case in one line."""
    if figures.case.unit == "streams":
        return streams.line(figures, _spread)
    parts = [f"{figures.case.name}:"]
    for actor in (ORIGINAL, OURS, BARE, RIVAL, GSTREAMER):
        spread = figures.cost(actor)
        if spread:
            parts.append(f"{actor} {_short(spread.median)}")
    ratio = figures.ratio()
    parts.append(f"{UNITS[figures.case.unit]}, ratio {_spread(ratio)}")
    for name in ("instructions", "calls"):
        if figures.count(name, OURS) is not None:
            parts.append(f"{name} {_short(figures.count(name, ORIGINAL))} / {_short(figures.count(name, OURS))}")
    if figures.call(OURS) is not None:
        parts.append(f"us a call {_short(figures.call(ORIGINAL))} / {_short(figures.call(OURS))}")
    if figures.blocks(OURS) is not None:
        parts.append(f"blocks {_short(figures.blocks(ORIGINAL))} / {_short(figures.blocks(OURS))}")
    return " ".join(parts)


def _table(head, rows):
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def goal_rows(results):
    """The goals whose case was measured."""
    by_name = {figures.case.name: figures for figures in results}
    for goal in goals.ALL:
        figures = by_name.get(goal.case)
        measured = figures and goal.measure(figures)
        if measured:
            verdict = "met" if goals.is_met(goal, measured[0]) else "**missed**"
            yield goal.what, goals.limit(goal), measured[1], verdict


def _pair(original, ours):
    return "" if ours is None else f"{_short(original)} / {_short(ours)}"


def _felt_rows(results):
    for figures in results:
        if figures.case.unit in FELT:
            yield (
                figures.case.name,
                UNITS[figures.case.unit],
                *(_spread(figures.cost(actor)) for actor in (ORIGINAL, OURS, RIVAL, GSTREAMER)),
                _pair(figures.call(ORIGINAL), figures.call(OURS)),
            )


def _instruction_rows(results):
    for figures in results:
        ours, original = (figures.count("instructions", actor) for actor in (OURS, ORIGINAL))
        if ours is not None:
            yield figures.case.name, f"{original:,.0f}", f"{ours:,.0f}", f"{ours / original:.2f}"


def _waiting_rows(results):
    """Instructions of our calls that wait beside those of the same that do not."""
    by_name = {figures.case.name: figures.count("instructions", OURS) for figures in results}
    for name, waits_not in by_name.items():
        before, is_so, _ = name.partition(" nonblocking=1")
        waits = by_name.get(before)
        if is_so and waits and waits_not:
            yield before, f"{waits:,.0f}", f"{waits_not:,.0f}", f"{waits_not / waits:.2f}"


def _case_rows(results):
    for figures in results:
        case = figures.case
        if case.once or case.unit in APART:
            continue
        yield (
            case.name,
            UNITS[case.unit],
            *(_short(spread and spread.median) for spread in map(figures.cost, (ORIGINAL, OURS, BARE, RIVAL))),
            _spread(figures.ratio()),
            _pair(*(spread and spread.median for spread in map(figures.speed, (ORIGINAL, OURS)))),
            _pair(*(figures.count("calls", actor) for actor in (ORIGINAL, OURS))),
            _pair(figures.blocks(ORIGINAL), figures.blocks(OURS)),
        )


def _length_rows(results):
    for figures in results:
        if not figures.case.once:
            continue
        for actor in (ORIGINAL, OURS):
            costs = [cost(figures.case.unit, one) for one in figures.rounds[actor]]
            yield figures.case.name, actor, _short(costs[0]), _short(costs[-1]), f"{costs[-1] / costs[0]:.2f}"


def _noise(results, arguments):
    widths = []
    for figures in results:
        spread = figures.ratio()
        if spread and not figures.case.once and figures.case.unit not in ("bytes", *APART):
            widths.append((spread.most - spread.least) / spread.median)
    width = f"{statistics.median(widths):.0%}" if widths else "-"
    return (
        f"Measured on {os.cpu_count()} CPUs ({_processor()}), Linux {os.uname().release}: {arguments.rounds} rounds of"
        f" {arguments.ms} ms. Between the smallest and the largest ratio of a case lie {width} of its median (median over"
        " all cases)."
    )


def _processor():
    with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
        names = [row.partition(":")[2].strip() for row in file if row.startswith("model name")]
    return names[0] if names else "unknown"


def update(path, results, arguments):
    """Replaces what stands between the marks of the file by what was measured now."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    parts = {
        "noise": _noise(results, arguments),
        "felt": _table(
            ("case", "unit", "original", "ours", "FFmpeg", "GStreamer", "us a call"), _felt_rows(results)
        ),
        "streams": _table(streams.HEAD, streams.rows(results, _spread)),
        "waiting": _table(("one message", "waits", "does not wait", "does not : waits"), _waiting_rows(results)),
        "instructions": _table(("case", "original", "ours", "ours : original"), _instruction_rows(results)),
        "goals": _table(("goal", "limit", "measured", ""), goal_rows(results)),
        "cases": _table(
            ("case", "unit", "original", "ours", "bare", "FFmpeg", "ours : original", *PAIRS), _case_rows(results)
        ),
        "length": _table(("case", "library", "first GB", "tenth GB", "tenth : first"), _length_rows(results)),
    }
    for name, content in parts.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = before + begin + content + "\n" + end + after
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
