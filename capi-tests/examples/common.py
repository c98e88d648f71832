"""What the cases have in common. A case is a function of `Shared` and a seat; it fails by a `Failure`."""

import collections
import os
import struct

from process import Failure

HERE = os.path.dirname(os.path.abspath(__file__))
SUPPRESSIONS = os.path.join(os.path.dirname(HERE), "valgrind.supp")
# What valgrind ends with when it has found something: no program here does.
FINDING = 99
# Of one body: more than the systems of both sides have room for.
LARGE = 0xFFFFFF

Shared = collections.namedtuple("Shared", "root server clips")
Shared.__doc__ = """The project's directory, the `Server`, and the `Clips`."""

ALL = {}
# What is about our library alone.
OURS = set()


def case(function):
    """Registers a case for every seat."""
    ALL[function.__name__] = function
    return function


def case_of_ours(function):
    """Registers a case of what only our library has."""
    OURS.add(function.__name__)
    return case(function)


def expect(program, status, text=""):
    """Waits for the program's end."""
    got = program.wait()
    if got != status or text not in program.output():
        raise Failure(f"{program.name} ended with {got}, not {status}, or without {text!r}{program.tail()}")


def compiled(seat, name):
    """The command of an example in C or C++."""
    return [os.path.join(seat.programs, name)]


def checked(seat, name):
    """The same under valgrind."""
    valgrind = ["valgrind", "-q", f"--error-exitcode={FINDING}", "--leak-check=full"]
    valgrind += ["--errors-for-leak-kinds=definite", "--show-leak-kinds=definite", f"--suppressions={SUPPRESSIONS}"]
    return [*valgrind, *compiled(seat, name)]


def python(seat, name="rtmp.py"):
    """The command of an example in Python."""
    return ["/usr/bin/python3", os.path.join(seat.programs, name)]


def large(seat):
    """An FLV file with one tag, of the greatest size."""
    path = seat.path("large.flv")
    head = b"\x09" + LARGE.to_bytes(3, "big") + bytes(7)
    with open(path, "wb") as file:
        file.write(b"FLV\1\1\0\0\0\x09\0\0\0\0" + head + b"\x27\1" + bytes(LARGE - 2) + struct.pack(">I", LARGE + len(head)))
    return path
