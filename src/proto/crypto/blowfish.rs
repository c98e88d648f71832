//! Blowfish with little-endian halves: the signatures of handshake type 9 (spec 03 §1.7).

use blowfish::BlowfishLE;
use blowfish::cipher::{BlockCipherEncrypt, KeyInit};

/// Encrypts one block.
pub fn encrypt(key: &[u8; 24], block: [u8; 8]) -> [u8; 8] {
    // Blowfish takes keys of 4 to 56 bytes.
    let Ok(cipher) = BlowfishLE::new_from_slice(key) else {
        return block;
    };
    let mut block = block.into();
    cipher.encrypt_block(&mut block);
    block.into()
}
