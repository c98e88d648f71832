"""What cargo-c installs is what `make install` does, but for what it cannot be told (docs/linking.md)."""

import os
import re
import shlex

from installation import HERE, ROOT, ask, exported, needed
from registry import case, same, same_bytes

VERSIONED = "lib/librtmp.so.1.0.0"
# cargo-c has to be compiled itself, and compiles everything anew, optimised.
BUILDING = 1800
TARGET = os.path.join(ROOT, "target", "cargo-c")
QUESTIONS = ("--cflags", "--libs", "--modversion", "--variable=prefix", "--variable=libdir", "--print-requires")
MANUAL = "man/man3/librtmp.3"


def _files(top, *directories):
    """The files below some directories of `top`, by their paths in it."""
    return {
        os.path.relpath(os.path.join(path, name), top)
        for directory in directories
        for path, _, names in os.walk(os.path.join(top, directory))
        for name in names
    }


def _install(installation):
    """Runs cargo-c, for the same prefix; what it has installed."""
    destination = installation.path("cargo-c")
    programs = ask([os.path.join(HERE, "cargo-c")], seconds=BUILDING).strip()
    environment = dict(installation.environment, HOME=os.environ["HOME"])
    environment["PATH"] = os.pathsep.join([*([programs] if programs else []), environment["PATH"]])
    options = ["--profile=library", "--locked", f"--target-dir={TARGET}"]
    where = [f"--prefix={installation.prefix}", "--libdir=lib", f"--destdir={destination}"]
    ask(["cargo", "cinstall", *options, *where], ROOT, environment, BUILDING)
    return destination + installation.prefix


def _compare_answers(installation, here):
    """pkg-config answers the same, and its private libraries are those of a static program but one."""
    environment = dict(installation.environment, PKG_CONFIG_PATH=os.path.join(here, "lib", "pkgconfig"))

    def answer(*question):
        return shlex.split(ask(["pkg-config", *question, "librtmp"], environment=environment))

    for question in QUESTIONS:
        same(f"pkg-config {question}", answer(question), installation.pkg_config(question))
    private = answer("--static", "--libs")
    private.remove("-lgcc_s")
    same("pkg-config --static --libs", private, installation.pkg_config("--static", "--libs"))


def _soname(library):
    return re.search(r"soname: \[(.*)\]", ask(["readelf", "-dW", library])).group(1)


@case("cargo-c")
def cargo_c(installation):
    """The same files, headers, exports and answers."""
    here, there = _install(installation), installation.prefix
    interface = ("include", "lib", "share")
    same("files", _files(here, *interface), _files(there, *interface) | {VERSIONED})
    for header in _files(there, "include"):
        same_bytes(os.path.join(here, header), os.path.join(there, header))
    for link in ("lib/librtmp.so", "lib/librtmp.so.1"):
        same(link, os.readlink(os.path.join(here, link)), os.path.basename(VERSIONED))
    library = os.path.join(here, VERSIONED)
    for ask_for in (exported, needed, _soname):
        same(ask_for.__name__, ask_for(library), ask_for(installation.library))
    _compare_answers(installation, here)
    same_bytes(os.path.join(here, "share", MANUAL), os.path.join(ROOT, "docs", "librtmp.3"))
