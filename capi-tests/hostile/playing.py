"""A hostile server of players and publishers: each stage of a good session goes wrong in each way."""

import rtmp
from case import add_stages, sending
from wire import deaf, fin, garbage, ones, rst, silent, trickle, trickle_and_end, zeros

PLAY_URL = "rtmp://127.0.0.1:{port}/app/stream timeout={timeout}"

# (stage, offset, phase): before each stage, and inside some.
SHAKING = (
    ("S0", 0, "connect"),
    ("S1", 0, "connect"),
    ("S1", 700, "connect"),
    ("S2", 0, "connect"),
    ("S2", 9, "connect"),
)
CONNECTING = (
    ("window", 0, "stream"),
    ("connect-result", 0, "stream"),
    ("connect-result", 5, "stream"),
    ("connect-result", 100, "stream"),
)
PLAYING = (
    ("stream-result", 0, "stream"),
    ("stream-result", 20, "stream"),
    ("start", 0, "stream"),
    ("start", 60, "stream"),
)
READING = (
    ("metadata", 0, "read"),
    ("metadata", 7, "read"),
    ("audio", 20, "read"),
    ("video", 150, "read"),
    ("aggregate", 15, "read"),
    ("stop", 0, "read"),
)
PUBLISHING = (("stream-result", 0, "stream"), ("publish-start", 0, "stream"), ("publish-start", 90, "stream"))


def rows(stages, *ways):
    """The table of `add_stages`: each stage with each way `(act, timed out)`, or `(act, None)` for any ending."""
    for stage, offset, phase in stages:
        for act, timed_out in ways:
            # A reset may come before what was sent ahead of it has been looked at.
            # On a busy machine a time-out may come before its stage. That it is reached is told by the ends there.
            at = "*" if act is rst or timed_out else phase
            yield stage, offset, act, () if timed_out is None else (f"{at} {timed_out}",)


ENDS = ((fin, 0), (rst, 0))
NOISE = ((garbage, None),)
MORE_NOISE = (*NOISE, (ones, None), (zeros, None))
WAITS = ((silent, 1), (trickle, 1))

PLAY = sending(rtmp.PLAY)
add_stages("play", "play", PLAY_URL, PLAY, rows(SHAKING, *WAITS, *ENDS, *MORE_NOISE))
add_stages("play", "play", PLAY_URL, PLAY, rows(CONNECTING + PLAYING, *WAITS, *ENDS, *MORE_NOISE))
add_stages("play", "play", PLAY_URL, PLAY, rows(READING, (silent, 1), (deaf, 1), (trickle_and_end, 0), *ENDS, *NOISE))
add_stages("play", "play", PLAY_URL, PLAY, rows(SHAKING[:1] + CONNECTING[:1] + PLAYING[:1], (deaf, 1)))

PUBLISH = sending(rtmp.PUBLISH)
add_stages("publish", "publish", PLAY_URL, PUBLISH, rows(CONNECTING + PUBLISHING, *WAITS, *ENDS, *NOISE))

PACKETS = (("window", 0, "packets"), ("connect-result", 5, "packets"), ("video", 150, "packets"))
add_stages("packets", "packets", PLAY_URL, PLAY, rows(PACKETS, (silent, 1), (trickle_and_end, 0), *ENDS, *NOISE))
