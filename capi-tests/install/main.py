"""Builds, installs and packs the library as packagers do, in temporary directories: `run --help`."""

import argparse
import os
import subprocess
import sys
import time

import archive
import places
import settings
import targets
from making import ROOT, Failure


def _arguments(names):
    parser = argparse.ArgumentParser(prog="run", description=__doc__)
    parser.add_argument(
        "--library",
        default=os.path.join(ROOT, "target", "library", "librtmp.so"),
        help="the library that make has built, which another user has to be able to build (default: target/library)",
    )
    parser.add_argument(
        "--check", action="append", choices=names, metavar="NAME", help="run only this one (may be repeated)"
    )
    parser.add_argument("--list", action="store_true", help="print the names of the checks")
    return parser.parse_args()


def main():
    """The entry point; returns the exit status."""
    quick = {check.__name__: check for module in (targets, settings, places) for check in module.CHECKS}
    slow = {f"archive_{check.__name__}": check for check in archive.CHECKS}
    arguments = _arguments([*quick, *slow])
    if arguments.list:
        print("\n".join([*quick, *slow]))
        return 0
    made = archive.Archive(os.path.abspath(arguments.library))
    failed = 0
    try:
        for name in arguments.check or [*quick, *slow]:
            begin = time.monotonic()
            try:
                quick[name]() if name in quick else slow[name](made)
                verdict = "ok"
            except (Failure, OSError, subprocess.SubprocessError) as failure:
                verdict = f"FAILED: {failure}"
                failed += 1
            print(f"{name}: {verdict} ({time.monotonic() - begin:.0f} s)", flush=True)
    finally:
        made.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
