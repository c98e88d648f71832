"""rtmpdump through proxies that the original does not know: it takes their URL for a host without a port, and connects
in the open."""

import contextlib
import os

from bench import Deviation, Outcome, case, whole_clip
from process import Failure, Program, free_port, is_listening, wait_until

ROW = "kinds of proxies"
# rtmpdump computes "incomplete" (2) from the duration in the metadata, also for a file that lacks nothing.
ENDED = (0, 2)


@contextlib.contextmanager
def _listening(argv, port, directory):
    with Program(argv, directory) as proxy:
        wait_until(f"{proxy.name} listens", lambda: proxy.status() is not None or is_listening(port))
        if proxy.status() is not None:
            raise Failure(f"{proxy.name} does not start{proxy.tail()}")
        yield proxy


def _through(bench, seat, proxy, url):
    path = seat.path("download.flv")
    source = bench.server.url("vod", "clip.flv")
    with seat.running(["rtmpdump", "-q", "-r", source, "-S", url, "-o", path], bench.server) as program:
        outcome = Outcome(program.wait(), path)
    outcome.text = proxy.output()
    return outcome


def _in_the_open(outcome, bench):
    if f":{bench.server.port}" in outcome.text:
        return "the proxy was asked"
    return whole_clip(ENDED)(outcome, bench)


def _proxied(outcome, bench):
    if f":{bench.server.port}" not in outcome.text:
        return f"the proxy was not asked: {outcome.text}"
    return whole_clip(ENDED)(outcome, bench)


@case("rtmpdump-socks5", Deviation(ROW, _in_the_open, _proxied))
def socks5(bench, seat):
    """A recorded file through a SOCKS5 proxy that wants a login."""
    port = free_port()
    argv = ["microsocks", "-i", "127.0.0.1", "-p", port, "-u", "joe", "-P", "a@b"]
    with _listening(argv, port, seat.directory) as proxy:
        return _through(bench, seat, proxy, f"socks5://joe:a%40b@127.0.0.1:{port}")


@case("rtmpdump-connect", Deviation(ROW, _in_the_open, _proxied))
def connect(bench, seat):
    """A recorded file through an HTTP proxy that wants a login."""
    port = free_port()
    configuration = os.path.join(seat.directory, "tinyproxy.conf")
    with open(configuration, "w", encoding="utf-8") as out:
        out.write(f'Port {port}\nListen 127.0.0.1\nTimeout 30\nMaxClients 4\nBasicAuth joe secret\n')
        out.write(f"ConnectPort {bench.server.port}\n")
    with _listening(["tinyproxy", "-d", "-c", configuration], port, seat.directory) as proxy:
        return _through(bench, seat, proxy, f"http://joe:secret@127.0.0.1:{port}")
