"""The clips that are played and published: six seconds of H.264 and AAC, the same on every run."""

import collections
import os
import subprocess

SECONDS = 6
FRAMES_A_SECOND = 25

Clips = collections.namedtuple("Clips", "flv mp4")
Clips.__doc__ = """Paths of the clip as `flv` and, with an index that servers can seek by, as `mp4`."""


def _ffmpeg(*arguments):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *arguments], check=True, timeout=60)


def make(directory, seconds=SECONDS):
    """Makes the clips in `directory`."""
    clips = Clips(os.path.join(directory, "clip.flv"), os.path.join(directory, "indexed.mp4"))
    exact = ["-map_metadata", "-1", "-fflags", "+bitexact"]
    _ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=size=320x240:rate={FRAMES_A_SECOND}"),
        *("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100"),
        *("-t", str(seconds)),
        # One thread: with more of them the encoder's rate control depends on the machine.
        *("-c:v", "libx264", "-threads", "1", "-preset", "veryfast", "-bf", "0", "-pix_fmt", "yuv420p"),
        # A key frame a second: positions to start and to resume at.
        *("-g", str(FRAMES_A_SECOND), "-keyint_min", str(FRAMES_A_SECOND), "-b:v", "300k"),
        *("-c:a", "aac", "-b:a", "64k", "-flags:v", "+bitexact", "-flags:a", "+bitexact"),
        *exact,
        clips.flv,
    )
    _ffmpeg("-i", clips.flv, "-c", "copy", *exact, clips.mp4)
    return clips
