"""nginx with its RTMP module, which has Nagle's algorithm at work, as the server of a case."""

import os
import pwd
import string

from process import Failure, Program, free_port, wait_until

HERE = os.path.dirname(os.path.abspath(__file__))
NGINX = "/usr/sbin/nginx"
LISTENING = "0A"


def _listens(pid, port):
    """Whether somebody listens on the port where the process is, which may be another network namespace."""
    with open(f"/proc/{pid}/net/tcp", encoding="ascii") as table:
        rows = [line.split() for line in list(table)[1:]]
    return any(row[3] == LISTENING and int(row[1].rpartition(":")[2], 16) == port for row in rows)


def nginx(directory, host, prefix):
    """Starts it, in a directory of its own below the given one; the running program, and its port."""
    if not os.path.exists(NGINX):
        raise Failure("nginx is missing: capi-tests/setup bench installs it")
    root = os.path.join(directory, "nginx")
    os.makedirs(root, exist_ok=True)
    port = free_port()
    # Started as root, nginx would run as a user who may not enter the directory.
    identity = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
    with open(os.path.join(HERE, "nginx.conf"), encoding="utf-8") as file:
        text = string.Template(file.read())
    configuration = os.path.join(root, "nginx.conf")
    with open(configuration, "w", encoding="utf-8") as file:
        file.write(text.substitute(root=root, identity=identity, address=f"{host}:{port}"))
    program = Program([*prefix, NGINX, "-p", root, "-c", configuration], root)
    try:
        wait_until("nginx listens", lambda: program.status() is not None or _listens(program.pid, port))
        if program.status() is not None:
            raise Failure(f"nginx does not start{program.tail()}")
    except BaseException:
        program.end()
        raise
    return program, port
