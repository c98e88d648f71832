"""Compiles the examples as examples/README.md says and runs them against loopback servers: `run --help`."""

import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "programs"))
# For rtmp.py there: what servers say.
sys.path.append(os.path.join(os.path.dirname(HERE), "hostile"))

# pylint: disable=wrong-import-position
import building
import cases  # pylint: disable=unused-import
import clip
import common
import compiling
import failures  # pylint: disable=unused-import
import library
import process
import stops  # pylint: disable=unused-import
import using
from process import Failure
from server import Server

# Long enough for a key frame behind the one at which a connection is lost.
CLIP_SECONDS = 3
# The name under which docs/use-with.md can be asked for.
PAGE = "use_with"


def _arguments():
    parser = library.parser(__doc__)
    parser.add_argument(
        "--pc",
        default=os.path.join(ROOT, "target", "stage", "lib", "pkgconfig"),
        help="directory with our librtmp.pc (default: where make check installs)",
    )
    parser.add_argument("--case", action="append", choices=[*common.ALL, PAGE], help="run only this case (may be repeated)")
    return parser.parse_args()


def _seats(arguments, directory):
    """What was compiled with which headers, on which library: ours, the original, and a program that was compiled for
    the original and now runs on ours."""
    original = library.original()
    built = {
        "ours": compiling.build(ROOT, os.path.join(directory, "ours"), arguments.pc),
        "original": compiling.build(ROOT, os.path.join(directory, "original"), None),
    }
    for name, headers, path in (
        ("ours", "ours", arguments.library),
        ("original", "original", original),
        ("moved", "original", arguments.library),
    ):
        seat_directory = os.path.join(directory, f"seat-{name}")
        os.mkdir(seat_directory)
        seat = library.Seat(name, path, seat_directory)
        seat.programs = built[headers]
        seat.is_ours = path != original
        yield seat


def _chosen(arguments, seat):
    """The cases of this seat that are asked for, with their names."""
    for name, case in common.ALL.items():
        if (not arguments.case or name in arguments.case) and (seat.name == "ours" or name not in common.OURS):
            yield name, case


def _run(name, seat, case, *arguments):
    started = time.monotonic()
    try:
        case(*arguments)
    except (Failure, OSError, ValueError, subprocess.SubprocessError) as failure:
        print(f"FAILED {name} ({seat.name}): {failure}", flush=True)
        return False
    print(f"ok {name} ({seat.name}, {time.monotonic() - started:.1f} s)", flush=True)
    return True


def _run_page(shared, seat, pc_directory):
    """Each of the commands of docs/use-with.md, on our library."""
    blocks = using.blocks(ROOT)
    if not blocks:
        raise Failure("docs/use-with.md has no commands")
    ffmpeg = building.ffmpeg(pc_directory)
    for number, block in enumerate(blocks, 1):
        yield _run(f"use-with-{number}", seat, using.run, shared, seat, number, block, ffmpeg)


def main():
    """The entry point; returns the exit status."""
    arguments = _arguments()
    results = []
    with tempfile.TemporaryDirectory(prefix="rtmp-") as directory:
        compiling.try_all(ROOT, arguments.pc)
        root = os.path.join(directory, "server")
        os.mkdir(root)
        with Server(root) as server:
            shared = common.Shared(ROOT, server, clip.make(server.vod_directory, CLIP_SECONDS))
            for seat in _seats(arguments, directory):
                for name, case in _chosen(arguments, seat):
                    results.append(_run(name, seat, case, shared, seat))
                if seat.name == "ours" and (not arguments.case or PAGE in arguments.case):
                    results.extend(_run_page(shared, seat, arguments.pc))
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    process.run("run", main)
