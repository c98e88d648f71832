//! Handshakes with a peer that does all as it should, but for a few bytes: plain, with digests and encrypted, of both
//! sides. Behind it comes whatever the input says, encrypted if that was agreed on.
#![no_main]

use std::thread;

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::quiet::log_words;
use librtmp_fuzz::wire::{Packet, Wire};
use rtmp::proto::crypto::dh::SIZE as KEY;
use rtmp::proto::handshake::digest::{Placed, Scheme};
use rtmp::proto::handshake::encrypted::Agreement;
use rtmp::proto::handshake::hello::{Hello, player};
use rtmp::proto::handshake::{
    Block, ENCRYPTED, HELLO, PLAIN, SIZE, Side, TYPE_8, TYPE_9, signature,
};
use rtmp::session::feature;

/// Bits of the first byte of the input.
const SERVER: u8 = 0x01;
const DIGEST: u8 = 0x02;
const ENCRYPTING: u8 = 0x04;

/// A byte to change in what the peer says: where, and how.
type Change = (usize, u8);

fuzz_target!(init: log_words(), |data: &[u8]| {
    let Some((&[mode, kind, count], rest)) = data.split_first_chunk::<3>() else { return };
    let Some((changes, said)) = rest.split_at_checked(3 * usize::from(count % 4)) else { return };
    if said.len() > 4096 {
        return;
    }
    let change = |change: &[u8]| {
        let place = usize::from(u16::from_be_bytes([change[0], change[1]]));
        (place % (HELLO + SIZE), change[2])
    };
    let changes: Vec<Change> = changes.chunks(3).map(change).collect();
    let side = if mode & SERVER == 0 { Side::Client } else { Side::Server };
    let wire = session(mode, side);
    let peer = Peer { wire: &wire, side: side.peer(), mode, kind, changes: &changes };
    let is_done = thread::scope(|scope| {
        let session = scope.spawn(|| run(&wire, side));
        peer.talk(said);
        wire.finish();
        session.join().unwrap()
    });
    if changes.iter().all(|(_, bits)| *bits == 0) {
        assert!(is_done);
    }
    let asked = mode & ENCRYPTING != 0;
    // Who asks for encryption gets no less.
    assert!(!is_done || side == Side::Server || wire.r().Link.protocol.get() == if asked { feature::ENC } else { 0 });
});

fn session(mode: u8, side: Side) -> Wire {
    let mut wire = Wire::new();
    wire.wait();
    if side == Side::Client {
        wire.set_up("rtmp://h/app/play");
        if mode & DIGEST != 0 {
            wire.r().Link.SWFSize.set(1000);
        }
        if mode & ENCRYPTING != 0 {
            wire.r().Link.protocol.set(feature::ENC);
        }
    }
    wire
}

/// The handshake, and all messages behind it. True when there was a handshake. A server that refuses does not close.
fn run(wire: &Wire, side: Side) -> bool {
    let is_done = if side == Side::Client {
        wire.connect()
    } else {
        wire.serve()
    };
    assert!(!is_done || wire.is_connected());
    let packet = Packet::default();
    while is_done && wire.is_connected() && wire.read_packet(&packet) {
        if packet.is_complete() {
            wire.client_packet(&packet);
            packet.free();
        }
    }
    wire.close();
    is_done
}

/// The other side.
struct Peer<'a> {
    wire: &'a Wire,
    side: Side,
    mode: u8,
    kind: u8,
    changes: &'a [Change],
}

impl Peer<'_> {
    fn talk(&self, said: &[u8]) -> Option<()> {
        let keys = match self.side {
            Side::Client => {
                let own = self.hello(PLAIN);
                self.say(own.bytes(), 0);
                let theirs: Block = self.wire.hear(HELLO).get(1..)?.try_into().ok()?;
                let answer = self.answer(&own, &theirs)?;
                self.wire.hear(SIZE);
                self.say(&answer.0, HELLO);
                answer.1
            }
            Side::Server => {
                let heard = self.wire.hear(HELLO);
                let theirs: Block = heard.get(1..)?.try_into().ok()?;
                let own = self.hello(*heard.first()?);
                let answer = self.answer(&own, &theirs)?;
                self.say(own.bytes(), 0);
                self.say(&answer.0, HELLO);
                self.wire.hear(SIZE);
                answer.1
            }
        };
        let mut said = said.to_vec();
        if let Some(mut keys) = keys {
            keys.outgoing.apply(&mut said);
        }
        self.wire.offer(&said);
        Some(())
    }

    /// The first message. A server answers the version that it heard, or another one of the same family.
    fn hello(&self, heard: u8) -> Hello {
        let random = [self.kind; SIZE - 8];
        let kind = match (self.side, self.kind % 3) {
            (Side::Server, 0) => heard,
            (_, 0) => ENCRYPTED,
            (_, 1) => TYPE_8,
            (Side::Server, _) => TYPE_9,
            (Side::Client, _) => ENCRYPTED,
        };
        if self.mode & ENCRYPTING != 0 {
            Hello::encrypted(self.side, kind, 1, &random, &[self.kind | 1; KEY])
        } else if self.mode & DIGEST != 0 {
            Hello::with_digest(self.side, 1, &random)
        } else {
            Hello::plain(1, &random)
        }
    }

    /// The second message, and the keys if there is to be encryption.
    fn answer(&self, own: &Hello, theirs: &Block) -> Option<(Block, Option<Agreement>)> {
        let first = if own.keys.is_some() {
            Scheme::One
        } else {
            Scheme::Zero
        };
        let find = |scheme| Placed::find(self.side.peer(), scheme, theirs);
        let found = find(first).or_else(|| find(first.other()));
        let (Some(_), Some(placed)) = (own.digest, found) else {
            return Some((*theirs, None));
        };
        let key = signature::key(self.side, &placed.digest);
        let [kind, ..] = *own.bytes();
        // A server that hears a player of version 128 or more answers by signatures of type 8.
        let kind = match self.side {
            Side::Client if kind == ENCRYPTED && player(own.block())[0] == 128 => TYPE_8,
            _ => kind,
        };
        let proof = signature::sign(kind, &key, theirs);
        let keys = own.keys.as_ref();
        let keys = keys.and_then(|own| Agreement::reach(own, &placed.scheme.key(theirs)).ok());
        Some((proof, keys))
    }

    /// Says `bytes`, which begin at `start` of all, with the changes in them.
    fn say(&self, bytes: &[u8], start: usize) {
        let mut bytes = bytes.to_vec();
        for (place, bits) in self.changes {
            if let Some(byte) = place.checked_sub(start).and_then(|at| bytes.get_mut(at)) {
                *byte ^= bits;
            }
        }
        self.wire.offer(&bytes);
    }
}
