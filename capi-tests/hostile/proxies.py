"""Hostile proxies. The original knows SOCKS4 only, in its shortest form."""

import rtmp
from case import SHORT, Case, Mischief, add, add_stages, scripted
from playing import ENDS, NOISE, rows
from wire import deaf, flood, silent, trickle

BARE = "rtmp://127.0.0.1:1935/app/stream timeout={timeout} socks=127.0.0.1:{port}"
NAMED = "rtmp://server.example:1935/app/stream timeout={timeout} socks=%s127.0.0.1:{port}"
LOGIN = "user:password@"

GRANTED4 = b"\0\x5a" + bytes(6)
GRANTED5 = b"\5\0\0\1\x7f\0\0\1\x07\x8f"
CONNECTED = b"HTTP/1.1 200 Connection established\r\nVia: proxy\r\n\r\n"


def proxying(*answers):
    """Answers each request with the next answer, then is the server."""

    def session(wire):
        for number, answer in enumerate(answers):
            wire.receive_some()
            wire.stage(f"answer-{number}")
            wire.send(answer)
        for name, data in rtmp.PLAY:
            wire.stage(name)
            wire.send(data)

    return session


# Name, URL, good answers, and single answers that are no good.
KINDS = (
    (
        "SOCKS4",
        BARE,
        (GRANTED4,),
        {
            **{f"code-{code}": b"\0" + bytes([code]) + bytes(6) for code in (0, 91, 92, 93, 200, 255)},
            "version-4": b"\4\x5a" + bytes(6),
            "of-socks5": GRANTED5,
            "of-http": CONNECTED,
            "of-7-bytes": GRANTED4[:7],
        },
    ),
    ("SOCKS4a", NAMED % "socks4a://", (GRANTED4,), {"code-91": b"\0\x5b" + bytes(6), "of-7-bytes": GRANTED4[:7]}),
    (
        "SOCKS5",
        NAMED % f"socks5://{LOGIN}",
        (b"\5\2", b"\1\0", GRANTED5),
        {
            "no-method": b"\5\xff",
            "unasked-method": b"\5\1",
            "version-4": b"\4\2",
            "of-http": CONNECTED,
            "login-refused": (b"\5\2", b"\1\1"),
            "login-of-other-version": (b"\5\2", b"\5\0"),
            **{f"code-{code}": (b"\5\0", bytes([5, code]) + GRANTED5[2:]) for code in (1, 2, 5, 8, 9, 255)},
            "address-of-unknown-kind": (b"\5\0", b"\5\0\0\7" + bytes(300)),
            "address-of-255-bytes": (b"\5\0", b"\5\0\0\3\xff" + b"a" * 100),
            "address-of-no-bytes": (b"\5\0", b"\5\0\0\3\0\7\x8f"),
            "address-cut": (b"\5\0", GRANTED5[:6]),
            "reserved-byte": (b"\5\0", b"\5\0\xff\1" + bytes(6)),
        },
    ),
    (
        "CONNECT",
        NAMED % f"http://{LOGIN}",
        (CONNECTED,),
        {
            **{
                f"code-{code}": CONNECTED.replace(b"200", str(code).encode())
                for code in (100, 101, 204, 301, 403, 407, 502)
            },
            "code-of-ten-digits": CONNECTED.replace(b"200", b"2000000000"),
            "no-http": b"what?\r\n\r\n",
            "of-socks5": GRANTED5,
            "line-of-a-mib": b"HTTP/1.1 200 OK\r\nX: " + b"y" * (1 << 20) + b"\r\n\r\n",
            "headers-by-the-thousand": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100000 + b"\r\n",
            "negative-length": b"HTTP/1.1 407 No\r\nContent-Length: -1\r\n\r\n",
            "body-of-2-gib": b"HTTP/1.1 407 No\r\nContent-Length: 2147483647\r\n\r\nabc",
            "interim-responses": b"HTTP/1.1 100 Continue\r\n\r\n" * 10000,
            "nul": b"HTTP/1.1 200 \0\r\n\0: \0\r\n\r\n",
        },
    ),
)

FLOODS = {
    "headers": b"X: y\r\n",
    "interim-responses": b"HTTP/1.1 100 Continue\r\n\r\n",
    "blank-lines": b"\r\n",
}


def _register():
    for family, url, good, bad in KINDS:
        original = family == "SOCKS4"
        places = []
        for number, answer in enumerate(good):
            places += [
                (f"answer-{number}", offset, "connect") for offset in range(0, len(answer), max(len(answer) // 2, 2))
            ]
        places += [("S1", 700, "connect")]
        # Behind a short answer the zeros of a trickle are the next one.
        slow = [place for place in places if place[0] in (f"answer-{len(good) - 1}", "S1")]
        table = [*rows(places, (silent, 1), (deaf, 1), *ENDS, *NOISE), *rows(slow, (trickle, 1))]
        add_stages(family, "play", url, proxying(*good), table, original)
        for name, answers in bad.items():
            answers = answers if isinstance(answers, tuple) else (answers,)
            script = scripted(proxying(*answers))
            add(Case(family, f"answer-{name}", "play", url, script, ("* 0",), original=original))
    for name, piece in FLOODS.items():
        script = scripted(proxying(CONNECTED), Mischief(flood(piece), "answer-0"))
        add(Case("CONNECT", f"flood-of-{name}", "play", KINDS[-1][1], script, (), SHORT, original=False))


_register()
