"""nginx with its RTMP module on a free loopback port, in a directory of its own.

Applications: `live` (publish and subscribe, everything is recorded) and `vod` (plays the files in `vod_directory`).
"""

import contextlib
import http.client
import os
import pwd
import socket
import string
import xml.etree.ElementTree

from process import Failure, Program, free_port, is_listening, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
NGINX = "/usr/sbin/nginx"
# Another process may take a chosen port before nginx does.
ATTEMPTS = 5


def _launch(template, root, values):
    configuration = os.path.join(root, "nginx.conf")
    with open(os.path.join(HERE, template), encoding="utf-8") as file:
        text = string.Template(file.read())
    with open(configuration, "w", encoding="utf-8") as out:
        out.write(text.safe_substitute(values))
    return Program([NGINX, "-p", root, "-c", configuration], root)


def nginx(template, root, names, **values):
    """Starts nginx in `root`, configured by `template`, in which `values` are filled in and a free port for each of
    `names`. Returns the program, which listens, and the ports by name."""
    # Started as root, nginx would run as a user who may not enter the directory.
    identity = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
    for _ in range(ATTEMPTS):
        ports = {name: free_port() for name in names}
        program = _launch(template, root, {"root": root, "identity": identity, **ports, **values})
        try:
            wait_until(
                "nginx listens",
                lambda: program.status() is not None or all(is_listening(port) for port in ports.values()),
            )
        except Failure:
            program.end()
            raise
        if program.status() is None:
            return program, ports
    raise Failure(f"nginx does not start{program.tail()}")


class _StatConnection(http.client.HTTPConnection):
    """HTTP over the Unix socket of the statistics page."""

    def __init__(self, path):
        super().__init__("localhost", timeout=5)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Server:
    """A running server; a context manager. `root` is an existing empty directory with a short name (a Unix socket's
    path has room for 107 bytes)."""

    def __init__(self, root):
        self._root = root
        self.vod_directory = os.path.join(root, "vod")
        for name in ("vod", "recorded", "temporary"):
            os.mkdir(os.path.join(root, name))
        self._program, ports = nginx("nginx.conf", root, ["port", "standby"])
        self.port = ports["port"]
        self._standby = ports["standby"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._program.end()

    def url(self, application, name):
        """The address of a stream."""
        return f"rtmp://127.0.0.1:{self.port}/{application}/{name}"

    def standby_url(self, name):
        """The address of a live stream that says nothing about its beginning before it begins."""
        return f"rtmp://127.0.0.1:{self._standby}/live/{name}"

    def held(self):
        """Stops the server for a block: see `Program.held`."""
        return self._program.held()

    def _live_stream(self, name):
        connection = _StatConnection(os.path.join(self._root, "stat"))
        with contextlib.closing(connection):
            connection.request("GET", "/")
            root = xml.etree.ElementTree.fromstring(connection.getresponse().read())
        for stream in root.iterfind("./server/application/live/stream"):
            if stream.findtext("name") == name:
                return stream
        return None

    def wait_open(self, name):
        """Returns when somebody plays or publishes the live stream `name`."""
        wait_until(f"somebody opens {name}", lambda: self._live_stream(name) is not None)

    def frame_rate(self, name):
        """What the metadata of the live stream `name` says, once the server knows the codec of its sound, which comes
        behind; 0 when it got no metadata."""

        def known():
            stream = self._live_stream(name)
            return stream if stream is not None and stream.findtext("meta/audio/codec") else None

        found = wait_until(f"the server knows the codecs of {name}", known)
        return round(float(found.findtext("meta/video/frame_rate") or 0))

    def recording(self, name):
        """The complete recording of the live stream `name`, whose publisher has left or is about to."""
        wait_until(f"the server lets go of {name}", lambda: self._live_stream(name) is None)
        path = os.path.join(self._root, "recorded", f"{name}.flv")
        if not os.path.exists(path):
            raise Failure(f"the server recorded nothing of {name}")
        return path
