"""The little that must be known of FLV files: to cut one as an interrupted download leaves it, and to reorder one."""

HEADER = 13
TAG_HEADER = 11
BACK_POINTER = 4
AUDIO = 8
VIDEO = 9
SCRIPT = 18
KEY_FRAME = 1
SEQUENCE_HEADER = 0


def tags(data):
    """Yields (offset, type, timestamp, body) of every tag."""
    position = HEADER
    while position + TAG_HEADER <= len(data):
        size = int.from_bytes(data[position + 1 : position + 4], "big")
        timestamp = int.from_bytes(data[position + 4 : position + 7], "big") | data[position + 7] << 24
        body = data[position + TAG_HEADER : position + TAG_HEADER + size]
        yield position, data[position], timestamp, body
        position += TAG_HEADER + size + BACK_POINTER


def beginning(data, size):
    """The whole tags in the first `size` bytes of a file, behind its header."""
    ends = [offset for offset, *_ in tags(data) if offset <= size]
    return data[: ends[-1]]


def media(data):
    """Audio and video: type, timestamp and body of every tag."""
    return [tag for _, *tag in tags(data) if tag[0] in (AUDIO, VIDEO)]


def cut_after_key_frame(path, number, extra):
    """Cuts the file `extra` tags after its key frame `number` (from 0), at a tag's end. Returns the key frame's
    timestamp in ms."""
    with open(path, "rb") as file:
        data = file.read()
    seen = -1
    key_time = 0
    left = extra
    for offset, kind, timestamp, body in tags(data):
        if seen == number and left < 0:
            with open(path, "r+b") as file:
                file.truncate(offset)
            return key_time
        if kind == VIDEO and body[0] >> 4 == KEY_FRAME and body[1] != SEQUENCE_HEADER:
            seen += 1
            key_time = timestamp
        if seen == number:
            left -= 1
    raise ValueError(f"{path} has no {extra} tags after key frame {number}")


def write_with_instruction(path, source):
    """Writes the file `source` to `path` with `@setDataFrame` in front of its metadata, as recorders of messages do."""
    with open(source, "rb") as file:
        data = file.read()
    instruction = b"\x02\x00\x0d@setDataFrame"
    with open(path, "wb") as out:
        out.write(data[:HEADER])
        for offset, kind, _timestamp, body in tags(data):
            if kind == SCRIPT:
                body = instruction + body
            size = len(body).to_bytes(3, "big")
            out.write(data[offset : offset + 1] + size + data[offset + 4 : offset + TAG_HEADER] + body)
            out.write((TAG_HEADER + len(body)).to_bytes(BACK_POINTER, "big"))


def write_with_late_audio(path, source):
    """Writes the tags of the file `source` to `path` with each audio tag behind the next two of video: so time goes
    back, and forth again, as with encoders whose sound is a little behind."""
    with open(source, "rb") as file:
        data = file.read()
    late = []
    with open(path, "wb") as out:
        out.write(data[:HEADER])
        for offset, kind, _timestamp, body in tags(data):
            tag = data[offset : offset + TAG_HEADER + len(body) + BACK_POINTER]
            if kind == AUDIO:
                late.append([2, tag])
                continue
            out.write(tag)
            for one in late:
                one[0] -= 1
            while late and late[0][0] <= 0:
                out.write(late.pop(0)[1])
        for _, tag in late:
            out.write(tag)
