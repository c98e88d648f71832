"""RTMP inside HTTP requests, seen from the server: what clients of rtmpt post is taken, what nginx says is answered."""

import re

from process import Failure
from relay import Layer

SESSION = "8fS1xK"
# The client's next question may come after 15 ms.
INTERVAL = b"\1"
# So much an answer holds at most: who waits for the next one has to ask again.
MOST = 4096
# So long the answer to an idle request waits for something to say.
A_MOMENT = 0.02
# So long the others do: as a server does that is not on the same machine, and as what is left of a file that is
# published must survive.
AN_INSTANT = 0.002
REQUEST = re.compile(r"POST /(open|send|idle|close)((?:/\w+)?)/(\d+) HTTP/1\.1")


class Tunnel(Layer):
    """A session over one connection, whose requests must come in their order."""

    def __init__(self, inner):
        super().__init__(inner)
        self._to_say = b""
        self._owed = None
        head, _ = self._request()
        if head != ("open", "", "1"):
            raise Failure(f"the first request is {head}")
        self._respond(f"{SESSION}\n".encode())
        self._number = 0

    patience = property(lambda self: self._owed)

    def receive(self):
        """The body of the next request."""
        if self._owed is not None:
            self.send(b"")
        head, body = self._request()
        if head[1:] != (f"/{SESSION}", str(self._number)):
            raise Failure(f"request {self._number} is {head}")
        self._number += 1
        if head[0] == "send":
            self._owed = AN_INSTANT
            return body
        self._owed = 0 if self._to_say else A_MOMENT
        if body != b"\0":
            raise Failure(f"the body of {head} is {body!r}")
        if head[0] == "close":
            self.send(b"")
            raise EOFError("close")
        return b""

    def send(self, data):
        """Answers the request that waits for it, if there is one."""
        self._to_say += data
        if self._owed is not None:
            self._owed = None
            answer, self._to_say = self._to_say[:MOST], self._to_say[MOST:]
            self._respond(INTERVAL + answer)

    def _request(self):
        """The next request: verb, session and number, and its body."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.take(1)
        first, *headers = head.decode("ascii").split("\r\n")
        target = REQUEST.fullmatch(first)
        fields = dict(line.lower().split(": ", 1) for line in headers if line)
        if not target or fields.get("content-type") != "application/x-fcs":
            raise Failure(f"the request is {head!r}")
        return target.groups(), self.take(int(fields.get("content-length", "")))

    def _respond(self, body):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/x-fcs\r\nContent-Length: {len(body)}\r\n\r\n"
        self.inner.send(head.encode() + body)
