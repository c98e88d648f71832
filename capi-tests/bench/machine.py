"""The programs of the benchmark: how they are built and run, and what they print."""

import contextlib
import os
import re
import subprocess

import servers
import streams
from distance import FAR, Link
from figures import OURS
from process import Failure, Program, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCES = {
    "client": (("client.c", "transfer.c", "bare.c", "calls.c", "session.c"), ("-lrtmp",)),
    "peer": (("peer.c", "relay.c"), ("-lrtmp",)),
    "rival": (("rival.c",), ("-lavformat",)),
    "load": (("load.c",), ()),
}
# These are about our library alone, with whose headers they are compiled; streams.c stands in front of its functions.
STREAMS = {
    streams.LOOP: ("../../examples/event_loop.c", "streams.c"),
    streams.THREADS: ("threads.c", "streams.c"),
}
WRAPPED = [f"-Wl,--wrap={name}" for name in ("main", "RTMP_Write", "RTMP_Read")]
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
        _compile(os.path.join(directory, name), sources, libraries)


def build_streams(directory, library):
    """The same for the programs with many streams, on `library`."""
    own = [f"-I{os.path.join(HERE, '..', '..', 'include')}", *WRAPPED, library]
    for name, sources in STREAMS.items():
        _compile(os.path.join(directory, name), sources, own)


def _compile(output, sources, more):
    paths = [os.path.join(HERE, source) for source in (*sources, "measure.c")]
    _run(["cc", *FLAGS, "-o", output, *paths, *more])


def certificate(directory):
    """A certificate for the peer; returns what it is started with. `bundle.pem` is the system's trust store, as
    large as ever, which trusts it as well."""
    key, cert, bundle = (os.path.join(directory, name) for name in ("key.pem", "cert.pem", "bundle.pem"))
    names = f"subjectAltName=IP:127.0.0.1,IP:{FAR}"
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
        self._media = os.path.join(directory, "media.flv")
        self._certificate = certificate(directory)
        self._port = None
        self._link = None
        self._count = 0

    def _environment(self, seat):
        return self.seats[seat].environment(SSL_CERT_FILE=os.path.join(self.directory, "bundle.pem"))

    def _place(self):
        """Where the peer is: its address, and what its command begins with."""
        return (FAR, self._link.far) if self._link else ("127.0.0.1", [])

    def peer(self, options):
        """A running peer, a context manager. It always runs on our library, unless it is `server`: nginx."""
        options = dict(options or {})
        host, prefix = self._place()
        if "server" in options:
            program, self._port = servers.nginx(self.directory, host, prefix)
            return program
        # A server of many streams has its own: their delays are not to be its work.
        cpu = cpus(True)[1] if "relay" in options else self.peer_cpu
        arguments = {**options, "host": host, "cpu": cpu, **self._certificate}
        argv = [*prefix, os.path.join(self.directory, "peer"), *words(arguments)]
        program = Program(argv, self.directory, self._environment(OURS))
        try:
            self._port = wait_until("the peer listens", lambda: self._printed_port(program))
        except BaseException:
            program.end()
            raise
        return program

    @contextlib.contextmanager
    def distance(self, is_far):
        """Puts the peers far away, for a block."""
        if not is_far:
            yield
            return
        with Link() as self._link:
            try:
                yield
            finally:
                self._link = None

    @staticmethod
    def _printed_port(program):
        if program.status() is not None:
            raise Failure(f"the peer ended{program.tail()}")
        found = re.match(r"(\d+)\n", program.output())
        return found and int(found[1])

    def _url(self, case):
        """The address of a stream that nobody else has."""
        self._count += 1
        protocol = (case.peer or {}).get("protocol", "rtmp")
        return f"{protocol}://{self._place()[0]}:{self._port}/app/stream{self._count}"

    def _argv(self, case, program, arguments):
        # Threads of one process are to run at the same time.
        cpu = -1 if "threads" in arguments else self.client_cpu
        everything = {"ms": self.milliseconds, **arguments, "url": self._url(case), "cpu": cpu}
        prefix = self._link.near if self._link else []
        return [*prefix, os.path.join(self.directory, program), *words(everything)]

    def run(self, case, seat, arguments=None, program=None, prefix=()):
        """Runs a client; returns the lines it printed, each as a dict of numbers, and its standard error."""
        arguments = dict(arguments or case.arguments)
        if case.program == "load":
            arguments["library"] = self.seats[seat].library
        # What the original knows nothing of.
        options = arguments.pop("ours", None)
        if options and seat == OURS:
            arguments["options"] = options
        argv = [*prefix, *self._argv(case, program or case.program, arguments)]
        done = _run(argv, env=self._environment(seat), cwd=self.directory)
        lines = [line for line in done.stdout.splitlines() if "=" in line]
        if not lines:
            raise Failure(f"{' '.join(argv)} printed nothing: {done.stderr}")
        return [dict(_pairs(line)) for line in lines], done.stderr

    def gstreamer(self, case):
        """GStreamer's own RTMP publishes across the link, which tells how long that took: as a line that a client prints."""
        pipeline = "audiotestsrc num-buffers=4 ! audio/x-raw,format=S16LE,rate=44100,channels=1 ! flvmux streamable=true"
        command = ["gst-launch-1.0", "-q", *pipeline.split(), "!", "rtmp2sink", f"location={self._url(case)}"]
        self._link.watch()
        _run([*self._link.near, *command], env=self._environment(OURS), cwd=self.directory)
        took = self._link.took()
        if took is None:
            raise Failure("GStreamer was not told that it may publish")
        return {"messages": 1, "wall": took}

    def streams(self, case, program):
        """Runs a program with many streams, on one CPU; returns what it printed, as a dict of numbers."""
        # Not before they are wanted: a library may be measured that has no such calls yet.
        if not os.path.exists(self._media):
            build_streams(self.directory, self.seats[OURS].library)
            streams.write_media(self._media)
        path = os.path.join(self.directory, program)
        argv = ["taskset", "-c", str(self.client_cpu), path, str(case.arguments["streams"]), self._media, f"{self._url(case)}-"]
        done = _run(argv, env=self._environment(OURS), cwd=self.directory)
        return next(dict(_pairs(line)) for line in done.stdout.splitlines() if "=" in line)

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
