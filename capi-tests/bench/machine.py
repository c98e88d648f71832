"""The programs of the benchmark: how they are built and run, and what they print."""

import contextlib
import os
import re
import subprocess

import distance
from process import Failure, Program, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = {
    "client": (("client.c", "transfer.c", "bare.c", "calls.c", "session.c"), ("-lrtmp",)),
    "peer": (("peer.c",), ("-lrtmp",)),
    "rival": (("rival.c",), ("-lavformat",)),
    "load": (("load.c",), ()),
}
FLAGS = "-std=gnu11 -O2 -g -Wall -Wextra -Wconversion -Werror -pthread".split()
PATIENCE = 120.0
TRUSTED = "/etc/ssl/certs/ca-certificates.crt"


def _run(argv, **more):
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=PATIENCE, check=False, **more)
    except subprocess.TimeoutExpired:
        raise Failure(f"{' '.join(argv)} did not end within {PATIENCE:.0f} s") from None
    if done.returncode:
        raise Failure(f"{' '.join(argv)}: {done.stdout}{done.stderr}")
    return done


def build(directory):
    """Compiles the programs into `directory`, against the installed headers, with every warning an error."""
    for name, (sources, libraries) in SOURCES.items():
        paths = [os.path.join(HERE, source) for source in (*sources, "measure.c")]
        _run(["cc", *FLAGS, "-o", os.path.join(directory, name), *paths, *libraries])


def certificate(directory):
    """A certificate for the peer; returns what it is started with. `bundle.pem` is the system's trust store, as
    large as ever, which trusts it as well."""
    key, cert, bundle = (os.path.join(directory, name) for name in ("key.pem", "cert.pem", "bundle.pem"))
    names = "subjectAltName=IP:127.0.0.1"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    _run(["openssl", "req", "-x509", *kind, "-keyout", key, "-out", cert, "-subj", "/CN=bench", "-addext", names])
    with open(bundle, "w", encoding="ascii", errors="replace") as all_trusted:
        for path in (TRUSTED, cert):
            with open(path, encoding="ascii", errors="replace") as file:
                all_trusted.write(file.read())
    # What was written a moment ago is not remembered; stores are older.
    os.utime(bundle, (1e9, 1e9))
    return {"cert": cert, "key": key}


def cpus(apart):
    """The CPUs of a client and its peer: the same one, or one each if they are to be `apart` and there is another. Placed
    freely, the same work costs up to three times as much or as little, as the scheduler likes."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[1 % len(allowed)] if apart else allowed[0]


def words(arguments):
    """Arguments as the programs take them; `case` comes first and bare."""
    rest = [f"{name}={value}" for name, value in arguments.items() if name != "case"]
    return [arguments["case"], *rest] if "case" in arguments else rest


class Machine:
    """Runs clients of two seats against peers."""

    def __init__(self, directory, seats, milliseconds, apart=False):
        self.directory = directory
        self.seats = seats
        self.milliseconds = milliseconds
        self.client_cpu, self.peer_cpu = cpus(apart)
        build(directory)
        self._certificate = certificate(directory)
        self._port = None

    def _environment(self, seat):
        return self.seats[seat].environment(SSL_CERT_FILE=os.path.join(self.directory, "bundle.pem"))

    def peer(self, options):
        """A running peer, a context manager. It always runs on our library."""
        if options is None:
            options = {}
        arguments = {**options, "cpu": self.peer_cpu, **self._certificate}
        argv = [os.path.join(self.directory, "peer"), *words(arguments)]
        program = Program(argv, self.directory, self._environment("ours"))
        try:
            self._port = wait_until("the peer listens", lambda: self._printed_port(program))
        except BaseException:
            program.end()
            raise
        return program

    @contextlib.contextmanager
    def distance(self, is_far):
        """Puts the peer far away, for a block."""
        if not is_far:
            yield
            return
        with distance.Relay(self._port) as relay:
            self._port = relay.port
            yield

    @staticmethod
    def _printed_port(program):
        if program.status() is not None:
            raise Failure(f"the peer ended{program.tail()}")
        found = re.match(r"(\d+)\n", program.output())
        return found and int(found[1])

    def _argv(self, case, program, arguments):
        protocol = case.peer["protocol"] if case.peer else "rtmp"
        url = f"{protocol}://127.0.0.1:{self._port}/app/stream"
        # Threads of one process are to run at the same time.
        cpu = -1 if "threads" in arguments else self.client_cpu
        everything = {"ms": self.milliseconds, **arguments, "url": url, "cpu": cpu}
        return [os.path.join(self.directory, program), *words(everything)]

    def run(self, case, seat, arguments=None, program=None, prefix=()):
        """Runs a client; returns the lines it printed, each as a dict of numbers, and its standard error."""
        arguments = dict(arguments or case.arguments)
        if case.program == "load":
            arguments["library"] = self.seats[seat].library
        argv = [*prefix, *self._argv(case, program or case.program, arguments)]
        done = _run(argv, env=self._environment(seat), cwd=self.directory)
        lines = [line for line in done.stdout.splitlines() if "=" in line]
        if not lines:
            raise Failure(f"{' '.join(argv)} printed nothing: {done.stderr}")
        return [dict(_pairs(line)) for line in lines], done.stderr

    def instructions(self, case, seat, messages):
        """Instructions per message, by callgrind."""
        output = os.path.join(self.directory, "callgrind.out")
        prefix = ("valgrind", "--tool=callgrind", "--collect-atstart=no", f"--callgrind-out-file={output}")
        lines, errors = self.run(case, seat, {**case.arguments, "messages": messages}, prefix=prefix)
        collected = re.search(r"Collected : (\d+)", errors)
        if not collected:
            raise Failure(f"callgrind counted nothing: {errors}")
        return int(collected[1]) / lines[0]["messages"]

    def system_calls(self, case, seat, messages):
        """System calls per message, by strace: what twice as many messages add."""
        counts = []
        for factor in (1, 2):
            output = os.path.join(self.directory, "strace.out")
            prefix = ("strace", "-f", "-c", "-o", output)
            self.run(case, seat, {**case.arguments, "messages": factor * messages}, prefix=prefix)
            with open(output, encoding="ascii", errors="replace") as file:
                total = re.search(r"^100\.00\s+\S+\s+\S*\s+(\d+)\s.*total$", file.read(), re.MULTILINE)
            if not total:
                raise Failure("strace counted nothing")
            counts.append(int(total[1]))
        return (counts[1] - counts[0]) / messages


def _pairs(line):
    for word in line.split():
        name, _, value = word.partition("=")
        yield name, float(value)
