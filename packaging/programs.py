"""Debian's own programs on the librtmp that is installed: `programs.py VERSION`, where VERSION is what the package must have.

They are the cases of capi-tests/programs, but no program is led to a library: each takes the one that the system gives it.
"""

import importlib
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "capi-tests", "programs"))

import bench
import clip
import library
import process
from process import Failure
from server import Server

CASES = {
    "rtmpdump": ("rtmpdump-vod", "rtmpdump-live"),
    "gateway": ("rtmpgw",),
    "curl": ("curl-download", "curl-upload"),
    "gstreamer": ("gstreamer-rtmpsrc", "gstreamer-rtmpsink"),
    "python_librtmp": ("python-read", "python-write", "python-write-odd"),
}

PACKAGE = "librtmp1"

# rtmpdump computes "incomplete" (2) from the duration in the metadata, also for a file that lacks nothing.
ENDED = (0, 2)


class Installed(library.Seat):
    """A seat whose programs find the library by themselves."""

    def environment(self, **more):
        environment = super().environment(**more)
        del environment["LD_LIBRARY_PATH"]
        return environment


def _installed():
    """The package's version and its library."""
    query = ["dpkg-query", "-W", "-f", "${Version}", PACKAGE]
    version = subprocess.run(query, capture_output=True, text=True, check=True).stdout
    # All files are as the package brought them.
    subprocess.run(["dpkg", "--verify", PACKAGE], check=True)
    return version, library.original()


def _judge(case, shared, seat):
    """Runs a case; None if all of the clip has come through, else what is wrong."""
    try:
        return bench.whole_clip(ENDED)(case.play(shared, seat), shared)
    except (Failure, OSError, subprocess.SubprocessError) as failure:
        return str(failure)


def main():
    """The entry point; returns the exit status."""
    version, path = _installed()
    if version != sys.argv[1]:
        raise Failure(f"{PACKAGE} {version} is installed, not {sys.argv[1]}")
    print(f"{path}, of {PACKAGE} {version}, is what /proc/PID/maps names for each of these:")
    for module in CASES:
        importlib.import_module(module)
    cases = {case.name: case for case in bench.REGISTRY}
    failed = 0
    with tempfile.TemporaryDirectory(prefix="rtmp-") as directory:
        root = os.path.join(directory, "server")
        os.mkdir(root)
        with Server(root) as server:
            clips = clip.make(server.vod_directory)
            shared = bench.Bench(server=server, tls=None, clips=clips, ffmpeg=None, shim=None)
            for name in [name for names in CASES.values() for name in names]:
                reason = _judge(cases[name], shared, Installed(name, path, os.path.join(directory, name)))
                failed += bool(reason)
                print(f"FAILED {name}: {reason}" if reason else f"ok {name}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    process.run("programs", main)
