"""Where make install puts things, what pkg-config says about them, and that make uninstall takes them away again."""

import glob
import os
import re
import shlex
import shutil
import subprocess

from making import ROOT, Tree, demand, environment, listing, read, same, scratch

HEADERS = ["amf.h", "http.h", "log.h", "rtmp.h"]
DOCUMENTS = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md"]


def _files(directory):
    return sorted(path for path, (mode, _) in listing(directory).items() if not mode.startswith("0o4"))


def _wanted(lib, include, man, doc):
    further = [os.path.basename(path) for path in glob.glob(os.path.join(ROOT, "docs/*.md"))]
    licences = [os.path.basename(path) for path in glob.glob(os.path.join(ROOT, "[LT]*-*"))]
    return sorted(
        [f"{lib}/{name}" for name in ("librtmp.a", "librtmp.so", "librtmp.so.1", "pkgconfig/librtmp.pc")]
        + [f"{include}/librtmp/{name}" for name in HEADERS]
        + [f"{man}/man3/librtmp.3"]
        + [f"{doc}/{name}" for name in {*DOCUMENTS, *licences}]
        + [f"{doc}/docs/{name}" for name in further]
    )


def _ask(directory, *question):
    """What pkg-config says about the librtmp.pc in a directory, as words."""
    done = subprocess.run(
        ["pkg-config", *question, "librtmp"],
        env=environment(PKG_CONFIG_LIBDIR=directory, PKG_CONFIG_ALLOW_SYSTEM_CFLAGS="1", PKG_CONFIG_ALLOW_SYSTEM_LIBS="1"),
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
    )
    return shlex.split(done.stdout)


def places():
    """Each directory can be chosen; DESTDIR stands before all."""
    share = "usr/share"
    for arguments, wanted in (
        (["prefix=/usr"], _wanted("usr/lib", "usr/include", f"{share}/man", f"{share}/doc/librtmp")),
        (["prefix=/usr", "mandir=/usr/man"], _wanted("usr/lib", "usr/include", "usr/man", f"{share}/doc/librtmp")),
        (["prefix=/usr", "datarootdir=/d"], _wanted("usr/lib", "usr/include", "d/man", "d/doc/librtmp")),
        (["prefix=/usr", "exec_prefix=/e", "docdir=/doc"], _wanted("e/lib", "usr/include", f"{share}/man", "doc")),
        (["prefix=/o p", "includedir=/i c"], _wanted("o p/lib", "i c", "o p/share/man", "o p/share/doc/librtmp")),
        (["prefix=/o'p", "incdir=/i/librtmp"], _wanted("o'p/lib", "i", "o'p/share/man", "o'p/share/doc/librtmp")),
        (["prefix=", "libdir=/lib/x"], _wanted("lib/x", "include", "share/man", "share/doc/librtmp")),
    ):
        with scratch("it's here") as above:
            stage = os.path.join(above, "sta'ge x")
            Tree(above).make("install", f"DESTDIR={stage}", *arguments)
            same(" ".join(arguments), _files(stage), wanted)
            for path, (mode, link) in listing(stage).items():
                runs = path.endswith(".so.1") or mode.startswith("0o4")
                demand(link or mode.endswith("755" if runs else "644"), f"{path} has the mode {mode}")


def places_of_their_own():
    """sodir and pkgconfigdir, and the original's names that hold DESTDIR already."""
    with scratch() as above:
        Tree(above).make("install", "prefix=/usr", f"DESTDIR={above}/a", "sodir=/s", "pkgconfigdir=/p", f"MANDIR={above}/m")
        same("sodir", sorted(os.listdir(f"{above}/a/s")), ["librtmp.so", "librtmp.so.1"])
        same("libdir", os.listdir(f"{above}/a/usr/lib"), ["librtmp.a"])
        same("MANDIR", _files(f"{above}/m"), ["man3/librtmp.3"])
        same("Libs", _ask(f"{above}/a/p", "--libs"), ["-L/s", "-L/usr/lib", "-lrtmp"])


def places_of_another_directory():
    """make -f and make -C: what is built and installed goes where make was called, or where CARGO_TARGET_DIR says."""
    with scratch() as above:
        tree = Tree(above, "the sources")
        before = listing(tree.sources)
        build = os.path.join(above, "the build")
        os.makedirs(os.path.join(build, "install"))
        makefile = ["-f", "../the sources/Makefile"]
        tree.make(*makefile, directory=build)
        demand(os.path.exists(os.path.join(build, "target/library/librtmp.pc")), "not in target below the directory")
        tree.make(*makefile, "install", "prefix=/usr", "DESTDIR=stage", directory=build)
        demand(os.path.exists(os.path.join(build, "stage/usr/lib/librtmp.so.1")), "DESTDIR is another's")
        tree.make(*makefile, "uninstall", "prefix=/usr", "DESTDIR=stage", directory=build)
        demand(not os.path.exists(os.path.join(build, "stage")), "still installed")
        tree.make(*makefile, "CARGO_TARGET_DIR=other", "all", directory=build)
        tree.make(*makefile, directory=build, CARGO_TARGET_DIR=f"{above}/elsewhere")
        tree.make("-C", tree.sources, f"CARGO_TARGET_DIR={above}/by C", directory=above)
        for directory in (f"{build}/other", f"{above}/elsewhere", f"{above}/by C"):
            demand(os.path.exists(os.path.join(directory, "library/librtmp.pc")), f"not in {directory}")
        same("the sources", listing(tree.sources), before)


def pkg_config():
    """librtmp.pc is right wherever the directories are, and moves with its prefix if they are below it."""
    for arguments, include, lib in (
        (["prefix=/usr"], "${prefix}/include", "${prefix}/lib"),
        (["prefix=/usr", "libdir=/usr/lib/x86_64-linux-gnu"], "${prefix}/include", "${prefix}/lib/x86_64-linux-gnu"),
        (["prefix=/usr", "libdir=/usr2/lib"], "${prefix}/include", "/usr2/lib"),
        (["prefix=/usr", "libdir=/opt/usr/lib"], "${prefix}/include", "/opt/usr/lib"),
        (["prefix=/usr", "exec_prefix=/usr/e"], "${prefix}/include", "${exec_prefix}/lib"),
        (["prefix=/usr", "exec_prefix=/e", "libdir=/usr/lib"], "${prefix}/include", "${prefix}/lib"),
        (["prefix=/p", "incdir=/i/x/librtmp"], "/i/x", "${prefix}/lib"),
        (["prefix=/a b"], "${prefix}/include", "${prefix}/lib"),
        (["prefix=/a&b|c"], "${prefix}/include", "${prefix}/lib"),
        (["prefix=/p", "includedir=/a b/i", "libdir=/a b/l"], "/a b/i", "/a b/l"),
    ):
        with scratch() as above:
            what = " ".join(arguments)
            stage = os.path.join(above, "stage")
            Tree(above).make("install", f"DESTDIR={stage}", f"pkgconfigdir=/pc", *arguments)
            file = read(os.path.join(stage, "pc/librtmp.pc"))
            lines = dict(re.findall(r"^(\w+)=(.*)$", file, re.MULTILINE))
            same(f"{what}: includedir", lines["includedir"], include)
            same(f"{what}: libdir", lines["libdir"], lib)
            same(f"{what}: incdir, as the original has it", lines["incdir"], "${includedir}")
            for prefix in (lines["prefix"], "/moved"):
                exec_prefix = lines["exec_prefix"].replace("${prefix}", prefix)
                real = [text.replace("${prefix}", prefix).replace("${exec_prefix}", exec_prefix) for text in (include, lib)]
                found = _ask(os.path.join(stage, "pc"), f"--define-variable=prefix={prefix}", "--cflags", "--libs")
                if "&" not in prefix:
                    same(what, found, [f"-I{real[0]}", f"-L{real[1]}", "-lrtmp"])


def moved():
    """An installation that was moved as a whole is found where it is."""
    with scratch("moving") as above:
        Tree(above).make("install", f"prefix={above}/here")
        shutil.move(f"{above}/here", f"{above}/there")
        found = _ask(f"{above}/there/lib/pkgconfig", "--define-prefix", "--cflags", "--libs")
        same("pkg-config", found, [f"-I{above}/there/include", f"-L{above}/there/lib", "-lrtmp"])


def uninstall():
    """make uninstall leaves what was there before, directories as well."""
    for crowded in (True, False):
        with scratch("un install") as above:
            tree = Tree(above)
            tree.make()
            stage = os.path.join(above, "stage")
            os.makedirs(os.path.join(stage, "usr/lib"))
            if crowded:
                for path in ("lib/pkgconfig/x.pc", "lib/librtmp.so.0", "include/librtmp/x.h", "share/doc/librtmp/x"):
                    os.makedirs(os.path.dirname(os.path.join(stage, "usr", path)), exist_ok=True)
                    with open(os.path.join(stage, "usr", path), "w", encoding="ascii"):
                        pass
            before = listing(stage)
            arguments = ["prefix=/usr", f"DESTDIR={stage}", "sodir=/usr/lib/deep/er", "mandir=/man"]
            tree.make("install", *arguments)
            # Twice: what the first one made is still ours.
            tree.make("install", *arguments)
            demand(len(listing(stage)) > len(before) + 10, "nothing installed")
            tree.make("uninstall", *arguments)
            same("what is left", listing(stage), before)
            tree.make("uninstall", *arguments)


CHECKS = (places, places_of_their_own, places_of_another_directory, pkg_config, moved, uninstall)
