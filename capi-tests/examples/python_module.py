"""What a program may do with the module examples/rtmp.py:   python_module.py DIRECTORY PORT

At the port is a server that begins to play, and then is silent."""

import sys
import threading

sys.path.insert(0, sys.argv[1])
import rtmp  # pylint: disable=wrong-import-position,import-error

URL = f"rtmp://127.0.0.1:{sys.argv[2]}/app/stream"


class Ours(Exception):
    """Comes out of a callback."""


def _raise(*_):
    raise Ours


def _comes_out(**settings):
    """What a callback raises ends the connection, and comes out of it."""
    try:
        with rtmp.Connection(URL, **settings) as stream:
            for _ in stream:
                pass
    except Ours:
        return
    sys.exit(f"{settings}: nothing was raised")


def _raise_with_media():
    """In an event that comes only when the connection stands, so that reading raises, or connecting."""
    seen = []

    def on_event(event):
        seen.append(event)
        if event.phase == "streaming":
            raise Ours

    _comes_out(on_event=on_event)
    codes = [event.code for event in seen if event.kind == "status"]
    if codes[:1] != ["NetStream.Play.Start"]:
        sys.exit(f"statuses {codes}")


def _cancel():
    """From another thread, which may also ask for statistics."""
    with rtmp.Connection(URL) as stream:
        blocks = iter(stream)
        if not next(blocks):
            sys.exit("nothing was read")
        stats = []
        thread = threading.Thread(target=lambda: (stats.append(stream.stats()), stream.cancel()))
        thread.start()
        try:
            for _ in blocks:
                pass
            sys.exit("not cancelled")
        except rtmp.Error as error:
            if (error.kind, error.phase) != ("cancelled", "streaming"):
                sys.exit(f"{error.kind} in {error.phase}")
        thread.join()
        if stats[0].bytes_in < 3073 or stats[0].size != rtmp.ctypes.sizeof(rtmp.Stats):
            sys.exit(f"{stats[0].bytes_in} bytes came")
    # What has ended is not touched any more.
    stream.cancel()
    stream.close()
    if stream.stats() is not None:
        sys.exit("statistics of nothing")


def _no_address():
    try:
        rtmp.Connection("nothing://")
    except rtmp.Error as error:
        if error.kind != "none" or str(error) != "this is no address":
            sys.exit(f"{error.kind}: {error}")
        return
    sys.exit("a connection with nothing")


_comes_out(interrupted=_raise)
_comes_out(on_event=_raise)
_raise_with_media()
_cancel()
_no_address()
print("fine")
