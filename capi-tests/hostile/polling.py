"""The cases where no call waits (RTMP_SetNonBlocking): those that have no counterpart, and those that end otherwise."""

from case import Bulk

# Why there is no such case, by the mode of the client.
NO_HANDLE = {"http": "HTTP_get has no handle", "swf": "RTMP_HashSWF has no handle"}

HEARD = "RTMP_Drive hears what the server says behind the acceptance, also before anything is written"
CODES = ("BadName", "Denied", "Failed", "Rejected", "Unauthorized")

# `family/name`: other endings, and why.
OTHER = {
    "publish/ends-at-once": (("stream 0", "written 0", "write 0"), HEARD),
    **{f"publish/refuses-with-{code}": (("stream 0", "written 0", "write 0"), HEARD) for code in CODES},
}


def missing(case):
    """Why the case has no counterpart, or None."""
    if case.target.startswith("rtmpt"):
        return "RTMP_SetNonBlocking refuses tunnels"
    return NO_HANDLE.get(case.mode)


def counterpart(case):
    """The case with the endings that are right here."""
    if isinstance(case, Bulk):
        return case
    endings, _reason = OTHER.get(f"{case.family}/{case.name}", (case.endings, ""))
    return case._replace(endings=endings)
