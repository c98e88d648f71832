"""What a case is, and how its outcome is judged."""

import collections
import json

from wire import Gone, Mischief, Wire

# Seconds for `Link.timeout`: short where the time-out is what is expected, else so long that it never comes.
SHORT, LONG = 1, 30
MEMORY_LIMIT_KIB = 64 * 1024

Case = collections.namedtuple(
    "Case",
    "family name mode target script endings seconds limit original environment",
    defaults=((), LONG, 60, True, ()),
)
Case.__doc__ = """`mode` of the client, its `target` with `{port}` of the peer in it, `script(socket, number)` for the
connection of that number. `endings`: the phases (`*`: any), each with 0 or 1 for timed out, that are right; none: any.
`seconds`: the time-out the client uses. `limit`: seconds after which the client is taken to hang. `original`: the original has
the ability at all. `environment`: pairs."""


class Bulk(collections.namedtuple("Bulk", "family name mode target script count original", defaults=(True,))):
    """Many sessions: `script(socket, number)` for each number below `count`. Each must end before a time-out could."""

    def every(self, step):
        """One of `step` of them."""
        return self._replace(script=lambda sock, number: self.script(sock, number * step), count=-(-self.count // step))


# What the last of many sessions may have left in memory: less than a byte for each.
GROWTH_LIMIT = 256 * 1024

REGISTRY = []


def add(*cases):
    """Registers cases."""
    REGISTRY.extend(cases)


def scripted(session, mischief=None):
    """A script for a case: `session(wire)` with a mischief, then whatever is left is read."""

    def script(sock, _number=0):
        try:
            wire = Wire(sock, mischief)
            session(wire)
            wire.end()
            wire.drain()
        except Gone:
            pass

    return script


def sending(stages):
    """The session that sends `stages` without looking at what comes."""

    def session(wire):
        for name, data in stages:
            wire.stage(name)
            wire.send(data)

    return session


def add_stages(family, mode, target, session, table, original=True, limit=60, wrap=scripted):
    """A case for each row `(stage, offset, act, endings)` of a table. Where a time-out is among the endings the
    program's is short."""
    for stage, offset, act, endings in table:
        seconds = SHORT if any(ending.endswith(" 1") for ending in endings) else LONG
        where = f"{stage}+{offset}" if offset else stage
        script = wrap(session, Mischief(act, stage, offset))
        name = f"{mode}-{act.__name__.replace('_', '-')}-at-{where}"
        add(Case(family, name, mode, target, script, endings, seconds, limit, original))


class Outcome:
    """What came of a case. `kind`: ok, signal, hang, memory, finding (by a tool or the library itself) or wrong (another
    ending than expected); `text` says more. `counts`: of many sessions those that ended, died, hung, and took too much
    memory."""

    def __init__(self, kind, text="", counts=(0, 0, 0, 0)):
        self.kind = kind
        self.text = text
        self.counts = counts


def judge(case, result):
    """The outcome of a session that the client has reported about."""
    ending = f"{result['ending']} {result['timedout']}"
    said = f"{ending}, result {result['result']}, {result['count']} through, peak {result['peak']} KiB"
    if result["critical"]:
        return Outcome("finding", f"a panic inside the library ({said})")
    if result["waited"] or result["spun"]:
        return Outcome("finding", f"{_loop(result)} ({said})")
    if result["peak"] > MEMORY_LIMIT_KIB:
        return Outcome("memory", said)
    if result["descriptors"]:
        return Outcome("finding", f"{result['descriptors']} descriptors left open ({said})")
    if case.endings and not {ending, f"* {result['timedout']}"} & set(case.endings):
        return Outcome("wrong", f"{said}; expected {' or '.join(case.endings)}")
    return Outcome("ok", said)


def _loop(result):
    return f"{result['waited']} calls that must not have waited, {result['spun']} loops went round with nothing to do"


def judge_bulk(result):
    """The same for many sessions."""
    said = json.dumps(result)
    if result["critical"] or result["waited"] or result["spun"]:
        return Outcome("finding", said)
    if result["descriptors"] or result["growth"] > GROWTH_LIMIT:
        return Outcome("finding", said)
    if result["peak"] > MEMORY_LIMIT_KIB:
        return Outcome("memory", said)
    if any(ending.endswith(" 1") for ending in result["endings"]):
        return Outcome("wrong", f"{said}: something was waited for")
    return Outcome("ok", said)
