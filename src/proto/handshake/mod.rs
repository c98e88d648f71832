//! Handshakes (spec 03 §1).

pub mod plain;

/// Bytes of C1, S1, C2 and S2.
pub const SIZE: usize = 1536;
/// C0 or S0, and the block behind it.
pub const HELLO: usize = 1 + SIZE;
/// The version byte of the plain handshake.
pub const PLAIN: u8 = 0x03;
