//! The other end of a handshake, made of what the wire defines: every choice that a peer has, and every mistake.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use rtmp::proto::crypto::dh::{KeyPair, Number};
use rtmp::proto::handshake::digest::{Placed, Scheme};
use rtmp::proto::handshake::encrypted::Agreement;
use rtmp::proto::handshake::{Block, SIZE, Side, signature};

use crate::messages::message;
use crate::trace::hex;

/// What the peer does.
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) side: Side,
    /// C0 or S0.
    pub(crate) kind: u8,
    pub(crate) version: [u8; 4],
    /// Where its digest stands, if it has one.
    pub(crate) scheme: Option<Scheme>,
    /// Another public key than its own.
    pub(crate) key: Option<Number>,
    /// What is xored to the last byte of the second message.
    pub(crate) damage: u8,
    pub(crate) is_encrypted: bool,
}

/// A version of peers that know digests.
pub(crate) const V: [u8; 4] = [3, 5, 1, 1];

impl Peer {
    pub(crate) const fn new(side: Side, kind: u8) -> Self {
        Self {
            side,
            kind,
            version: V,
            scheme: Some(Scheme::Zero),
            key: None,
            damage: 0,
            is_encrypted: false,
        }
    }

    /// The first message.
    fn hello(&self, own: &KeyPair) -> Block {
        let mut block: Block = core::array::from_fn(|at| (at * 7 + 3).to_le_bytes()[0]);
        block[4..8].copy_from_slice(&self.version);
        let Some(scheme) = self.scheme else {
            return block;
        };
        if self.is_encrypted {
            let at = scheme.key_offset(&block);
            block[at..at + 128].copy_from_slice(self.key.as_ref().unwrap_or_else(|| own.public()));
        }
        let placed = Placed::compute(self.side, scheme, &block);
        block[placed.offset..placed.offset + 32].copy_from_slice(&placed.digest);
        block
    }

    /// Plays a server, then notes the first bytes of the connect command.
    pub(crate) fn serve(&self, stream: &mut UnixStream) -> Vec<String> {
        let own = KeyPair::new(&[0x5a; 128]);
        let mine = self.hello(&own);
        let Some(theirs) = self.hear(stream, 1) else {
            return vec!["peer: no C1".into()];
        };
        self.say(stream, &[&[self.kind], &mine[..]].concat());
        let Some(second) = self.hear(stream, 0) else {
            return vec!["peer: no C2".into()];
        };
        let mut notes = vec![format!("peer: C1 of {:?}", &theirs[4..8])];
        notes.push(self.judge(&mine, &second, self.kind));
        let mut keys = self.agree(&own, &theirs);
        self.finish(stream, &self.second(&theirs, self.kind), &mut keys);
        let mut head = [0; 60];
        if stream.read_exact(&mut head).is_err() {
            notes.push("peer: no command".into());
            return notes;
        }
        if let Some(keys) = &mut keys {
            keys.incoming.apply(&mut head);
        }
        // Without its own key the peer cannot read it.
        notes.push(match self.key {
            Some(_) => "peer: some command".into(),
            None => format!("peer: {}", hex(&head)),
        });
        notes
    }

    /// Plays a client.
    pub(crate) fn call(&self, stream: &mut UnixStream) -> Vec<String> {
        let own = KeyPair::new(&[0x5a; 128]);
        let mine = self.hello(&own);
        self.say(stream, &[&[self.kind], &mine[..]].concat());
        let mut answer = [0];
        if stream.read_exact(&mut answer).is_err() {
            return vec!["peer: no S0".into()];
        }
        let mut notes = vec![format!("peer: S0 {:02x}", answer[0])];
        let Some(theirs) = self.hear(stream, 0) else {
            notes.push("peer: no S1".into());
            return notes;
        };
        notes.push(format!("peer: S1 of {:?}", &theirs[4..8]));
        let Some(second) = self.hear(stream, 0) else {
            notes.push("peer: no S2".into());
            return notes;
        };
        notes.push(self.judge(&mine, &second, answer[0]));
        let mut keys = self.agree(&own, &theirs);
        self.finish(stream, &self.second(&theirs, answer[0]), &mut keys);
        notes
    }

    fn agree(&self, own: &KeyPair, theirs: &Block) -> Option<Agreement> {
        let scheme = own_scheme(self.side.peer(), theirs);
        let reach = || Agreement::reach(own, &scheme.key(theirs)).expect("an honest key");
        self.is_encrypted.then(reach)
    }

    /// The second message and a ping right behind it: the library may receive both at once.
    fn finish(&self, stream: &mut UnixStream, second: &Block, keys: &mut Option<Agreement>) {
        let mut ping = message(2, 0, 4, 0, &[0, 6, 1, 2, 3, 4]);
        if self.key.is_some() {
            ping.clear();
        }
        if let Some(keys) = keys {
            keys.outgoing.apply(&mut ping);
        }
        self.say(stream, &[&second[..], &ping].concat());
    }

    /// A block behind `skipped` bytes.
    fn hear(&self, stream: &mut UnixStream, skipped: usize) -> Option<Block> {
        let mut bytes = vec![0; skipped + SIZE];
        stream.read_exact(&mut bytes).ok()?;
        bytes[skipped..].try_into().ok()
    }

    fn say(&self, stream: &mut UnixStream, bytes: &[u8]) {
        // The library may have refused already.
        let _ = stream.write_all(bytes);
    }

    /// What the library's second message is.
    fn judge(&self, mine: &Block, second: &Block, kind: u8) -> String {
        let echoes = mine == second;
        let genuine = self.scheme.is_some_and(|scheme| {
            let digest = Placed::compute(self.side, scheme, mine).digest;
            let key = signature::key(self.side.peer(), &digest);
            signature::signature(kind, &key, second) == signature::carried(second)
        });
        format!("peer: second message echoes {echoes}, is signed {genuine}")
    }

    /// The own second message: signed if both know digests, else an echo.
    fn second(&self, theirs: &Block, kind: u8) -> Block {
        let placed = Placed::find(
            self.side.peer(),
            own_scheme(self.side.peer(), theirs),
            theirs,
        );
        let mut message = match (placed, self.scheme) {
            (Some(placed), Some(_)) => {
                let key = signature::key(self.side, &placed.digest);
                signature::sign(kind, &key, &[0x37; SIZE])
            }
            _ => *theirs,
        };
        message[SIZE - 1] ^= self.damage;
        message
    }
}

/// The scheme of a digest of the library.
fn own_scheme(side: Side, block: &Block) -> Scheme {
    match Placed::find(side, Scheme::One, block) {
        Some(_) => Scheme::One,
        None => Scheme::Zero,
    }
}
