"""A user of python3-librtmp:   read URL FILE BLOCK   or   write URL FILE BLOCK   (BLOCK: bytes per call); hold is write,
and stays until there is a line on the standard input."""

import sys

import librtmp


def read(url, path, block):
    """Saves a recorded stream."""
    connection = librtmp.RTMP(url)
    connection.connect()
    stream = connection.create_stream()
    with open(path, "wb") as out:
        while data := stream.read(block):
            out.write(data)
    stream.close()
    connection.close()


def write(url, path, block, until=lambda: None):
    """Publishes an FLV file; goes on where a short write stopped, as any writer would."""
    connection = librtmp.RTMP(url)
    connection.connect()
    stream = connection.create_stream(writeable=True)
    with open(path, "rb") as file:
        data = file.read()
    position = 0
    while position < len(data):
        written = stream.write(data[position : position + block])
        if written <= 0:
            sys.exit(f"write returned {written} at byte {position} of {len(data)}")
        position += written
    until()
    stream.close()
    connection.close()


def hold(url, path, block):
    """As `write`."""
    write(url, path, block, sys.stdin.readline)


if __name__ == "__main__":
    {"read": read, "write": write, "hold": hold}[sys.argv[1]](sys.argv[2], sys.argv[3], int(sys.argv[4]))
