"""FFmpeg from Debian's source, built with --enable-librtmp: its rtmp:// is librtmp."""

import os
import subprocess

from bench import Outcome, case
from process import Failure

BUILD = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "ffmpeg", "build")
BUILD_SECONDS = 1200


def build(pc_directory):
    """The path of the program, built against the librtmp.pc in `pc_directory` (None: the system's) unless the cache
    has it."""
    command = [BUILD] + ([pc_directory] if pc_directory else [])
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=BUILD_SECONDS, check=False)
    if done.returncode != 0:
        raise Failure("FFmpeg could not be built (see above)")
    return done.stdout.strip()


def _command(bench, *arguments):
    return [bench.ffmpeg(), "-nostdin", "-v", "error", "-y", *arguments]


@case("ffmpeg-play")
def play(bench, seat):
    """A recorded file until its end."""
    path = seat.path("ffmpeg.flv")
    source = bench.server.url("vod", "clip.flv")
    command = _command(bench, "-copyts", "-i", source, "-map", "0:v", "-map", "0:a", "-c", "copy", path)
    with seat.running(command, bench.server) as program:
        return Outcome(program.wait(), path)


@case("ffmpeg-publish")
def publish(bench, seat):
    """The clip published as a live stream, judged by what the server recorded."""
    stream = f"ffmpeg-{seat.name}"
    target = bench.server.url("live", stream)
    command = _command(bench, "-i", bench.clips.flv, "-c", "copy", "-f", "flv", target)
    with seat.running(command, bench.server) as program:
        status = program.wait()
    return Outcome(status, bench.server.recording(stream))
