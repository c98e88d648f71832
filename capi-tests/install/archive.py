"""The archive of the sources: complete, the same each time, built without network, by another user, to the same bytes."""

import contextlib
import os
import re
import tarfile

from making import ROOT, content, demand, environment, listing, run, same, scratch

# Levels and effort that change nothing of what is looked at.
QUICK = {
    f"CARGO_PROFILE_LIBRARY_{name}": value for name, value in {"LTO": "off", "OPT_LEVEL": "0", "CODEGEN_UNITS": "16"}.items()
}


class Archive:
    """The archive, made from this repository, and the library that make has built in it."""

    def __init__(self, library):
        self.library = library
        self._stack = contextlib.ExitStack()
        self.above = self._stack.enter_context(scratch("another user's"))
        self._made = None

    def close(self):
        """Removes all that was made."""
        self._stack.close()

    def made(self):
        """The archive's path, and that of the directory in which it is unpacked; made when first asked for."""
        if not self._made:
            printed = run(["make", "-s", "dist"], ROOT, self._variables(f"{self.above}/dist", home=None))
            file = printed.split("\n")[-2]
            with tarfile.open(file) as archive:
                archive.extractall(self.above)
            self._made = file, os.path.join(self.above, os.path.basename(file).removesuffix(".tar.gz"))
        return self._made

    def make(self, *arguments, **variables):
        """make in another directory, by another user, without network; the directory where it builds."""
        build = os.path.join(self.above, "a build")
        os.makedirs(build, exist_ok=True)
        makefile = os.path.join(self.made()[1], "Makefile")
        run(["make", "-f", makefile, *arguments], build, self._variables(f"{build}/target") | variables)
        return build

    def _variables(self, target, home="home"):
        variables = {"CARGO_TARGET_DIR": target}
        if home:
            rustup = os.environ.get("RUSTUP_HOME", os.path.expanduser("~/.rustup"))
            variables |= {"HOME": f"{self.above}/{home}", "CARGO_HOME": f"{self.above}/{home}/cargo"}
            variables |= {"CARGO_NET_OFFLINE": "true"} | ({"RUSTUP_HOME": rustup} if os.path.isdir(rustup) else {})
        return variables


def _traces(path):
    """What a library tells of the machine that built it."""
    home = os.path.expanduser("~")
    cargo = os.environ.get("CARGO_HOME", os.path.join(home, ".cargo"))
    machine = {f"{home}/", cargo, f"{ROOT}/", "another user's"}
    wanted = machine | {"/registry/src/", ".rustup", "/vendor/"}
    data = content(path)
    return [trace for trace in sorted(wanted) if trace.encode() in data]


def contents(archive):
    """All that git knows is in it (in an unpacked archive: all that came with it), with the crates of each Cargo.lock, and
    nothing of this machine."""
    file, unpacked = archive.made()
    if os.path.exists(os.path.join(ROOT, ".git")):
        names = run(["git", "ls-files"], ROOT).splitlines()
    else:
        names = [name for name in listing(ROOT) if not re.match(r"(fuzz/)?(target|corpus|artifacts|logs|\.cache)\b", name)]
    demand(len(names) > 300, "too few files")
    same("missing", [name for name in names if not os.path.lexists(os.path.join(unpacked, name))], [])
    vendored = set(os.listdir(os.path.join(unpacked, "vendor")))
    for lock in ("Cargo.lock", "fuzz/Cargo.lock"):
        with open(os.path.join(ROOT, lock), encoding="utf-8") as text:
            crates = re.findall(r'name = "(.*)"\nversion = "(.*)"\nsource', text.read())
        demand(len(crates) > 50, lock)
        same(f"crates of {lock} that are missing", [f"{a}-{b}" for a, b in crates if f"{a}-{b}" not in vendored], [])
    with tarfile.open(file) as members:
        members = members.getmembers()
    same("owners", {(member.uid, member.gid, member.uname, member.gname) for member in members}, {(0, 0, "", "")})
    same("number of times", len({member.mtime for member in members}), 1)
    same("modes", {oct(member.mode) for member in members if not member.issym()}, {"0o755", "0o644"})


def same_archive(archive):
    """The archive makes itself, without git and network, and gives the same bytes."""
    file = archive.made()[0]
    build = archive.make("dist")
    demand(content(os.path.join(build, "target", os.path.basename(file))) == content(file), "another archive")


def same_library(archive):
    """Another user's library, built elsewhere from vendored crates without network, is ours to the byte."""
    before = listing(archive.made()[1])
    build = archive.make()
    same("the sources", listing(archive.made()[1]), before)
    for name in ("librtmp.a", os.path.basename(archive.library)):
        ours = os.path.join(os.path.dirname(archive.library), name)
        theirs = os.path.join(build, "target/library", name)
        same(f"traces in {ours}", _traces(ours), [])
        same(f"traces in {theirs}", _traces(theirs), [])
        demand(content(ours) == content(theirs), f"{name} is another one")


def used(archive):
    """What is installed from the archive compiles and runs a program, by an installation below a path with blanks."""
    stage = os.path.join(archive.above, "stage")
    archive.make("install", f"prefix={stage}/the library", CARGO="no-such-cargo")
    program = os.path.join(archive.above, "program")
    flags = "$(pkg-config --cflags --libs librtmp)"
    source = os.path.join(ROOT, "capi-tests/abi/protos.c")
    paths = {"PKG_CONFIG_LIBDIR": f"{stage}/the library/lib/pkgconfig", "LD_LIBRARY_PATH": f"{stage}/the library/lib"}
    run(["sh", "-c", f'eval "cc -DWITH_SETTERS -o \\"\\$1\\" \\"\\$2\\" {flags}"', "sh", program, source], archive.above, paths)
    same("symbols", run([program], archive.above, paths), "116\n")


def debugging_information(archive):
    """With `debug=` it is there, can be split off, and names no path of this machine; for a target named by its triple."""
    host = re.search(r"host: (\S+)", run(["rustc", "-vV"], ROOT))[1]
    build = archive.make("debug=2", f"target={host}", **QUICK)
    built = os.path.join(build, "target", host, "library")
    for name in ("librtmp.so", "librtmp.a"):
        path = os.path.join(built, name)
        demand(b".debug_info" in content(path), f"no debugging information in {name}")
        same(f"traces in {name}", _traces(path), [])
    data = content(os.path.join(built, "librtmp.so"))
    for source in (b"librtmp-rs-2", b"src/ffi", b"ring-0"):
        demand(source in data, f"no {source} in the debugging information")
    split = os.path.join(build, "librtmp.debug")
    run(["objcopy", "--only-keep-debug", "librtmp.so", split], built)
    run(["strip", "--strip-unneeded", "librtmp.so"], built)
    demand(b"src/ffi" in content(split), "nothing was split off")


CHECKS = (contents, same_archive, same_library, used, debugging_information)
