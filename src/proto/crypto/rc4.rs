//! RC4, which encrypts everything behind the handshake of RTMPE (spec 03 §1.6).

use zeroize::Zeroize;

/// One direction of an encrypted connection.
pub struct Keystream {
    /// A permutation of all bytes.
    state: [u8; 256],
    /// Where it was changed last, one place after the other.
    at: u8,
    /// Where that place's partner was.
    partner: u8,
}

impl Keystream {
    /// The stream of a 16-byte key, from its first byte on.
    pub fn new(key: &[u8; 16]) -> Self {
        let mut state = [0; 256];
        for (place, value) in state.iter_mut().zip(0..=u8::MAX) {
            *place = value;
        }
        let mut partner = 0_u8;
        for (at, byte) in (0..256).zip(key.iter().cycle()) {
            let value = state.get(at).copied().unwrap_or_default();
            partner = partner.wrapping_add(value).wrapping_add(*byte);
            state.swap(at, partner.into());
        }
        Self {
            state,
            at: 0,
            partner: 0,
        }
    }

    /// Encrypts or decrypts `bytes`, the next ones of the direction, in place.
    ///
    /// What the cipher costs is waiting for its own last store. So the next value is read before the swap, and the text
    /// is touched once for eight bytes.
    #[expect(clippy::indexing_slicing, reason = "a byte is an index of 256 places")]
    pub fn apply(&mut self, bytes: &mut [u8]) {
        let Self { state, .. } = self;
        let (mut at, mut partner) = (self.at, self.partner);
        let mut ahead = state[usize::from(at.wrapping_add(1))];
        let mut next = || {
            at = at.wrapping_add(1);
            let following = at.wrapping_add(1);
            let value = ahead;
            partner = partner.wrapping_add(value);
            let other = state[usize::from(partner)];
            ahead = state[usize::from(following)];
            state[usize::from(at)] = other;
            state[usize::from(partner)] = value;
            if partner == following {
                ahead = value;
            }
            state[usize::from(value.wrapping_add(other))]
        };
        let (words, rest) = bytes.as_chunks_mut::<8>();
        for word in words {
            let stream = (0..8).fold(0, |stream: u64, _| {
                stream.rotate_right(8) ^ u64::from(next())
            });
            *word = (u64::from_le_bytes(*word) ^ stream.rotate_right(8)).to_le_bytes();
        }
        for byte in rest {
            *byte ^= next();
        }
        (self.at, self.partner) = (at, partner);
    }
}

impl Drop for Keystream {
    fn drop(&mut self) {
        self.state.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6229, the 128-bit key 0102..10, offsets 0, 256 and 4096.
    #[test]
    fn published_vectors() {
        let mut key = [0; 16];
        for (byte, value) in key.iter_mut().zip(1..) {
            *byte = value;
        }
        let mut stream = [0; 4112];
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
        assert_eq!(hex(&stream[256..272]), "d39d566bc6bce3010768151549f3873f");
        assert_eq!(hex(&stream[4096..]), "a36a4c301ae8ac13610ccbc12256cacc");
    }
}
