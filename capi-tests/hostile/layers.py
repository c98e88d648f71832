"""Wires inside wires: TLS, the HTTP tunnel, RTMPE. Each is good by itself; mischief may befall its inside, or, on the
wire it lies in, its outside."""

import hashlib
import hmac
import ssl
import struct
import threading

from wire import Wire

FMS = b"Genuine Adobe Flash Media Server 001"
PLAYER = b"Genuine Adobe Flash Player 001"
SECRET = bytes.fromhex("f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae")
PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
    16,
)
DISCARDED = 1536


class Layer(Wire):
    """What is sent through it comes out of `outer` in another form."""

    def __init__(self, outer, mischief=None):
        super().__init__(outer.socket, mischief)
        self.outer = outer

    def stage(self, name):
        self.outer.stage(name)
        super().stage(name)

    def raw(self, data):
        self.outer.send(self.wrapped(data))
        self.position += len(data)

    def receive_some(self, most=65536):
        while True:
            data = self.unwrapped(self.outer.receive_some(most))
            if data:
                return data

    def wrapped(self, data):
        """The outside of `data`."""
        raise NotImplementedError

    def unwrapped(self, data):
        """The inside of what came."""
        raise NotImplementedError


class Tls(Layer):
    """A TLS session, whose handshake is the stages `hello` and `finished` of the outer wire."""

    def __init__(self, outer, context, mischief=None, server=True):
        super().__init__(outer, mischief)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._lock = threading.Lock()
        self._tls = context.wrap_bio(self._in, self._out, server_side=server)
        self._shake()

    def _shake(self):
        for name in ("hello", "finished", "more", "still-more"):
            done = self._step()
            data = self._out.read()
            self.outer.stage(name)
            if data:
                self.outer.send(data)
            if done:
                return
            self._in.write(self.outer.receive_some())

    def _step(self):
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError:
            # The alert goes out, and then the other side will go.
            return False
        return True

    def receive_some(self, most=65536):
        # It may have come together with the end of the handshake.
        return self.unwrapped(b"") or super().receive_some(most)

    def say_goodbye(self):
        """Says that nothing more comes. The other side's goodbye is not waited for."""
        with self._lock:
            try:
                self._tls.unwrap()
            except ssl.SSLError:
                pass
            goodbye = self._out.read()
        self.outer.send(goodbye)

    def wrapped(self, data):
        with self._lock:
            self._tls.write(data)
            return self._out.read()

    def unwrapped(self, data):
        with self._lock:
            self._in.write(data)
            try:
                return self._tls.read(65536)
            except ssl.SSLError:
                return b""


class Tunnel(Layer):
    """The server's side of RTMP in HTTP: what is sent is the answer to the next request, one to each."""

    def __init__(self, outer, mischief=None):
        super().__init__(outer, mischief)
        self._unread = b""
        self._request()
        self.outer.stage("open")
        self.outer.send(http_response(b"SESSION\n"))

    def _request(self):
        """Reads a request; its body."""
        while b"\r\n\r\n" not in self._unread:
            self._unread += self.outer.receive_some()
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        length = int(head.lower().rpartition(b"content-length:")[2].split()[0])
        while len(self._unread) < length:
            self._unread += self.outer.receive_some()
        body, self._unread = self._unread[:length], self._unread[length:]
        return body

    def stage(self, name):
        self._request()
        super().stage(name)

    def wrapped(self, data):
        return http_response(b"\1" + data)

    def unwrapped(self, data):
        return data


def http_response(body):
    """A response as a server of tunnels sends it."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/x-fcs\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _sum(block, at):
    return sum(block[at : at + 4])


def _digest_at(block, scheme):
    return _sum(block, 772) % 728 + 776 if scheme else _sum(block, 8) % 728 + 12


def _key_at(block, scheme):
    return _sum(block, 768) % 632 + 8 if scheme else _sum(block, 1532) % 632 + 772


def _mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def _digest(block, at, key):
    return _mac(key, block[:at] + block[at + 32 :])


class Rc4:
    """The stream cipher of RTMPE."""

    def __init__(self, key):
        state, j = list(range(256)), 0
        for i in range(256):
            j = (j + state[i] + key[i % len(key)]) & 255
            state[i], state[j] = state[j], state[i]
        self._state, self._i, self._j = state, 0, 0
        self.apply(bytes(DISCARDED))

    def apply(self, data):
        """En- or decrypts."""
        state, i, j, out = self._state, self._i, self._j, bytearray()
        for byte in data:
            i = (i + 1) & 255
            j = (j + state[i]) & 255
            state[i], state[j] = state[j], state[i]
            out.append(byte ^ state[(state[i] + state[j]) & 255])
        self._i, self._j = i, j
        return bytes(out)


class Encrypted(Layer):
    """The server's side of RTMPE. `public` replaces the server's public key, for bad ones. The handshake is the stages
    S0, S1 and S2."""

    def __init__(self, outer, mischief=None, public=None, scheme=1):
        super().__init__(outer, mischief)
        hello = self.outer.receive(1537)[1:]
        private = int.from_bytes(hashlib.sha256(hello).digest(), "big")
        own = public if public is not None else pow(2, private, PRIME).to_bytes(128, "big")
        block = bytearray(struct.pack(">II", 1234, 0x03050101) + hashlib.shake_128(b"S1").digest(1528))
        at = _key_at(block, scheme)
        block[at : at + 128] = own
        at = _digest_at(block, scheme)
        block[at : at + 32] = _digest(block, at, FMS)
        client, digest = self._client_part(hello)
        shared = pow(int.from_bytes(client, "big"), private, PRIME).to_bytes(128, "big")
        self._out, self._in = Rc4(_mac(shared, client)[:16]), Rc4(_mac(shared, own)[:16])
        answer = hello[:1504]
        answer += _mac(_mac(FMS + SECRET, digest), answer)
        for name, data in (("S0", b"\6"), ("S1", bytes(block)), ("S2", answer)):
            self.outer.stage(name)
            self.outer.send(data)

    @staticmethod
    def _client_part(hello):
        """The client's public key and digest."""
        for scheme in (0, 1):
            at = _digest_at(hello, scheme)
            digest = hello[at : at + 32]
            if _digest(hello, at, PLAYER) == digest:
                key_at = _key_at(hello, scheme)
                return hello[key_at : key_at + 128], digest
        raise OSError("a client without a digest")

    def wrapped(self, data):
        return self._out.apply(data)

    def unwrapped(self, data):
        # What the client sends is of no interest: only its end is.
        return data
