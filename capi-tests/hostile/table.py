"""Two libraries side by side, family by family."""

from case import Bulk

TITLES = ("family", "cases", "original: ended", "signal", "hang", "memory", "ours: as expected")


def show(cases, original, ours):
    """Prints two tables in Markdown: the scripted cases, then the many sessions."""
    print()
    _print([TITLES, *_rows(cases, original, ours)])
    print()
    titles = ("family", "good sessions with", "sessions", *TITLES[2:])
    _print([titles, *_bulk_rows(cases, original, ours)])


def _rows(cases, original, ours):
    single = [case for case in cases if not isinstance(case, Bulk)]
    for family in dict.fromkeys(case.family for case in single):
        yield _row(family, [case for case in single if case.family == family], original, ours)
    yield _row("all", single, original, ours)


def _row(name, cases, original, ours):
    able = [original[case].kind for case in cases if case in original]
    # Another ending than ours is an ending.
    counts = [
        sum(kind in kinds for kind in able)
        for kinds in (("ok", "wrong", "finding"), ("signal",), ("hang",), ("memory",))
    ]
    good = sum(ours[case].kind == "ok" for case in cases)
    return [name, len(cases), *(counts if able else ["-"] * 4), good]


def _bulk_rows(cases, original, ours):
    for case in cases:
        if isinstance(case, Bulk):
            counts = original[case].counts if case in original else ["-"] * 4
            good = case.count if ours[case].kind == "ok" else f"no: {ours[case].kind}"
            yield [case.family, case.name, case.count, *counts, good]


def _print(rows):
    for number, row in enumerate(rows):
        print("| " + " | ".join(str(cell) for cell in row) + " |")
        if number == 0:
            print("|---" * len(row) + "|")
