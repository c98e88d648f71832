"""Plugins that have librtmp inside: what they show to others, and whether they meet."""

import os

from archive import other
from installation import ARCHIVE, HERE, SHARED, ask, exported
from registry import case, same

OWN = {"plugin_level", "plugin_librtmp"}
# How a plugin keeps its librtmp to itself: by the name of the archive, or by saying what it shows.
EXCLUDED = "-Wl,--exclude-libs,librtmp.a"
LISTED = "-Wl,--version-script,"


def _plugin(installation, name, *options, inputs=(), way=ARCHIVE):
    """The path of a plugin."""
    path = installation.path(f"{name}.so")
    source = os.path.join(HERE, "plugin.c")
    words = [*installation.pkg_config("--cflags"), source, *inputs, *installation.libraries(way)]
    ask(["cc", "-shared", "-fPIC", *options, "-o", path, *words], environment=installation.environment)
    way.check(path)
    return path


def _meeting(installation, *plugins):
    """What happens in a program that loads both."""
    host = installation.path("host")
    ask(["cc", "-Wall", "-Wextra", "-Werror", "-o", host, os.path.join(HERE, "host.c")])
    libraries = os.path.dirname(installation.library)
    return ask([host, *plugins], environment=dict(installation.environment, LD_LIBRARY_PATH=libraries))


def _script(installation):
    path = installation.path("plugin.map")
    with open(path, "w", encoding="ascii") as out:
        out.write("{ global: plugin_*; local: *; };\n")
    return LISTED + path


@case("plugin-exports")
def exports(installation):
    """A plugin that says nothing shows the public names, and none of the library's inside."""
    public = exported(installation.library)
    same("names of a plugin", exported(_plugin(installation, "open")), OWN | public)
    same("names with --exclude-libs", exported(_plugin(installation, "excluded", EXCLUDED)), OWN)
    same("names with a list", exported(_plugin(installation, "listed", _script(installation))), OWN)


@case("plugin-beside-rust")
def beside_rust(installation):
    """A plugin with two libraries in Rust, in both orders."""
    archive, _ = other(installation)
    for name, inputs in (("behind", [archive]), ("before", [installation.archive, archive])):
        options = (_script(installation), "-Wl,--undefined=other_catches")
        same("names", exported(_plugin(installation, name, *options, inputs=inputs)), OWN)


@case("plugins-apart")
def apart(installation):
    """Two plugins that keep their librtmp to themselves do not meet, nor do they meet the shared library."""
    shared = _plugin(installation, "shared", way=SHARED)
    for name, option in (("excluded", EXCLUDED), ("listed", _script(installation))):
        first, second = (_plugin(installation, f"{name}-{end}", option) for end in "ab")
        for pair in ((first, second), (shared, first), (first, shared)):
            found = _meeting(installation, *pair)
            same(f"plugins, {name}", found, "the first has level 1, the second 5; two librtmps\n")


@case("plugins-together")
def together(installation):
    """Two that show the public names have one librtmp, as with the original's archive: all calls go to the first."""
    pair = [_plugin(installation, f"open-{end}") for end in "ab"]
    found = _meeting(installation, *pair)
    same("plugins, open", found, "the first has level 5, the second 1; one librtmp\n")
