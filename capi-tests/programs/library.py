"""The two seats: which librtmp.so.1 a program runs on, and the proof that it does."""

import argparse
import contextlib
import os
import subprocess

from process import Failure, Program, wait_until

SONAME = "librtmp.so.1"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def parser(description):
    """The options of a `run`, of which the first says what is tested."""
    options = argparse.ArgumentParser(prog="run", description=description)
    options.add_argument(
        "--library",
        default=os.path.join(ROOT, "target", "library", "librtmp.so"),
        help="the library under test (default: what make builds)",
    )
    return options


def built(path):
    """The library's path, without links. Without the library a program would be linked with Debian's, and run on it."""
    if not os.path.isfile(path):
        raise Failure(f"there is no library {path}")
    return os.path.realpath(path)


def original():
    """Debian's librtmp, whatever else the linker's cache may name first."""
    listing = subprocess.run(["dpkg", "-L", "librtmp1"], capture_output=True, text=True, check=True).stdout
    for path in listing.splitlines():
        if os.path.basename(path) == SONAME:
            return os.path.realpath(path)
    raise Failure(f"the package librtmp1 holds no {SONAME}")


def _mapped(pid):
    """The files a process has mapped; empty if it is gone or may not be looked at."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as maps:
            return {line.split(maxsplit=5)[5].rstrip("\n") for line in maps if "/" in line}
    except OSError:
        return set()


class Seat:
    """One library and the directory that makes programs load it. `name` tells the seats apart in stream names."""

    def __init__(self, name, library, directory):
        self.name = name
        self.library = built(library)
        self.directory = directory
        self._search = os.path.join(directory, "lib")
        os.makedirs(self._search)
        os.symlink(self.library, os.path.join(self._search, SONAME))

    def environment(self, **more):
        """The environment in which programs find this library (and nothing of the user's configuration)."""
        environment = dict(os.environ, LD_LIBRARY_PATH=self._search, HOME=self.directory, LC_ALL="C", **more)
        # The user's registry of plugins is neither trusted nor touched.
        environment["GST_REGISTRY"] = os.path.join(self.directory, "gstreamer.registry")
        return environment

    def path(self, name):
        """A file of this seat."""
        return os.path.join(self.directory, name)

    def prove(self, program):
        """Waits until `program` has mapped a librtmp and fails unless it is this seat's. Returns the path mapped."""

        def look():
            # The library under test may have any name; every other librtmp is a wrong one.
            mapped = _mapped(program.pid)
            paths = {path for path in mapped if path == self.library or os.path.basename(path).startswith("librtmp")}
            if not paths and program.status() is not None:
                raise Failure(f"{program.name} ended ({program.status()}) without librtmp{program.tail()}")
            return paths

        paths = wait_until(f"{program.name} loads librtmp", look)
        if paths != {self.library}:
            raise Failure(f"{program.name} runs on {sorted(paths)}, not on {self.library}")
        return self.library

    @contextlib.contextmanager
    def running(self, argv, server=None, environment=None, directory=None):
        """A program on this seat's library, proven. A program that talks to `server` at once is looked at while the
        server holds still, for it might be done before anybody has looked."""
        with server.held() if server else contextlib.nullcontext():
            program = Program(argv, directory or self.directory, environment or self.environment())
            try:
                self.prove(program)
            except BaseException:
                program.end()
                raise
        with program:
            yield program
