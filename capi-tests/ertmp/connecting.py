"""A server that looks at one `connect` and hangs up: what a client says about itself, as bytes."""

import socket
import struct

from process import PATIENCE, Failure

SHAKE = 1536
TYPE_3 = 3
SET_CHUNK_SIZE, INVOKE = 1, 20
# Bytes of the chunk headers that messages begin with, by their type.
HEADERS = (11, 7)
NUMBER, BOOLEAN, TEXT, OBJECT, NULL, MAP, END, ARRAY = 0, 1, 2, 3, 5, 8, 9, 10
FIXED = {NUMBER: 9, BOOLEAN: 2, NULL: 1}


class _Messages:
    """The messages of a client whose chunks come one after the other, as they do before it is answered."""

    def __init__(self, read):
        self._read = read
        self._chunk_size = 128

    def next(self):
        """The type and the body of the next message."""
        head = self._read(1)[0]
        if head & 63 < 2 or head >> 6 >= len(HEADERS):
            raise Failure(f"a message begins with a chunk header {head:#x}")
        header = self._read(HEADERS[head >> 6])
        size, kind, body = int.from_bytes(header[3:6], "big"), header[6], b""
        while len(body) < size:
            if body and self._read(1)[0] != TYPE_3 << 6 | head & 63:
                raise Failure("another message inside one")
            body += self._read(min(self._chunk_size, size - len(body)))
        if kind == SET_CHUNK_SIZE:
            self._chunk_size = struct.unpack(">I", body)[0]
        return kind, body


def _value_end(data, at):
    """Where the AMF0 value that begins at `at` ends."""
    kind = data[at]
    if kind in FIXED:
        return at + FIXED[kind]
    if kind == TEXT:
        return at + 3 + int.from_bytes(data[at + 1 : at + 3], "big")
    if kind == ARRAY:
        count, at = int.from_bytes(data[at + 1 : at + 5], "big"), at + 5
        for _ in range(count):
            at = _value_end(data, at)
        return at
    if kind in (OBJECT, MAP):
        return properties(data, at)[1]
    raise Failure(f"AMF0 type {kind}")


def properties(data, at):
    """The properties of the object at `at`, in order: names, and values as bytes; and where it ends."""
    found = {}
    at += 5 if data[at] == MAP else 1
    while True:
        size = int.from_bytes(data[at : at + 2], "big")
        name, at = data[at + 2 : at + 2 + size].decode(), at + 2 + size
        if not name and data[at] == END:
            return found, at + 1
        end = _value_end(data, at)
        found[name], at = data[at:end], end


def _serve(connection):
    with connection, connection.makefile("rb") as stream:

        def read(size):
            data = stream.read(size)
            if len(data) != size:
                raise Failure("the client left before it connected")
            return data

        shake = read(1 + SHAKE)[1:]
        connection.sendall(b"\3" + bytes(SHAKE) + shake)
        read(SHAKE)
        messages = _Messages(read)
        while True:
            kind, body = messages.next()
            if kind == INVOKE:
                return properties(body, _value_end(body, _value_end(body, 0)))[0]


class Listener:
    """Waits for one client; a context manager."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(PATIENCE)
        self.port = self._socket.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def command_object(self):
        """The properties of the client's command object."""
        connection, _ = self._socket.accept()
        connection.settimeout(PATIENCE)
        return _serve(connection)
