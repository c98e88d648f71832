//! The hash that SWF verification shows a server (spec 03 §2.5): HMAC-SHA256 of the player, decompressed.

use flate2::{Decompress, FlushDecompress, Status};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Bytes of a hash.
pub const HASH: usize = 32;
/// A hash of a decompressed file.
pub type Hash = [u8; HASH];
/// Decompressed bytes of a file at most: far more than any player has, and less than a bomb needs.
pub const LONGEST: u32 = 256 << 20;

/// Bytes in front of the compressed part: `CWS`, version, length.
const HEAD: usize = 8;
/// Decompressed bytes made at a time. At least 32 KiB, the reach of deflate: what the decoder holds back when the
/// data turns out to be broken always fits.
const STEP: usize = 64 << 10;
const KEY: &[u8; 30] = b"Genuine Adobe Flash Player 001";

/// The file is longer than [`LONGEST`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TooLong;

/// Size and hash of a whole file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digest {
    /// Decompressed bytes.
    pub size: u32,
    /// HMAC of the decompressed file.
    pub hash: Hash,
}

/// Hashes a file that comes in pieces of any size.
///
/// A file that begins `CWS` is decompressed, any other is hashed as it is. Errors inside the compressed part end it, and
/// what stands behind its end is ignored: whatever came out is the file, as in the original.
pub struct Hasher {
    head: Vec<u8>,
    inflater: Option<Inflater>,
    digest: Running,
    longest: u32,
}

struct Running {
    mac: Hmac<Sha256>,
    size: u32,
}

struct Inflater {
    decoder: Decompress,
    scratch: Vec<u8>,
    is_at_end: bool,
}

impl Default for Hasher {
    fn default() -> Self {
        Self::with_limit(LONGEST)
    }
}

impl Hasher {
    /// A hasher for a file of at most `longest` decompressed bytes.
    pub fn with_limit(longest: u32) -> Self {
        // HMAC pads a short key with zeros up to a block: this is the same key.
        let mut block = [0; 64];
        for (place, byte) in block.iter_mut().zip(KEY) {
            *place = *byte;
        }
        Self {
            head: Vec::with_capacity(HEAD),
            inflater: None,
            digest: Running {
                mac: Hmac::new(&block.into()),
                size: 0,
            },
            longest,
        }
    }

    /// Takes the next bytes of the file.
    pub fn update(&mut self, piece: &[u8]) -> Result<(), TooLong> {
        let missing = HEAD.saturating_sub(self.head.len());
        if missing == 0 {
            return self.body(piece);
        }
        let (head, rest) = piece.split_at_checked(missing).unwrap_or((piece, &[]));
        self.head.extend_from_slice(head);
        if self.head.len() < HEAD {
            return Ok(());
        }
        if self.head.starts_with(b"CWS") {
            if let Some(first) = self.head.first_mut() {
                *first = b'F';
            }
            self.inflater = Some(Inflater::new());
        }
        self.digest.add(&self.head, self.longest)?;
        self.body(rest)
    }

    fn body(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        match &mut self.inflater {
            Some(inflater) => inflater.inflate(bytes, &mut self.digest, self.longest),
            None => self.digest.add(bytes, self.longest),
        }
    }

    /// Size and hash; `None` when the file has fewer than 8 bytes, which no player has.
    pub fn finish(self) -> Option<Digest> {
        (self.head.len() == HEAD).then(|| Digest {
            size: self.digest.size,
            hash: self.digest.mac.finalize().into_bytes().into(),
        })
    }
}

impl Running {
    fn add(&mut self, bytes: &[u8], longest: u32) -> Result<(), TooLong> {
        let count = u32::try_from(bytes.len()).map_err(|_| TooLong)?;
        self.size = self
            .size
            .checked_add(count)
            .filter(|&size| size <= longest)
            .ok_or(TooLong)?;
        self.mac.update(bytes);
        Ok(())
    }
}

impl Inflater {
    fn new() -> Self {
        Self {
            decoder: Decompress::new(true),
            scratch: vec![0; STEP],
            is_at_end: false,
        }
    }

    fn inflate(&mut self, bytes: &[u8], digest: &mut Running, longest: u32) -> Result<(), TooLong> {
        let mut rest = bytes;
        while !self.is_at_end {
            let (taken, made) = (self.decoder.total_in(), self.decoder.total_out());
            let status = self
                .decoder
                .decompress(rest, &mut self.scratch, FlushDecompress::None);
            let taken = difference(self.decoder.total_in(), taken);
            let made = difference(self.decoder.total_out(), made);
            digest.add(self.scratch.get(..made).unwrap_or_default(), longest)?;
            rest = rest.get(taken..).unwrap_or_default();
            match status {
                Ok(Status::StreamEnd) | Err(_) => self.is_at_end = true,
                Ok(_) if taken == 0 && made == 0 => break,
                Ok(_) => {}
            }
        }
        Ok(())
    }
}

/// What a counter has gained; never more than a buffer's length.
fn difference(now: u64, before: u64) -> usize {
    usize::try_from(now.saturating_sub(before)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use std::io::Write;

    fn digest(pieces: &[&[u8]]) -> Option<(u32, String)> {
        let mut hasher = Hasher::default();
        for piece in pieces {
            hasher.update(piece).unwrap();
        }
        let digest = hasher.finish()?;
        let hex = digest.hash.iter().map(|byte| format!("{byte:02x}"));
        Some((digest.size, hex.collect()))
    }

    fn stored() -> Vec<u8> {
        let mut file = b"CWS\x0a\x6c\0\0\0\x78\x01\x01\x64\0\x9b\xff".to_vec();
        file.extend(0..100);
        file.extend([0x8b, 0x7c, 0x13, 0x57]);
        file
    }

    /// The table of spec 03 §2.6.
    #[test]
    fn golden_files() {
        let mut plain = b"FWS\x0a\x6c\0\0\0".to_vec();
        plain.extend(0..100);
        let mut lzma = b"ZWS\x0d".to_vec();
        lzma.extend([0; 20]);
        let mut broken = b"CWS\x0a\0\0\0\0".to_vec();
        broken.extend([0xff; 30]);
        let rows: [(&[u8], u32, &str); 5] = [
            (
                b"FWS\x0a\x08\0\0\0",
                8,
                "04602d5015843ce0e49db381efd47b9a80e5a334beabf26a6a6eb5a4294adce1",
            ),
            (
                &plain,
                108,
                "034cc5f857f39e588f66b41a9b0eb465c297d44217de8306ac700e2eb0783763",
            ),
            (
                &stored(),
                108,
                "034cc5f857f39e588f66b41a9b0eb465c297d44217de8306ac700e2eb0783763",
            ),
            (
                &lzma,
                24,
                "521fc412079712ddba954bb9a3de15ffcd34d0f84675586bbe5c9250e5462a17",
            ),
            (
                &broken,
                8,
                "9a80ceb171f4bacbd61487f7175eef9a00229697ef85e78b5d57e7921f60fe9e",
            ),
        ];
        for (file, size, hash) in rows {
            assert_eq!(
                digest(&[file]),
                Some((size, hash.to_owned())),
                "{file:02x?}"
            );
        }
    }

    #[test]
    fn any_split_gives_the_same_hash() {
        let file = stored();
        let whole = digest(&[&file]);
        for at in 0..=file.len() {
            let (left, right) = file.split_at(at);
            assert_eq!(digest(&[left, right]), whole, "split at {at}");
        }
        let bytes: Vec<&[u8]> = file.chunks(1).collect();
        assert_eq!(digest(&bytes), whole);
        assert_eq!(digest(&[&file, b"behind the end"]), whole);
    }

    #[test]
    fn fewer_than_eight_bytes_are_no_player() {
        assert_eq!(digest(&[]), None);
        assert_eq!(digest(&[b"CWS\x0a", b"\x6c\0\0"]), None);
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let mut encoder = ZlibEncoder::new(b"CWS\x0a\0\0\0\0".to_vec(), Compression::best());
        encoder.write_all(&vec![0; 1 << 20]).unwrap();
        let bomb = encoder.finish().unwrap();
        let result = |limit| Hasher::with_limit(limit).update(&bomb);
        assert_eq!(result((1 << 20) + 8), Ok(()));
        assert_eq!(result((1 << 20) + 7), Err(TooLong));
        assert_eq!(
            Hasher::with_limit(8).update(b"FWS\x0a\0\0\0\0x"),
            Err(TooLong)
        );
    }
}
