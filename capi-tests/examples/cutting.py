"""A relay in front of a server that breaks connections off."""

import select
import socket
import struct
import threading

from process import PATIENCE

PIECE = 4096


class Cutter:
    """Passes bytes on between each client and the port `upstream`, one client after another; a context manager. The
    first connection is reset when the client has sent or received so many bytes, the next `refused` ones at once."""

    def __init__(self, upstream, after_sent=None, after_received=None, refused=0):
        self._upstream = upstream
        self._limits = {"client": after_sent, "server": after_received}
        self._refused = refused
        self.connections = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        # Wakes the thread that waits for a client.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE)
        self._listener.close()

    def url(self, application, name):
        """The address of a stream."""
        return f"rtmp://127.0.0.1:{self.port}/{application}/{name}"

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with client:
                if not 1 < self.connections <= 1 + self._refused:
                    self._relay(client, self._limits if self.connections == 1 else {})
                # With a time of 0 the end is a reset.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _relay(self, client, limits):
        """Until one side ends, or a limit is reached."""
        passed = {"client": 0, "server": 0}
        with socket.create_connection(("127.0.0.1", self._upstream), PATIENCE) as server:
            ends = {client: ("client", server), server: ("server", client)}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    name, other = ends[end]
                    try:
                        data = end.recv(PIECE)
                        other.sendall(data)
                    except OSError:
                        return
                    passed[name] += len(data)
                    if not data or (limits.get(name) and passed[name] >= limits[name]):
                        return
