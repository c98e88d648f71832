"""The handshakes with digests, seen from the server, and the encryption that the one of rtmpe begins."""

import hashlib
import hmac
import os
import time

from process import Failure
from relay import HANDSHAKE, Layer

TAIL = bytes.fromhex("f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae")
PLAYER = b"Genuine Adobe Flash Player 001"
SERVER = b"Genuine Adobe Flash Media Server 001"
DIGEST = 32
KEY = 128
# Group 2 of RFC 2409, with the generator 2.
PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
    16,
)


def keyed(key, message):
    """HMAC-SHA256."""
    return hmac.digest(key, message, hashlib.sha256)


class Rc4:
    """One direction's keystream, whose first 1536 bytes are not used."""

    def __init__(self, key):
        state = list(range(256))
        j = 0
        for i in range(256):
            j = (j + state[i] + key[i % len(key)]) & 255
            state[i], state[j] = state[j], state[i]
        self._state, self._i, self._j = state, 0, 0
        self.apply(bytes(HANDSHAKE))

    def apply(self, data):
        """Encrypts or decrypts."""
        state, i, j = self._state, self._i, self._j
        out = bytearray(data)
        for position, byte in enumerate(data):
            i = (i + 1) & 255
            a = state[i]
            j = (j + a) & 255
            b = state[j]
            state[i], state[j] = b, a
            out[position] = byte ^ state[(a + b) & 255]
        self._i, self._j = i, j
        return bytes(out)


def _digest_offset(block, scheme):
    return sum(block[772:776]) % 728 + 776 if scheme else sum(block[8:12]) % 728 + 12


def _key_offset(block, scheme):
    return sum(block[768:772]) % 632 + 8 if scheme else sum(block[1532:1536]) % 632 + 772


def _digest(block, scheme, key):
    offset = _digest_offset(block, scheme)
    return keyed(key, block[:offset] + block[offset + DIGEST :])


def _find_digest(block):
    """The scheme and the digest of a client's block."""
    for scheme in (0, 1):
        offset = _digest_offset(block, scheme)
        digest = block[offset : offset + DIGEST]
        if digest == _digest(block, scheme, PLAYER):
            return scheme, digest
    raise Failure("the client's block has no digest")


class Digest(Layer):
    """A client that proves to be a player, and is shown a genuine server."""

    # The first byte of both sides, the version the server states, and where it puts digest and key.
    TYPE, VERSION, SCHEME = 3, bytes((3, 5, 1, 1)), 0
    shakes_hands = True

    def __init__(self, inner):
        super().__init__(inner)
        kind, block = self.take(1)[0], self.take(HANDSHAKE)
        if kind != self.TYPE:
            raise Failure(f"the client begins with {kind}")
        scheme, digest = _find_digest(block)
        mine = int(time.time()).to_bytes(4, "big") + self.VERSION + os.urandom(HANDSHAKE - 8)
        mine = self.exchange(mine, block, scheme)
        offset = _digest_offset(mine, self.SCHEME)
        my_digest = _digest(mine, self.SCHEME, SERVER)
        #: The server's block, which later proofs refer to.
        self.block = mine[:offset] + my_digest + mine[offset + DIGEST :]
        words = os.urandom(HANDSHAKE - DIGEST)
        signature = keyed(keyed(SERVER + TAIL, digest), words)
        self.inner.send(bytes((self.TYPE,)) + self.block + words + signature)
        theirs = self.take(HANDSHAKE)
        if theirs[-DIGEST:] != keyed(keyed(PLAYER + TAIL, my_digest), theirs[:-DIGEST]):
            raise Failure("the client's signature is wrong")
        self._kept = self.decode(self._kept)

    def exchange(self, mine, _theirs, _scheme):
        """Puts into the server's block what the client needs besides the digest."""
        return mine


class Encrypted(Digest):
    """rtmpe: all that follows the handshake is encrypted."""

    TYPE, SCHEME = 6, 1

    def exchange(self, mine, theirs, scheme):
        """Agrees on the keys of both directions."""
        offset = _key_offset(theirs, scheme)
        their_key = theirs[offset : offset + KEY]
        secret = int.from_bytes(os.urandom(KEY), "big")
        my_key = pow(2, secret, PRIME).to_bytes(KEY, "big")
        shared = pow(int.from_bytes(their_key, "big"), secret, PRIME).to_bytes(KEY, "big")
        self._out = Rc4(keyed(shared, their_key)[:16])
        self._in = Rc4(keyed(shared, my_key)[:16])
        offset = _key_offset(mine, self.SCHEME)
        return mine[:offset] + my_key + mine[offset + KEY :]

    def decode(self, data):
        """From the wire to RTMP."""
        return self._in.apply(data)

    def encode(self, data):
        """From RTMP to the wire."""
        return self._out.apply(data)
