"""Files of the new codecs that broke off are completed."""

import flv
import tags
from cases import expect, for_each_file, same
from media import INDEXED
from process import Failure, Program

# Tags behind the key frame that a broken download holds, too.
EXTRA = 7


def _cut(path, source):
    """Writes the beginning of a file, until some tags behind its second key frame; returns where that key frame begins."""
    whole = tags.whole(source)
    keys = [at for at, tag in enumerate(whole) if tag.kind == flv.VIDEO and tag.body[0] in tags.EXTENDED_KEYS]
    with open(source, "rb") as file:
        data = file.read()
    with open(path, "wb") as out:
        out.write(data[: tags.place(whole, keys[1] + EXTRA)])
    return tags.place(whole, keys[1])


def _broken(seat, shared, name):
    path = seat.path(f"resumed-{name}.flv")
    return path, _cut(path, shared.files[name]), shared.nginx.url("vod", f"{name}.flv")


@for_each_file("resume", INDEXED)
def resumed(shared, seat, name):
    """RTMP_READ_RESUME, as a program sets it that knows these key frames: nginx starts with the one that is asked for, and goes
    on counting from the beginning of the file."""
    path, at, source = _broken(seat, shared, name)
    with seat.running([shared.client, "resume", source, path, at], shared.nginx) as program:
        expect(program)
    same(tags.difference(shared.files[name], path))


@for_each_file("resume-rtmpdump", INDEXED)
def by_rtmpdump(shared, seat, name):
    """rtmpdump looks for the key frame itself, before it calls the library, and knows those of the old form only."""
    path, _, source = _broken(seat, shared, name)
    before = tags.whole(path)
    with Program(["rtmpdump", "-r", source, "-o", path, "--resume"], seat.directory, seat.environment()) as program:
        expect(program, (1,))
        if "Couldn't find keyframe to resume from!" not in program.output():
            raise Failure(f"rtmpdump said something else{program.tail()}")
    same(tags.unequal(before, tags.whole(path)))
