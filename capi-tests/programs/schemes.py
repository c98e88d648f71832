"""Play, publish, seek and close on each of the six schemes. A relay in front of nginx takes off what the scheme adds to
plain RTMP."""

import os
import signal
from functools import partial

import flv
import frames
from bench import Deviation, Outcome, case, clip_damaged, publisher, whole_clip
from encryption import Encrypted
from process import Failure, wait_until
from relay import Relay, tls
from tunnel import Tunnel

LAYERS = {
    "rtmp": (),
    "rtmpe": (Encrypted,),
    "rtmps": (),
    "rtmpt": (Tunnel,),
    "rtmpte": (Tunnel, Encrypted),
    "rtmpts": (Tunnel,),
}
# FFmpeg knows the others only.
NOT_OF_FFMPEG = "rtmpts"
# What clients say before they go.
GOODBYE = "deleteStream"
START_MS = 2000
# The first pictures of a stream.
SOME = 5000
SCRIPT = 18


def relay(bench, scheme):
    """A relay for clients that use `scheme`."""
    context = tls(bench.tls.certificates.good) if scheme.endswith("s") else None
    return Relay(bench.server.port, *LAYERS[scheme], context=context)


def running(bench, seat, command):
    """A program that trusts the relay, which the original does without being told."""
    trusting = seat.environment(SSL_CERT_FILE=bench.tls.certificates.authority)
    return seat.running(command, bench.server, trusting)


def _play(bench, seat, scheme):
    """A recorded file, byte for byte."""
    path = seat.path("play.flv")
    with relay(bench, scheme) as server:
        command = ["rtmpdump", "-q", "-r", server.url(scheme, "vod", "clip.flv"), "-o", path]
        with running(bench, seat, command) as program:
            status = program.wait()
        return Outcome(status, path, exact=True, text=server.goodbye())


def published(bench, seat, scheme, stream, command):
    """What the server recorded of the live stream that `command` publishes, given its address. The recording may be
    broken."""
    with relay(bench, scheme) as server:
        with running(bench, seat, command(server.url(scheme, "live", stream))) as program:
            status = program.wait()
        goodbye = server.goodbye()
    try:
        return Outcome(status, bench.server.recording(stream), text=goodbye)
    except Failure as failure:
        return Outcome(status, text=str(failure))


def is_lost(outcome, bench):
    """The judgement for what the original publishes through a tunnel."""
    return None if outcome.media is None else clip_damaged(outcome, bench)


def is_whole(outcome, bench):
    """All of the clip arrived through a tunnel, and then the goodbye."""
    if outcome.text != f"{GOODBYE}, close":
        return f"the client leaves with {outcome.text!r}"
    return whole_clip((0,))(outcome, bench)


def _publish(bench, seat, scheme):
    def command(address):
        if scheme == NOT_OF_FFMPEG:
            return ["curl", "-sS", "-T", bench.clips.flv, address]
        options = ["-nostdin", "-v", "error", "-i", bench.clips.flv, "-c", "copy", "-f", "flv"]
        return [bench.ffmpeg(), *options, address]

    return published(bench, seat, scheme, f"{scheme}-{seat.name}", command)


def _sought(bench, seat, scheme, path, address):
    """An indexed file from `START_MS` on."""
    if scheme == NOT_OF_FFMPEG:
        command = ["rtmpdump", "-q", "-r", address, "-o", path, "--start", str(START_MS / 1000)]
    else:
        options = ["-nostdin", "-v", "error", "-copyts", "-ss", str(START_MS / 1000)]
        streams = ["-map", "0:v", "-map", "0:a", "-c", "copy"]
        command = [bench.ffmpeg(), *options, "-i", address, *streams, path]
    with running(bench, seat, command) as program:
        return Outcome(program.wait(), path)


def _seek(bench, seat, scheme):
    """FFmpeg begins to play and then seeks; rtmpdump asks for the position at once."""
    with relay(bench, scheme) as server:
        outcome = _sought(bench, seat, scheme, seat.path("seek.flv"), server.url(scheme, "vod", "mp4:indexed.mp4"))
    plain = _sought(bench, seat, scheme, seat.path("plain.flv"), bench.server.url("vod", "mp4:indexed.mp4"))
    reason = frames.difference(plain.media, outcome.media)
    if reason:
        raise Failure(f"not what comes over rtmp: {reason}")
    first = outcome.media.of("video")[0].dts
    if first < START_MS:
        raise Failure(f"it starts at {first} ms")
    outcome.text = f"from {first} ms on"
    return outcome


def _starts_at(milliseconds):
    def check(outcome, _bench):
        return None if outcome.text == f"from {milliseconds} ms on" else outcome.text

    return check


def _contents(path):
    with open(path, "rb") as file:
        return [(kind, body) for _, kind, _, body in flv.tags(file.read()) if kind != SCRIPT]


def _close(bench, seat, scheme):
    """A live stream that the user breaks off."""
    path = seat.path("close.flv")
    stream = f"close-{scheme}-{seat.name}"
    with relay(bench, scheme) as server:
        command = ["rtmpdump", "-q", "-v", "-r", server.url(scheme, "live", stream), "-o", path]
        with running(bench, seat, command) as program:
            bench.server.wait_open(stream)
            with publisher(bench, stream, seat.directory, endless=True):
                wait_until("media", lambda: os.path.exists(path) and os.path.getsize(path) > SOME)
                os.kill(program.pid, signal.SIGINT)
                status = program.wait()
        goodbye = server.goodbye()
    # The same media may come again and again, but no other.
    if not set(_contents(path)) <= set(_contents(bench.clips.flv)):
        raise Failure("there is media that is not the clip's")
    return Outcome(status, text=goodbye)


# Inside TLS the original waits for the server before it closes, and loses nothing.
LOSSES = dict.fromkeys(("rtmpt", "rtmpte"), Deviation("P4", is_lost, is_whole, by_chance=True))
# rtmpdump's start position, not FFmpeg's seeking, is where the original counts twice.
SHIFTS = {NOT_OF_FFMPEG: Deviation("P12", _starts_at(2 * START_MS), _starts_at(START_MS))}

for _scheme in LAYERS:
    case(f"{_scheme}-play")(partial(_play, scheme=_scheme))
    case(f"{_scheme}-publish", LOSSES.get(_scheme))(partial(_publish, scheme=_scheme))
    case(f"{_scheme}-seek", SHIFTS.get(_scheme), complete=False)(partial(_seek, scheme=_scheme))
    case(f"{_scheme}-close")(partial(_close, scheme=_scheme))
