"""What servers in a thread of this process have in common."""

import socket
import threading

from process import PATIENCE


class Listening:
    """Serves clients by `_serve()` in a thread of its own; a context manager. `listener` is a socket that listens on this
    machine."""

    def __init__(self, listener):
        self._listener = listener
        self.port = listener.getsockname()[1]
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

    def _accepted(self):
        """The connections of one client after another, until the end."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            yield client

    def _serve(self):
        raise NotImplementedError
