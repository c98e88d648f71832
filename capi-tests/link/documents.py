"""The commands of the documents, run as they stand there."""

import os
import shutil

from archive import other
from installation import C, HERE, ROOT, ask, exported, needed
from plugins import OWN
from process import Failure
from registry import case, same

DOCUMENTS = ("README.md", "docs/linking.md")
SOURCES = {
    "program.c": os.path.join(HERE, "program.c"),
    "program.cpp": os.path.join(C, "exceptions.cpp"),
    "plugin.c": os.path.join(HERE, "plugin.c"),
}
PROGRAM, PLUGIN = "a.out", "plugin.so"


def _commands(document):
    """The lines that call a compiler."""
    with open(os.path.join(ROOT, document), encoding="utf-8") as file:
        return [line.strip() for line in file if line.startswith(("    cc ", "    c++ "))]


def _check_needs(command, path):
    """What was made asks for what the command's words promise."""
    found = needed(path)
    words = command.split()
    if "-static" in words or "-static-pie" in words:
        unwanted = found
    elif "librtmp.a" in command:
        unwanted = found & {"librtmp.so.1", *(["libgcc_s.so.1"] if "-static-libgcc" in words else [])}
    else:
        unwanted = {"librtmp.so.1"} - found
    if unwanted:
        raise Failure(f"{command}\nneeds {sorted(found)}")


def _try(command, installation, directory):
    """Runs one command in a directory with what it names, and looks at what it makes."""
    os.mkdir(directory)
    for name, source in SOURCES.items():
        shutil.copy(source, os.path.join(directory, name))
    shutil.copy(other(installation)[0], directory)
    ask(["sh", "-c", command], directory, installation.environment)
    made = os.path.join(directory, PLUGIN if f"-o {PLUGIN}" in command else PROGRAM)
    _check_needs(command, made)
    if made.endswith(PLUGIN):
        same("names of the plugin", exported(made), OWN)
    else:
        installation.run(made)


@case("documents")
def documents(installation):
    """Every command of every document works and makes what it says."""
    for document in DOCUMENTS:
        commands = _commands(document)
        if not commands:
            raise Failure(f"{document} has no commands")
        for number, command in enumerate(commands):
            directory = installation.path(f"{os.path.basename(document)}-{number}")
            _try(command, installation, directory)
