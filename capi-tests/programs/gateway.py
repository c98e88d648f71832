"""rtmpgw, rtmpsuck and rtmpsrv: the programs of the original package that are servers themselves."""

import os
import re
import subprocess
import urllib.parse

from bench import Deviation, Outcome, case
from library import Seat, original
from process import Failure, Program, free_port, is_listening, wait_until


def _ready(program, port):
    """Waits until a server listens."""

    def look():
        if program.status() is not None:
            raise Failure(f"{program.name} ended ({program.status()}){program.tail()}")
        return is_listening(port)

    wait_until(f"{program.name} listens", look)


def _quit(program):
    """Ends a server the way its user does; returns its exit status."""
    program.say("q")
    return program.wait()


def _on_port(bench, seat, port, directory):
    """Runs in `directory` (what they record lands in the working directory) and listens on `port`."""
    os.mkdir(directory)
    return seat.environment(LD_PRELOAD=bench.shim, LISTEN_PORT=str(port))


@case("rtmpgw")
def rtmpgw(bench, seat):
    """A recorded file fetched by HTTP through the gateway."""
    port = free_port()
    path = seat.path("gateway.flv")
    query = urllib.parse.urlencode({"r": bench.server.url("vod", "clip.flv")})
    with seat.running(["rtmpgw", "-D", "127.0.0.1", "-g", str(port)]) as program:
        _ready(program, port)
        fetch = ["curl", "-sS", "--max-time", "20", "-o", path, f"http://127.0.0.1:{port}/?{query}"]
        fetched = subprocess.run(fetch, capture_output=True, text=True, timeout=30, check=False)
        if fetched.returncode != 0:
            raise Failure(f"fetching from rtmpgw: {fetched.stderr.strip()}{program.tail()}")
        return Outcome(_quit(program), path, exact=True)


def _with_original(seat):
    """A seat beside `seat` for the program at the other end of the connection."""
    directory = seat.path("original")
    os.mkdir(directory)
    return Seat(f"{seat.name}-original", original(), directory)


def _recorded(bench, seat, client_seat, scheme):
    """rtmpsuck on `seat` between rtmpdump on `client_seat` and the server: what it records, and what it passes on."""
    port = free_port()
    directory = seat.path("rtmpsuck")
    path = client_seat.path("through.flv")
    environment = _on_port(bench, seat, port, directory)
    with seat.running(["rtmpsuck"], environment=environment, directory=directory) as program:
        _ready(program, port)
        # The client names the real server in the tcUrl, and rtmpsuck goes there.
        command = ["rtmpdump", "-q", "-o", path, "-r", f"{scheme}://127.0.0.1:{port}/vod/clip.flv"]
        command += ["-t", bench.server.url("vod", "").rstrip("/")]
        with client_seat.running(command, bench.server) as client:
            status = client.wait()
        wait_until("rtmpsuck closes its recording", lambda: "done!" in program.output())
        through = Outcome(status, path, exact=True)
        recorded = Outcome(_quit(program), os.path.join(directory, "clip"), exact=True)
    recorded.text = f"rtmpdump ends with {through.status}, {through.size} bytes, SHA-256 {through.digest}"
    return recorded


@case("rtmpsuck")
def rtmpsuck(bench, seat):
    """rtmpsuck between rtmpdump and the server."""
    return _recorded(bench, seat, seat, "rtmp")


@case("rtmpsuck-rtmpe")
def rtmpsuck_rtmpe(bench, seat):
    """The same, the client's side encrypted."""
    return _recorded(bench, seat, seat, "rtmpe")


@case("rtmpsuck-rtmpe-original-client")
def rtmpsuck_rtmpe_original_client(bench, seat):
    """The same with rtmpdump on the original."""
    return _recorded(bench, seat, _with_original(seat), "rtmpe")


@case("rtmpsuck-rtmpe-original-server")
def rtmpsuck_rtmpe_original_server(bench, seat):
    """The same with rtmpsuck on the original."""
    return _recorded(bench, _with_original(seat), seat, "rtmpe")


def _understood(bench, seat, client_seat, scheme):
    """The stub server on `seat`: it understands what rtmpdump on `client_seat` asks for and prints it as a command
    line. (rtmpdump then fails, for the stub plays nothing.)"""
    port = free_port()
    directory = seat.path("rtmpsrv")
    environment = _on_port(bench, seat, port, directory)
    with seat.running(["rtmpsrv"], environment=environment, directory=directory) as program:
        _ready(program, port)
        command = ["rtmpdump", "-q", "-r", f"{scheme}://127.0.0.1:{port}/app/stream"]
        command += ["-o", client_seat.path("none.flv"), "-p", "http://127.0.0.1/page", "-f", "TEST 1,2,3,4"]
        command += ["-C", "S:words", "-C", "N:42"]
        with Program([*command], client_seat.directory, client_seat.environment()) as client:
            client_status = client.wait()
        wait_until("rtmpsrv prints a command line", lambda: _command_line(program))
        status = _quit(program)
        # It has run the command it printed. That has inherited the listening socket: where the stub is gone before it
        # connects, it does so to itself, and waits for an answer of its own.
        program.end_rest()
    line = _command_line(program).replace(str(port), "PORT")
    return Outcome(status, text=f"{line} (rtmpdump ends with {client_status})")


@case("rtmpsrv")
def rtmpsrv(bench, seat):
    """The stub server."""
    return _understood(bench, seat, seat, "rtmp")


@case("rtmpsrv-rtmpe")
def rtmpsrv_rtmpe(bench, seat):
    """The same, encrypted."""
    return _understood(bench, seat, seat, "rtmpe")


@case("rtmpsrv-rtmpe-original-client")
def rtmpsrv_rtmpe_original_client(bench, seat):
    """The same with rtmpdump on the original."""
    return _understood(bench, seat, _with_original(seat), "rtmpe")


@case("rtmpsrv-rtmpe-original-server")
def rtmpsrv_rtmpe_original_server(bench, seat):
    """The same with the stub server on the original."""
    return _understood(bench, _with_original(seat), seat, "rtmpe")


# What the rtmpdump that rtmpsrv starts comes to.
CONNECTED = "Connected..."
REFUSED = "TLS handshake failed"


def _understood_inside_tls(bench, seat, client_seat, trusted="authority"):
    """The same inside TLS. The command that the stub server runs comes back to it: it must trust its own certificate,
    one of `trusted`, as well."""
    port = free_port()
    directory = seat.path("rtmpsrv")
    environment = _on_port(bench, seat, port, directory)
    environment["SSL_CERT_FILE"] = os.path.join(bench.tls.root, f"{trusted}.pem")
    identity = bench.tls.certificates.good
    command = ["rtmpsrv", "-c", identity.certificate, "-k", identity.key]
    with seat.running(command, environment=environment, directory=directory) as program:
        _ready(program, port)
        command = ["rtmpdump", "-q", "-r", f"rtmps://127.0.0.1:{port}/app/stream", "-o", client_seat.path("none.flv")]
        trusting = client_seat.environment(SSL_CERT_FILE=bench.tls.certificates.authority)
        with Program(command, client_seat.directory, trusting) as client:
            client.wait()
        ends = (CONNECTED, REFUSED)
        wait_until("rtmpsrv runs its command", lambda: any(end in program.output() for end in ends))
        status = _quit(program)
        wait_until("the rtmpdump that rtmpsrv started ends", program.group_is_empty)
    lines = [_command_line(program).replace(str(port), "PORT")]
    lines += [line for line in (*ends, "unknown issuer") if line in program.output()]
    return Outcome(status, text="\n".join(lines))


@case("rtmpsrv-rtmps")
def rtmpsrv_rtmps(bench, seat):
    """The same inside TLS."""
    return _understood_inside_tls(bench, seat, seat)


@case("rtmpsrv-rtmps-original-client")
def rtmpsrv_rtmps_original_client(bench, seat):
    """The same with rtmpdump on the original."""
    return _understood_inside_tls(bench, seat, _with_original(seat))


@case("rtmpsrv-rtmps-original-server")
def rtmpsrv_rtmps_original_server(bench, seat):
    """The same with the stub server on the original."""
    return _understood_inside_tls(bench, _with_original(seat), seat)


def _comes_to(*words):
    def check(outcome, _bench):
        return None if tuple(outcome.text.split("\n")[1:]) == words else outcome.text

    return check


@case("rtmpsrv-rtmps-mistrusted", Deviation("certificates", _comes_to(CONNECTED), _comes_to(REFUSED, "unknown issuer")))
def rtmpsrv_rtmps_mistrusted(bench, seat):
    """The rtmpdump that rtmpsrv starts refuses the certificate, of which rtmpsrv is told."""
    return _understood_inside_tls(bench, seat, seat, trusted="own")


def _command_line(program):
    found = re.search(r"^rtmpdump .*$", program.output(), re.MULTILINE)
    return found.group() if found else ""
