"""What has to be compiled before cases can run."""

import os
import subprocess

from process import Failure

HERE = os.path.dirname(os.path.abspath(__file__))
FFMPEG_BUILD = os.path.join(os.path.dirname(HERE), "ffmpeg", "build")
FFMPEG_SECONDS = 1200


def ffmpeg(pc_directory, release=None):
    """The path of the FFmpeg built with librtmp, against the librtmp.pc in `pc_directory` (None: the system's): the
    version that is installed, or that of a release of Debian. The first build takes a minute, then the cache has it."""
    command = [FFMPEG_BUILD, *filter(None, (pc_directory, release))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=FFMPEG_SECONDS, check=False)
    if done.returncode != 0:
        raise Failure("FFmpeg could not be built (see above)")
    return done.stdout.strip()


def port_shim(directory):
    """Compiles, into `directory`, the preloaded library that chooses the port of rtmpsrv and rtmpsuck."""
    shim = os.path.join(directory, "fixed_port.so")
    command = ["gcc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", shim]
    subprocess.run([*command, os.path.join(HERE, "fixed_port.c")], check=True, timeout=60)
    return shim
