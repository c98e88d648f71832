"""A hostile client of a program that serves with librtmp."""

import rtmp
from case import add_stages, sending
from playing import ENDS, MORE_NOISE, NOISE, rows
from wire import deaf, silent, trickle, trickle_and_end

SHAKING = (("C0", 0, "serve"), ("C1", 0, "serve"), ("C1", 700, "serve"), ("C2", 0, "serve"), ("C2", 9, "serve"))
SERVED = (
    ("chunk-size", 0, "served"),
    ("connect", 3, "served"),
    ("connect", 70, "served"),
    ("create", 0, "served"),
    ("video", 150, "served"),
)

CLIENT = sending(rtmp.CLIENT)
add_stages(
    "serve", "serve", "127.0.0.1", CLIENT, rows(SHAKING, (silent, 1), (trickle, 1), (deaf, 1), *ENDS, *MORE_NOISE)
)
add_stages(
    "serve", "serve", "127.0.0.1", CLIENT, rows(SERVED, (silent, 1), (deaf, 1), (trickle_and_end, 0), *ENDS, *NOISE)
)
