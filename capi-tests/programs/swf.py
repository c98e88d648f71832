"""rtmpdump --swfVfy: a player's file fetched by HTTP, and a server that wants to know it."""

import contextlib
import http.server
import random
import threading
import zlib
from functools import partial

import frames
from bench import Outcome, case
from encryption import PLAYER, Digest, Encrypted, keyed
from process import Failure
from relay import Layer, Relay

LAST_MODIFIED = "Sat, 14 Nov 2009 15:12:01 GMT"
BODY = random.Random(1).randbytes(30000) * 2
HEAD = b"WS\x0a" + (8 + len(BODY)).to_bytes(4, "little")
# What is hashed, and what is served.
PLAIN = b"F" + HEAD + BODY
COMPRESSED = b"C" + HEAD + zlib.compress(BODY)

# A user control message on chunk stream 2 that asks for the proof, and the beginning of the answer to it.
QUESTION = bytes.fromhex("02 000000 000003 04 00000000 001a01")
ANSWER = bytes.fromhex("001b 0101")
LENGTH = 44


class Verifying(Layer):
    """Around a handshake with digests: a server that goes on with those clients only that know the player."""

    def __init__(self, inner):
        super().__init__(inner)
        size = len(PLAIN).to_bytes(4, "big")
        self._expected = ANSWER + size + size + keyed(inner.block[-32:], keyed(PLAYER, PLAIN))
        self._heard = b""
        self.inner.send(QUESTION)

    def decode(self, data):
        """Looks for the answer among the first messages."""
        if self._expected not in self._heard:
            self._heard += data
            position = self._heard.find(ANSWER)
            answer = self._heard[position : position + LENGTH]
            if position >= 0 and not self._expected.startswith(answer):
                raise Failure(f"the client's proof is {answer.hex()}")
            if b"createStream" in self._heard and answer != self._expected:
                raise Failure("the client gives no proof")
        return data


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        """The file, unless the client has it."""
        is_known = self.headers["If-Modified-Since"] == LAST_MODIFIED
        self.send_response(304 if is_known else 200)
        self.send_header("Last-Modified", LAST_MODIFIED)
        self.send_header("Content-Length", str(len(COMPRESSED)))
        self.end_headers()
        if not is_known:
            self.wfile.write(COMPRESSED)

    def log_request(self, code="-", size="-"):
        """Notes what is fetched and with what result."""
        self.server.requests.append(f"{self.path} {int(code)}")


@contextlib.contextmanager
def _served():
    """Serves the file over HTTP: the address, and the requests so far."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.requests = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/player.swf", server.requests
        finally:
            server.shutdown()
            thread.join()


def _play(bench, seat, name, scheme, handshake, *options):
    path = seat.path(name)
    with Relay(bench.server.port, handshake, Verifying) as relay:
        command = ["rtmpdump", "-q", "-r", relay.url(scheme, "vod", "clip.flv"), "-o", path, *options]
        with seat.running(command, bench.server) as program:
            status = program.wait()
        return Outcome(status, path, exact=True, text=relay.goodbye())


def _verified(bench, seat, scheme, handshake):
    """The file is fetched, and then only asked for: what is known of it is kept between two runs."""
    with _served() as (url, requests):
        first = _play(bench, seat, "first.flv", scheme, handshake, "--swfVfy", url)
        second = _play(bench, seat, "second.flv", scheme, handshake, "--swfVfy", url, "--swfAge", "0")
    if frames.difference(first.media, second.media):
        raise Failure(f"the first time: {first.text}; the second: {second.text}")
    second.text += f"; {', '.join(requests)}"
    return second


case("rtmpdump-swfvfy")(partial(_verified, scheme="rtmp", handshake=Digest))
case("rtmpdump-swfvfy-rtmpe")(partial(_verified, scheme="rtmpe", handshake=Encrypted))
