"""One library and the client program on it: how a case is run, and what came of it."""

import json
import os
import resource
import signal
import socket
import subprocess
import threading

import library
from case import MEMORY_LIMIT_KIB, SHORT, Outcome, judge, judge_bulk

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(os.path.dirname(os.path.dirname(HERE)), "include")
FLAGS = ("-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread")
# A program that wants more is out of bounds anyway, and must not take the machine down.
ADDRESS_SPACE = 2 << 30
FINDING = 99
# The peer keeps little in the kernel, so that who does not read is noticed soon.
RECEIVE_BUFFER = 65536
BULK_THREADS = 4
SUPPRESSIONS = os.path.join(os.path.dirname(HERE), "valgrind.supp")
# Tools make programs slow: a short time-out is not that short, and the end is waited for longer.
TOOL_SECONDS, TOOL_PATIENCE = 5, 5
BULK_LIMIT = 600


# The file with the sessions, by what the calls do.
SESSIONS = {"waiting": "waiting.c", "nonblocking": "polling.c"}


def build(directory, against, *flags, mode="waiting"):
    """Compiles the client with our headers, and links it to a library (it may run on another)."""
    program = os.path.join(directory, "client")
    sources = [os.path.join(HERE, name) for name in ("client.c", "sessions.c", SESSIONS[mode])]
    subprocess.run(["gcc", *FLAGS, *flags, f"-I{INCLUDE}", *sources, against, "-o", program], check=True, timeout=120)
    return program


def with_tool(tool, path, directory, mode):
    """The client on a library, under one of the tools or none."""
    if tool == "sanitizers":
        program = build(directory, path, "-fsanitize=address,undefined", "-fno-omit-frame-pointer", mode=mode)
        environment = {"UBSAN_OPTIONS": "print_stacktrace=1", "ASAN_OPTIONS": f"exitcode={FINDING}"}
        return Client(program, path, directory, environment=environment, limits=False)
    if tool == "valgrind":
        wrapper = ["valgrind", "-q", f"--error-exitcode={FINDING}", "--leak-check=full"]
        wrapper += ["--errors-for-leak-kinds=definite", f"--suppressions={SUPPRESSIONS}"]
        return Client(build(directory, path, mode=mode), path, directory, wrapper, limits=False)
    return Client(build(directory, path, mode=mode), path, directory)


class Peers:
    """A listening socket whose connections are handed to a script, each in a thread. A context manager."""

    def __init__(self, script, one_by_one=False):
        self._script = script
        self._one_by_one = one_by_one
        self._open = []
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        number = 0
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if self._one_by_one:
                play(self._script, connection, number)
            else:
                self.run(connection, number)
            number += 1

    def run(self, connection, number):
        """Plays the peer on a connection, aside."""
        self._open.append(connection)
        threading.Thread(target=play, args=(self._script, connection, number), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # Closing alone does not wake a thread that accepts or receives.
        for each in (self._listener, *self._open):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()
        self._thread.join()


def play(script, connection, number):
    """The script on one connection, which is closed behind it."""
    try:
        script(connection, number)
    except (OSError, ValueError):
        # The case is over, and the socket closed.
        pass
    finally:
        connection.close()


class Client:
    """The client program on one library, perhaps inside a `wrapper` such as valgrind. `judged`: whether endings and
    memory are asserted, which tools that slow down and add memory do not allow."""

    def __init__(self, program, path, directory, wrapper=(), environment=None, limits=True):
        self._seat = library.Seat("client", path, directory)
        self._command = [*wrapper, program]
        self._more = environment or {}
        self._limits = limits
        self._is_original = path == library.original()
        self._homes = 0
        self._lock = threading.Lock()

    def _environment(self, case):
        with self._lock:
            self._homes += 1
            home = self._seat.path(f"home-{self._homes}")
        os.mkdir(home)
        environment = self._seat.environment(LIBRTMP_TLS_VERIFY="0", **self._more)
        return dict(environment, HOME=home, **dict(getattr(case, "environment", ())))

    def _start(self, arguments, environment):
        limit = (lambda: resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE,) * 2)) if self._limits else None
        return subprocess.Popen(
            [*self._command, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Behind a line that is read alone, `communicate` has to find what came with it.
            bufsize=0,
            preexec_fn=limit,
        )

    def _time_limits(self, timeout):
        """The option `timeout` and, for short ones, those that make sends and connecting as impatient. The original knows
        neither."""
        if self._is_original or timeout > 10:
            return timeout
        return f"{timeout} connectTimeout={timeout * 1000} sendTimeout={timeout * 1000}"

    def run(self, case, seconds=None, patience=1):
        """Runs a case; its `Outcome`. `seconds` replaces a short time-out, `patience` stretches the limit."""
        timeout = seconds if seconds and case.seconds == SHORT else case.seconds
        environment = dict(self._environment(case), HOSTILE_TIMEOUT=str(timeout))
        with Peers(case.script) as peers:
            target = case.target.format(port=peers.port, timeout=self._time_limits(timeout))
            process = self._start([case.mode, *target.split("|")], environment)
            try:
                if case.mode == "serve":
                    peers.run(socket.create_connection(("127.0.0.1", int(process.stdout.readline()))), 0)
                out, err = process.communicate(timeout=case.limit * patience)
            except subprocess.TimeoutExpired:
                peak = _peak(process.pid)
                _kill(process)
                kind = "memory" if peak > MEMORY_LIMIT_KIB else "hang"
                return Outcome(kind, f"no end in {case.limit * patience:.0f} s, peak {peak} KiB")
            except ValueError:
                _kill(process)
                return Outcome("wrong", "the client names no port")
        return self._outcome(case, process.returncode, out, err)

    def _outcome(self, case, code, out, err):
        if code < 0:
            return Outcome("signal", f"{signal.Signals(-code).name}{_tail(err)}")
        if code == FINDING or b"runtime error" in err or b"Sanitizer" in err:
            return Outcome("finding", _tail(err, 40))
        if code != 0:
            return Outcome("wrong", f"exit status {code}{_tail(err)}")
        outcome = judge(case, json.loads(out.splitlines()[-1]))
        self._forgive(outcome)
        return outcome

    def _forgive(self, outcome):
        if not self._limits and outcome.kind in ("memory", "wrong"):
            outcome.kind = "ok"

    def run_bulk(self, case, isolated):
        """Runs a bulk case; its `Outcome`, with `counts` of how the sessions ended. Each thread has a port of its own,
        so that the n-th connection to it is known to be the n-th session of that thread."""
        count = -(-case.count // BULK_THREADS)
        scripts = [_share(case, first) for first in range(BULK_THREADS)]
        environment = dict(self._environment(case), HOSTILE_TIMEOUT="30")
        peers = [Peers(script, one_by_one=True) for script in scripts]
        try:
            targets = [case.target.format(port=each.port, timeout=30) for each in peers]
            process = self._start(["bulk", case.mode, str(int(isolated)), str(count), *targets], environment)
            try:
                ports = process.stdout.readline().split()
                dialers = [_dial(int(port), script, count) for port, script in zip(ports, scripts)]
                out, err = process.communicate(timeout=BULK_LIMIT)
            except subprocess.TimeoutExpired:
                _kill(process)
                return Outcome("hang", f"no end in {BULK_LIMIT} s")
            for each in dialers:
                each.join()
        finally:
            for each in peers:
                each.__exit__()
        if process.returncode:
            return Outcome("signal" if process.returncode < 0 else "finding", f"{process.returncode}{_tail(err, 40)}")
        result = json.loads(out.splitlines()[-1])
        outcome = judge_bulk(result)
        self._forgive(outcome)
        outcome.counts = [sum(result["endings"].values()), result["crashed"], result["hung"], result["greedy"]]
        return outcome


def _share(case, first):
    def script(connection, number):
        case.script(connection, (first + number * BULK_THREADS) % case.count)

    return script


def _dial(port, script, count):
    """Connects `count` times, one after the other, to a client that serves."""

    def work():
        for number in range(count):
            play(script, socket.create_connection(("127.0.0.1", port)), number)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def _peak(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return int(next(line for line in status if line.startswith("VmHWM")).split()[1])
    except (OSError, StopIteration):
        return 0


def _kill(process):
    process.kill()
    process.communicate()


def _tail(err, lines=4):
    text = [line for line in err.decode(errors="replace").splitlines() if line.strip()]
    return "".join(f"\n    | {line}" for line in text[-lines:])
