"""Servers that die and networks that stand still or break, while one program publishes and another plays."""

import os
import re
import signal
import subprocess
import time

from process import Failure, Program, is_listening, wait_until
from relay import Relay
from server import NGINX, Server

END = re.compile(r"end (\d+) messages, (\d+) missing, status (-?\d+), (timed out|no timeout)")
# Messages a second.
PACE = 1000


class MortalServer(Server):
    """nginx that can be killed and started again on its port."""

    def kill(self):
        """Ends it without a chance to say anything."""
        os.kill(self._program.pid, signal.SIGKILL)
        self._program.wait()

    def restart(self):
        """Starts it again."""
        os.unlink(os.path.join(self._root, "stat"))
        program = Program([NGINX, "-p", self._root, "-c", os.path.join(self._root, "nginx.conf")], self._root)
        self._program = program
        wait_until("nginx listens again", lambda: program.status() is not None or is_listening(self.port))
        if program.status() is not None:
            raise Failure(f"nginx does not start again{program.tail()}")


class Watched:
    """A publisher or player, and what it has said since it was last looked at."""

    def __init__(self, name, program):
        self.name = name
        self.program = program
        self._seen = {}

    def _new(self, word):
        lines = self.program.lines(word)
        return lines[self._seen.get(word, 0) :]

    def mark(self):
        """What has been said so far does not count any more."""
        self._seen = {word: len(self.program.lines(word)) for word in ("on", "at", "end")}

    def wait(self, word, what, seconds=60):
        """The first new line that begins with `word`."""

        def look():
            if self.program.status() is not None:
                raise Failure(f"the {self.name} ended ({self.program.status()}){self.program.tail()}")
            return self._new(word)

        try:
            return wait_until(f"the {self.name}: {what}", look, seconds)[0]
        except Failure as failure:
            raise Failure(f"{failure}{self.program.tail()}") from None

    def wait_flowing(self):
        """Messages flow, now."""
        before = len(self.program.lines("at"))
        # One line may have been on its way.
        wait_until(f"the {self.name} goes on", lambda: len(self.program.lines("at")) >= before + 2, 60)

    def ended(self):
        """The new lines about ends."""
        return self._new("end")

    def judge(self):
        """Everything it ever said must have been right."""
        wrong = self.program.lines("wrong")
        if wrong:
            raise Failure(f"the {self.name}: {wrong[0]}")


def _end(line):
    match = END.match(line)
    if not match:
        raise Failure(f"not understood: {line}")
    return int(match[1]), int(match[2]), int(match[3]), match[4] == "timed out"


# --- a scripted server, and a network that cuts: nothing that was received is lost ---


def _play_and_cut(bench, how, most):
    with bench.peer("rtmp") as (port, _, _), Relay(port, bench.directory, most) as relay:
        url = f"rtmp://127.0.0.1:{relay.port}/app/play timeout=30"
        with bench.client("survive", "play", url, PACE) as client:
            player = Watched("player", client)
            player.wait_flowing()
            pair = relay.newest
            getattr(pair, how)()
            count, missing, status, timed_out = _end(player.wait("end", "the end"))
            player.judge()
            passed_on = int(subprocess.check_output([bench.program("count"), pair.path], timeout=60, text=True))
            player.wait("on", "another connection")
            client.close_input()
            if client.wait(bench.seconds) != 0:
                raise Failure(f"the player ended with {client.status()}{client.tail()}")
    if missing or timed_out or status != -1 or count != passed_on:
        raise Failure(f"{how}: {count} of {passed_on} messages, {missing} missing, status {status}, {timed_out=}")
    return f"{how}: {count} of {passed_on} messages delivered, status {status}"


def cut(bench):
    """What was received before the connection was cut is delivered, once, and then the end."""
    for number in range(30 if bench.hand else 3):
        # Less than the peer sends without a pong, and mostly in the middle of a message.
        most = 60000 + 1237 * number
        for how in ("end", "close", "reset"):
            yield _play_and_cut(bench, how, most)


# --- nginx between a publisher and a player ---


class Stage:
    """A publisher and a player at one server, each behind a relay of its own."""

    def __init__(self, server, relays, programs, patience):
        self.server = server
        self.relays = relays
        self.programs = programs
        self.patience = patience

    def wait_flowing(self):
        """Both go on."""
        for program in self.programs:
            program.wait_flowing()
            program.mark()

    def ends(self):
        """Waits until both connections have ended; how."""
        return [_end(program.wait("end", "the end of its connection", 60 + self.patience)) for program in self.programs]


def _stall(stage):
    """Shorter than the timeout: nobody notices, and nothing is lost."""
    for relay in stage.relays:
        relay.stall()
    # This is the fault, not a way to wait for something.
    time.sleep(stage.patience / 3)
    for relay in stage.relays:
        relay.resume()
    for program in stage.programs:
        program.wait_flowing()
        if program.ended():
            raise Failure(f"a standstill: {program.name}: {program.ended()[0]}")
    return "nobody noticed"


def _silence(stage):
    """Longer than the timeout: both calls end, and say why."""
    for relay in stage.relays:
        relay.stall()
    ends = stage.ends()
    for relay in stage.relays:
        relay.resume()
    if not all(timed_out for _, _, _, timed_out in ends):
        raise Failure(f"silence: {ends}")
    return "both timed out"


def _broken(how):
    def breaks(stage):
        for relay in stage.relays:
            getattr(relay.newest, how)()
        ends = stage.ends()
        if any(timed_out for _, _, _, timed_out in ends):
            raise Failure(f"{how}: {ends}")
        return "both ended"

    return breaks


def _killed(stage):
    stage.server.kill()
    ends = stage.ends()
    stage.server.restart()
    if any(timed_out for _, _, _, timed_out in ends):
        raise Failure(f"killed: {ends}")
    return "both ended"


FAULTS = (
    ("the network stands still", _stall),
    ("the network stands still for longer than the timeout", _silence),
    ("the connections are closed", _broken("close")),
    ("the connections are reset", _broken("reset")),
    ("the server is killed", _killed),
)


def live(bench):
    """Publisher and player get through every fault by one more connection, and no message comes twice."""
    patience = 30 if bench.hand else 3
    until = time.monotonic() + (300 if bench.hand else 0)
    root = os.path.join(bench.directory, "nginx")
    os.mkdir(root)
    with MortalServer(root) as server:
        with Relay(server.port, bench.directory) as up, Relay(server.port, bench.directory) as down:
            urls = [f"rtmp://127.0.0.1:{relay.port}/live/stress timeout={patience} sendTimeout={patience}000" for relay in (up, down)]
            with bench.client("survive", "publish", urls[0], PACE) as publisher:
                with bench.client("survive", "play", urls[1] + " live=1", 4 * PACE) as player:
                    programs = [Watched("publisher", publisher), Watched("player", player)]
                    yield from _all_faults(Stage(server, (up, down), programs, patience), until)
                    for program in programs:
                        program.program.close_input()
                        if program.program.wait(bench.seconds) != 0:
                            raise Failure(f"the {program.name} ended with {program.program.status()}")
                        program.judge()
                        yield _summary(program)


def _all_faults(stage, until):
    rounds = 0
    while rounds == 0 or time.monotonic() < until:
        for name, fault in FAULTS:
            stage.wait_flowing()
            begin = time.monotonic()
            outcome = fault(stage)
            if rounds == 0:
                yield f"{name}: {outcome} ({time.monotonic() - begin:.1f} s)"
        rounds += 1
    stage.wait_flowing()
    yield f"{rounds} times all faults"


def _summary(program):
    ends = [_end(line) for line in program.program.lines("end")]
    messages = sum(end[0] for end in ends)
    return f"the {program.name}: {messages} messages on {len(ends)} connections, none wrong, none twice"
