//! The plain handshake: each side echoes the other's block (spec 03 §1.2, §1.5, §1.11).

use super::{HELLO, PLAIN, SIZE};

/// One side's first message: version byte and block.
pub struct Hello {
    bytes: [u8; HELLO],
}

impl Hello {
    /// C0 C1 or S0 S1 of the plain handshake: time in ms, four zeros, random bytes.
    pub fn new(time: u32, random: &[u8; SIZE - 8]) -> Self {
        let mut bytes = [0; HELLO];
        let parts = [PLAIN]
            .into_iter()
            .chain(time.to_be_bytes())
            .chain([0; 4])
            .chain(*random);
        for (place, byte) in bytes.iter_mut().zip(parts) {
            *place = byte;
        }
        Self { bytes }
    }

    /// What goes over the wire.
    pub fn bytes(&self) -> &[u8; HELLO] {
        &self.bytes
    }

    /// True when `echo`, the peer's second message, repeats this block.
    pub fn is_echoed_by(&self, echo: &[u8; SIZE]) -> bool {
        self.bytes.iter().skip(1).eq(echo)
    }
}

/// The peer's first message.
pub struct PeerHello<'a> {
    /// Its version byte.
    pub version: u8,
    /// Its block; the plain answer is this, unchanged.
    pub block: &'a [u8; SIZE],
}

impl<'a> PeerHello<'a> {
    /// Takes version byte and block apart.
    pub fn parse(bytes: &'a [u8; HELLO]) -> Self {
        let [version, block @ ..] = bytes;
        Self {
            version: *version,
            block,
        }
    }

    /// The peer's clock, ms.
    pub fn uptime(&self) -> u32 {
        let [a, b, c, d, ..] = *self.block;
        u32::from_be_bytes([a, b, c, d])
    }

    /// The peer's version, four numbers; the first is 0 for those that only know the plain handshake.
    pub fn player(&self) -> [u8; 4] {
        let [_, _, _, _, a, b, c, d, ..] = *self.block;
        [a, b, c, d]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sides_meet() {
        let client = Hello::new(0x0102_0304, &[7; SIZE - 8]);
        let heard = PeerHello::parse(client.bytes());
        assert_eq!(
            (heard.version, heard.uptime(), heard.player()),
            (3, 0x0102_0304, [0; 4])
        );
        assert!(client.is_echoed_by(heard.block));
        let mut wrong = *heard.block;
        wrong[SIZE - 1] ^= 1;
        assert!(!client.is_echoed_by(&wrong));
    }
}
