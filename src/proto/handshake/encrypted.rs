//! The keys of RTMPE (spec 03 §1.6).

use zeroize::Zeroizing;

use crate::proto::crypto::dh::{Degenerate, KeyPair, Number, PeerKey};
use crate::proto::crypto::hmac;
use crate::proto::crypto::rc4::Keystream;

use super::SIZE;

/// What both sides agreed on: everything behind the handshake is encrypted with it.
pub struct Agreement {
    /// For what is sent.
    pub outgoing: Keystream,
    /// For what is received.
    pub incoming: Keystream,
    /// The peer's key is one that an honest peer makes.
    pub is_in_group: bool,
}

impl Agreement {
    /// Makes the keys of both directions from the own key and the peer's public one.
    pub fn reach(own: &KeyPair, peer: &Number) -> Result<Self, Degenerate> {
        let key = PeerKey::parse(peer)?;
        let secret = own.secret(&key);
        Ok(Self {
            outgoing: keystream(&secret, peer),
            incoming: keystream(&secret, own.public()),
            is_in_group: key.is_in_group(),
        })
    }
}

/// The stream that the owner of `receiver` decrypts with.
fn keystream(secret: &Number, receiver: &Number) -> Keystream {
    let mac = Zeroizing::new(hmac(secret, &[receiver]));
    let mut stream = Keystream::new(mac.first_chunk().unwrap_or(&[0; 16]));
    // As many bytes as a block of the handshake has are thrown away.
    stream.apply(&mut [0; SIZE]);
    stream
}
