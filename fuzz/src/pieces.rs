//! The same bytes in one piece and in several.

/// How an input is to be cut: its first bytes are the sizes of the pieces, again and again, the rest is the input.
pub struct Cut<'a> {
    sizes: [usize; 2],
    /// What is to be cut.
    pub bytes: &'a [u8],
}

impl<'a> Cut<'a> {
    /// Takes two sizes from the front of `data`.
    pub fn of(data: &'a [u8]) -> Option<Self> {
        let (&sizes, bytes) = data.split_first_chunk::<2>()?;
        let sizes = sizes.map(|size| usize::from(size) + 1);
        Some(Self { sizes, bytes })
    }

    /// Other bytes, to be cut the same way.
    pub fn instead<'b>(&self, bytes: &'b [u8]) -> Cut<'b> {
        Cut {
            sizes: self.sizes,
            bytes,
        }
    }

    /// The pieces, none of them empty.
    pub fn pieces(&self) -> impl Iterator<Item = &'a [u8]> {
        let (mut rest, mut sizes) = (self.bytes, self.sizes.into_iter().cycle());
        std::iter::from_fn(move || {
            let (piece, after) = rest.split_at(sizes.next()?.min(rest.len()));
            rest = after;
            (!piece.is_empty()).then_some(piece)
        })
    }

    /// Everything at once.
    pub fn whole(&self) -> impl Iterator<Item = &'a [u8]> {
        std::iter::once(self.bytes)
    }
}
