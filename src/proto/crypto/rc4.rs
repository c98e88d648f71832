//! RC4, which encrypts everything behind the handshake of RTMPE (spec 03 §1.6).

use rc4::{KeyInit, Rc4, StreamCipher};
use zeroize::Zeroizing;

/// One direction of an encrypted connection.
pub struct Keystream(Rc4);

impl Keystream {
    /// The stream of a 16-byte key, from its first byte on.
    pub fn new(key: &[u8; 16]) -> Self {
        // RC4 repeats its key until 256 bytes are mixed in: twice the key is the same key.
        let mut twice = Zeroizing::new([0; 32]);
        for (place, byte) in twice.iter_mut().zip(key.iter().cycle()) {
            *place = *byte;
        }
        Self(Rc4::new((&*twice).into()))
    }

    /// Encrypts or decrypts `bytes`, the next ones of the direction, in place.
    pub fn apply(&mut self, bytes: &mut [u8]) {
        self.0.apply_keystream(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6229, the 128-bit key 0102..10, offsets 0 and 256.
    #[test]
    fn published_vectors() {
        let mut key = [0; 16];
        for (byte, value) in key.iter_mut().zip(1..) {
            *byte = value;
        }
        let mut stream = [0; 272];
        let mut cipher = Keystream::new(&key);
        let (begin, end) = stream.split_at_mut(100);
        cipher.apply(begin);
        cipher.apply(end);
        let hex = |bytes: &[u8]| {
            bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        assert_eq!(hex(&stream[..16]), "9ac7cc9a609d1ef7b2932899cde41b97");
        assert_eq!(hex(&stream[256..]), "d39d566bc6bce3010768151549f3873f");
    }
}
