//! Reading from a slice and writing to a bounded or growing target, big-endian.

/// Consumes a slice from its front. A failed read consumes nothing.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from their beginning.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes,
            length: bytes.len(),
        }
    }

    /// What has not been read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Bytes read so far: the offset of [`Self::rest`] in the whole.
    pub fn position(&self) -> usize {
        self.length.saturating_sub(self.rest.len())
    }

    /// True when everything is read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    /// The next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*taken)
    }

    /// One byte.
    pub fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// Two bytes.
    pub fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// Three bytes.
    pub fn u24(&mut self) -> Option<u32> {
        self.array()
            .map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// An IEEE double; every bit pattern is kept.
    pub fn f64(&mut self) -> Option<f64> {
        self.array().map(f64::from_be_bytes)
    }
}

/// Where encoders write: C buffers with an end, or growing vectors.
pub trait Out {
    /// Bytes that may still be written.
    fn room(&self) -> usize;
    /// Appends `bytes`; `None` (and nothing written) when they do not fit, or when there is no memory for them.
    fn put(&mut self, bytes: &[u8]) -> Option<()>;
}

impl Out for Vec<u8> {
    fn room(&self) -> usize {
        usize::MAX
    }

    fn put(&mut self, bytes: &[u8]) -> Option<()> {
        self.try_reserve(bytes.len()).ok()?;
        self.extend_from_slice(bytes);
        Some(())
    }
}

/// All of `parts` in one piece; `None` without memory.
pub fn joined(parts: &[&[u8]]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    let length = parts
        .iter()
        .map(|part| part.len())
        .fold(0, usize::saturating_add);
    whole.try_reserve_exact(length).ok()?;
    for part in parts {
        whole.extend_from_slice(part);
    }
    Some(whole)
}

/// The low 24 bits of `value`, big-endian.
pub fn be24(value: u32) -> [u8; 3] {
    let [_, a, b, c] = value.to_be_bytes();
    [a, b, c]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_consumed_in_order_and_fail_without_consuming() {
        let mut reader = Reader::new(&[1, 0, 2, 0, 0, 3, 9]);
        assert_eq!(
            (reader.u8(), reader.u16(), reader.u24()),
            (Some(1), Some(2), Some(3))
        );
        assert_eq!(reader.u16(), None);
        assert_eq!((reader.rest(), reader.position()), (&[9][..], 6));
    }
}
