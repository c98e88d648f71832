"""Compiles the examples, by the commands that examples/README.md gives, and the C of docs/porting.md."""

import glob
import os
import re
import shlex
import shutil
import subprocess

from process import Failure

HERE = os.path.dirname(os.path.abspath(__file__))
WARNINGS = ["-Wall", "-Wextra", "-pedantic", "-Werror"]
# With our headers; a macro of the original's is not that clean.
MORE = [*WARNINGS, "-Wconversion", "-Wsign-conversion", "-Wshadow"]
# What needs our headers: nothing of it is on the original.
OURS = ("interrupt.c", "restream.cpp")
# A line of the table: | [play.c](play.c) | what it shows | `command` |
ROW = re.compile(r"^\| \[(?P<name>[\w.]+)\]\([\w.]+\) \|.*\| `(?P<command>[^`]+)` \|$", re.MULTILINE)
BLOCK = re.compile(r"^```c\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGE = "porting-page.h"


def _read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def _environment(pc_directory):
    """The environment in which pkg-config finds our librtmp.pc, or, without a directory, the system's."""
    environment = dict(os.environ)
    environment.pop("PKG_CONFIG_PATH", None)
    if pc_directory:
        if not os.path.exists(os.path.join(pc_directory, "librtmp.pc")):
            raise Failure(f"there is no librtmp.pc in {pc_directory} (make install, --pc)")
        environment["PKG_CONFIG_PATH"] = os.path.abspath(pc_directory)
    return environment


def _compile(command, directory, pc_directory):
    done = subprocess.run(
        command,
        shell=True,
        cwd=directory,
        env=_environment(pc_directory),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode != 0:
        raise Failure(f"{command}\n{done.stdout}{done.stderr}")


def _commands(root):
    """The commands of the table by the name of the file. Every file must have its line."""
    rows = {row["name"]: row["command"] for row in ROW.finditer(_read(root, "examples", "README.md"))}
    there = {name for name in os.listdir(os.path.join(root, "examples")) if not name.endswith((".md", ".h", ".hpp"))}
    if there != set(rows):
        raise Failure(f"examples/README.md and the examples differ in {sorted(there ^ set(rows))}")
    return rows


def _warnings(pc_directory):
    return MORE if pc_directory else WARNINGS


def _strict(command, pc_directory):
    """The command with all warnings, each of which is an error."""
    compiler, rest = command.split(" ", 1)
    return " ".join([compiler, *_warnings(pc_directory), rest])


def _write_page(root, directory):
    """The C of docs/porting.md, all of it, in the order in which it stands there."""
    blocks = BLOCK.findall(_read(root, "docs", "porting.md"))
    if not blocks:
        raise Failure("docs/porting.md has no C")
    with open(os.path.join(directory, PAGE), "w", encoding="utf-8") as out:
        out.write("\n".join(blocks))


def build(root, directory, pc_directory):
    """Copies the examples to `directory` and compiles them there. Returns the directory."""
    shutil.copytree(os.path.join(root, "examples"), directory)
    for name, command in _commands(root).items():
        if name.endswith((".c", ".cpp")) and (pc_directory or name not in OURS):
            _compile(_strict(command, pc_directory), directory, pc_directory)
    if pc_directory:
        # The page is about what the original lacks.
        _write_page(root, directory)
        for compiler, name in (("cc -std=c11", "porting.c"), ("c++ -std=c++17", "raii.cpp")):
            out, source = os.path.splitext(name)[0], shlex.quote(os.path.join(HERE, name))
            flags = " ".join([*MORE, "-pthread", "-I.", "-o", out, source])
            _compile(f"{compiler} {flags} $(pkg-config --cflags --libs librtmp)", directory, pc_directory)
    return directory


def try_all(root, pc_directory):
    """Compiles every example with each compiler and standard of the language, against both headers."""
    compilers = [(name, other) for name, other in (("gcc", "g++"), ("clang", "clang++")) if shutil.which(name)]
    if len(compilers) == 1:
        print(f"note: only {compilers[0][0]} is installed, so no other compiler is tried")
    for c, cxx in compilers:
        _try(root, pc_directory, "*.c", [c, "-std=c11"])
        for standard in ("c++17", "c++20"):
            _try(root, pc_directory, "*.cpp", [cxx, f"-std={standard}"])


def _try(root, pc_directory, pattern, compiler):
    for path in sorted(glob.glob(os.path.join(root, "examples", pattern))):
        for pc in (pc_directory,) if os.path.basename(path) in OURS else (pc_directory, None):
            command = [*compiler, *_warnings(pc), "-O2", "-c", "-o", "/dev/null", path]
            _compile(f"{shlex.join(command)} $(pkg-config --cflags librtmp)", HERE, pc)
