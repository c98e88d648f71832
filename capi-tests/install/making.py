"""make in a copy of the sources, with cargo and rustc or with a stub in their place."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# No build takes that long, not even on a busy machine.
PATIENCE = 1800
# Of what an outer make or a user's shell may have set, nothing concerns the make under test.
FOREIGN = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "DESTDIR", "CROSS_COMPILE", "CC", "AR", "LDFLAGS")


class Failure(Exception):
    """A check went wrong; the text says how."""


def demand(condition, text):
    """Fails with `text` unless `condition` holds."""
    if not condition:
        raise Failure(text)


def same(what, found, wanted):
    """Fails unless both are equal."""
    demand(found == wanted, f"{what}: {found!r}, not {wanted!r}")


def environment(**further):
    """The environment for make: this one's without what would change what make does."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in FOREIGN and not name.startswith("CARGO_") or name == "CARGO_HOME"
    }
    return kept | further


def run(command, directory, variables=None, fails=False):
    """Runs a command, which must succeed, or with `fails` must not; what it printed on both outputs."""
    done = subprocess.run(
        command,
        cwd=directory,
        env=environment(**(variables or {})),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=PATIENCE,
        # What is installed and packed is for everybody all the same.
        umask=0o077,
        check=False,
    )
    demand((done.returncode != 0) == fails, f"{command} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


class Tree:
    """A copy of the sources in a directory of its own, whose cargo and rustc are stubs."""

    def __init__(self, above, name="sources"):
        self.above = above
        self.sources = os.path.join(above, name)
        skipped = shutil.ignore_patterns("target", ".git", ".cache", "fuzz", "capi-tests", "tests", "spec", "__pycache__")
        shutil.copytree(ROOT, self.sources, ignore=skipped)
        self.stubs = os.path.join(above, "stubs")
        self.log = os.path.join(above, "calls")
        os.makedirs(self.stubs, exist_ok=True)
        for tool in ("cargo", "rustc", "objcopy"):
            shutil.copy(os.path.join(ROOT, "capi-tests/install/stub"), os.path.join(self.stubs, tool))

    def path(self, *parts):
        """A path in the sources."""
        return os.path.join(self.sources, *parts)

    def make(self, *arguments, directory=None, fails=False, **variables):
        """Runs make on stubs; what it printed."""
        tools = {"PATH": self.stubs + os.pathsep + os.environ["PATH"], "STUB_LOG": self.log}
        return run(["make", *arguments], directory or self.sources, tools | variables, fails)

    def calls(self):
        """How cargo was called since this was asked last."""
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8") as log:
            calls = [json.loads(line) for line in log]
        os.remove(self.log)
        return calls

    def call(self):
        """The one call of cargo since this was asked last."""
        calls = self.calls()
        same("number of calls of cargo", len(calls), 1)
        return calls[0]


@contextlib.contextmanager
def scratch(name="install test"):
    """A directory with a blank and a quote in its name, for a while."""
    with tempfile.TemporaryDirectory(prefix="librtmp-") as directory:
        inner = os.path.join(os.path.realpath(directory), name)
        os.mkdir(inner)
        yield inner


def read(path):
    """A text file's content."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def content(path):
    """A file's bytes."""
    with open(path, "rb") as file:
        return file.read()


def listing(directory):
    """All below a directory: names, kinds, modes and what links point to."""
    found = {}
    for above, directories, files in os.walk(directory):
        for name in directories + files:
            path = os.path.join(above, name)
            link = os.readlink(path) if os.path.islink(path) else None
            found[os.path.relpath(path, directory)] = (oct(os.lstat(path).st_mode), link)
    return found
