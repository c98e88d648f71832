"""Programs started, waited for and ended, every wait bounded."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time

# Long enough for a loaded machine; nothing that works comes near it.
PATIENCE = 30.0
POLL = 0.005


class Failure(Exception):
    """A case went wrong; the text says how."""


def wait_until(what, condition, seconds=PATIENCE):
    """Returns the first true value of `condition()`; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failure(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(POLL)


def free_port():
    """A loopback TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port):
    """True if some process listens on the IPv4 `port`. Looks at the kernel's table: a probing connection would
    be a client for programs that serve one connection at a time."""
    listen_state = "0A"
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in list(table)[1:]:
            fields = line.split()
            if fields[3] == listen_state and int(fields[1].rpartition(":")[2], 16) == port:
                return True
    return False


def run(name, main):
    """Ends this process with what `main()` returns, or with one line for a `Failure`. The usual signals end it by an
    exception, so that everything it started is ended too."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _frame: sys.exit(128 + received))
    try:
        sys.exit(main())
    except Failure as failure:
        sys.exit(f"{name}: {failure}")


def _state_and_group(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            # The second field, the name in parentheses, may hold anything.
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None, None
    return fields[0], int(fields[2])


class Program:
    """A running program in a session of its own, with its output in files. Use as a context manager: whatever
    happens, it is ended at the end of the block."""

    def __init__(self, argv, directory, environment=None):
        self.argv = [str(word) for word in argv]
        self.name = os.path.basename(self.argv[0])
        self._log = os.path.join(directory, f"{self.name}.log")
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                self.argv,
                cwd=directory,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    @property
    def pid(self):
        """The process id."""
        return self._process.pid

    def status(self):
        """The exit status, None while the program runs; negative: the signal that ended it."""
        return self._process.poll()

    def say(self, line):
        """Writes a line to the program's standard input."""
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def wait(self, seconds=PATIENCE):
        """The exit status; fails if the program has not ended by itself after `seconds`."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} did not end within {seconds:.0f} s{self.tail()}") from None

    @contextlib.contextmanager
    def held(self):
        """Stops the program, a server, for the block. A client that starts meanwhile connects (the kernel accepts)
        and then waits for the first answer, so it can be looked at for as long as one likes."""
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def group_is_empty(self):
        """True when neither the program nor anything it started runs any more. (A dead process that nobody has
        waited for does not run.)"""
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                state, group = _state_and_group(entry)
                if group == self._process.pid and state != "Z":
                    return False
        return True

    def end_rest(self):
        """Ends what the program has started, after its own end."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        wait_until(f"what {self.name} has started is gone", self.group_is_empty)

    def output(self):
        """What the program has written so far, standard output and standard error."""
        with open(self._log, "rb") as log:
            return log.read().decode(errors="replace")

    def tail(self):
        """The last lines of the output, to be appended to a failure's text."""
        lines = [line for line in self.output().replace("\r", "\n").splitlines() if line.strip()]
        return "".join(f"\n    | {line}" for line in lines[-4:])

    def end(self):
        """Ends the program and what it started, if it still runs: asked first, then forced."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is None:
                # It leads its own session, so its process id names its process group as well.
                os.killpg(self._process.pid, number)
                try:
                    self._process.wait(3)
                except subprocess.TimeoutExpired:
                    continue
        self._process.stdin.close()
