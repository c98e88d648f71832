"""Many streams in one program: one loop whose calls do not wait (examples/event_loop.c) beside a thread for each stream, whose
calls do (threads.c). Both on our library: the original's calls all wait."""

import os
import struct

from figures import Spread

# The programs that stand for either.
LOOP, THREADS = "loop", "threads"
# Bytes and milliseconds of the media that each publisher writes: 30 messages a second, of 2.4 Mbit/s. There is a second
# before the first, in which all connect.
SIZE, PACE, COUNT, LEAD = 10000, 33, 45, 1000

# What is told of each, how much of it the program's figures make, and its digits.
FIGURES = (
    ("CPU while media flows, %", lambda line: line["cpu"] / line["wall"] * 100),
    ("CPU until then, ms", lambda line: line["connecting"] * 1e3),
    ("memory at most, MB", lambda line: line["memory"] / 1e6),
    ("context switches a second", lambda line: line["switches"] / line["wall"]),
    ("latency, median, ms", lambda line: line["median"] * 1e3),
    ("latency, 99 of 100, ms", lambda line: line["late"] * 1e3),
)


def write_media(path):
    """An FLV file of messages that bear their number, and how many there are."""
    with open(path, "wb") as file:
        file.write(b"FLV\1\1\0\0\0\x09\0\0\0\0")
        for number in range(COUNT):
            time = LEAD + number * PACE
            body = b"\x27\1\0\0\0" + struct.pack(">II", number, COUNT)
            file.write(struct.pack(">BBHBHBHB", 9, SIZE >> 16, SIZE & 0xFFFF, time >> 16 & 0xFF, time & 0xFFFF, time >> 24, 0, 0))
            file.write(body.ljust(SIZE, b"v") + struct.pack(">I", SIZE + 11))


def play(machine, figures, rounds):
    """Adds the rounds of one case."""
    for _ in range(rounds):
        for program in (LOOP, THREADS):
            figures.add(program, machine.streams(figures.case, program))


def _rows(figures):
    """Of each figure: what it is, and the spreads of the loop, of the threads, and of their ratio."""
    lines = [figures.rounds[program] for program in (LOOP, THREADS)]
    for what, of in FIGURES:
        loop, threads = ([of(line) for line in rounds] for rounds in lines)
        # A time that the system's clock cannot tell from none has no ratio.
        ratios = [one / other for one, other in zip(threads, loop, strict=True) if other]
        yield what, Spread(loop), Spread(threads), Spread(ratios) if ratios else None


def line(figures, spread):
    """One case in one line; `spread` makes text of a `Spread`."""
    parts = (f"{what} {spread(loop)} / {spread(threads)}" for what, loop, threads, _ in _rows(figures))
    return f"{figures.case.name}, loop / threads: {'; '.join(parts)}"


HEAD = ("streams", "", "one loop", "a thread each", "threads : loop")


def rows(results, spread):
    """The table of all such cases."""
    for figures in results:
        if figures.case.unit == "streams":
            for what, *spreads in _rows(figures):
                yield figures.case.name, what, *map(spread, spreads)
