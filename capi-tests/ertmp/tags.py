"""What is in FLV files, tag by tag."""

import collections

import flv

# Packet types of extended video: CodedFrames and CodedFramesX; and the first byte when they are key frames.
CODED = (1, 3)
EXTENDED_KEYS = (0x91, 0x93)
AAC_FRAME = b"\xaf\1"
# H.264 in the old form: the first two bytes of a key frame.
OLD_KEY = b"\x17\1"

Tag = collections.namedtuple("Tag", "kind time body")


def whole(path):
    """The tags of a file, without one that is not whole yet."""
    with open(path, "rb") as file:
        data = file.read()
    tags = [Tag(kind, time, body) for _, kind, time, body in flv.tags(data)]
    return tags if place(tags, len(tags)) <= len(data) else tags[:-1]


def place(tags, index):
    """Where the tag of an index begins in the file."""
    return flv.HEADER + sum(flv.TAG_HEADER + len(tag.body) + flv.BACK_POINTER for tag in tags[:index])


def _is_old_end(tag):
    return tag.kind == flv.VIDEO and not tag.body[0] & 0x80 and len(tag.body) <= 5


def played(path, has_metadata=True):
    """The tags of a file that a player gets of it: as with the original, no video in the old form of 5 bytes or less (what
    ends a sequence). The metadata is the server's affair where it is not `has_metadata`."""
    return [tag for tag in whole(path) if not _is_old_end(tag) and (has_metadata or tag.kind != flv.SCRIPT)]


def _is_frame(tag):
    if tag.kind == flv.VIDEO:
        return tag.body[0] & 0x80 and tag.body[0] & 15 in CODED
    return tag.body.startswith(AAC_FRAME)


def frames(path):
    """The tags of a file that are frames, of extended video or AAC."""
    return [tag for tag in whole(path) if _is_frame(tag)]


def of(kind, tags):
    """The tags of one kind."""
    return [tag for tag in tags if tag.kind == kind]


def _shown(tag):
    return f"{tag.kind} at {tag.time} ms, {len(tag.body)} bytes {tag.body[:12].hex()}"


def _parting(one, other):
    """The first byte in which two bodies differ."""
    return next((at for at, pair in enumerate(zip(one, other)) if pair[0] != pair[1]), min(len(one), len(other)))


def unequal(expected, got):
    """None for the same tags at the same times, else where they part."""
    for index, (one, other) in enumerate(zip(expected, got)):
        if one != other:
            at = _parting(one.body, other.body)
            return f"tag {index} is {_shown(other)} instead of {_shown(one)}, the same up to byte {at}"
    if len(expected) != len(got):
        return f"{len(got)} tags instead of {len(expected)}"
    return None


def difference(expected, got):
    """The same of two files."""
    return unequal(whole(expected), whole(got))


def framed(framemd5):
    """Size and sum of each frame, by its stream, of what FFmpeg's framemd5 says."""
    streams = collections.defaultdict(list)
    for line in framemd5.splitlines():
        if line and not line.startswith("#"):
            stream, _dts, _pts, _duration, size, md5 = (field.strip() for field in line.split(",")[:6])
            streams[int(stream)].append((size, md5))
    return streams
