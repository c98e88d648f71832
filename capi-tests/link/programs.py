"""Programs of the C interface, linked in every way: they print the same as on the shared library."""

import os

from archive import playing
from installation import ARCHIVE, C, COLLECTED, HERE, OWN_UNWINDER, SHARED, STATIC, STATIC_PIE, ask
from process import Failure
from registry import case, same

# Each relies on something that a static link may break: variables that are shared, exceptions and the ends of threads
# that pass through the library, destructors of threads, children, callbacks.
SOURCES = (
    "cancelled.c",
    "closing.c",
    "data.c",
    "exceptions.cpp",
    "forks.c",
    "log_callback.c",
    "session.c",
    "threads.c",
)
CXX_SOURCES = ("cxx.cpp", "exceptions.cpp")


def _compare(installation, source, ways, *arguments):
    """Builds the program in each way and compares what it prints."""
    name, end = os.path.splitext(os.path.basename(source))
    inputs = [installation.compile(source, name), "librtmp"]
    programs = {way: installation.link(way, inputs, name, cxx=end == ".cpp") for way in (SHARED, *ways)}
    expected = installation.run(programs[SHARED], *arguments)
    if not expected:
        raise Failure(f"{name} prints nothing")
    for way in ways:
        same(f"{name}, {way.name}", installation.run(programs[way], *arguments), expected)
    return programs


@case("play")
def play(installation):
    """Plays over rtmp and rtmps."""
    ways = (ARCHIVE, COLLECTED, OWN_UNWINDER, STATIC, STATIC_PIE)
    programs = _compare(installation, os.path.join(HERE, "play.c"), ways, *playing(installation))
    for way in (STATIC, STATIC_PIE):
        if "INTERP" in ask(["readelf", "-lW", programs[way]]):
            raise Failure(f"the program asks for a loader: {way.name}")


@case("collected")
def collected(installation):
    """A program that uses little can be small."""
    inputs = [installation.compile(os.path.join(HERE, "program.c"), "program"), "librtmp", "-Wl,-s"]
    whole, part = (os.path.getsize(installation.link(way, inputs, "program")) for way in (ARCHIVE, COLLECTED))
    if part * 3 > whole:
        raise Failure(f"{part} of {whole} bytes are left")


@case("programs")
def programs(installation):
    """Programs of capi-tests/c, with the archive in a program as usual, and in one that has nothing else."""
    for source in SOURCES:
        _compare(installation, os.path.join(C, source), (ARCHIVE, STATIC_PIE))


@case("unwinders")
def unwinders(installation):
    """Exceptions with libgcc's unwinder inside the program: there is no second one."""
    for source in CXX_SOURCES:
        _compare(installation, os.path.join(C, source), (OWN_UNWINDER, STATIC, COLLECTED))
