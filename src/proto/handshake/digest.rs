//! Digests in C1 and S1, and where they and the public keys stand (spec 03 §1.3).

use crate::proto::crypto::dh;
use crate::proto::crypto::hmac;

use super::{Block, Side};

/// HMAC-SHA256 of the rest of a block.
pub type Digest = [u8; LENGTH];

const LENGTH: usize = 32;

/// Where digest and public key stand. Both places depend on bytes of the block; they never overlap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scheme {
    /// The digest in the first half, the key in the second.
    Zero,
    /// The key in the first half, the digest in the second.
    One,
}

impl Scheme {
    /// The one to try next.
    pub fn other(self) -> Self {
        match self {
            Self::Zero => Self::One,
            Self::One => Self::Zero,
        }
    }

    /// Where the digest of `block` begins.
    pub fn digest_offset(self, block: &Block) -> usize {
        match self {
            Self::Zero => (sum(block, 8) % 728).saturating_add(12),
            Self::One => (sum(block, 772) % 728).saturating_add(776),
        }
    }

    /// Where the public key of `block` begins.
    pub fn key_offset(self, block: &Block) -> usize {
        match self {
            Self::Zero => (sum(block, 1532) % 632).saturating_add(772),
            Self::One => (sum(block, 768) % 632).saturating_add(8),
        }
    }

    /// The public key of `block`.
    pub fn key(self, block: &Block) -> dh::Number {
        chunk(block, self.key_offset(block))
    }

    /// Stores a public key. The digest must come after it, which covers it.
    pub(super) fn put_key(self, block: &mut Block, key: &dh::Number) {
        put(block, self.key_offset(block), key);
    }
}

/// A digest in a block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Placed {
    /// How it was placed.
    pub scheme: Scheme,
    /// Where it begins.
    pub offset: usize,
    /// The digest.
    pub digest: Digest,
}

impl Placed {
    /// The digest that `side` gives the first message `block`.
    pub fn compute(side: Side, scheme: Scheme, block: &Block) -> Self {
        let offset = scheme.digest_offset(block);
        let (head, rest) = block.split_at_checked(offset).unwrap_or((block, &[]));
        let (_, tail) = rest.split_at_checked(LENGTH).unwrap_or_default();
        Self {
            scheme,
            offset,
            digest: hmac(side.name(), &[head, tail]),
        }
    }

    /// The digest of `side` if `block` carries it there.
    pub fn find(side: Side, scheme: Scheme, block: &Block) -> Option<Self> {
        let expected = Self::compute(side, scheme, block);
        (chunk(block, expected.offset) == expected.digest).then_some(expected)
    }

    /// Computes the digest of `side` and stores it.
    pub(super) fn put(side: Side, scheme: Scheme, block: &mut Block) -> Self {
        let placed = Self::compute(side, scheme, block);
        put(block, placed.offset, &placed.digest);
        placed
    }
}

/// The sum of four bytes.
fn sum(block: &Block, at: usize) -> usize {
    let four = block.iter().skip(at).take(4);
    four.map(|&byte| usize::from(byte)).sum()
}

/// The `N` bytes at an offset of a scheme, which all lie inside the block.
fn chunk<const N: usize>(block: &Block, at: usize) -> [u8; N] {
    let rest = block.get(at..).unwrap_or_default();
    rest.first_chunk().copied().unwrap_or([0; N])
}

fn put(block: &mut Block, at: usize, bytes: &[u8]) {
    for (place, byte) in block.iter_mut().skip(at).zip(bytes) {
        *place = *byte;
    }
}

/// What answers a request to verify the SWF file of `size` bytes and this `hash`; `server` is S1 (spec 03 §1.8).
pub fn swf_response(server: &Block, size: u32, hash: &[u8; 32]) -> [u8; 42] {
    let key: [u8; LENGTH] = server.last_chunk().copied().unwrap_or([0; LENGTH]);
    let size = size.to_be_bytes();
    let mut response = [0; 42];
    let parts = [1, 1].into_iter().chain(size).chain(size);
    let parts = parts.chain(hmac(&key, &[hash]));
    for (place, byte) in response.iter_mut().zip(parts) {
        *place = byte;
    }
    response
}
