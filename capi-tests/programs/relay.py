"""Servers in front of nginx that speak what it does not: layers around the bytes of plain RTMP, which are passed on."""

import os
import select
import socket
import socketserver
import ssl
import sys
import threading

from process import PATIENCE, Failure, wait_until

PIECE = 65536
HANDSHAKE = 1536
# deleteStream and what little may follow it.
LAST_WORDS = 100


class Layer:
    """What a client sends and is sent, seen through one more layer. `receive` gives bytes as they come, EOFError at
    the end; its text says how the client took leave."""

    def __init__(self, inner):
        self.inner = inner
        self._kept = b""

    def fileno(self):
        """For select."""
        return self.inner.fileno()

    # The client is owed an answer, and may be kept waiting for so many seconds. None: it is not.
    patience = property(lambda self: self.inner.patience)
    # True for layers that shake hands with the client themselves.
    shakes_hands = property(lambda self: self.inner.shakes_hands)
    # The client takes no more.
    is_gone = property(lambda self: self.inner.is_gone)

    def has_more(self):
        """True if there are bytes that select knows nothing of."""
        return bool(self._kept) or self.inner.has_more()

    def receive(self):
        """The next bytes."""
        kept, self._kept = self._kept, b""
        return kept or self.decode(self.inner.receive())

    def send(self, data):
        """Sends bytes to the client."""
        self.inner.send(self.encode(data))

    def decode(self, data):
        """From the wire to RTMP."""
        return data

    def encode(self, data):
        """From RTMP to the wire."""
        return data

    def take(self, count):
        """Exactly `count` bytes."""
        while len(self._kept) < count:
            self._kept += self.inner.receive()
        taken, self._kept = self._kept[:count], self._kept[count:]
        return taken


class Wire:
    """The innermost layer: the socket, plain or TLS."""

    patience = None
    shakes_hands = False

    def __init__(self, connection):
        self._connection = connection
        self.is_gone = False

    def fileno(self):
        """For select."""
        return self._connection.fileno()

    def has_more(self):
        """True if TLS holds decrypted bytes."""
        return isinstance(self._connection, ssl.SSLSocket) and self._connection.pending() > 0

    def receive(self):
        """The next bytes."""
        data = self._connection.recv(PIECE)
        if not data:
            raise EOFError
        return data

    def send(self, data):
        """Sends bytes to the client. What it has said before it left is still there to be read."""
        if self.is_gone:
            return
        try:
            self._connection.sendall(data)
        except (ConnectionError, ssl.SSLEOFError):
            self.is_gone = True


def _shake_hands(server):
    """The plain handshake, with nginx."""
    server.sendall(b"\3" + bytes(8) + os.urandom(HANDSHAKE - 8))
    answer = Layer(Wire(server)).take(1 + 2 * HANDSHAKE)
    server.sendall(answer[1 : 1 + HANDSHAKE])


def _pass_on(client, server, said):
    """Passes bytes on until one of both ends. Collects the client's last words in `said`. While an answer is owed
    nothing more is read. As most servers do, nothing more is done for a client that has gone."""
    while True:
        if client.patience is not None:
            ready = select.select([server], [], [], client.patience)[0]
        elif client.has_more():
            ready = [client]
        else:
            ready = select.select([client, server], [], [])[0]
        if server in ready:
            data = server.recv(PIECE)
            if not data:
                return
            client.send(data)
        elif client in ready:
            data = client.receive()
            said[:] = (said + data)[-LAST_WORDS:]
            if not client.is_gone:
                server.sendall(data)
        else:
            client.send(b"")


class _Handler(socketserver.BaseRequestHandler):
    def handle(self):
        """One client, from its first byte to its goodbye."""
        said = bytearray()
        try:
            self._serve(said)
            end = "nginx closes"
        except EOFError as left:
            end = str(left)
        except ConnectionError:
            end = ""
        except (Failure, OSError, ValueError) as failure:
            end = f"{type(failure).__name__}: {failure}"
            print(f"relay: {end}", file=sys.stderr, flush=True)
        goodbye = "deleteStream" if b"deleteStream" in said else ""
        self.server.ends.append(", ".join(filter(None, (goodbye, end))))

    def _serve(self, said):
        relay = self.server.relay
        connection = self.request
        connection.settimeout(PATIENCE)
        if relay.context:
            connection = relay.context.wrap_socket(connection, True, suppress_ragged_eofs=False)
        with connection:
            client = Wire(connection)
            for layer in relay.layers:
                client = layer(client)
            with socket.create_connection(("127.0.0.1", relay.upstream), PATIENCE) as server:
                if client.shakes_hands:
                    _shake_hands(server)
                _pass_on(client, server, said)


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    # Whoever is still connected then is ended by its own case.
    block_on_close = False


class Relay:
    """A running relay to the port `upstream`; a context manager. `layers` wrap one another, the one next to the wire
    first; `context` is for TLS around all of them."""

    def __init__(self, upstream, *layers, context=None):
        self.upstream = upstream
        self.layers = layers
        self.context = context
        self._listener = _Listener(("127.0.0.1", 0), _Handler)
        self._listener.relay = self
        self._listener.ends = []
        self.port = self._listener.server_address[1]
        self._thread = threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown()
        self._thread.join()
        self._listener.server_close()

    def url(self, scheme, application, name):
        """The address of a stream."""
        return f"{scheme}://127.0.0.1:{self.port}/{application}/{name}"

    def goodbye(self):
        """How its first client took leave, when it has."""
        return wait_until("the client leaves the relay", lambda: self._listener.ends)[0]


def tls(identity):
    """TLS 1.2, which the original can speak, with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(*identity)
    return context
