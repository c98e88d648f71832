"""What each example has to do with a server that works."""

import filecmp
import os
import signal
import subprocess

import flv
import frames
from common import case, case_of_ours, checked, compiled, expect, python
from cutting import Brake, Cutter
from process import Failure, Program, free_port, is_listening, wait_until

KEY = "secret"
# ms, in the clip.
KEY_FRAME_EVERY = 1000


def _same(reason):
    if reason:
        raise Failure(reason)


def _same_as_clip(shared, path):
    _same(frames.difference(frames.Media(shared.clips.flv), frames.Media(path)))


def _later(media, time):
    """The same media at later times."""
    media.frames = [frame._replace(dts=frame.dts + time, pts=frame.pts + time) for frame in media.frames]
    return media


def _plays(shared, seat, command, stem):
    path = seat.path(f"{stem}.flv")
    with seat.running([*command, shared.server.url("vod", "clip.flv"), path], shared.server) as program:
        expect(program, 0)
    _same_as_clip(shared, path)


def _publishes(shared, seat, command, stem, text=""):
    stream = f"{stem}-{seat.name}"
    with seat.running([*command, shared.server.url("live", stream)], shared.server) as program:
        expect(program, 0, text)
    _same_as_clip(shared, shared.server.recording(stream))


def _wait_played(path):
    wait_until("something is played", lambda: os.path.exists(path) and os.path.getsize(path) > 10000)


@case
def play(shared, seat):
    """A recorded file until its end."""
    _plays(shared, seat, compiled(seat, "play"), "play")


@case
def play_cut(shared, seat):
    """A connection that breaks is not the end of the stream."""
    path = seat.path("cut.flv")
    # What has come and was not read may be lost: before that the end would come in the middle of the dialogue.
    with Cutter(shared.server.port, after_received=50000, until=lambda: _wait_played(path)) as cutter:
        command = [*compiled(seat, "play"), cutter.url("vod", "clip.flv"), path]
        with seat.running(command, shared.server) as program:
            expect(program, 1, "play: disconnected")


@case
def play_interrupted(shared, seat):
    """Ctrl-C ends a player that waits for a broadcast that goes on."""
    stream, path = f"endless-{seat.name}", seat.path("endless.flv")
    command = ["ffmpeg", "-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i", shared.clips.flv]
    command += ["-c", "copy", "-f", "flv", shared.server.url("live", stream)]
    with Program(command, seat.directory):
        shared.server.wait_open(stream)
        command = [*compiled(seat, "play"), f"{shared.server.url('live', stream)} live=1", path]
        with seat.running(command, shared.server) as program:
            _wait_played(path)
            os.kill(program.pid, signal.SIGINT)
            expect(program, 1, "play: interrupted")


@case
def publish(shared, seat):
    """An FLV file, with progress."""
    _publishes(shared, seat, [*compiled(seat, "publish"), shared.clips.flv], "publish", "100 %\npublished\n")


@case
def adaptive(shared, seat):
    """Where the network keeps up nothing is left out."""
    _publishes(shared, seat, [*compiled(seat, "adaptive"), shared.clips.flv], "adaptive", "published, 0 pictures left out\n")


@case_of_ours
def adaptive_behind(shared, seat):
    """A network that takes nothing for a while: the encoder is asked for less, then pictures are left out, up to a key frame."""
    stream = f"behind-{seat.name}"
    with Brake(shared.server.port, after_sent=20000) as brake:
        with seat.running([*compiled(seat, "adaptive"), shared.clips.flv, brake.url("live", stream)], shared.server) as program:
            wait_until("pictures are left out", lambda: "no pictures" in program.output())
            brake.release()
            expect(program, 0, "an encoder would go to 75 %")
        recording = frames.Media(shared.server.recording(stream))
    whole = frames.Media(shared.clips.flv)
    if recording.configurations != whole.configurations or recording.of("audio") != whole.of("audio"):
        raise Failure("not all of the sound has come")
    _same(_with_gaps(whole.of("video"), recording.of("video")))


def _with_gaps(whole, part):
    """None if `part` lacks some pictures of `whole`, each time up to a key frame."""
    if len(part) == len(whole):
        return "no picture is missing"
    before = None
    for frame in part:
        if frame not in whole:
            return f"{frame} is not in the clip"
        if before is not None and whole.index(frame) != whole.index(before) + 1:
            if (frame.dts - whole[0].dts) % KEY_FRAME_EVERY != 0:
                return f"the picture behind a gap, at {frame.dts} ms, is no key frame"
        before = frame
    return None


@case
def publish_h264(shared, seat):
    """The pictures of the clip, from what an encoder would give."""
    path = seat.path("clip.h264")
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", shared.clips.flv, "-c", "copy", "-an", path]
    subprocess.run(command, check=True, timeout=60)
    stream = f"h264-{seat.name}"
    command = [*compiled(seat, "publish_h264"), path, "25", shared.server.url("live", stream)]
    with seat.running(command, shared.server) as program:
        expect(program, 0)
    whole = frames.Media(shared.clips.flv, ("video",))
    # In the clip sound begins before the first picture, which nothing says here.
    start = whole.frames[0].dts
    _same(frames.difference(whole, _later(frames.Media(shared.server.recording(stream), ("video",)), start)))


def _serving(seat, port, path):
    return seat.running([*compiled(seat, "server"), port, KEY, path])


def _publisher(shared, seat, port, key):
    return [*compiled(seat, "publish"), shared.clips.flv, f"rtmp://127.0.0.1:{port}/live/{key}"]


@case
def server(shared, seat):
    """Takes what a program on librtmp publishes: the file is the same, byte for byte, with its metadata."""
    port, path = free_port(), seat.path("served.flv")
    with _serving(seat, port, path) as program:
        wait_until("the server listens", lambda: is_listening(port))
        with Program(_publisher(shared, seat, port, KEY), seat.directory, seat.environment()) as client:
            expect(client, 0)
            expect(program, 0)
    _same_as_clip(shared, path)
    if not filecmp.cmp(shared.clips.flv, path, shallow=False):
        raise Failure("the same frames, but other bytes")


@case
def server_gstreamer(shared, seat):
    """Takes what a client with an RTMP of its own publishes, in a file of its own muxer's."""
    port, path = free_port(), seat.path("gstreamer.flv")
    command = ["gst-launch-1.0", "-q", "filesrc", f"location={shared.clips.flv}", "!", "flvdemux", "name=in"]
    command += ["flvmux", "name=out", "streamable=true", "!", "rtmp2sink", "sync=false"]
    command += [f"location=rtmp://127.0.0.1:{port}/live/{KEY}"]
    command += ["in.video", "!", "queue", "!", "out.video", "in.audio", "!", "queue", "!", "out.audio"]
    with _serving(seat, port, path) as program:
        wait_until("the server listens", lambda: is_listening(port))
        with Program(command, seat.directory, seat.environment()) as client:
            expect(client, 0)
            expect(program, 0)
    _same(frames.content_difference(frames.Media(shared.clips.flv), frames.Media(path)))


@case
def server_refuses(shared, seat):
    """Who does not know the key is told so, and leaves nothing in the file."""
    port, path = free_port(), seat.path("refused.flv")
    with _serving(seat, port, path) as program:
        wait_until("the server listens", lambda: is_listening(port))
        with Program(_publisher(shared, seat, port, "guess"), seat.directory, seat.environment()) as client:
            expect(program, 1)
            expect(client, 1, "NetStream.Publish.BadName" if seat.is_ours else "")
    if os.path.getsize(path) != flv.HEADER:
        raise Failure(f"a stranger left {os.path.getsize(path)} bytes")


def _from_key_frame(whole, part):
    """None if `part` is the end of `whole`, from a later key frame on. The server counts time from there."""
    if part.configurations != whole.configurations:
        return f"codec configurations {list(part.configurations)}"
    start = whole.of("video")[-len(part.of("video"))].dts
    offset = start - whole.of("video")[0].dts
    if offset == 0 or offset % KEY_FRAME_EVERY != 0:
        return f"the first picture is {offset} ms behind that of the clip, no later key frame"
    part = _later(part, start)
    for kind in frames.KINDS:
        expected = [frame for frame in whole.of(kind) if frame.dts >= start]
        if part.of(kind) != expected:
            return f"{kind}: {len(part.of(kind))} frames instead of {len(expected)}, or other ones"
    return None


@case
def reconnect(shared, seat):
    """The connection breaks behind the second key frame, the next is refused, the third is the server's until the end: it
    gets the clip from a key frame on."""
    stream = f"reconnect-{seat.name}"
    with Cutter(shared.server.port, after_sent=60000, refused=1) as cutter:
        command = [*compiled(seat, "reconnect"), shared.clips.flv, cutter.url("live", stream)]
        with seat.running(command, shared.server) as program:
            expect(program, 0, "again in 500 ms")
        if cutter.connections != 3:
            raise Failure(f"{cutter.connections} connections")
        recording = shared.server.recording(stream)
    _same(_from_key_frame(frames.Media(shared.clips.flv), frames.Media(recording)))


@case
def event_loop(shared, seat):
    """Publishers and players in one thread: each stream is the clip, and as much of each is played. Headers of the original
    have nothing for it."""
    prefix, count = f"loop-{seat.name}-", 5
    command = [*compiled(seat, "event_loop"), str(count), shared.clips.flv, shared.server.url("live", prefix)]
    if seat.name != "ours":
        with Program(command, seat.directory, seat.environment()) as program:
            expect(program, 1, "no calls that do not wait")
        return
    with seat.running(command, shared.server) as program:
        expect(program, 0, f"{2 * count} of {2 * count} streams are done")
    for number in range(count):
        _same_as_clip(shared, shared.server.recording(f"{prefix}{number}"))


@case
def logging(shared, seat):
    """The user is shown the library's lines, and with ours the reason of a failure."""
    with seat.running([*compiled(seat, "logging"), "debug", shared.server.url("vod", "clip.flv")], shared.server) as program:
        expect(program, 0, "debug    ")
    with Program([*compiled(seat, "logging"), "error", f"rtmp://127.0.0.1:{free_port()}/a/b"], seat.directory,
                 seat.environment()) as program:
        expect(program, 0, "error    ")
        lines = program.output().splitlines()
    if any(line.startswith(("debug", "info", "warning")) for line in lines):
        raise Failure(f"other levels, too: {lines}")
    if seat.is_ours and not any(line.startswith("error    reason: ") and "refused" in line for line in lines):
        raise Failure(f"no reason: {lines}")


@case_of_ours
def restream(shared, seat):
    """A recorded file, published as a live stream."""
    source = shared.server.url("vod", "clip.flv")
    _publishes(shared, seat, [*compiled(seat, "restream"), source], "restream")


@case
def python_play(shared, seat):
    """By ctypes: a recorded file until its end."""
    _plays(shared, seat, [*python(seat), "play"], "python")


@case
def python_publish(shared, seat):
    """By ctypes: an FLV file at once."""
    _publishes(shared, seat, [*python(seat), "publish", shared.clips.flv], "python")


@case_of_ours
def porting(shared, seat):
    """The code of docs/porting.md publishes, and stops."""
    stream = f"porting-{seat.name}"
    command = [*checked(seat, "porting"), "publish", shared.clips.flv, shared.server.url("live", stream), 10000]
    with seat.running(command, shared.server) as program:
        expect(program, 0, "peer 127.0.0.1\n")
    _same_as_clip(shared, shared.server.recording(stream))
    with Program([*checked(seat, "porting"), "stop"], seat.directory, seat.environment()) as program:
        expect(program, 0, "cancelled")


@case_of_ours
def preload(shared, seat):
    """LD_PRELOAD, as docs/use-with.md has it: rtmpdump with our library, which it was not linked to."""
    path = seat.path("preloaded.flv")
    command = ["rtmpdump", "-q", "-r", shared.server.url("vod", "clip.flv"), "-o", path]
    environment = seat.environment(LD_PRELOAD=seat.library)
    del environment["LD_LIBRARY_PATH"]
    with seat.running(command, shared.server, environment) as program:
        program.wait()
    # Its status says "incomplete", by the metadata's duration, of a file that lacks nothing.
    _same_as_clip(shared, path)
