"""Runs the shell commands of docs/use-with.md: one case for each."""

import os
import re

import frames
from process import Failure, Program

BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(root):
    """The commands, each of which plays `$FROM` into out.flv or publishes `$FILE` to `$TO`."""
    with open(os.path.join(root, "docs", "use-with.md"), encoding="utf-8") as file:
        return BLOCK.findall(file.read())


def _environment(shared, seat, ffmpeg, stream):
    """What the page says that its commands find."""
    environment = seat.environment(
        FROM=shared.server.url("vod", "clip.flv"),
        TO=shared.server.url("live", stream),
        FILE=shared.clips.flv,
        LIBRARY=seat.library,
    )
    environment["PATH"] = f"{os.path.dirname(ffmpeg)}:{environment['PATH']}"
    return environment


def run(shared, seat, number, block, ffmpeg):
    """Fails unless the commands make of the clip what is in the clip."""
    stream = f"use-{number}"
    directory = seat.path(stream)
    os.mkdir(directory)
    environment = _environment(shared, seat, ffmpeg, stream)
    with Program(["sh", "-e", "-c", block], directory, environment) as program:
        status = program.wait()
        if status != 0:
            raise Failure(f"{block}ended with {status}{program.tail()}")
    path = os.path.join(directory, "out.flv") if "$FROM" in block else shared.server.recording(stream)
    difference = frames.content_difference(frames.Media(shared.clips.flv), frames.Media(path))
    if difference:
        raise Failure(f"{block}{difference}")
