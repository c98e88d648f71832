"""Who publishes what to whom, and what must come out."""

import collections
import os
import subprocess

import flv
import tags
from process import Failure, Program, free_port, is_listening, wait_until

Shared = collections.namedtuple("Shared", "files nginx node tools client server ffmpeg publishing")
Shared.__doc__ = """The media `files` by name; the running servers `nginx` and `node`; the directory of the current FFmpeg;
the paths of the programs: our `client`, the example `server`, the `ffmpeg` built with librtmp; and what docs/use-with.md gives
FFmpeg behind the file when it publishes."""

KEY = "secret"
FLV_FILES = ("hevc-eac3", "av1-opus", "vp9-flac", "vvc-ac3", "tracks", "handmade")
# rtmpdump says "incomplete" (2) of a file that lacks nothing, by the duration in its metadata.
ENDED = (0, 2)

ALL = {}


def case(name):
    """Registers the decorated function as a case."""

    def register(function):
        ALL[name] = function
        return function

    return register


def for_each_file(stem, names=FLV_FILES):
    """Registers the decorated function as a case for each of the files."""

    def register(function):
        for name in names:
            ALL[f"{stem}-{name}"] = lambda shared, seat, name=name: function(shared, seat, name)
        return function

    return register


def expect(program, statuses=(0,)):
    """Waits for the program's end."""
    status = program.wait()
    if status not in statuses:
        raise Failure(f"{program.name} ended with {status}{program.tail()}")


def same(reason):
    """Fails for a reason."""
    if reason:
        raise Failure(reason)


def _reader(shared, *source):
    """The current FFmpeg, which says times, sizes and sums of all packets of a source."""
    flags = ("-copyts", *source, "-map", "0", "-c", "copy", "-f", "framemd5")
    return [os.path.join(shared.tools, "ffmpeg"), "-nostdin", "-v", "error", *flags]


def _packets(shared, path):
    """Times, sizes and sums of all packets in a file."""
    command = [*_reader(shared, "-i", path), "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != 0 or done.stderr:
        raise Failure(f"FFmpeg cannot read {path}: {done.stderr.strip()[-300:]}")
    return done.stdout


def _same_packets(shared, expected, got):
    if _packets(shared, expected) != _packets(shared, got):
        raise Failure("the same tags, but FFmpeg reads other packets")


def _publisher(shared, name, address):
    """RTMP_Write."""
    return [shared.client, "publish", shared.files[name], f"{address} ertmp=1"]


def _to_example(shared, seat, name, command):
    """Publishes to the example server, which writes what comes as it comes."""
    port, path = free_port(), seat.path(f"{name}.flv")
    target = f"rtmp://127.0.0.1:{port}/live/{KEY}"
    with seat.running([shared.server, port, KEY, path]) as server:
        wait_until("the server listens", lambda: is_listening(port))
        with seat.running(command(target), server) as program:
            expect(program)
            expect(server)
    with open(shared.files[name], "rb") as expected, open(path, "rb") as got:
        if expected.read() != got.read():
            same(tags.difference(shared.files[name], path) or "the same tags, but other bytes")


@for_each_file("write")
def write(shared, seat, name):
    """By RTMP_Write in pieces: the server's file is the same, byte for byte, with its metadata."""
    _to_example(shared, seat, name, lambda to: _publisher(shared, name, to))


@for_each_file("curl")
def curl(shared, seat, name):
    """By Debian's curl, which takes no blank in an address, and so no option."""
    _to_example(shared, seat, name, lambda to: ["curl", "-sS", "-T", shared.files[name], to])


@for_each_file("ffmpeg-data")
def ffmpeg_data(shared, seat, name):
    """By FFmpeg's librtmp protocol, the bytes of the file as they are."""
    flags = ("-nostdin", "-v", "error", "-f", "data", "-i", shared.files[name], "-map", "0", "-c", "copy", "-f", "data")
    _to_example(shared, seat, name, lambda to: [shared.ffmpeg, *flags, f"{to} ertmp=1"])


# What FFmpeg reads: no message of many tracks that starts their sequences.
READ = [name for name in FLV_FILES if name != "handmade"]


@for_each_file("listen", READ)
def listen(shared, seat, name):
    """By RTMP_Write to FFmpeg's own server: it reads the packets that it reads in the file."""
    port, path = free_port(), seat.path(f"listen-{name}.framemd5")
    address = f"rtmp://127.0.0.1:{port}/live/{KEY}"
    with Program([*_reader(shared, "-listen", "1", "-i", address), path], seat.directory) as server:
        wait_until("FFmpeg listens", lambda: server.status() is not None or is_listening(port))
        with seat.running(_publisher(shared, name, address), server) as program:
            expect(program)
        expect(server)
    with open(path, encoding="utf-8") as file:
        got = file.read()
    if sorted(_packets(shared, shared.files[name]).splitlines()) != sorted(got.splitlines()):
        raise Failure("FFmpeg gets other packets than are in the file")


def _player(shared, seat, address, path):
    return seat.running([shared.client, "play", f"{address} live=1 ertmp=1", path])


def _wait_for(player, path, count, read=tags.whole):
    """Waits for so many tags of those that `read` finds: the server does not tell players that a stream ends."""

    def has_come():
        if player.status() is not None:
            raise Failure(f"the player ended with {player.status()}{player.tail()}")
        return os.path.exists(path) and len(read(path)) >= count

    wait_until(f"{count} tags are played", has_come)


def _through_node(shared, seat, name, stream, publishing):
    """To node-media-server, which knows Enhanced RTMP, and back by RTMP_Read. It passes on the publisher's @setDataFrame, which
    no librtmp writes to a file. `publishing(address)` runs the publisher until its end."""
    path = seat.path(f"{stream}.flv")
    expected = tags.played(shared.files[name], has_metadata=False)
    address = shared.node.url("live", stream)
    with _player(shared, seat, address, path) as player:
        shared.node.wait_played(stream)
        publishing(address)
        try:
            _wait_for(player, path, len(expected))
        except Failure:
            same(tags.unequal(expected, tags.whole(path)))
            raise
    same(tags.unequal(expected, tags.whole(path)))
    if name in READ:
        _same_packets(shared, shared.files[name], path)


@for_each_file("node")
def node(shared, seat, name):
    """By RTMP_Write."""

    def publishing(address):
        with seat.running(_publisher(shared, name, address), shared.node) as program:
            expect(program)

    _through_node(shared, seat, name, f"node-{name}", publishing)


# FFmpeg ends FLAC with a second configuration, which it does not pass on when it reads the file.
NATIVE = [name for name in READ if name != "vp9-flac"]


@for_each_file("native", NATIVE)
def native(shared, seat, name):
    """By FFmpeg's own RTMP, which makes the same messages of the file as ours."""
    flags = ("-nostdin", "-v", "error", "-copyts", "-i", shared.files[name], "-map", "0", "-c", "copy", "-f", "flv")

    def publishing(address):
        with Program([os.path.join(shared.tools, "ffmpeg"), *flags, address], seat.directory) as program:
            expect(program)

    _through_node(shared, seat, name, f"native-{name}", publishing)


def _of_ffmpeg(shared, seat, stem):
    """The line of docs/use-with.md with ertmp in it, to node-media-server, played by RTMP_Read."""
    stream, path = f"ffmpeg-{stem}", seat.path(f"ffmpeg-{stem}.flv")
    address = shared.node.url("live", stream)
    environment = seat.environment(TO=address, FILE=shared.files[stem])
    environment["PATH"] = f"{os.path.dirname(shared.ffmpeg)}:{environment['PATH']}"
    expected = tags.framed(_packets(shared, shared.files[stem]))
    with _player(shared, seat, address, path) as player:
        shared.node.wait_played(stream)
        with seat.running(["sh", "-c", f"exec {shared.publishing}"], shared.node, environment) as program:
            expect(program)
        _wait_for(player, path, sum(map(len, expected.values())), tags.frames)
    got = tags.framed(_packets(shared, path))
    if got != expected:
        counts = [{kind: len(frames) for kind, frames in media.items()} for media in (expected, got)]
        raise Failure(f"frames {counts[1]} instead of {counts[0]}, or other ones")


@case("ffmpeg-hevc")
def ffmpeg_hevc(shared, seat):
    """FFmpeg muxes HEVC for its librtmp protocol."""
    _of_ffmpeg(shared, seat, "hevc")


@case("ffmpeg-av1")
def ffmpeg_av1(shared, seat):
    """FFmpeg muxes AV1 for its librtmp protocol."""
    _of_ffmpeg(shared, seat, "av1")


def _passed_by_nginx(video):
    """Video in the old form makes nginx pass on what is in the new one, too: from the first frame on, not its configuration."""
    old = [index for index, tag in enumerate(video) if tag.body.startswith(tags.OLD_KEY)]
    return video[:1] + video[old[0] :] if old else []


@for_each_file("nginx")
def nginx(shared, seat, name):
    """To nginx-rtmp, which does not know Enhanced RTMP, and back by RTMP_Read: it passes extended audio on, but video
    only of streams that have some in the old form."""
    stream, path = f"nginx-{name}", seat.path(f"nginx-{name}.flv")
    address = shared.nginx.url("live", stream)
    with _player(shared, seat, address, path) as player:
        shared.nginx.wait_open(stream)
        with seat.running(_publisher(shared, name, address), shared.nginx) as program:
            expect(program)
        expect(player)
    expected, got = tags.played(shared.files[name], has_metadata=False), tags.whole(path)
    same(tags.unequal(tags.of(flv.AUDIO, expected), tags.of(flv.AUDIO, got)))
    video = _passed_by_nginx(tags.of(flv.VIDEO, expected))
    same(tags.unequal(video, tags.of(flv.VIDEO, got)))


@for_each_file("vod", READ)
def vod(shared, seat, name):
    """nginx-rtmp plays a file whatever is in it: by rtmpdump, tag for tag. It does so at the file's speed, and the one made by
    hand lasts eight hours."""
    path = seat.path(f"vod-{name}.flv")
    source = shared.nginx.url("vod", f"{name}.flv")
    with seat.running(["rtmpdump", "-q", "-r", source, "-o", path], shared.nginx) as program:
        expect(program, ENDED)
    same(tags.unequal(tags.played(shared.files[name]), tags.whole(path)))
    _same_packets(shared, shared.files[name], path)
