"""Links programs and plugins with the installed library in every way there is, and runs them: `run --help`."""

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(1, os.path.join(os.path.dirname(HERE), "programs"))

import process
from installation import Installation
from process import Failure
from registry import REGISTRY

# In the order in which their cases run.
MODULES = ("archive", "plugins", "programs", "documents", "cargo_c")


def _arguments():
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument(
        "--prefix",
        default=os.path.join(ROOT, "target", "stage"),
        help="where `make install prefix=…` has put the library (default: where `make check` does)",
    )
    parser.add_argument("--case", action="append", help="run only this case (may be repeated)")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    return parser.parse_args()


def _chosen(names):
    for module in MODULES:
        importlib.import_module(module)
    known = [case.name for case in REGISTRY]
    for name in names or []:
        if name not in known:
            sys.exit(f"run: no case {name}; there are: {' '.join(known)}")
    return [case for case in REGISTRY if not names or case.name in names]


def main():
    """The entry point; returns the exit status."""
    arguments = _arguments()
    cases = _chosen(arguments.case)
    if arguments.list:
        print("\n".join(case.name for case in cases))
        return 0
    failed = 0
    with tempfile.TemporaryDirectory(prefix="rtmp-link-") as directory:
        installation = Installation(arguments.prefix, directory)
        for case in cases:
            started = time.monotonic()
            try:
                case.run(installation)
            except (Failure, OSError, ValueError, subprocess.SubprocessError) as failure:
                failed += 1
                print(f"FAILED {case.name}: {failure}", flush=True)
            else:
                print(f"ok {case.name} ({time.monotonic() - started:.1f} s)", flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    process.run("run", main)
