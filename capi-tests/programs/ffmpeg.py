"""FFmpeg from Debian's source, built with --enable-librtmp: its rtmp:// is librtmp."""

from bench import Deviation, Outcome, case, clip_damaged, whole_clip
from process import Program


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


def _publish(bench, seat, name, *options):
    stream = f"{name}-{seat.name}"
    target = bench.server.url("live", stream)
    command = _command(bench, "-i", bench.clips.flv, "-c", "copy", "-f", "flv", *options, target)
    with seat.running(command, bench.server) as program:
        status = program.wait()
    return Outcome(status, bench.server.recording(stream))


@case("ffmpeg-publish")
def publish(bench, seat):
    """The clip published as a live stream, judged by what the server recorded."""
    return _publish(bench, seat, "ffmpeg")


@case("ffmpeg-publish-blocks", Deviation("P11", clip_damaged, whole_clip((0,))))
def publish_blocks(bench, seat):
    """The same without a flush after each packet: blocks of 32 KB that end anywhere inside tags."""
    return _publish(bench, seat, "ffmpeg-blocks", "-flush_packets", "0")


def _knows_no_such_option(outcome, _bench):
    if outcome.status == 0 or outcome.media:
        return f"it works, with exit status {outcome.status}"
    return None if "Unknown option outChunk" in outcome.text else f"printed {outcome.text!r}"


@case("ffmpeg-publish-chunks", Deviation("outChunk", _knows_no_such_option, whole_clip((0,))))
def publish_chunks(bench, seat):
    """The clip published in chunks of 64 KiB, which the address asks for."""
    stream = f"ffmpeg-chunks-{seat.name}"
    target = f"{bench.server.url('live', stream)} outChunk=65536"
    command = _command(bench, "-i", bench.clips.flv, "-c", "copy", "-f", "flv", target)
    # The original may refuse the option before anybody can look at the process. That tells the libraries apart, too.
    with Program(command, seat.directory, seat.environment()) as program:
        status = program.wait()
        text = program.output()
    return Outcome(status, bench.server.recording(stream)) if status == 0 else Outcome(status, text=text)
