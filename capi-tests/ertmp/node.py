"""node-media-server on a free loopback port, in a directory of its own."""

import json
import os

from process import Failure, Program, free_port, is_listening, wait_until

# Another process may take a chosen port first.
ATTEMPTS = 5


def _launch(tools, root, ports):
    configuration = {
        "bind": "127.0.0.1",
        "rtmp": {"port": ports[0]},
        "http": {"port": ports[1]},
        "auth": {"play": False, "publish": False},
        "store": {"path": root},
        "record": {"auto": False, "path": root},
        "webadmin": {"enable": False},
    }
    path = os.path.join(root, "configuration.json")
    with open(path, "w", encoding="utf-8") as out:
        json.dump(configuration, out)
    application = os.path.join(tools, "node_modules", "node-media-server", "bin", "app.js")
    return Program([os.path.join(tools, "node"), application, "-c", path], root)


class NodeServer:
    """A running server; a context manager. `tools` holds what was fetched, `root` is an existing empty directory."""

    def __init__(self, tools, root):
        for _ in range(ATTEMPTS):
            ports = free_port(), free_port()
            program = _launch(tools, root, ports)
            try:
                wait_until("node listens", lambda: program.status() is not None or all(map(is_listening, ports)))
            except Failure:
                program.end()
                raise
            if program.status() is None:
                self._program, self._port = program, ports[0]
                return
        raise Failure(f"node does not start{program.tail()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._program.end()

    def url(self, application, name):
        """The address of a stream."""
        return f"rtmp://127.0.0.1:{self._port}/{application}/{name}"

    def held(self):
        """Stops the server for a block: see `Program.held`."""
        return self._program.held()

    def wait_played(self, name):
        """Returns when somebody plays the live stream `name`."""
        wait_until(f"somebody plays {name}", lambda: f"start play /live/{name}\n" in self._program.output())
