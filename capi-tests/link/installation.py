"""An installed librtmp, and what is made with it."""

import os
import shlex
import subprocess

from process import Failure

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
C = os.path.join(ROOT, "capi-tests", "c")
# Linking takes seconds, also on a busy machine.
SECONDS = 300
WARNINGS = ("-Wall", "-Wextra", "-Werror")
CODE = ("-g", "-O1", "-pthread")


def ask(argv, directory=None, environment=None, seconds=SECONDS):
    """The standard output of a program that must succeed."""
    try:
        done = subprocess.run(
            argv,
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except FileNotFoundError:
        raise Failure(f"{argv[0]} is missing") from None
    except subprocess.TimeoutExpired:
        raise Failure(f"{shlex.join(argv)}: no end after {seconds} s") from None
    if done.returncode != 0:
        raise Failure(f"{shlex.join(argv)}: status {done.returncode}\n{(done.stderr + done.stdout)[-1500:]}")
    return done.stdout


def needed(path):
    """The shared libraries that a program or library asks for."""
    lines = ask(["readelf", "-dW", path]).splitlines()
    return {line.partition("[")[2].rstrip("]") for line in lines if "(NEEDED)" in line}


def exported(path):
    """The names that a shared library shows to others."""
    return {line.split()[-1].partition("@")[0] for line in ask(["nm", "-D", "--defined-only", path]).splitlines()}


class Installation:
    """What `make install` has put below `prefix`. Things are made in `directory`."""

    def __init__(self, prefix, directory):
        self.prefix = os.path.realpath(prefix)
        self.directory = directory
        self.environment = dict(os.environ, LC_ALL="C", HOME=directory)
        self.environment["PKG_CONFIG_PATH"] = os.path.join(self.prefix, "lib", "pkgconfig")
        self.environment.pop("LD_LIBRARY_PATH", None)
        for path in (self.archive, self.library):
            if not os.path.isfile(path):
                raise Failure(f"there is no {path}: make install prefix={prefix}")

    @property
    def archive(self):
        """The static library."""
        return os.path.join(self.prefix, "lib", "librtmp.a")

    @property
    def library(self):
        """The shared library."""
        return os.path.join(self.prefix, "lib", "librtmp.so.1")

    def path(self, name):
        """A file among those that are made."""
        return os.path.join(self.directory, name)

    def pkg_config(self, *arguments):
        """What pkg-config answers about librtmp, in words."""
        return shlex.split(ask(["pkg-config", *arguments, "librtmp"], environment=self.environment))

    def libraries(self, way):
        """The words that link a program in this `Way`."""
        if not way.archive:
            return self.pkg_config("--libs")
        words = self.pkg_config("--static", "--libs")
        return ["-l:librtmp.a" if word == "-lrtmp" else word for word in words]

    def compile(self, source, name, *options):
        """An object file of a C or C++ source."""
        target = self.path(f"{name}.o")
        compiler = ["c++", "-std=c++17"] if source.endswith(".cpp") else ["cc", "-std=gnu11"]
        flags = [*CODE, *WARNINGS, *self.pkg_config("--cflags"), *options]
        ask([*compiler, *flags, "-c", "-o", target, source], environment=self.environment)
        return target

    def link(self, way, inputs, name, cxx=False):
        """A program of `inputs`, in which the word `librtmp` stands for what links the library."""
        program = self.path(f"{name}-{way.name}")
        words = [word for item in inputs for word in (self.libraries(way) if item == "librtmp" else [item])]
        compiler = "c++" if cxx else "cc"
        ask([compiler, "-pthread", *way.options, "-o", program, *words], environment=self.environment)
        way.check(program)
        return program

    def run(self, program, *arguments):
        """What a program prints, which must succeed. Only one that was linked to the shared library finds that."""
        environment = dict(self.environment)
        if "librtmp.so.1" in needed(program):
            environment["LD_LIBRARY_PATH"] = os.path.dirname(self.library)
        return ask([program, *arguments], self.directory, environment)


class Way:
    """A way to link: its name, options of the compiler, whether librtmp comes from the archive, and what of the shared
    libraries a program must not ask for."""

    def __init__(self, name, *options, archive=True, without=("librtmp.so.1",)):
        self.name = name
        self.options = options
        self.archive = archive
        self.without = without

    def check(self, program):
        """Fails unless the program asks for what it should."""
        found = needed(program)
        wrong = found if self.without is None else found.intersection(self.without)
        if wrong or self.archive == ("librtmp.so.1" in found):
            raise Failure(f"{os.path.basename(program)} needs {sorted(found)}")


SHARED = Way("shared", archive=False, without=())
ARCHIVE = Way("archive")
COLLECTED = Way("collected", "-Wl,--gc-sections")
OWN_UNWINDER = Way("own-unwinder", "-static-libgcc", "-static-libstdc++", without=("librtmp.so.1", "libgcc_s.so.1"))
STATIC = Way("static", "-static", without=None)
STATIC_PIE = Way("static-pie", "-static-pie", without=None)
