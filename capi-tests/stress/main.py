"""Two threads on one handle, calls stopped from outside, faults of server and network: `run --help`."""

import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# Processes, ports and a server as the real programs have them. Behind our own directory: some modules have equal names.
sys.path.append(os.path.join(os.path.dirname(HERE), "programs"))

# pylint: disable=wrong-import-position
import duplex  # noqa: E402
import faults  # noqa: E402
from bench import CHECKS, Bench  # noqa: E402
import library  # noqa: E402
import process  # noqa: E402
from process import Failure  # noqa: E402

CASES = {
    case.__name__: case
    for case in (duplex.steady, duplex.sudden, duplex.stop, duplex.again, duplex.calls, faults.cut, faults.live)
}


def _arguments():
    parser = library.parser(__doc__)
    parser.add_argument("--check", choices=CHECKS, default="none", help="what the clients run under")
    parser.add_argument("--hand", action="store_true", help="the long run: 10 million messages, 5 minutes of faults")
    parser.add_argument("--programs", help="a directory with clients that are built already")
    parser.add_argument("--messages", type=int, help="how many messages `steady` sends")
    parser.add_argument("--rounds", type=int, help="how often `sudden` connects each way")
    parser.add_argument("--seconds", type=int, help="how long `calls` takes for each transport")
    parser.add_argument("--seed", type=int, default=1, help="with what `calls` begins")
    parser.add_argument("--case", action="append", choices=CASES, help="run only this case (may be repeated)")
    return parser.parse_args()


def _run(case, bench):
    """Runs one case and prints what it found out; the reason of its failure or None."""
    try:
        for line in case(bench):
            print(f"    {line}", flush=True)
    except (Failure, OSError, ValueError, subprocess.SubprocessError) as failure:
        return failure
    return None


def main():
    """The entry point; returns the exit status."""
    arguments = _arguments()
    failed = 0
    names = arguments.case or list(CASES)
    with tempfile.TemporaryDirectory(prefix="rtmp-") as directory:
        bench = Bench(arguments, directory)
        for name in names:
            started = time.monotonic()
            reason = _run(CASES[name], bench)
            failed += reason is not None
            result = f"FAILED {name}: {reason}" if reason else f"ok {name} ({time.monotonic() - started:.1f} s)"
            print(result, flush=True)
    print(f"{len(names) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    process.run("run", main)
