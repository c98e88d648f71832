"""What our `connect` says beside that of FFmpeg's own RTMP."""

import os

from cases import case
from connecting import Listener
from process import Failure, Program

CODECS = ("hvc1,av01", "vp09", "av01,hvc1,vp09,vvc1,Opus,ac-3")
# What FFmpeg 9 has no option for.
OURS = ("videoFourCcInfoMap", "audioFourCcInfoMap", "capsEx", "videoFunction")


def _said(seat, command):
    """The properties that a program sends which publishes to an address; `command(address)` starts it."""
    with Listener() as listener:
        address = f"rtmp://127.0.0.1:{listener.port}/live/key"
        with Program(command(address), seat.directory, seat.environment()):
            return listener.command_object()


def _ours(shared, seat, options):
    return _said(seat, lambda address: [shared.client, "publish", shared.files["hevc-eac3"], address + options])


def _theirs(shared, seat, *options):
    words = (os.path.join(shared.tools, "ffmpeg"), "-nostdin", "-v", "error", "-i", shared.files["hevc-eac3"], "-c", "copy")
    return _said(seat, lambda address: [*words, "-f", "flv", *options, address])


@case("connect-codecs")
def codecs(shared, seat):
    """fourCcList has the bytes of FFmpeg's, which has it behind `app`; ours is behind all that was there before."""
    for names in CODECS:
        ours = _ours(shared, seat, f" fourCcList={names}")
        theirs = _theirs(shared, seat, "-rtmp_enhanced_codecs", names)
        if ours["fourCcList"] != theirs["fourCcList"]:
            raise Failure(f"{names}: {ours['fourCcList']} instead of {theirs['fourCcList']}")
        if list(ours)[-1] != "fourCcList" or list(theirs)[:2] != ["app", "fourCcList"]:
            raise Failure(f"{names}: the order is {list(ours)}, and FFmpeg's {list(theirs)}")


@case("connect-plain")
def plain(shared, seat):
    """Without an option neither says anything new, and with ertmp=1 ours says the same first."""
    before, theirs, after = _ours(shared, seat, ""), _theirs(shared, seat), _ours(shared, seat, " ertmp=1")
    if {"fourCcList", *OURS} & {*before, *theirs}:
        raise Failure(f"without an option: {list(before)}, and FFmpeg {list(theirs)}")
    # tcUrl has another port each time.
    if list(after)[: len(before)] != list(before) or list(after)[len(before) :] != ["fourCcList", *OURS[:3]]:
        raise Failure(f"with ertmp=1: {list(after)}")
