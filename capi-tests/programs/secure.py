"""rtmps through nginx: both versions of TLS, with tickets, and certificates that are no good."""

import os
from functools import partial

from bench import Deviation, Outcome, case, whole_clip
from process import Program

# rtmpdump computes "incomplete" (2) from the duration in the metadata, also for a file that lacks nothing.
ENDED = (0, 2)
ROW = "certificates"

PLAYERS = {
    "rtmpdump": lambda bench, address, path: ["rtmpdump", "-i", address, "-o", path],
    "curl": lambda bench, address, path: ["curl", "-sS", "-o", path, address],
    "ffmpeg": lambda bench, address, path: [
        *(bench.ffmpeg(), "-nostdin", "-v", "error", "-copyts", "-i", address),
        *("-map", "0:v", "-map", "0:a", "-c", "copy", path),
    ],
}
PUBLISHERS = {
    "curl-upload": lambda bench, address: ["curl", "-sS", "-T", bench.clips.flv, address],
    "ffmpeg-publish": lambda bench, address: [
        *(bench.ffmpeg(), "-nostdin", "-v", "error", "-i", bench.clips.flv, "-c", "copy", "-f", "flv", address),
    ],
}


def _run(bench, seat, program, port, options="", **variables):
    """Plays or publishes through a port of the TLS server. The outcome has the program's words if it made nothing."""
    path = seat.path("secure.flv")
    stream = f"{port}-{program}-{seat.name}"
    if program in PLAYERS:
        command = PLAYERS[program](bench, bench.tls.url(port, "vod", "clip.flv") + options, path)
    else:
        command = PUBLISHERS[program](bench, bench.tls.url(port, "live", stream) + options)
    environment = seat.environment(**{"SSL_CERT_FILE": bench.tls.certificates.authority, **variables})
    # The original may refuse an option before anybody can look at the process. That tells the libraries apart, too.
    starts = partial(Program, command, seat.directory) if options else partial(seat.running, command, bench.tls)
    with starts(environment) as running:
        status = running.wait()
        text = running.output()
    if program in PUBLISHERS and status == 0:
        return Outcome(status, bench.server.recording(stream))
    if os.path.exists(path) and os.path.getsize(path) > 0:
        return Outcome(status, path)
    return Outcome(status, text=text)


def _fails(*words):
    """A judgement: nothing came of it, for this reason."""

    def check(outcome, _bench):
        if outcome.media or outcome.status == 0:
            return f"it works, with exit status {outcome.status}"
        missing = [word for word in words if word not in outcome.text]
        return f"{missing} is not in {outcome.text!r}" if missing else None

    return check


for _program in (*PLAYERS, *PUBLISHERS):
    # The original takes a ticket for a failure.
    case(f"rtmps-1.3-{_program}", Deviation("P1", _fails("handshake failed"), whole_clip(ENDED)))(
        partial(_run, program=_program, port="tls13")
    )
    # With curl's download the original shows what it shows without TLS, after eight seconds.
    if _program != "curl":
        case(f"rtmps-1.2-{_program}")(partial(_run, program=_program, port="tls12"))


# A port of the TLS server, whom the client trusts, and why it refuses then.
REFUSALS = {
    "expired": ("expired", "authority", "it has expired"),
    "elsewhere": ("elsewhere", "authority", "it is for another host"),
    "self-signed": ("own", "authority", "it is self-signed"),
    "unknown": ("tls12", "own", "unknown issuer"),
}


def _refusable(bench, seat, program, name, options="", **variables):
    port, trusted, _ = REFUSALS[name]
    trusted = os.path.join(bench.tls.root, f"{trusted}.pem")
    return _run(bench, seat, program, port, options, SSL_CERT_FILE=trusted, **variables)


for _name, (_, _, _reason) in REFUSALS.items():
    _words = (f"the certificate of the server is refused: {_reason}", "tlsCAFile=FILE", "tlsVerify=0")
    case(f"rtmps-{_name}", Deviation(ROW, whole_clip(ENDED), _fails(*_words)))(
        partial(_refusable, program="rtmpdump", name=_name)
    )
    # The original does not know the option.
    case(f"rtmps-{_name}-option", Deviation(ROW, _fails("Unknown option"), whole_clip(ENDED)))(
        partial(_refusable, program="rtmpdump", name=_name, options=" tlsVerify=0")
    )
    case(f"rtmps-{_name}-environment")(
        partial(_refusable, program="curl-upload", name=_name, LIBRTMP_TLS_VERIFY="0")
    )


@case("rtmps-file-option", Deviation(ROW, _fails("Unknown option"), whole_clip(ENDED)))
def file_option(bench, seat):
    """Publishing to an ingest server with a certificate of its own, which the address names."""
    return _run(bench, seat, "ffmpeg-publish", "own", f" tlsCAFile={bench.tls.certificates.own.certificate}")


@case("rtmps-file-environment")
def file_environment(bench, seat):
    """The same certificate, named by the environment."""
    return _run(bench, seat, "rtmpdump", "own", SSL_CERT_FILE=bench.tls.certificates.own.certificate)
