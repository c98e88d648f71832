"""TLS in front of the server: nginx with its stream module, on five free loopback ports."""

import certificates
from server import nginx

# Two versions with a good certificate, then what is wrong with the others (see `Certificates`).
PORTS = ("tls12", "tls13", "expired", "elsewhere", "own")


class TlsServer:
    """A running server; a context manager. `root` is an existing empty directory, `upstream` the port of the server
    behind it."""

    def __init__(self, root, upstream):
        self.root = root
        self.certificates = certificates.make(root)
        self._program, self.ports = nginx("nginx_tls.conf", root, PORTS, upstream=upstream)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._program.end()

    def url(self, port, application, name):
        """The address of a stream through one of `PORTS`."""
        return f"rtmps://127.0.0.1:{self.ports[port]}/{application}/{name}"

    def held(self):
        """Stops the server for a block: see `Program.held`."""
        return self._program.held()
