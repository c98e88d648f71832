"""A file with the forms of enhanced FLV that no program here writes, around frames that an encoder has made."""

import struct

import flv
import rtmp

KEY, INTER, COMMAND = 1, 2, 5
# Packet types of video, and of audio where they differ.
SEQUENCE_START, CODED_FRAMES, SEQUENCE_END, METADATA, MULTITRACK, MOD_EX = 0, 1, 2, 4, 6, 7
MULTICHANNEL, AUDIO_MULTITRACK = 4, 5
MANY_TRACKS, MANY_CODECS = 1, 2
# Milliseconds between frames: times get past the 24 bits of a short one.
STEP = 1_000_000
HDR = {
    "colorConfig": {"bitDepth": 10, "colorPrimaries": 9, "transferCharacteristics": 16, "matrixCoefficients": 9},
    "hdrCll": {"maxFall": 400, "maxCLL": 1000},
    "hdrMdcv": {"redX": 0.68, "redY": 0.32, "greenX": 0.265, "greenY": 0.69, "blueX": 0.15, "blueY": 0.06,
                "whitePointX": 0.3127, "whitePointY": 0.329, "maxLuminance": 1000, "minLuminance": 0.0001},
}
TRACKS = {"1": {"width": 160, "height": 120, "videocodecid": int.from_bytes(b"av01", "big")}}
DESCRIPTION = {"width": 160, "height": 120, "videocodecid": int.from_bytes(b"hvc1", "big"), "videoTrackIdInfoMap": TRACKS}


def _first(frame_type, packet_type):
    return bytes([0x80 | frame_type << 4 | packet_type])


def _track(number, body):
    return bytes([number]) + len(body).to_bytes(3, "big") + body


def _tag(kind, time, body):
    size = len(body).to_bytes(3, "big")
    head = bytes([kind]) + size + (time & 0xFFFFFF).to_bytes(3, "big") + bytes([time >> 24]) + bytes(3)
    return head + body + struct.pack(">I", flv.TAG_HEADER + len(body))


def _frames(path, kind, packet_type):
    """The bodies of a file's messages of one packet type, from the FourCC on."""
    with open(path, "rb") as file:
        data = file.read()
    return [body[1:] for _, tag, _, body in flv.tags(data) if tag == kind and body[0] & 15 == packet_type]


def _nanoseconds(number, packet_type):
    """What stands behind the first byte of a message with a time offset: a block of data, by the longer form of its size,
    and the packet type that it hides."""
    return b"\xff" + struct.pack(">H", 299) + number.to_bytes(3, "big") + bytes(297) + bytes([packet_type])


def _forms(time, hevc, other):
    """A frame of HEVC and one of AV1 in each form there is; both begin with their FourCC."""
    frame_type = KEY if time == 0 else INTER
    coded = bytes([MANY_TRACKS << 4 | CODED_FRAMES])
    codecs = bytes([MANY_CODECS << 4 | CODED_FRAMES])
    both = hevc[:4] + _track(0, hevc[4:]) + other[:4] + _track(1, other[4:])
    return (
        _first(frame_type, CODED_FRAMES) + hevc,
        _first(frame_type, MOD_EX) + _nanoseconds(999_999, CODED_FRAMES) + hevc,
        _first(frame_type, MOD_EX) + _nanoseconds(500, MULTITRACK) + codecs + both,
        _first(frame_type, MULTITRACK) + coded + hevc[:4] + _track(0, hevc[4:]) + _track(255, hevc[4:]),
        _first(frame_type, MULTITRACK) + codecs + both,
    )


def _beginning(hevc, other):
    metadata = rtmp.amf("onMetaData", DESCRIPTION)
    start = bytes([MANY_CODECS << 4 | SEQUENCE_START])
    both = hevc[:4] + _track(0, hevc[4:]) + other[:4] + _track(1, other[4:])
    channels = bytes([2, 2, 0xFE, 0xFF])
    yield _tag(flv.SCRIPT, 0, metadata)
    yield _tag(flv.VIDEO, 0, _first(KEY, MULTITRACK) + start + both)
    yield _tag(flv.VIDEO, 0, _first(0, METADATA) + hevc[:4] + rtmp.amf("colorInfo", HDR))
    yield _tag(flv.AUDIO, 0, _first(1, MULTICHANNEL) + b"Opus" + channels)
    yield _tag(flv.VIDEO, 0, _first(COMMAND, 0) + b"\0")


def _end(time, fourcc):
    yield _tag(flv.VIDEO, time, _first(COMMAND, 0) + b"\1")
    # What a later version may define.
    yield _tag(flv.VIDEO, time, _first(INTER, 15) + fourcc + b"later")
    yield _tag(flv.AUDIO, time, _first(1, 15) + b"ABCDlater")
    yield _tag(flv.AUDIO, time, _first(1, SEQUENCE_END) + b"Opus")
    yield _tag(flv.VIDEO, time, _first(KEY, SEQUENCE_END) + fourcc)


def write(path, hevc, other):
    """Writes the file `path` from what is in an HEVC file, and a file of AV1 and Opus."""
    starts = [_frames(source, flv.VIDEO, SEQUENCE_START)[0] for source in (hevc, other)]
    pairs = zip(*(_frames(source, flv.VIDEO, CODED_FRAMES) for source in (hevc, other)))
    sound = _frames(other, flv.AUDIO, CODED_FRAMES)
    time = 0
    with open(path, "wb") as out:
        out.write(b"FLV\1\5\0\0\0\x09" + bytes(4) + b"".join(_beginning(*starts)))
        for index, pair in enumerate(pairs):
            time = index * STEP
            out.write(b"".join(_tag(flv.VIDEO, time, body) for body in _forms(time, *pair)))
            packet = sound[index]
            coded = bytes([MANY_TRACKS << 4 | CODED_FRAMES]) + packet[:4]
            out.write(_tag(flv.AUDIO, time, _first(1, AUDIO_MULTITRACK) + coded + _track(0, packet[4:])))
        out.write(b"".join(_end(time, starts[0][:4])))
