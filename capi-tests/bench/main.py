"""Measures this library beside the original, in turn, through the same programs: `run --help`."""

import argparse
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(1, os.path.join(ROOT, "capi-tests", "programs"))

import cases  # noqa: E402
import library  # noqa: E402
import report  # noqa: E402
import streams  # noqa: E402
from distance import Unavailable  # noqa: E402
from figures import BARE, GSTREAMER, ORIGINAL, OURS, RIVAL, Figures  # noqa: E402
from machine import Machine  # noqa: E402
import process  # noqa: E402
from process import Failure  # noqa: E402

# Enough bytes for exact counts; slow messages are counted less often.
COUNTED_BYTES = 4_000_000


def _arguments():
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    release = os.path.join(ROOT, "target", "library", "librtmp.so")
    parser.add_argument("--library", default=release, help="the library to be measured (default: what make builds)")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of original and ours in turn (default: 7)")
    parser.add_argument("--ms", type=int, default=150, help="milliseconds of each run (default: 150)")
    parser.add_argument("--case", action="append", help="only cases whose name contains this (may be repeated)")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    parser.add_argument("--no-counts", action="store_true", help="leave out callgrind and strace")
    parser.add_argument("--apart", action="store_true", help="give the client and its peer a CPU each")
    parser.add_argument("--report", help="bring the tables of this Markdown file up to date")
    parser.add_argument("--smoke", action="store_true", help="prove in seconds that it works; the figures mean nothing")
    return parser.parse_args()


def _chosen(arguments):
    if arguments.smoke:
        return [case for case in cases.ALL if case.name in cases.SMOKE]
    wanted = arguments.case or [""]
    return [case for case in cases.ALL if any(word in case.name for word in wanted)]


def _play(machine, case, rounds):
    """The rounds of one case: original, ours, and what is measured beside them, in turn."""
    figures = Figures(case)
    if case.unit == "streams":
        streams.play(machine, figures, rounds)
        return figures
    for _ in range(1 if case.once else rounds):
        for actor in (ORIGINAL, OURS):
            lines, _ = machine.run(case, actor)
            for line in lines:
                figures.add(actor, line)
        if case.bare:
            figures.add(BARE, machine.run(case, OURS, case.bare)[0][0])
        if case.rival:
            figures.add(RIVAL, machine.run(case, OURS, case.rival, program="rival")[0][0])
        if case.gstreamer:
            figures.add(GSTREAMER, machine.gstreamer(case))
    return figures


def _count(machine, case, figures):
    size = case.arguments.get("size", 0) if case.unit == "GB" else 40_000
    messages = max(40, min(2000, COUNTED_BYTES // max(size, 1)))
    for actor in (ORIGINAL, OURS):
        figures.counts["instructions", actor] = machine.instructions(case, actor, messages)
        if case.peer:
            figures.counts["calls", actor] = machine.system_calls(case, actor, messages)


def _measure(arguments, directory, chosen):
    seats = {}
    for name, path in ((ORIGINAL, library.original()), (OURS, arguments.library)):
        os.mkdir(os.path.join(directory, name))
        seats[name] = library.Seat(name, path, os.path.join(directory, name))
    rounds, milliseconds = (1, 10) if arguments.smoke else (arguments.rounds, arguments.ms)
    machine = Machine(directory, seats, milliseconds, arguments.apart)
    results = []
    failed = 0
    for case in chosen:
        try:
            with machine.distance(case.unit == "round trips"), machine.peer(case.peer):
                figures = _play(machine, case, rounds)
                is_tried = arguments.smoke and any(one.counts for one in results)
                if case.counted and not (arguments.no_counts or is_tried):
                    _count(machine, case, figures)
        except Unavailable as reason:
            print(f"LEFT OUT {case.name}: {reason}", flush=True)
            continue
        except Failure as failure:
            failed += 1
            print(f"FAILED {case.name}: {failure}", flush=True)
            continue
        print(report.line(figures), flush=True)
        results.append(figures)
    return results, failed


def main():
    """The entry point; returns the exit status, which never depends on speed."""
    arguments = _arguments()
    chosen = _chosen(arguments)
    if arguments.list:
        print("\n".join(case.name for case in chosen))
        return 0
    with tempfile.TemporaryDirectory(prefix="rtmp-bench-") as directory:
        results, failed = _measure(arguments, directory, chosen)
    if arguments.report:
        report.update(arguments.report, results, arguments)
    return 1 if failed else 0


if __name__ == "__main__":
    process.run("bench", main)
