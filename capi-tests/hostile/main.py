"""Hostile peers against programs on librtmp: `run --help`."""

import collections
import concurrent.futures
import importlib
import os
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(1, os.path.join(os.path.dirname(HERE), "programs"))

import library
import polling
import seat
import table
import wire
from case import REGISTRY, SHORT, Bulk
import process

MODULES = ("playing", "publishing", "serving", "flooding", "web", "layered", "web_tls", "raw_tls", "proxies", "bulk")
# How many cases of a kind run beside each other. Those that sleep cost nothing; those that are timed need the machine
# to keep up; the others are as fast as it is.
SLEEPERS, TIMED, BUSY = 48, 24, 6
TOOLS = ("sanitizers", "valgrind")


def _arguments():
    parser = library.parser(__doc__)
    parser.add_argument(
        "--case", action="append", help="only cases whose `family/name` contains this (may be repeated)"
    )
    parser.add_argument("--every", type=int, default=1, help="only one of so many cases, and of the sessions of each")
    parser.add_argument(
        "--tool", choices=TOOLS, help="run the client under this: endings and memory are not judged then"
    )
    parser.add_argument(
        "--mode",
        choices=tuple(seat.SESSIONS),
        default="waiting",
        help="by calls that wait, or by one thread with poll where no call does (RTMP_SetNonBlocking)",
    )
    parser.add_argument("--queue", type=int, default=0, help="bytes that the queue holds where no call waits")
    parser.add_argument("--compare", action="store_true", help="run the original as well, and print both in a table")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    parser.add_argument("--verbose", action="store_true", help="say how each case ended")
    return parser.parse_args()


def _chosen(arguments):
    for module in MODULES:
        importlib.import_module(module)
    named = [
        case
        for case in REGISTRY
        if not arguments.case or any(text in f"{case.family}/{case.name}" for text in arguments.case)
    ]
    if arguments.mode == "nonblocking":
        named = _counterparts(named)
    return [case.every(arguments.every) if isinstance(case, Bulk) else case for case in named[:: arguments.every]]


def _counterparts(cases):
    """The cases where no call waits. Says how many have none, and why."""
    reasons = collections.Counter(reason for reason in map(polling.missing, cases) if reason)
    for reason, count in reasons.items():
        print(f"{count} cases have no counterpart: {reason}")
    return [polling.counterpart(case) for case in cases if not polling.missing(case)]


def _pools(cases):
    """The cases in the order in which they run, as `(how many at a time, cases)`; the first run beside all others."""
    single = [case for case in cases if not isinstance(case, Bulk)]
    sleepers = [case for case in single if case.limit > 100]
    timed = [case for case in single if case.seconds == SHORT and "flood" not in case.name]
    busy = [case for case in single if case not in sleepers and case not in timed]
    return (SLEEPERS, sleepers), (TIMED, timed), (BUSY, busy)


class Run:
    """All chosen cases on one library. `outcomes` has what came of each."""

    def __init__(self, client, verbose, **how):
        self.outcomes = {}
        self._client = client
        self._verbose = verbose
        self._how = how

    def single(self, cases):
        """Runs the cases that are one session each."""
        sleepers, *others = _pools(cases)
        with concurrent.futures.ThreadPoolExecutor(sleepers[0]) as beside:
            first = self._start(beside, sleepers[1])
            for jobs, several in others:
                with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
                    self._collect(self._start(pool, several))
            self._collect(first)

    def _start(self, pool, cases):
        return {pool.submit(self._client.run, case, **self._how): case for case in cases}

    def repeat(self, kinds):
        """Runs cases that ended in one of `kinds` once more, alone: the machine may have been too busy for a peer to
        be in time. The second ending counts."""
        for case, outcome in list(self.outcomes.items()):
            if outcome.kind in kinds and not isinstance(case, Bulk):
                print(f"again, alone: {case.family}/{case.name}: {outcome.text}", flush=True)
                self._note(case, self._client.run(case, **self._how))

    def bulk(self, cases, isolated=False):
        """Runs the cases of many sessions."""
        for case in cases:
            if isinstance(case, Bulk):
                self._note(case, self._client.run_bulk(case, isolated))

    def _collect(self, futures):
        for future in concurrent.futures.as_completed(futures):
            self._note(futures[future], future.result())

    def _note(self, case, outcome):
        self.outcomes[case] = outcome
        if self._verbose or outcome.kind != "ok":
            print(f"{outcome.kind} {case.family}/{case.name}: {outcome.text}", flush=True)


def _ours(arguments, cases, directory):
    client = seat.with_tool(arguments.tool, arguments.library, directory, arguments.mode)
    how = {}
    if arguments.tool:
        how = {"seconds": seat.TOOL_SECONDS, "patience": seat.TOOL_PATIENCE}
        wire.slow_down(seat.TOOL_SECONDS)
    run = Run(client, arguments.verbose, **how)
    started = time.monotonic()
    run.single(cases)
    if not arguments.tool:
        run.repeat(("wrong", "hang"))
    run.bulk(cases)
    bad = [case for case, outcome in run.outcomes.items() if outcome.kind != "ok"]
    sessions = sum(case.count if isinstance(case, Bulk) else 1 for case in cases)
    print(
        f"{len(cases) - len(bad)} cases passed, {len(bad)} failed, {sessions} sessions "
        f"in {time.monotonic() - started:.0f} s"
    )
    return run, bad


def _original(arguments, cases, directory):
    program = seat.build(directory, arguments.library)
    run = Run(seat.Client(program, library.original(), directory), arguments.verbose, patience=1 / 3)
    able = [case for case in cases if case.original]
    run.single(able)
    run.bulk(able, isolated=True)
    return run


def main():
    """The entry point; returns the exit status."""
    arguments = _arguments()
    if not arguments.list:
        library.built(arguments.library)
    os.environ["HOSTILE_QUEUE"] = str(arguments.queue)
    cases = _chosen(arguments)
    if arguments.list:
        print("\n".join(f"{case.family}/{case.name}" for case in cases))
        return 0
    with tempfile.TemporaryDirectory(prefix="rtmp-") as directory:
        directories = [os.path.join(directory, name) for name in ("ours", "original")]
        for each in directories:
            os.mkdir(each)
        ours, bad = _ours(arguments, cases, directories[0])
        if arguments.compare:
            original = _original(arguments, cases, directories[1])
            table.show(cases, original.outcomes, ours.outcomes)
    return 1 if bad else 0


if __name__ == "__main__":
    process.run("run", main)
