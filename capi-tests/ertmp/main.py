"""Publishes and plays Enhanced RTMP with real media, programs and servers: `run --help`."""

import os
import re
import shlex
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[1:1] = [os.path.join(os.path.dirname(HERE), name) for name in ("programs", "hostile")]

# pylint: disable=wrong-import-position
import building
import cases
import connect  # registers its cases, as the next does
import library
import media
import process
import resume
from node import NodeServer
from process import Failure
from server import Server

FETCH_SECONDS = 600
# Debian's first whose FFmpeg writes HEVC and AV1 to FLV.
RELEASE = "trixie"
# The line of docs/use-with.md.
PUBLISHING = re.compile(r"^    (ffmpeg .* ertmp=1\")$", re.MULTILINE)


def _arguments():
    parser = library.parser(__doc__)
    parser.add_argument(
        "--pc",
        default=os.path.join(ROOT, "target", "stage", "lib", "pkgconfig"),
        help="directory with our librtmp.pc (default: where make check installs)",
    )
    only = "run only this case (may be repeated)"
    parser.add_argument("--case", action="append", choices=list(cases.ALL), metavar="CASE", help=only)
    parser.add_argument("--list", action="store_true", help="print the names of the cases")
    return parser.parse_args()


def _fetched():
    """The directory of the current FFmpeg and of node-media-server."""
    done = subprocess.run([os.path.join(HERE, "tools")], stdout=subprocess.PIPE, text=True, timeout=FETCH_SECONDS, check=False)
    if done.returncode != 0:
        raise Failure("FFmpeg and node-media-server could not be fetched (see above)")
    return done.stdout.strip()


def _compile(source, directory, pc_directory):
    """Compiles one C file against what was installed."""
    program = os.path.join(directory, os.path.splitext(os.path.basename(source))[0])
    flags = shlex.join(["-std=c11", "-Wall", "-Wextra", "-Werror", "-o", program, source])
    environment = dict(os.environ, PKG_CONFIG_PATH=os.path.abspath(pc_directory))
    command = f"gcc {flags} $(pkg-config --cflags --libs librtmp)"
    subprocess.run(command, shell=True, env=environment, check=True, timeout=60)
    return program


def _publishing():
    with open(os.path.join(ROOT, "docs", "use-with.md"), encoding="utf-8") as file:
        found = PUBLISHING.search(file.read())
    if not found:
        raise Failure("docs/use-with.md has no line that publishes with ertmp")
    return found[1]


def _directory(parent, name):
    path = os.path.join(parent, name)
    os.mkdir(path)
    return path


def _run(name, case, *arguments):
    started = time.monotonic()
    try:
        case(*arguments)
    except (Failure, OSError, ValueError, subprocess.SubprocessError) as failure:
        print(f"FAILED {name}: {failure}", flush=True)
        return False
    print(f"ok {name} ({time.monotonic() - started:.1f} s)", flush=True)
    return True


def main():
    """The entry point; returns the exit status."""
    arguments = _arguments()
    if arguments.list:
        print("\n".join(cases.ALL))
        return 0
    tools = _fetched()
    results = []
    with tempfile.TemporaryDirectory(prefix="rtmp-") as directory:
        sources = (os.path.join(HERE, "client.c"), os.path.join(ROOT, "examples", "server.c"))
        programs = [_compile(source, directory, arguments.pc) for source in sources]
        with Server(_directory(directory, "nginx")) as nginx, NodeServer(tools, _directory(directory, "node")) as node:
            files = media.make(os.path.join(tools, "ffmpeg"), nginx.vod_directory)
            ffmpeg = building.ffmpeg(arguments.pc, RELEASE)
            shared = cases.Shared(files, nginx, node, tools, *programs, ffmpeg, _publishing())
            seat = library.Seat("ours", arguments.library, _directory(directory, "seat"))
            for name, case in cases.ALL.items():
                if not arguments.case or name in arguments.case:
                    results.append(_run(name, case, shared, seat))
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    process.run("run", main)
