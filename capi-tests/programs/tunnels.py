"""curl and GStreamer through an HTTP tunnel."""

import os

import gstreamer
from bench import Deviation, Outcome, case, whole_clip
from curl import DOWNLOAD, hangs_before_the_end
from schemes import is_lost, is_whole, published, relay, running


@case("curl-rtmpt-download", Deviation("P3", hangs_before_the_end, whole_clip((0,)), by_chance=True))
def download(bench, seat):
    """A recorded file. The original asks the server inside a read only, and curl waits for the socket first."""
    path = seat.path("curl.flv")
    with relay(bench, "rtmpt") as server:
        command = [*DOWNLOAD, "-o", path, server.url("rtmpt", "vod", "clip.flv")]
        with running(bench, seat, command) as program:
            status = program.wait()
        # curl makes the file when the first bytes come.
        return Outcome(status, path if os.path.exists(path) else None)


@case("curl-rtmpt-upload", Deviation("P4", is_lost, is_whole, by_chance=True))
def upload(bench, seat):
    """The clip published as a live stream."""
    stream = f"curl-tunnel-{seat.name}"
    return published(bench, seat, "rtmpt", stream, lambda address: ["curl", "-sS", "-T", bench.clips.flv, address])


@case("gstreamer-rtmpt-publish", Deviation("P4", is_lost, is_whole, by_chance=True))
def rtmpsink(bench, seat):
    """The same by GStreamer."""
    stream = f"gst-tunnel-{seat.name}"
    return published(bench, seat, "rtmpt", stream, lambda address: gstreamer.publishing(bench, address))
