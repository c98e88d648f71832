//! The ciphers of RTMP.

pub mod block;
pub mod dh;
pub mod xxtea;

use hmac::{Hmac, Mac};
use rc4::{KeyInit, Rc4, StreamCipher};
use sha2::Sha256;
use zeroize::Zeroizing;

/// Bytes of a digest.
pub const DIGEST_SIZE: usize = 32;

/// HMAC-SHA256 of `parts`, one behind the other, with which digests and signatures of the handshake are made (spec 03
/// §1.3, §1.4).
pub fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; DIGEST_SIZE] {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; DIGEST_SIZE];
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// RC4, which encrypts everything behind the handshake of RTMPE: one direction of a connection (spec 03 §1.6).
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

    /// RFC 4231, test cases 2 and 6: a short key, and one longer than a block.
    #[test]
    fn published_vectors_of_hmac() {
        let hex = |bytes: [u8; 32]| bytes.map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(
            hex(hmac(b"Jefe", &[b"what do ya want ", b"for nothing?"])),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        assert_eq!(
            hex(hmac(&[0xaa; 131], &[text])),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    /// RFC 6229, the 128-bit key 0102..10, offsets 0 and 256.
    #[test]
    fn published_vectors_of_rc4() {
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
