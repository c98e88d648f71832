"""Certificates for servers on 127.0.0.1, made by the openssl program for one run."""

import collections
import os
import subprocess

from process import Failure

Identity = collections.namedtuple("Identity", "certificate key")
Identity.__doc__ = """Paths of two PEM files."""

Certificates = collections.namedtuple("Certificates", "authority good expired elsewhere own")
Certificates.__doc__ = """`authority` is the path of the authority's certificate. It has signed `good`, `expired` and
`elsewhere` (for another host); `own` has signed itself, as ingest servers' certificates often have."""

ADDRESS = "IP:127.0.0.1"
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")
# What `openssl ca` will not work without. The dates of a certificate can be chosen with it only.
CONFIGURATION = """
[ca]
default_ca = authority
[authority]
database = index.txt
new_certs_dir = .
policy = anybody
copy_extensions = copy
unique_subject = no
default_md = sha256
rand_serial = yes
[anybody]
commonName = supplied
"""


def _openssl(directory, *arguments):
    command = ["openssl", *arguments]
    done = subprocess.run(command, cwd=directory, timeout=60, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failure(f"openssl {arguments[0]}: {done.stderr.strip()[-200:]}")


def _self_signed(directory, name, *extensions):
    """What the usual one-line recipe makes."""
    identity = Identity(os.path.join(directory, f"{name}.pem"), os.path.join(directory, f"{name}.key"))
    target = ("-subj", f"/CN={name}", "-days", "2", "-keyout", identity.key, "-out", identity.certificate)
    _openssl(directory, "req", "-x509", *NEW_KEY, *target, *extensions)
    return identity


def _signed(directory, authority, name, address, dates=("-days", "2")):
    identity = Identity(os.path.join(directory, f"{name}.pem"), os.path.join(directory, f"{name}.key"))
    request = ("-subj", f"/CN={name}", "-addext", f"subjectAltName={address}", "-keyout", identity.key)
    _openssl(directory, "req", *NEW_KEY, *request, "-out", "request")
    signer = ("-config", "configuration", "-cert", authority.certificate, "-keyfile", authority.key)
    options = ("-batch", "-notext", "-in", "request", "-out", identity.certificate)
    _openssl(directory, "ca", *signer, *options, *dates)
    return identity


def make(directory):
    """Makes them in the empty `directory`."""
    for name, text in (("configuration", CONFIGURATION), ("index.txt", "")):
        with open(os.path.join(directory, name), "w", encoding="ascii") as out:
            out.write(text)
    authority = _self_signed(directory, "authority")
    past = ("-startdate", "20200101000000Z", "-enddate", "20200201000000Z")
    return Certificates(
        authority.certificate,
        _signed(directory, authority, "good", ADDRESS),
        _signed(directory, authority, "expired", ADDRESS, past),
        _signed(directory, authority, "elsewhere", "DNS:elsewhere.example"),
        _self_signed(directory, "own", "-addext", f"subjectAltName={ADDRESS}"),
    )
