//! Handshakes: the input is all that the peer says. Of both sides, plain, with digests, encrypted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::quiet::log_words;
use librtmp_fuzz::wire::Wire;
use rtmp::proto::crypto::dh::{Number, SIZE as KEY};
use rtmp::proto::handshake::digest::{Placed, Scheme, swf_response};
use rtmp::proto::handshake::hello::{Hello, Random};
use rtmp::proto::handshake::{Block, SIZE, Side, signature};
use rtmp::session::feature;

/// A first message, and the echo of one.
const SAID: usize = 1 + 2 * SIZE;

fuzz_target!(init: log_words(), |data: &[u8]| {
    let Some((&[mode, kind], said)) = data.split_first_chunk::<2>() else { return };
    let mut said = said.to_vec();
    if mode & 1 == 0 {
        // Little says much: the rest is zeros.
        said.resize(said.len().max(SAID), 0);
    }
    let side = if mode & 2 == 0 { Side::Client } else { Side::Server };
    let block = block(&said);
    look(&block, kind);
    if mode & 4 != 0 {
        said = with_digest(side, mode, kind, &block, &said);
    }
    match side {
        Side::Client => serve(&said),
        Side::Server => connect(mode, &said),
    }
});

fn block(said: &[u8]) -> Block {
    let mut block = [0; SIZE];
    let bytes = said.get(1..).unwrap_or_default();
    block
        .iter_mut()
        .zip(bytes)
        .for_each(|(place, byte)| *place = *byte);
    block
}

/// The peer of a handshake with digests begins well.
fn with_digest(side: Side, mode: u8, kind: u8, block: &Block, said: &[u8]) -> Vec<u8> {
    let mut random: Random = [0; SIZE - 8];
    random.copy_from_slice(&block[8..]);
    let hello = if mode & 8 == 0 {
        Hello::with_digest(side, 1, &random)
    } else {
        let mut exponent: Number = [0; KEY];
        exponent.copy_from_slice(&block[100..100 + KEY]);
        Hello::encrypted(side, kind, 1, &random, &exponent)
    };
    let rest = said.get(hello.bytes().len()..).unwrap_or_default();
    [hello.bytes(), rest].concat()
}

/// The functions that look for things in any block.
fn look(block: &Block, kind: u8) {
    for side in [Side::Client, Side::Server] {
        for scheme in [Scheme::Zero, Scheme::One] {
            let placed = Placed::compute(side, scheme, block);
            assert!(placed.offset + 32 <= SIZE && placed.offset == scheme.digest_offset(block));
            // The place of the key and the digest never touch.
            let key = scheme.key_offset(block);
            assert!(key + KEY <= placed.offset || placed.offset + 32 <= key);
            let key = signature::key(side, &placed.digest);
            let signed = signature::sign(kind, &key, block);
            let carried = signature::carried(&signed);
            assert_eq!(carried, signature::signature(kind, &key, &signed));
        }
    }
    assert!(swf_response(block, 1, &[0; 32]).starts_with(&[1, 1, 0, 0, 0, 1]));
}

fn serve(said: &[u8]) {
    let wire = Wire::new();
    wire.push(said);
    wire.finish();
    if wire.serve() {
        assert!(said.len() >= SAID && wire.sent().len() == SAID);
        // The client cannot have known the digest of this server.
        assert!(!wire.r().Link.is_encrypted());
    }
}

fn connect(mode: u8, said: &[u8]) {
    let mut wire = Wire::new();
    wire.set_up("rtmp://h/app/play");
    if mode & 0x10 != 0 {
        wire.r().Link.SWFSize.set(1000);
    }
    let is_encrypted = mode & 0x20 != 0;
    if is_encrypted {
        wire.r().Link.protocol.set(feature::ENC);
    }
    wire.push(said);
    wire.finish();
    let is_connected = wire.connect();
    assert_eq!(is_connected, wire.is_connected());
    if is_connected {
        // Who asks for encryption gets no less, and this server cannot have known the client's digest.
        assert!(said.len() >= SAID && !is_encrypted);
    }
}
