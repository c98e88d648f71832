"""What is inside a media file: one checksum per frame, by ffmpeg's framemd5."""

import collections
import subprocess

from process import Failure

Frame = collections.namedtuple("Frame", "kind dts pts size md5")
Frame.__doc__ = """`kind` is 'video' or 'audio'; times are in the unit of the container (milliseconds in FLV)."""

KINDS = ("video", "audio")


class Media:
    """The codec configurations and all frames of a file, in decoding order per kind."""

    def __init__(self, path, kinds=KINDS):
        command = ["ffmpeg", "-nostdin", "-v", "error", "-copyts", "-i", path]
        for kind in kinds:
            command += ["-map", f"0:{kind[0]}"]
        command += ["-c", "copy", "-f", "framemd5", "-"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise Failure(f"ffmpeg cannot read {path}: {done.stderr.strip()[-200:]}")
        self.configurations = tuple(line for line in done.stdout.splitlines() if line.startswith("#extradata"))
        found = []
        for line in done.stdout.splitlines():
            if line and not line.startswith("#"):
                # A line may go on with side data: a repeated codec configuration, which servers differ in.
                stream, dts, pts, _duration, size, md5 = (field.strip() for field in line.split(",")[:6])
                found.append(Frame(kinds[int(stream)], int(dts), int(pts), int(size), md5))
        # How the two streams interleave is the muxer's choice; the order inside each is content.
        self.frames = sorted(found, key=lambda frame: KINDS.index(frame.kind))

    def of(self, kind):
        """The frames of one stream."""
        return [frame for frame in self.frames if frame.kind == kind]

    def content(self):
        """Configurations and frames without their times, for comparison across containers and servers."""
        return self.configurations, [(frame.kind, frame.md5) for frame in self.frames]


def difference(reference, other):
    """None if both `Media` hold the same frames at the same times, else where they part."""
    if reference.configurations != other.configurations:
        return f"codec configurations {list(other.configurations)} instead of {list(reference.configurations)}"
    for index, (expected, got) in enumerate(zip(reference.frames, other.frames)):
        if expected != got:
            return f"frame {index} is {tuple(got)} instead of {tuple(expected)}"
    if len(reference.frames) != len(other.frames):
        return f"{len(other.frames)} frames instead of {len(reference.frames)}"
    return None


def content_difference(reference, other):
    """As `difference`, without looking at the times."""
    if reference.content() == other.content():
        return None
    return f"content differs ({len(other.frames)} frames, {len(reference.frames)} expected)"
