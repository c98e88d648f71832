"""A user of python3-librtmp:   read URL FILE BLOCK,   write URL FILE BLOCK   (BLOCK: bytes per call),   hold, which is write and
stays until there is a line on the standard input,   refused URL TIMES"""

import os
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


def refused(url, times):
    """Tries to publish what the server refuses, each time with a connection of its own, and prints how many descriptors
    that costs. The binding closes nothing by itself when a connection goes out of use: it only calls RTMP_Free."""
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(times):
        connection = librtmp.RTMP(url, timeout=1)
        connection.connect()
        try:
            connection.create_stream(writeable=True)
            sys.exit("the stream was not refused")
        except librtmp.RTMPError:
            del connection
    print("descriptors left:", len(os.listdir("/proc/self/fd")) - before)


def hold(url, path, block):
    """As `write`."""
    write(url, path, block, sys.stdin.readline)


if __name__ == "__main__":
    if sys.argv[1] == "refused":
        refused(sys.argv[2], int(sys.argv[3]))
    else:
        {"read": read, "write": write, "hold": hold}[sys.argv[1]](sys.argv[2], sys.argv[3], int(sys.argv[4]))
