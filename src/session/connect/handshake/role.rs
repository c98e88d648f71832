//! The handshake over a socket: what both sides have in common (spec 03 §1).

use zeroize::Zeroizing;

use crate::abi::RTMP;
use crate::proto::crypto::dh::{self, Degenerate};
use crate::proto::handshake::digest::{self, Digest, Placed, Scheme};
use crate::proto::handshake::encrypted::Agreement;
use crate::proto::handshake::hello::{Hello, Random};
use crate::proto::handshake::{Block, Side, signature};
use crate::sys::log::{self, Level, log};
use crate::sys::{self, noise};

use crate::net::deadline::Deadline;
use crate::session::link::plain;
use crate::session::link::stack::Stop;
use crate::session::state::failure::Failure;

/// Why there was no handshake.
pub(in crate::session) enum HandshakeError {
    /// The reader stopped; it has closed what had to be closed.
    Stopped,
    /// The connection has ended where the server had got more than it had asked for; nothing is closed. The handshake was to
    /// be over by this time.
    Cut(Failure, Deadline),
    /// A write failed.
    Lost(plain::SendError),
    /// The peer wants something that is not understood, is not what it should be, or there are no random bytes: in
    /// words.
    Refused(&'static str),
}

impl From<Stop> for HandshakeError {
    fn from(_: Stop) -> Self {
        Self::Stopped
    }
}

impl From<plain::SendError> for HandshakeError {
    fn from(error: plain::SendError) -> Self {
        Self::Lost(error)
    }
}

/// Which handshake.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    /// Each side echoes the other.
    Plain,
    /// With digests.
    Signed,
    /// With digests and keys; the version byte.
    Encrypted(u8),
}

/// One side of a handshake, and its name in log lines.
#[derive(Clone, Copy)]
pub(super) struct Role {
    pub(super) side: Side,
    pub(super) name: &'static str,
}

/// `Client` or `Server`, as log lines name them.
fn noun(side: Side) -> &'static str {
    match side {
        Side::Client => "Client",
        Side::Server => "Server",
    }
}

/// The same inside a line.
fn lower_noun(side: Side) -> &'static str {
    match side {
        Side::Client => "client",
        Side::Server => "server",
    }
}

/// What fills a plain first message. It protects nothing, and a system without random bytes can connect too.
fn filler() -> Random {
    let mut bytes = [0; _];
    noise::fill(&mut bytes);
    bytes
}

impl Role {
    pub(super) fn random<const N: usize>(self) -> Result<[u8; N], HandshakeError> {
        let mut bytes = [0; N];
        if getrandom::fill(&mut bytes).is_err() {
            log!(Error, "{}: the system has no random bytes", self.name);
            return Err(HandshakeError::Refused("the system has no random bytes"));
        }
        Ok(bytes)
    }

    /// The own first message.
    pub(super) fn hello(self, variant: Variant) -> Result<Hello, HandshakeError> {
        let (name, side, time) = (self.name, self.side, sys::ticks_ms());
        let hello = match variant {
            Variant::Plain => Hello::plain(time, &filler()),
            Variant::Signed => Hello::with_digest(side, time, &self.random()?),
            Variant::Encrypted(kind) => {
                let exponent: Zeroizing<dh::Number> = Zeroizing::new(self.random()?);
                Hello::encrypted(side, kind, time, &self.random()?, &exponent)
            }
        };
        if let Some(placed) = &hello.digest {
            if hello.keys.is_some() {
                let position = placed.scheme.key_offset(hello.block());
                log!(Debug, "{name}: DH pubkey position: {position}");
            }
            let (noun, lower) = (noun(side), lower_noun(side));
            log!(Debug, "{name}: {noun} digest offset: {}", placed.offset);
            log!(Debug, "{name}: Initial {lower} digest: ");
            log::hex(Level::Debug, &placed.digest);
        }
        Ok(hello)
    }

    /// The digest in the peer's first message, looked for under both schemes.
    pub(super) fn find_digest(self, peer: &Block, first: Scheme) -> Option<Placed> {
        let side = self.side.peer();
        Placed::find(side, first, peer).or_else(|| {
            let lower = lower_noun(side);
            log!(Warning, "Trying different position for {lower} digest!");
            Placed::find(side, first.other(), peer)
        })
    }

    /// Makes the keys of both directions.
    pub(super) fn agree(
        self,
        own: &Hello,
        peer: &Block,
        scheme: Scheme,
    ) -> Result<Option<Agreement>, HandshakeError> {
        let name = self.name;
        let Some(keys) = &own.keys else {
            return Ok(None);
        };
        log!(
            Debug,
            "{name}: {} DH public key offset: {}",
            noun(self.side.peer()),
            scheme.key_offset(peer)
        );
        match Agreement::reach(keys, &scheme.key(peer)) {
            Ok(agreement) => {
                if !agreement.is_in_group {
                    log!(Warning, "DH public key does not fulfill y^q mod p = 1");
                }
                Ok(Some(agreement))
            }
            Err(degenerate) => {
                match degenerate {
                    Degenerate::TooSmall => log!(Error, "DH public key must be at least 2"),
                    Degenerate::TooLarge => log!(Error, "DH public key must be at most p-2"),
                }
                log!(Debug, "{name}: Wrong secret key position!");
                Err(HandshakeError::Refused(
                    "the public key of the peer is degenerate",
                ))
            }
        }
    }

    /// The own second message: `text` with a signature that proves knowledge of the peer's digest.
    pub(super) fn prove(self, kind: u8, peer: &Digest, text: &Block) -> Block {
        let name = self.name;
        let key = signature::key(self.side, peer);
        log!(
            Debug,
            "{name}: Calculated digest key from secure key and server digest: "
        );
        log::hex(Level::Debug, &key);
        let message = signature::sign(kind, &key, text);
        log!(Debug, "{name}: {} signature calculated:", noun(self.side));
        log::hex(Level::Debug, &signature::carried(&message));
        message
    }

    /// Checks the peer's second message against the own digest.
    pub(super) fn verify(
        self,
        kind: u8,
        own: &Digest,
        message: &Block,
    ) -> Result<(), HandshakeError> {
        let (name, peer) = (self.name, noun(self.side.peer()));
        let carried = signature::carried(message);
        log!(Debug, "{name}: {peer} sent signature:");
        log::hex(Level::Debug, &carried);
        let key = signature::key(self.side.peer(), own);
        log!(Debug, "{name}: Digest key: ");
        log::hex(Level::Debug, &key);
        let expected = signature::signature(kind, &key, message);
        log!(Debug, "{name}: Signature calculated:");
        log::hex(Level::Debug, &expected);
        if carried != expected {
            log!(Warning, "{name}: {peer} not genuine Adobe!");
            return Err(HandshakeError::Refused(
                "the signature of the peer is wrong",
            ));
        }
        let product = match self.side.peer() {
            Side::Client => "Player",
            Side::Server => "Media Server",
        };
        log!(Debug, "{name}: Genuine Adobe Flash {product}");
        Ok(())
    }

    /// The peer's echo. A wrong one is only worth a warning.
    pub(super) fn compare_echo(self, own: &Hello, echo: &Block) {
        if echo != own.block() {
            log!(Warning, "{}: client signature does not match!", self.name);
        }
    }
}

/// Prepares the answer to the server's verification of the SWF file, if there is one. `server` is S1.
pub(super) fn prepare_swf_response(r: &RTMP, server: &Block) {
    let size = r.Link.SWFSize.get();
    if size == 0 {
        return;
    }
    let mut hash = [0; crate::abi::RTMP_SWF_HASHLEN];
    for (byte, cell) in hash.iter_mut().zip(&r.Link.SWFHash) {
        *byte = cell.get();
    }
    let response = digest::swf_response(server, size, &hash);
    for (cell, byte) in r.Link.SWFVerificationResponse.iter().zip(response) {
        cell.set_byte(byte);
    }
}
