//! The first messages: version byte and block (spec 03 §1.2).

use crate::proto::crypto::dh::{KeyPair, Number};

use super::digest::{Placed, Scheme};
use super::{Block, HELLO, PLAIN, SIZE, Side};

/// The random part of a first message.
pub type Random = [u8; SIZE - 8];

/// One side's first message.
pub struct Hello {
    bytes: [u8; HELLO],
    /// The digest, unless the handshake is plain.
    pub digest: Option<Placed>,
    /// The key, if the connection is to be encrypted.
    pub keys: Option<KeyPair>,
}

impl Hello {
    /// C0 C1 or S0 S1 of the plain handshake: time in ms, four zeros, random bytes.
    pub fn plain(time: u32, random: &Random) -> Self {
        Self {
            bytes: joined(PLAIN, &block(time, [0; 4], random)),
            digest: None,
            keys: None,
        }
    }

    /// The same with the digest of `side`.
    pub fn with_digest(side: Side, time: u32, random: &Random) -> Self {
        let player = match side {
            Side::Client => [10, 0, 45, 2],
            Side::Server => SERVER,
        };
        let mut block = block(time, player, random);
        let digest = Placed::put(side, Scheme::Zero, &mut block);
        Self {
            bytes: joined(PLAIN, &block),
            digest: Some(digest),
            keys: None,
        }
    }

    /// The first message of RTMPE with the version byte `kind` and the key of a random `exponent`.
    pub fn encrypted(side: Side, kind: u8, time: u32, random: &Random, exponent: &Number) -> Self {
        let player = match side {
            Side::Client => [TYPE_8_PLAYER, 0, 3, 2],
            Side::Server => SERVER,
        };
        let mut block = block(time, player, random);
        let keys = KeyPair::new(exponent);
        Scheme::One.put_key(&mut block, keys.public());
        let digest = Placed::put(side, Scheme::One, &mut block);
        Self {
            bytes: joined(kind, &block),
            digest: Some(digest),
            keys: Some(keys),
        }
    }

    /// What goes over the wire.
    pub fn bytes(&self) -> &[u8; HELLO] {
        &self.bytes
    }

    /// C1 or S1.
    pub fn block(&self) -> &Block {
        let [_, block @ ..] = &self.bytes;
        block
    }
}

/// The version that our server's side states.
const SERVER: [u8; 4] = [3, 5, 1, 1];
/// The first number of the versions whose signatures are of type 8.
pub const TYPE_8_PLAYER: u8 = 128;

fn block(time: u32, player: [u8; 4], random: &Random) -> Block {
    let mut block = [0; SIZE];
    let [a, b, c, d, e, f, g, h, rest @ ..] = &mut block;
    [*a, *b, *c, *d] = time.to_be_bytes();
    [*e, *f, *g, *h] = player;
    *rest = *random;
    block
}

fn joined(version: u8, block: &Block) -> [u8; HELLO] {
    let mut bytes = [version; HELLO];
    let [_, place @ ..] = &mut bytes;
    *place = *block;
    bytes
}

/// The peer's clock in its first message, ms.
pub fn uptime(block: &Block) -> u32 {
    let [a, b, c, d, ..] = *block;
    u32::from_be_bytes([a, b, c, d])
}

/// The peer's version in its first message, four numbers; the first is 0 for those that only know the plain handshake.
pub fn player(block: &Block) -> [u8; 4] {
    let [_, _, _, _, a, b, c, d, ..] = *block;
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_message_is_version_time_zeros_and_chance() {
        let hello = Hello::plain(0x0102_0304, &[7; SIZE - 8]);
        assert_eq!(hello.bytes()[..11], [3, 1, 2, 3, 4, 0, 0, 0, 0, 7, 7]);
        assert_eq!(uptime(hello.block()), 0x0102_0304);
        assert_eq!(player(hello.block()), [0; 4]);
        assert!(hello.digest.is_none());
    }

    #[test]
    fn each_side_finds_what_the_other_placed() {
        for side in [Side::Client, Side::Server] {
            let hello = Hello::with_digest(side, 5, &[9; SIZE - 8]);
            assert_eq!(hello.bytes()[0], 3);
            let found = Placed::find(side, Scheme::Zero, hello.block());
            assert_eq!(found, hello.digest);
            assert_eq!(Placed::find(side, Scheme::One, hello.block()), None);
            assert_eq!(Placed::find(side.peer(), Scheme::Zero, hello.block()), None);

            let hello = Hello::encrypted(side, 8, 5, &[9; SIZE - 8], &[3; 128]);
            assert_eq!(hello.bytes()[0], 8);
            let found = Placed::find(side, Scheme::One, hello.block());
            assert_eq!(found, hello.digest);
            let keys = hello.keys.as_ref().unwrap();
            assert_eq!(Scheme::One.key(hello.block()), *keys.public());
        }
    }
}
