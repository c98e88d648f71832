"""For which system make builds: what cargo is told, where the library is found, and how it is called when installed."""

import os

from making import Failure, Tree, demand, read, same, scratch

ARM = "aarch64-unknown-linux-gnu"
APPLE = "aarch64-apple-darwin"


def _option(call, name):
    arguments = call["arguments"]
    return arguments[arguments.index(name) + 1] if name in arguments else None


def _installed(tree, *arguments, **variables):
    """Builds and installs; how cargo was called, the names in lib/, and librtmp.pc."""
    stage = os.path.join(tree.above, "stage")
    tree.make(*arguments, **variables)
    call = tree.call()
    tree.make("install", "prefix=/usr", f"DESTDIR={stage}", *arguments, **variables)
    same("calls of cargo by make install", tree.calls(), [])
    library = os.path.join(stage, "usr/lib")
    names = sorted(name for name in os.listdir(library) if name != "pkgconfig")
    file = read(os.path.join(library, "pkgconfig/librtmp.pc"))
    tree.make("uninstall", "prefix=/usr", f"DESTDIR={stage}", *arguments, **variables)
    return call, names, file


def target_of_the_machine():
    """Without a target cargo gets none, and the names are this system's."""
    with scratch() as above:
        tree = Tree(above)
        call, names, file = _installed(tree)
        same("target", _option(call, "--target"), None)
        same("names", names, ["librtmp.a", "librtmp.so", "librtmp.so.1"])
        demand("-lneeded-by-host" in file, file)
        demand(os.path.exists(tree.path("target/library/librtmp.so")), "not in target/library")


def target_by_name():
    """`target=` and `CARGO_BUILD_TARGET`, on the command line and in the environment, are the same."""
    for arguments, variables in (
        ([f"target={ARM}"], {}),
        ([f"CARGO_BUILD_TARGET={ARM}"], {}),
        ([], {"CARGO_BUILD_TARGET": ARM}),
        ([f"target={ARM}"], {"CARGO_BUILD_TARGET": "s390x-unknown-linux-gnu"}),
        (["CROSS_COMPILE=aarch64-linux-gnu-"], {}),
        ([], {"CROSS_COMPILE": "/opt/tools/bin/aarch64-linux-gnu-"}),
    ):
        with scratch() as above:
            tree = Tree(above)
            call, names, file = _installed(tree, *arguments, **variables)
            same("target", _option(call, "--target"), ARM)
            same("names", names, ["librtmp.a", "librtmp.so", "librtmp.so.1"])
            demand(f"-lneeded-by-{ARM}" in file, file)
            demand(os.path.exists(tree.path("target", ARM, "library/librtmp.pc")), "no directory of the target")


def target_named_otherwise():
    """cargo's own name for this machine is a target like another."""
    with scratch() as above:
        tree = Tree(above)
        call = _installed(tree, "target=host-tuple")[0]
        same("target", _option(call, "--target"), "x86_64-unknown-linux-gnu")
        demand(os.path.exists(tree.path("target/x86_64-unknown-linux-gnu/library/librtmp.pc")), "no directory of the target")


def target_with_compiler():
    """CROSS_COMPILE and CC name the compiler and the linker of the target, not of the machine."""
    with scratch() as above:
        tree = Tree(above)
        variables = _installed(tree, "CROSS_COMPILE=aarch64-linux-gnu-")[0]["environment"]
        same("CC", variables.get("CC_aarch64_unknown_linux_gnu"), "aarch64-linux-gnu-gcc")
        same("AR", variables.get("AR_aarch64_unknown_linux_gnu"), "aarch64-linux-gnu-ar")
        same("linker", variables.get("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER"), "aarch64-linux-gnu-gcc")
        variables = _installed(tree, "target=mips-unknown-linux-musl", "CC=/opt/mips-cc")[0]["environment"]
        same("CC", variables.get("CC_mips_unknown_linux_musl"), "/opt/mips-cc")
        same("linker", variables.get("CARGO_TARGET_MIPS_UNKNOWN_LINUX_MUSL_LINKER"), "/opt/mips-cc")
        variables = _installed(tree, "CC=ccache gcc")[0]["environment"]
        same("CC", variables.get("CC_x86_64_unknown_linux_gnu"), "ccache gcc")
        demand("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER" not in variables, "two words as linker")
        demand("CC" not in _installed(tree)[0]["environment"], "a compiler that nobody has named")


def target_of_apple():
    """The names are those of the target's system."""
    with scratch() as above:
        call, names, _ = _installed(Tree(above), f"target={APPLE}", "SYS=darwin")
        same("target", _option(call, "--target"), APPLE)
        same("names", names, ["librtmp.1.dylib", "librtmp.a", "librtmp.dylib"])


def target_unknown():
    """A prefix that does not tell the target is refused; so is a target in cargo's configuration that make has not seen."""
    with scratch() as above:
        tree = Tree(above)
        demand("target=TRIPLE" in tree.make("CROSS_COMPILE=xyz-", fails=True), "no advice")
        _installed(tree, "CROSS_COMPILE=xyz-", f"target={ARM}")
        printed = tree.make("profile=small", fails=True, STUB_CONFIGURED_TARGET=ARM)
        if "target=TRIPLE" not in printed:
            raise Failure(printed)


CHECKS = (
    target_of_the_machine,
    target_by_name,
    target_named_otherwise,
    target_with_compiler,
    target_of_apple,
    target_unknown,
)
