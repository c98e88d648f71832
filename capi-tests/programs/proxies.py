"""rtmpdump through proxies that the original does not know: it takes their URL for a host without a port, and connects
in the open."""

import contextlib
import os
import urllib.parse

from bench import Deviation, Outcome, case, whole_clip
from process import Failure, Program, free_port, is_listening, wait_until
from relay import Relay
from tunnel import Tunnel

ROW = "kinds of proxies"
# rtmpdump computes "incomplete" (2) from the duration in the metadata, also for a file that lacks nothing.
ENDED = (0, 2)
PROXIED = "through the proxy"
IN_THE_OPEN = "in the open"


@contextlib.contextmanager
def _listening(argv, port, directory):
    with Program(argv, directory) as proxy:
        wait_until(f"{proxy.name} listens", lambda: proxy.status() is not None or is_listening(port))
        if proxy.status() is not None:
            raise Failure(f"{proxy.name} does not start{proxy.tail()}")
        yield proxy


def _through(bench, seat, proxy, url, source):
    """Downloads `source`, an address on loopback; the outcome says whether the proxy was asked for it."""
    path = seat.path("download.flv")
    command = ["rtmpdump", "-q", "-r", source, "-S", url, "-o", path]
    trusting = seat.environment(SSL_CERT_FILE=bench.tls.certificates.authority)
    with seat.running(command, bench.server, trusting) as program:
        outcome = Outcome(program.wait(), path)
    outcome.text = PROXIED if f":{urllib.parse.urlsplit(source).port}" in proxy.output() else IN_THE_OPEN
    return outcome


def _whole(way):
    def check(outcome, bench):
        return whole_clip(ENDED)(outcome, bench) if outcome.text == way else outcome.text

    return check


DEVIATION = Deviation(ROW, _whole(IN_THE_OPEN), _whole(PROXIED))


def _socks5(bench, seat, source):
    """A proxy that wants a login."""
    port = free_port()
    argv = ["microsocks", "-i", "127.0.0.1", "-p", port, "-u", "joe", "-P", "a@b"]
    with _listening(argv, port, seat.directory) as proxy:
        return _through(bench, seat, proxy, f"socks5://joe:a%40b@127.0.0.1:{port}", source)


def _connect(bench, seat, source):
    """A proxy that wants a login, and opens one port only."""
    port = free_port()
    configuration = os.path.join(seat.directory, "tinyproxy.conf")
    with open(configuration, "w", encoding="utf-8") as out:
        out.write(f"Port {port}\nListen 127.0.0.1\nTimeout 30\nMaxClients 4\nBasicAuth joe secret\n")
        out.write(f"ConnectPort {urllib.parse.urlsplit(source).port}\n")
    with _listening(["tinyproxy", "-d", "-c", configuration], port, seat.directory) as proxy:
        return _through(bench, seat, proxy, f"http://joe:secret@127.0.0.1:{port}", source)


@case("rtmpdump-socks5", DEVIATION)
def socks5(bench, seat):
    """A recorded file through a SOCKS5 proxy."""
    return _socks5(bench, seat, bench.server.url("vod", "clip.flv"))


@case("rtmpdump-socks5-rtmps", DEVIATION)
def socks5_tls(bench, seat):
    """The same over TLS."""
    return _socks5(bench, seat, bench.tls.url("tls12", "vod", "clip.flv"))


@case("rtmpdump-socks5-rtmpt", DEVIATION)
def socks5_tunnel(bench, seat):
    """The same in a tunnel."""
    with Relay(bench.server.port, Tunnel) as relay:
        return _socks5(bench, seat, relay.url("rtmpt", "vod", "clip.flv"))


@case("rtmpdump-connect", DEVIATION)
def connect(bench, seat):
    """A recorded file through an HTTP proxy."""
    return _connect(bench, seat, bench.server.url("vod", "clip.flv"))


@case("rtmpdump-connect-rtmps", DEVIATION)
def connect_tls(bench, seat):
    """The same over TLS."""
    return _connect(bench, seat, bench.tls.url("tls12", "vod", "clip.flv"))
