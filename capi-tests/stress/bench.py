"""What the cases share: the programs, compiled for one library, and the way they are run."""

import contextlib
import os
import subprocess

import library
from process import Failure, Program, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
INCLUDE = os.path.join(os.path.dirname(os.path.dirname(HERE)), "include")
SOURCES = {
    "peer": ("peer", "speak", "hear", "link", "wire", "pattern"),
    "steady": ("steady", "client", "flv", "pattern"),
    "sudden": ("sudden", "client", "flv", "pattern"),
    "again": ("again", "client", "flv", "pattern"),
    "survive": ("survive", "flv", "pattern"),
    "stop": ("stop", "silent", "link", "wire"),
    "count": ("count", "wire"),
    "calls": ("calls", "preparing", "reading", "writing", "asking", "careless", "link", "wire"),
}
# The checks under which the clients can run: options of the compiler, and what stands before the program.
CHECKS = {
    "none": ([], []),
    "sanitizers": (["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"], []),
    "valgrind": (
        [],
        [
            *("valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite"),
            f"--suppressions={HERE}/valgrind.supp",
        ],
    ),
}
TRANSPORTS = ("rtmp", "rtmps", "rtmpe")


class Fed(Program):
    """A program that runs until its input ends, and says line by line how it gets on."""

    def close_input(self):
        """Ends its input."""
        self._process.stdin.close()

    def lines(self, word):
        """The lines so far that begin with `word`."""
        return [line for line in self.output().splitlines() if line.startswith(word)]


class Bench:
    """Programs on one library, below one directory. `hand`: the long run. `seconds`: how long a program may take."""

    def __init__(self, arguments, directory):
        self.directory = directory
        self.hand = arguments.hand
        self.seconds = 7200 if self.hand else 300
        self.check = arguments.check
        self.messages = arguments.messages
        self.rounds = arguments.rounds
        self.calls = (arguments.seconds, arguments.seed)
        self._programs = arguments.programs
        self._flags, self._wrapper = CHECKS[self.check]
        self._runs = 0
        self._search = os.path.join(directory, "lib")
        os.mkdir(self._search)
        for name in ("librtmp.so", "librtmp.so.1"):
            os.symlink(library.built(arguments.library), os.path.join(self._search, name))
        self.certificate = os.path.join(directory, "certificate.pem")
        self.key = os.path.join(directory, "key.pem")
        self._make_certificate()

    def _make_certificate(self):
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        command += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
        command += ["-keyout", self.key, "-out", self.certificate]
        subprocess.run(command, check=True, timeout=60, stderr=subprocess.DEVNULL)

    def program(self, name):
        """The path of a program, which is compiled when it is first wanted. The peer is never slowed down."""
        is_client = name not in ("peer", "count")
        if is_client and self._programs:
            return os.path.join(self._programs, name)
        flags = self._flags if is_client else []
        path = os.path.join(self.directory, name)
        if not os.path.exists(path):
            command = ["gcc", "-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread", *flags]
            command += [f"-I{INCLUDE}", "-o", path, *(os.path.join(HERE, f"{source}.c") for source in SOURCES[name])]
            subprocess.run([*command, f"-L{self._search}", "-lrtmp"], check=True, timeout=120)
        return path

    def _start(self, argv):
        self._runs += 1
        directory = os.path.join(self.directory, str(self._runs))
        os.mkdir(directory)
        environment = dict(os.environ, LD_LIBRARY_PATH=self._search, HOME=directory, LC_ALL="C")
        # Blocks that a thread keeps for later would count as used.
        environment["GLIBC_TUNABLES"] = "glibc.malloc.tcache_count=0"
        environment["UBSAN_OPTIONS"] = "halt_on_error=1:print_stacktrace=1"
        return Fed(argv, directory, environment)

    def client(self, name, *arguments):
        """A running client, inside the chosen check. Use as a context manager."""
        wrapper = self._wrapper
        if wrapper and any(str(argument).startswith("rtmps") for argument in arguments):
            # valgrind does not know that the assembler of `ring` defines what it computes.
            wrapper = [*wrapper, "--undef-value-errors=no"]
        return self._start([*wrapper, self.program(name), *arguments])

    def finish(self, name, *arguments):
        """Runs a client to its end, which must be a success; its output."""
        with self.client(name, *arguments) as client:
            status = client.wait(self.seconds)
            if status != 0:
                raise Failure(f"{name} {' '.join(map(str, arguments))} ended with {status}{_text(client)}")
            return client.output().strip()

    @contextlib.contextmanager
    def peer(self, transport):
        """A verifying server of this transport; gives its port and options for its URLs. At the end all it saw must
        have been right; what it saw is appended to the list that is given."""
        said = []
        with self._start([self.program("peer"), transport, self.certificate, self.key]) as peer:
            (line,) = wait_until("the peer listens", lambda: peer.lines("port"))
            options = [f"tlsCAFile={self.certificate}"] if transport == "rtmps" else []
            try:
                yield int(line.split()[1]), options, said
            except Failure as failure:
                self._end_peer(peer, said)
                raise Failure(f"{failure}\n  and the peer says:{_indented(said)}") from None
            if self._end_peer(peer, said) != 0:
                raise Failure(f"the peer says:{_indented(said)}")

    def _end_peer(self, peer, said):
        peer.close_input()
        status = peer.wait(self.seconds)
        said.extend(peer.output().splitlines()[1:])
        return status


def _indented(lines):
    return "".join(f"\n    | {line}" for line in lines)


def _text(program):
    return _indented(program.output().splitlines()[:60])
