//! The block ciphers that encrypt signatures of handshakes: both with little-endian halves (spec 03 §1.7).

use blowfish::BlowfishLE;
use blowfish::cipher::{BlockCipherEncrypt, KeyInit};

const DELTA: u32 = 0x9e37_79b9;
const CYCLES: usize = 32;

/// Encrypts one block with XTEA: type 8.
pub fn xtea(key: &[u32; 4], block: [u8; 8]) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h] = block;
    let mut left = u32::from_le_bytes([a, b, c, d]);
    let mut right = u32::from_le_bytes([e, f, g, h]);
    let mut sum = 0_u32;
    for _ in 0..CYCLES {
        left = left.wrapping_add(mixed(right) ^ sum.wrapping_add(word(key, sum)));
        sum = sum.wrapping_add(DELTA);
        right = right.wrapping_add(mixed(left) ^ sum.wrapping_add(word(key, sum >> 11)));
    }
    let ([a, b, c, d], [e, f, g, h]) = (left.to_le_bytes(), right.to_le_bytes());
    [a, b, c, d, e, f, g, h]
}

fn mixed(half: u32) -> u32 {
    (half << 4 ^ half >> 5).wrapping_add(half)
}

/// The word of the key that the two lowest bits of `index` name.
fn word(key: &[u32; 4], index: u32) -> u32 {
    let [zero, one, two, three] = *key;
    match index & 3 {
        0 => zero,
        1 => one,
        2 => two,
        _ => three,
    }
}

/// Encrypts one block with Blowfish: type 9.
pub fn blowfish(key: &[u8; 24], block: [u8; 8]) -> [u8; 8] {
    // Blowfish takes keys of 4 to 56 bytes.
    let Ok(cipher) = BlowfishLE::new_from_slice(key) else {
        return block;
    };
    let mut block = block.into();
    cipher.encrypt_block(&mut block);
    block.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published vector of the usual, big-endian form, each word turned round.
    #[test]
    fn published_vector_of_xtea() {
        let key = [0x0001_0203, 0x0405_0607, 0x0809_0a0b, 0x0c0d_0e0f];
        assert_eq!(
            xtea(&key, *b"DCBAHGFE"),
            [0xd0, 0xf3, 0x7d, 0x49, 0xb5, 0x2c, 0x61, 0x72]
        );
    }
}
