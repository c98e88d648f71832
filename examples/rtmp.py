#!/usr/bin/env python3
"""Plays a stream into an FLV file, or publishes one:

    rtmp.py play URL FILE.flv
    rtmp.py publish FILE.flv URL

By ctypes alone, and with functions only: no struct of librtmp is spelled out here.
"""

import ctypes
import sys

BLOCK = 64 * 1024

# By its SONAME, as the loader finds it for C programs, too.
_library = ctypes.CDLL("librtmp.so.1")
_handle = ctypes.c_void_p
_library.RTMP_Alloc.restype = _handle
for _name, _arguments in {
    "RTMP_Init": [_handle],
    "RTMP_SetupURL": [_handle, ctypes.c_char_p],
    "RTMP_EnableWrite": [_handle],
    "RTMP_Connect": [_handle, ctypes.c_void_p],
    "RTMP_ConnectStream": [_handle, ctypes.c_int],
    "RTMP_Read": [_handle, ctypes.c_char_p, ctypes.c_int],
    "RTMP_Write": [_handle, ctypes.c_char_p, ctypes.c_int],
    "RTMP_IsTimedout": [_handle],
    "RTMP_Close": [_handle],
    "RTMP_Free": [_handle],
}.items():
    getattr(_library, _name).argtypes = _arguments


class Error(Exception):
    """The connection failed; the library's log says more."""


class Connection:
    """A connection that plays or, with `publish`, publishes `url`; a context manager."""

    def __init__(self, url, publish=False):
        # The library keeps pointers to the address, and writes to it: no constant, and as long as the connection.
        self._url = ctypes.create_string_buffer(url.encode())
        self._rtmp = _library.RTMP_Alloc()
        if not self._rtmp:
            raise MemoryError
        _library.RTMP_Init(self._rtmp)
        try:
            self._connect(publish)
        except BaseException:
            self.close()
            raise

    def _connect(self, publish):
        if not _library.RTMP_SetupURL(self._rtmp, self._url):
            raise Error("this is no address")
        if publish:
            _library.RTMP_EnableWrite(self._rtmp)
        if not _library.RTMP_Connect(self._rtmp, None) or not _library.RTMP_ConnectStream(self._rtmp, 0):
            raise Error("cannot connect")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the connection."""
        if self._rtmp:
            _library.RTMP_Close(self._rtmp)
            _library.RTMP_Free(self._rtmp)
            self._rtmp = None

    def __iter__(self):
        """The bytes of an FLV file, in blocks. Other threads of Python go on while one is waited for."""
        block = ctypes.create_string_buffer(BLOCK)
        while (got := _library.RTMP_Read(self._rtmp, block, BLOCK)) > 0:
            yield block.raw[:got]
        if got < 0 or _library.RTMP_IsTimedout(self._rtmp):
            raise Error("nothing can be read")

    def write(self, data):
        """Publishes the next bytes of an FLV file."""
        if _library.RTMP_Write(self._rtmp, data, len(data)) != len(data):
            raise Error("nothing can be written")


def main(words):
    """The entry point."""
    match words:
        case ["play", url, name]:
            with Connection(url) as stream, open(name, "wb") as out:
                for block in stream:
                    out.write(block)
        case ["publish", name, url]:
            with open(name, "rb") as file, Connection(url, publish=True) as stream:
                # At once. The original librtmp wants whole tags in each write, so it is the whole file.
                stream.write(file.read())
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Error, OSError) as error:
        sys.exit(f"rtmp.py: {error}")
