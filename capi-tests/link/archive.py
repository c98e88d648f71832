"""What is in the archive, and that it links beside another library in Rust."""

import os
import shutil

import certificates
from installation import ARCHIVE, HERE, ROOT, SHARED, STATIC_PIE, ask, exported
from process import Failure
from registry import case, same, same_bytes

MAKE_ARCHIVE = os.path.join(ROOT, "build-aux", "archive")
# Which of the two libraries the program names first; and all of both, needed or not.
ORDERS = {
    "before": ("librtmp", "OTHER"),
    "behind": ("OTHER", "librtmp"),
    "whole": ("-Wl,--whole-archive", "librtmp", "OTHER", "-Wl,--no-whole-archive"),
}


@case("names")
def names(installation):
    """The archive shows the public names, those of the shared library, and no others."""
    listed = ask(["nm", "--extern-only", "--defined-only", installation.archive]).splitlines()
    found = [line.split()[-1] for line in listed if len(line.split()) == 3]
    same("global names of the archive", set(found), exported(installation.library))
    same("times that they are defined", len(found), len(set(found)))
    if "rust" in ask(["nm", "--undefined-only", installation.archive]):
        raise Failure("the archive asks for names of Rust")
    sections = ask(["readelf", "-SW", installation.archive])
    for unwanted in (".llvmbc", ".llvmcmd", ".group"):
        if f" {unwanted} " in sections:
            raise Failure(f"the archive has a section {unwanted}")
    if " .note.GNU-stack " not in sections:
        raise Failure("the archive wants a stack that can be executed")


@case("again")
def again(installation):
    """The same archive gives the same bytes, wherever it is; and one that is made already stays as good."""
    copies = [installation.path("first copy.a"), installation.path("b.a")]
    for copy in copies:
        shutil.copy(installation.archive, copy)
        ask([MAKE_ARCHIVE, copy, installation.library])
    same_bytes(*copies)
    listed = ask(["nm", "--extern-only", "--defined-only", copies[0]]).split()
    same("global names", exported(installation.library) - set(listed), set())


@case("without-tools")
def without_tools(installation):
    """Where the tools are missing the archive stays as it is."""
    copy = installation.path("kept.a")
    shutil.copy(installation.archive, copy)
    environment = dict(os.environ, OBJCOPY="false")
    ask([MAKE_ARCHIVE, copy, installation.library], environment=environment)
    same_bytes(copy, installation.archive)


LTO = {
    "first": "int second(void);\nint first(void) { return second(); }\n",
    "second": "int second(void) { return 3; }\n",
    "main": "int first(void);\nint main(void) { return first() - 3; }\n",
}


@case("lto")
def lto(installation):
    """C that was compiled for the link-time optimiser as well, as some distributions do, is not lost to it."""
    for name, text in LTO.items():
        with open(installation.path(f"{name}.c"), "w", encoding="ascii") as out:
            out.write(text)
    compiler = ["cc", "-O2", "-fPIC", "-ffat-lto-objects"]
    here = installation.directory
    ask([*compiler, "-c", "first.c"], here)
    ask([*compiler, "-flto", "-c", "second.c"], here)
    ask(["ar", "rcs", "lto.a", "first.o", "second.o"], here)
    ask([*compiler, "-shared", "-o", "lto.so", "first.o", "second.o"], here)
    ask([MAKE_ARCHIVE, "lto.a", "lto.so"], here)
    for flag in ("-fno-lto", "-flto"):
        ask([*compiler, flag, "-o", "lto", "main.c", "lto.a"], here)
        ask(["./lto"], here)


def playing(installation):
    """The arguments of play.c."""
    directory = installation.path("certificates")
    if not os.path.isdir(directory):
        os.mkdir(directory)
        certificates.make(directory)
    return [os.path.join(directory, name) for name in ("good.pem", "good.key", "authority.pem")]


def other(installation):
    """A second library in Rust, as rustc makes it: the archive and the shared library."""
    archive, shared = (installation.path(f"libother.{end}") for end in ("a", "so"))
    if not os.path.exists(archive):
        kinds = "--crate-type=staticlib,cdylib"
        source = os.path.join(HERE, "other.rs")
        ask(["rustc", "--edition=2024", "-O", kinds, "--out-dir", installation.directory, source])
    return archive, shared


def _beside(installation, archive, name):
    """Links and runs a program with librtmp and the other archive, in all orders; both must work."""
    source = os.path.join(HERE, "play.c")
    alone = installation.link(SHARED, [installation.compile(source, "alone"), "librtmp"], "alone")
    program = installation.compile(source, "beside", "-DWITH_OTHER")
    caught = "the other library caught 3 panics\n"
    expected = caught + installation.run(alone, *playing(installation)) + caught
    for order, words in ORDERS.items():
        inputs = [program, *(archive if word == "OTHER" else word for word in words)]
        for way in (ARCHIVE, STATIC_PIE):
            if way is STATIC_PIE and order == "whole":
                # All of libc's archive does not link.
                continue
            linked = installation.link(way, inputs, f"{name}-{order}")
            same(f"{name}, {order}, {way.name}", installation.run(linked, *playing(installation)), expected)


@case("second-archive")
def second_archive(installation):
    """The other archive is as rustc made it."""
    _beside(installation, other(installation)[0], "second")


@case("second-made")
def second_made(installation):
    """The other archive is made by our script too: its panics are still caught."""
    archive, shared = other(installation)
    made = installation.path("libmade.a")
    shutil.copy(archive, made)
    # LD may be a linker that cannot do this: the system's own does it then.
    ask([MAKE_ARCHIVE, made, shared], environment=dict(os.environ, LD="false"))
    _beside(installation, made, "made")
