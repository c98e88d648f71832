"""Servers that a publisher cannot get rid of its data at, and those that ask for a login."""

import rtmp
from case import LONG, SHORT, Case, add, scripted, sending
from playing import PLAY_URL
from wire import deaf, drip, fin, flood_and_end, garbage, once, silent

LOGIN_URL = PLAY_URL + " pubUser=user pubPasswd=password"
STARTED = rtmp.before(rtmp.PUBLISH + (("end", b""),), "end")
# More than sockets keep, so that a publisher notices who does not read.
MUCH = (("HOSTILE_BYTES", str(64 << 20)),)


def publishing(then, some=0):
    """Sends the whole good session, reads `some` bytes of what is published, and then does something else."""

    def session(wire):
        wire.send(STARTED)
        if some:
            wire.receive(some)
        then(wire, b"")

    return scripted(session)


def _reset(wire, _rest):
    """A reset at once: a publisher never is quiet."""
    wire.reset()


def _wire_cases():
    yield "never-reads", publishing(deaf), ("* 1",), SHORT
    yield "reads-a-little-and-stops", publishing(deaf, 300000), ("* 1",), SHORT
    yield "reset-at-once", publishing(_reset), ("* 0",), LONG
    yield "ends-at-once", publishing(fin), ("written 0", "write 0"), LONG
    for some in (4000, 100000, 5000000):
        yield f"reset-behind-{some}", publishing(_reset, some), ("write 0",), LONG
    # The way to the server stays open: the publisher goes on until all is sent.
    yield "says-nothing", publishing(silent), ("written 0",), LONG
    yield "pings-and-reads", publishing(flood_and_end(rtmp.PING, 1 << 20)), ("written 0", "write 0"), LONG
    yield "drips-pings-unread", publishing(lambda wire, rest: drip(rtmp.PING)(_Unread(wire), rest)), ("* 1",), SHORT
    yield "talks-garbage", publishing(garbage), ("written 0", "write 0"), LONG
    for code in ("BadName", "Denied", "Failed", "Rejected", "Unauthorized"):
        refused = once(rtmp.status(f"NetStream.Publish.{code}", "error"))
        yield f"refuses-with-{code}", publishing(refused, 3000), ("written 0", "write 0"), LONG


class _Unread:
    """A wire whose other direction nobody reads."""

    def __init__(self, wire):
        self.raw = wire.raw

    def drain_aside(self):
        """Nothing is read."""


REJECT = "[ AccessManager.Reject ] : "


def rejection(description):
    """A refusal of connect."""
    info = {"level": "error", "code": "NetConnection.Connect.Rejected", "description": description}
    return rtmp.invoke("_error", 1, None, info)


def rejecting(*descriptions):
    """Connection after connection is refused with the next description, the last one without end."""

    def script(sock, number):
        refusal = rejection(descriptions[min(number, len(descriptions) - 1)])
        scripted(sending(rtmp.HANDSHAKE + (("refusal", refusal),)))(sock)

    return script


def answering(answer):
    """Handshake, then `answer` to connect."""
    return scripted(sending(rtmp.HANDSHAKE + (("answer", answer),)))


def _challenges(mode, parameters):
    """Good and bad questions of one way to authenticate."""
    whole = f"{REJECT}[ authmod={mode} ] : ?reason=needauth&" + "&".join(f"{name}=Zm9v" for name in parameters)
    yield "endless", whole
    yield "nothing-but-the-reason", f"{REJECT}[ authmod={mode} ] : ?reason=needauth"
    for name in parameters:
        yield f"without-{name}", whole.replace(f"{name}=Zm9v", "")
        yield f"without-a-value-of-{name}", whole.replace(f"{name}=Zm9v", name)
        yield f"empty-{name}", whole.replace(f"{name}=Zm9v", f"{name}=")
        yield f"long-{name}", whole.replace(f"{name}=Zm9v", f"{name}=" + "Zm9v" * 15000)
    yield "twice-everything", whole + "&" + whole.partition("needauth&")[2]
    yield "separators", f"{REJECT}[ authmod={mode} ] : ?reason=needauth" + "&" * 10000 + "=" * 10000
    yield "not-base64", whole.replace("Zm9v", "%s%n\x7f")
    yield "unknown-reason", f"{REJECT}[ authmod={mode} ] : ?reason=because"
    yield "wrong-password", f"{REJECT}[ authmod={mode} ] : ?reason=authfailed"
    yield "needs-a-login-for-ever", f"{REJECT}[ code=403 need auth; authmod={mode} ] : "


def _login_cases():
    for mode, parameters in (("adobe", ("user", "salt", "challenge", "opaque")), ("llnw", ("user", "nonce"))):
        need = f"{REJECT}[ code=403 need auth; authmod={mode} ] : "
        for name, description in _challenges(mode, parameters):
            yield f"{mode}-{name}", rejecting(need, description)
            yield f"{mode}-{name}-first", rejecting(description)
    yield "unknown-mode", rejecting(f"{REJECT}[ code=403 need auth; authmod=rot13 ] : ")
    yield "empty-description", rejecting("")
    yield "both-modes", rejecting(f"{REJECT}[ authmod=adobe authmod=llnw ] : ?reason=needauth&user=a")
    yield "no-information", answering(rtmp.invoke("_error", 1))
    yield "null-information", answering(rtmp.invoke("_error", 1, None, None))
    yield "no-description", answering(rtmp.invoke("_error", 1, None, {"code": "NetConnection.Connect.Rejected"}))
    yield "number-for-description", answering(rtmp.invoke("_error", 1, None, {"code": 4711, "description": 4711}))
    yield "object-for-description", answering(
        rtmp.invoke("_error", 1, None, {"description": {"description": "authmod=adobe"}})
    )


TOKENS = {
    "empty": "",
    "odd": "abc",
    "not-hexadecimal": "zz%n" * 100,
    "long": "0123456789abcdef" * 4000,
    "number": 4711,
    "object": {"a": 1},
}


def _register():
    for name, script, endings, seconds in _wire_cases():
        add(Case("publish", name, "publish", PLAY_URL, script, endings, seconds, environment=MUCH))
    for name, script in _login_cases():
        add(Case("authentication", name, "publish", LOGIN_URL, script, ("stream 0", "connect 0")))
    for name, token in TOKENS.items():
        result = rtmp.invoke("_result", 1, None, {"secureToken": token})
        stages = rtmp.HANDSHAKE + (("result", result),) + rtmp.PLAYING + rtmp.MEDIA_SENT
        script = scripted(sending(stages))
        add(Case("authentication", f"secure-token-{name}", "play", PLAY_URL + " token=key", script, ("* 0",)))


_register()
