"""The files that are published: enhanced FLV by a current FFmpeg, and by hand what it does not write."""

import os
import subprocess

import handmade

SECONDS = 3
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000")
PICTURES = ("-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25")
EXACT = ("-map_metadata", "-1", "-fflags", "+bitexact", "-t", str(SECONDS))
# A key frame every 20 frames, and pictures that come later than they are decoded.
HEVC = ("libx265", "-preset", "veryfast", "-x265-params", "log-level=error:keyint=20:min-keyint=20:scenecut=0:pools=none")
AV1 = ("libsvtav1", "-preset", "12", "-svtav1-params", "keyint=20")
# With colours named, a muxer says the same of the encoder's stream and of what it has read from a file.
SDR = ("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709")
HDR = ("-pix_fmt", "yuv420p10le", "-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")
FLAC = ("flac", "-ac", "2")
VVC = ("libvvenc", "-preset", "faster", "-g", "20")
# What FFmpeg muxes: a file's name, then video and audio as it calls their encoders.
PLAIN = {
    "hevc-eac3": ((*HEVC, *HDR), ("eac3",)),
    "av1-opus": ((*AV1, *SDR), ("libopus", "-b:a", "48k")),
    "vp9-flac": (("libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "20", "-crf", "32", *SDR), FLAC),
    "vvc-ac3": ((*VVC, *SDR), ("ac3",)),
}
# H.264 and AAC in the old form with a second track of each kind, in the new one: what OBS sends, too.
TRACKS = (
    *(*PICTURES, *PICTURES, *SOUND, *SOUND, "-map", "0", "-map", "1", "-map", "2", "-map", "3"),
    *("-c:v:0", "libx264", "-preset", "veryfast", "-g", "20", "-c:v:1", *HEVC, *SDR, "-s:v:1", "80x60"),
    *("-c:a:0", "aac", "-c:a:1", "libopus", "-b:a:1", "48k"),
)
# With a list of key frames, by which a server seeks. Its times are of another precision: they are whole seconds, which sound
# without a delay of its encoder leaves alone.
INDEXED = {
    "indexed-hevc": ("libx265", "-x265-params", "log-level=error:keyint=25:scenecut=0:bframes=0:pools=none"),
    "indexed-av1": ("libsvtav1", "-preset", "12", "-svtav1-params", "keyint=25:pred-struct=1"),
}
# What FFmpeg built with librtmp takes, by the name of its stream.
CONTAINED = {"hevc": HEVC, "av1": AV1}


def _encode(ffmpeg, *arguments):
    environment = dict(os.environ, SVT_LOG="1")
    command = [ffmpeg, "-nostdin", "-v", "error", "-y", *arguments]
    subprocess.run(command, check=True, timeout=120, env=environment)


def make(ffmpeg, directory):
    """Makes the files in `directory`; returns their paths by name."""
    paths = {name: os.path.join(directory, f"{name}.flv") for name in (*PLAIN, *INDEXED, "tracks", "handmade")}
    for name, (video, audio) in PLAIN.items():
        _encode(ffmpeg, *PICTURES, *SOUND, "-c:v", *video, "-c:a", *audio, *EXACT, paths[name])
    _encode(ffmpeg, *TRACKS, *EXACT, paths["tracks"])
    handmade.write(paths["handmade"], paths["hevc-eac3"], paths["av1-opus"])
    for name, video in INDEXED.items():
        options = ("-c:a", *FLAC, "-flvflags", "add_keyframe_index", *EXACT)
        _encode(ffmpeg, *PICTURES, *SOUND, "-c:v", *video, *options, paths[name])
    for name, video in CONTAINED.items():
        paths[name] = os.path.join(directory, f"{name}.mp4")
        _encode(ffmpeg, *PICTURES, *SOUND, "-c:v", *video, "-c:a", "aac", *EXACT, paths[name])
    return paths
