"""Unmodified Debian programs play and publish through one librtmp; prints one table: `demo LIBRARY`."""

import collections
import os
import sys
import tempfile

import clip
from frames import Media, content_difference
from library import Seat
import process
from process import Failure
from server import Server

Row = collections.namedtuple("Row", "program library size frames equal")
TITLES = Row("program", "library mapped (/proc/PID/maps)", "bytes", "frames", "content equal to the source")


def _download(seat, server, _clips):
    path = seat.path("download.flv")
    yield "rtmpdump downloads"
    yield ["rtmpdump", "-q", "-r", server.url("vod", "clip.flv"), "-o", path]
    yield path


def _upload(seat, server, clips):
    yield "curl uploads"
    yield ["curl", "-sS", "-T", clips.flv, server.url("live", "upload")]
    yield server.recording("upload")


def _play(seat, server, _clips):
    path = seat.path("play.flv")
    yield "GStreamer plays"
    command = ["gst-launch-1.0", "-q", "rtmpsrc", f"location={server.url('vod', 'clip.flv')}", "!", "tee", "name=copy"]
    # Decoded as a player does, as fast as it can be and without a window. No sink holds its first buffer back until all have
    # one: rtmpsrc may ask those downstream about memory meanwhile, and its question waits behind that buffer.
    eager = "async=false"
    command += ["copy.", "!", "queue", "!", "filesink", eager, f"location={path}"]
    command += ["copy.", "!", "queue", "!", "flvdemux", "name=flv"]
    command += ["flv.video", "!", "queue", "!", "h264parse", "!", "avdec_h264", "!", "fakesink", "sync=false", eager]
    command += ["flv.audio", "!", "queue", "!", "aacparse", "!", "avdec_aac", "!", "fakesink", "sync=false", eager]
    yield command
    yield path


def _row(step, seat, server, clips, source):
    """Runs one program: the step names it, gives its command, and then says where its product is."""
    stages = step(seat, server, clips)
    title = next(stages)
    mapped = "?"
    try:
        with seat.running(next(stages), server) as program:
            mapped = seat.library
            program.wait()
        path = next(stages)
        media = Media(path)
    except Failure as failure:
        return Row(title, mapped, "-", "-", f"no: {failure}")
    reason = content_difference(source, media)
    count = f"{len(media.of('video'))} video, {len(media.of('audio'))} audio"
    return Row(title, mapped, str(os.path.getsize(path)), count, f"no: {reason}" if reason else "yes")


def _print_table(rows):
    widths = [max(len(line) for row in rows for line in row[column].splitlines()) for column in range(len(TITLES))]
    for number, row in enumerate(rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))


def main():
    """The entry point; returns the exit status."""
    if len(sys.argv) != 2:
        sys.exit("usage: demo LIBRARY")
    with tempfile.TemporaryDirectory(prefix="rtmp-") as directory:
        root = os.path.join(directory, "server")
        os.mkdir(root)
        seat = Seat("demo", sys.argv[1], os.path.join(directory, "demo"))
        with Server(root) as server:
            clips = clip.make(server.vod_directory)
            source = Media(clips.flv)
            print(f"nginx on 127.0.0.1:{server.port}; the clip: {clip.SECONDS} s of H.264 and AAC\n", flush=True)
            rows = [_row(step, seat, server, clips, source) for step in (_download, _upload, _play)]
    _print_table([TITLES, *rows])
    return 0 if all(row.equal == "yes" for row in rows) else 1


if __name__ == "__main__":
    process.run("demo", main)
