"""What a case is."""

import collections

from process import Failure

Case = collections.namedtuple("Case", "name run")
Case.__doc__ = """`run(installation)` fails unless all is as it should be."""

REGISTRY = []


def case(name):
    """Registers the decorated function as a case."""

    def register(run):
        REGISTRY.append(Case(name, run))
        return run

    return register


def same(what, found, expected):
    """Fails unless two texts or sets are equal."""
    if found == expected:
        return
    if isinstance(found, set):
        raise Failure(f"{what}: too many {sorted(found - expected)[:9]}, missing {sorted(expected - found)[:9]}")
    raise Failure(f"{what}:\n{found}--- expected:\n{expected}")


def same_bytes(first, second):
    """Fails unless two files are equal."""
    with open(first, "rb") as one, open(second, "rb") as other:
        if one.read() != other.read():
            raise Failure(f"{first} and {second} differ")
