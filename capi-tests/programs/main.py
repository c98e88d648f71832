"""Runs real programs on two libraries and compares: `run --help`."""

import functools
import importlib
import os
import subprocess
import sys
import tempfile
import time

import bench
import building
import clip
import library
import process
from process import Failure
from server import Server
from tls_server import TlsServer

# In the order in which their cases run.
MODULES = (
    "rtmpdump",
    "proxies",
    "gateway",
    "curl",
    "gstreamer",
    "python_librtmp",
    "ffmpeg",
    "schemes",
    "tunnels",
    "secure",
    "swf",
)


def _arguments():
    parser = library.parser(__doc__)
    parser.add_argument("--pc", help="directory with the librtmp.pc that FFmpeg is built with (default: the system's)")
    parser.add_argument("--case", action="append", help="run only this case (may be repeated)")
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    parser.add_argument(
        "--both-original",
        action="store_true",
        help="put the original in both seats: proves the cases, including that it behaves as the differences say",
    )
    return parser.parse_args()


def _chosen(names):
    known = [case.name for case in bench.REGISTRY]
    for name in names or []:
        if name not in known:
            sys.exit(f"run: no case {name}; there are: {' '.join(known)}")
    return [case for case in bench.REGISTRY if not names or case.name in names]


def _run(case, shared, directory, libraries, both_original):
    """Runs one case on both libraries; returns the reason of its failure or None."""
    outcomes = []
    for name, path in libraries:
        seat_directory = os.path.join(directory, f"{case.name}-{name}")
        os.mkdir(seat_directory)
        seat = library.Seat(name, path, seat_directory)
        try:
            outcomes.append(case.play(shared, seat))
        except (Failure, OSError, ValueError, subprocess.SubprocessError) as failure:
            return f"on {path}: {failure}"
    return bench.judge(case, shared, *outcomes, both_original)


def main():
    """The entry point; returns the exit status."""
    arguments = _arguments()
    for module in MODULES:
        importlib.import_module(module)
    if arguments.list:
        print("\n".join(case.name for case in bench.REGISTRY))
        return 0
    cases = _chosen(arguments.case)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="rtmp-") as directory:
        original = library.original()
        libraries = (("a", original), ("b", original if arguments.both_original else arguments.library))
        roots = [os.path.join(directory, name) for name in ("server", "tls")]
        for root in roots:
            os.mkdir(root)
        with Server(roots[0]) as server, TlsServer(roots[1], server.port) as tls:
            shared = bench.Bench(
                server=server,
                tls=tls,
                clips=clip.make(server.vod_directory),
                ffmpeg=functools.cache(lambda: building.ffmpeg(arguments.pc)),
                shim=building.port_shim(directory),
            )
            for case in cases:
                started = time.monotonic()
                reason = _run(case, shared, directory, libraries, arguments.both_original)
                seconds = time.monotonic() - started
                if reason:
                    failed += 1
                    print(f"FAILED {case.name}: {reason}", flush=True)
                else:
                    row = f", {case.deviation.row}" if case.deviation else ""
                    print(f"ok {case.name} ({seconds:.1f} s{row})", flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    process.run("run", main)
