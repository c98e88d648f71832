//! RC4, which encrypts everything behind the handshake of RTMPE (spec 03 §1.6).
//!
//! The cipher keeps nothing secret from anybody who tries, and is nearly all that an encrypted stream costs. So it is written
//! for speed: the next entry is read before the exchange that it would wait for.

use zeroize::Zeroize;

/// One direction of a connection.
pub struct Keystream {
    table: Table,
    /// The next entry.
    i: u8,
    j: u8,
}

/// All bytes, in the order that the key and the stream so far have made.
struct Table([u8; 256]);

impl Table {
    /// There is an entry for each byte.
    #[inline(always)]
    fn at(&self, index: u8) -> u8 {
        self.0.get(usize::from(index)).copied().unwrap_or(0)
    }

    #[inline(always)]
    fn set(&mut self, index: u8, entry: u8) {
        if let Some(place) = self.0.get_mut(usize::from(index)) {
            *place = entry;
        }
    }
}

impl Keystream {
    /// The stream of a 16-byte key, from its first byte on.
    pub fn new(key: &[u8; 16]) -> Self {
        let mut table = Table([0; 256]);
        for index in 0..=u8::MAX {
            table.set(index, index);
        }
        let mut j = 0_u8;
        for (i, key) in (0..=u8::MAX).zip(key.iter().cycle()) {
            let entry = table.at(i);
            j = j.wrapping_add(entry).wrapping_add(*key);
            table.set(i, table.at(j));
            table.set(j, entry);
        }
        Self { table, i: 1, j: 0 }
    }

    /// Encrypts or decrypts `bytes`, the next ones of the direction, in place.
    pub fn apply(&mut self, bytes: &mut [u8]) {
        let (table, mut i, mut j) = (&mut self.table, self.i, self.j);
        let mut entry = table.at(i);
        let mut next = || {
            j = j.wrapping_add(entry);
            let other = table.at(j);
            let following = i.wrapping_add(1);
            let ahead = table.at(following);
            table.set(i, other);
            table.set(j, entry);
            let key = table.at(entry.wrapping_add(other));
            // The exchange may have changed what was read ahead of it.
            entry = if following == j { entry } else { ahead };
            i = following;
            key
        };
        let (words, rest) = bytes.as_chunks_mut::<8>();
        for word in words {
            let keys = [(); 8].map(|()| next());
            *word = (u64::from_ne_bytes(*word) ^ u64::from_ne_bytes(keys)).to_ne_bytes();
        }
        for byte in rest {
            *byte ^= next();
        }
        (self.i, self.j) = (i, j);
    }
}

impl Drop for Keystream {
    fn drop(&mut self) {
        self.table.0.zeroize();
        self.i.zeroize();
        self.j.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// RFC 6229, the two 128-bit keys: the first bytes, those around the end of a round through the table, the last ones.
    #[test]
    fn published_vectors() {
        let counted = "0102030405060708090a0b0c0d0e0f10";
        let random = "ebb46227c6cc8b37641910833222772a";
        for (key, offset, expected) in [
            (counted, 0, "9ac7cc9a609d1ef7b2932899cde41b97"),
            (counted, 16, "5248c4959014126a6e8a84f11d1a9e1c"),
            (counted, 240, "065902e4b620f6cc36c8589f66432f2b"),
            (counted, 256, "d39d566bc6bce3010768151549f3873f"),
            (counted, 4096, "a36a4c301ae8ac13610ccbc12256cacc"),
            (random, 0, "720c94b63edf44e131d950ca211a5a30"),
            (random, 256, "4847d81da4942dbc249defc48c922b9f"),
            (random, 4096, "5bbeb4787d59e5373fdbea6c6f75c29b"),
        ] {
            let key = u128::from_str_radix(key, 16).unwrap().to_be_bytes();
            let mut stream = vec![0; offset + 16];
            Keystream::new(&key).apply(&mut stream);
            assert_eq!(hex(&stream[offset..]), expected, "at {offset}");
        }
    }

    #[test]
    fn pieces_are_one_stream() {
        let key = *b"pieces of stream";
        let mut whole = [0; 1000];
        Keystream::new(&key).apply(&mut whole);
        for size in 1..=300 {
            let mut pieces = [0; 1000];
            let mut cipher = Keystream::new(&key);
            for piece in pieces.chunks_mut(size) {
                cipher.apply(piece);
            }
            assert_eq!(hex(&pieces), hex(&whole), "pieces of {size}");
        }
    }
}
