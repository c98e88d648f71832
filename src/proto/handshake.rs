//! Handshakes (spec 03 §1). Both sides do the same: they say hello ([`hello`]), and repeat what they heard. From Flash
//! Player 9 on they find the peer's digest in it ([`digest`]), for RTMPE agree on keys ([`encrypted`]), and prove instead
//! that they are genuine ([`signature`]).

pub mod digest;
pub mod encrypted;
pub mod hello;
pub mod signature;
#[cfg(test)]
mod vectors;

/// Bytes of C1, S1, C2 and S2.
pub const SIZE: usize = 1536;
/// C0 or S0, and the block behind it.
pub const HELLO: usize = 1 + SIZE;
/// The version byte of the handshakes without encryption.
pub const PLAIN: u8 = 0x03;
/// The version byte of RTMPE.
pub const ENCRYPTED: u8 = 0x06;
/// RTMPE with signatures encrypted by XTEA.
pub const TYPE_8: u8 = 0x08;
/// RTMPE with signatures encrypted by Blowfish.
pub const TYPE_9: u8 = 0x09;

/// C1, S1, C2 or S2.
pub type Block = [u8; SIZE];

/// The sender of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The Flash player's.
    Client,
    /// The media server's.
    Server,
}

/// What both secrets end with.
const TAIL: [u8; 32] = [
    0xf0, 0xee, 0xc2, 0x4a, 0x80, 0x68, 0xbe, 0xe8, 0x2e, 0x00, 0xd0, 0xd1, 0x02, 0x9e, 0x7e, 0x57,
    0x6e, 0xec, 0x5d, 0x2d, 0x29, 0x80, 0x6f, 0xab, 0x93, 0xb8, 0xe6, 0x36, 0xcf, 0xeb, 0x31, 0xae,
];

impl Side {
    /// The other one.
    pub fn peer(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// The key of the digest in the side's first message.
    fn name(self) -> &'static [u8] {
        match self {
            Self::Client => b"Genuine Adobe Flash Player 001",
            Self::Server => b"Genuine Adobe Flash Media Server 001",
        }
    }

    /// What the key of the side's signature is made with.
    fn secret(self) -> Vec<u8> {
        [self.name(), &TAIL].concat()
    }
}
