"""What make remembers, and what it makes of variables."""

import os
import time

from making import Tree, demand, read, same, scratch


def _installed(tree, *arguments, **variables):
    """Installs; how the archive was built."""
    tree.make("install", "prefix=/usr", f"DESTDIR={tree.above}/stage", *arguments, **variables)
    return read(os.path.join(tree.above, "stage/usr/lib/librtmp.a"))


def install_what_was_built():
    """make install takes what was built last, with its features and profile, and calls no cargo."""
    choices = ("profile=small", "features=--no-default-features", "debug=2", "SHARED=")
    with scratch() as above:
        tree = Tree(above)
        tree.make()
        tree.make(*choices)
        tree.calls()
        built = _installed(tree)
        demand("--profile small" in built and "--no-default-features" in built, built)
        demand(not os.path.exists(os.path.join(above, "stage/usr/lib/librtmp.so")), "a shared library")
        # Root may have no cargo. What was built is then all there is.
        demand("--profile small" in _installed(tree, "CARGO=no-such-cargo"), "something else without cargo")
        stage = f"DESTDIR={above}/stage"
        demand("no cargo" not in tree.make("install", stage, "CARGO=no-such-cargo"), "a warning without need")
        demand("no cargo" in tree.make("install", stage, "CARGO=no-such-cargo", "features="), "other features without a word")
        same("calls of cargo", tree.calls(), [])
        # What was built before is still there.
        built = _installed(tree, "profile=library", "features=", "debug=", "SHARED=yes")
        demand("--profile library" in built, built)
        same("calls of cargo", tree.calls(), [])


def install_what_is_wanted():
    """make install builds when nothing was built, something else, or from older sources."""
    with scratch() as above:
        tree = Tree(above)
        demand("no cargo" in tree.make("install", f"DESTDIR={above}/none", "CARGO=no-such-cargo", fails=True), "no word")
        demand("--profile library" in _installed(tree), "nothing built")
        tree.call()
        demand("--features x" in _installed(tree, "features=--features x"), "other features")
        tree.call()
        for name in ("src/lib.rs", "build.rs", "Cargo.lock"):
            later = time.time() + 60
            os.utime(tree.path(name), (later, later))
            _installed(tree)
            demand("--features x" in " ".join(tree.call()["arguments"]), "features forgotten")
            os.utime(tree.path(name), (0, 0))


def flags_of_cargo():
    """`cargoflags` stands in place of --locked."""
    with scratch() as above:
        tree = Tree(above)
        further = ["--offline", "-j", "1"]
        for given, wanted in (([], ["--locked"]), (["cargoflags="], []), (["cargoflags=--offline -j 1"], further)):
            tree.make(*given)
            arguments = tree.call()["arguments"]
            same("flags", arguments[1 : arguments.index("--lib")], wanted)


def debugging_information():
    """`debug=` keeps it, in every profile."""
    with scratch() as above:
        tree = Tree(above)
        for profile in ("library", "small"):
            tree.make(f"profile={profile}", "debug=line-tables-only")
            variables = tree.call()["environment"]
            same("debug", variables.get(f"CARGO_PROFILE_{profile.upper()}_DEBUG"), "line-tables-only")
            same("strip", variables.get(f"CARGO_PROFILE_{profile.upper()}_STRIP"), "none")


def wrapper_of_the_user():
    """A compiler cache that was asked for is called by our wrapper; flags for rustc are not touched."""
    with scratch() as above:
        tree = Tree(above)
        tree.make(RUSTC_WRAPPER="sccache")
        call = tree.call()
        variables = call["environment"]
        demand("RUSTFLAGS" not in variables and "--config" not in call["arguments"], "flags that replace the user's")
        same("wrapper", variables.get("RUSTC_WRAPPER"), tree.path("build-aux/rustc"))
        same("next", variables.get("LIBRTMP_NEXT_WRAPPER"), "sccache")


def variables_accepted():
    """Those of the original's that mean something here."""
    with scratch() as above:
        tree = Tree(above)
        tree.make("XCFLAGS=-march=native", "INC=-I/x", "OPT=-O1", "XLDFLAGS=-Wl,-z,now -L/y", "XLIBS=-lz", "SYS=posix",
                  CFLAGS="-pipe", LDFLAGS="-Wl,-O1")
        call = tree.call()
        same("CFLAGS", call["environment"]["CFLAGS"].split(), ["-pipe", "-O1", "-march=native", "-I/x", "-g0"])
        flags = call["arguments"][call["arguments"].index("--") + 1 :]
        same("flags of the linker", flags[1::2], [f"link-arg={flag}" for flag in ("-Wl,-O1", "-Wl,-z,now", "-L/y", "-lz")])
        for off in ("CRYPTO=", "XDEF=-DNO_SSL", "XDEF=-DNO_CRYPTO"):
            demand("TLS" in tree.make(off, "features=--features x"), f"{off} without a word")
            arguments = tree.call()["arguments"]
            demand("--no-default-features" in arguments and "x" in arguments, f"{off}: {arguments}")
        tree.make("CRYPTO=", "features=--no-default-features")
        same("times", tree.call()["arguments"].count("--no-default-features"), 1)
        _installed(tree, "VERSION=2.7")
        demand("Version: 2.7\n" in read(os.path.join(above, "stage/usr/lib/pkgconfig/librtmp.pc")), "VERSION ignored")
        tree.calls()
        # In the environment they mean nothing to the original either.
        tree.make(CRYPTO="", SYS="mingw", SHARED="", OPT="-O0", VERSION="1")
        arguments = tree.call()["arguments"]
        demand("cdylib,staticlib" in arguments and "--no-default-features" not in arguments, str(arguments))


def variables_refused():
    """Those that cannot mean anything are not ignored in silence."""
    with scratch() as above:
        tree = Tree(above)
        for wrong in ("SYS=mingw", "SYS=darwin", "SYS=", "SO_VERSION=0", "SOVERSION=2", "SONAME=librtmp.so.0"):
            printed = tree.make(wrong, fails=True)
            demand("target=TRIPLE" in printed or "librtmp.so.1" in printed, f"{wrong}: {printed}")
        same("calls of cargo", tree.calls(), [])
        for idle in ("bindir", "sbindir", "BINDIR", "LIBZ", "ZLIB", "LIB_OPENSSL"):
            demand(f" {idle}: not used" in tree.make(f"{idle}=/x"), f"{idle} without a word")
        demand("rustls" in tree.make("CRYPTO=GNUTLS"), "CRYPTO without a word")


CHECKS = (
    install_what_was_built,
    install_what_is_wanted,
    flags_of_cargo,
    debugging_information,
    wrapper_of_the_user,
    variables_accepted,
    variables_refused,
)
