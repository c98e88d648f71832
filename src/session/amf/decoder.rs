//! What decoding AMF0 and decoding AMF3 have in common: where it stands, and how a tree grows within its limits.

use crate::abi::{AMFObject, AMFObjectProperty, AVal, Growing, OwnedObject, Whole};
use crate::proto::amf0::MAX_DEPTH;
use crate::proto::bytes::Reader;
use crate::sys::log::{NO_MEMORY, log};

/// The tree of C has so many values at most, containers counted in multiples of [`BLOCK`]: 12 MiB, twice that with the room
/// that containers grow into. A value may take a single byte in the data, and 48 in the tree. Metadata with the key frames
/// of a long recording has some ten thousand.
const MAX_VALUES: usize = 256 * 1024;
/// See [`MAX_VALUES`].
const BLOCK: usize = 16;

/// Overwrites `object`, which is not released, with what `fill` makes. It is made elsewhere: decoding logs, and a callback
/// may do what it likes with an object of the program.
pub(super) fn overwrite<T>(object: &AMFObject, fill: impl FnOnce(&mut Growing<'_>) -> T) -> T {
    let mut fresh = OwnedObject::default();
    object.set(&fresh);
    let result = fill(&mut Growing::new(&mut fresh));
    object.set(&fresh.release());
    result
}

/// Where decoding stands.
pub(super) struct Decoder<'a> {
    data: Whole<'a>,
    pub(super) reader: Reader<'a>,
    depth: usize,
    /// Values that there may still be.
    room: usize,
}

impl<'a> Decoder<'a> {
    /// Runs `work` over `data`: bytes used.
    pub(super) fn run(data: &'a AVal, work: impl FnOnce(&mut Self) -> Option<()>) -> Option<usize> {
        let data = Whole::of(data);
        let mut decoder = Self {
            reader: Reader::new(data.bytes()),
            data,
            depth: 0,
            room: MAX_VALUES,
        };
        work(&mut decoder)?;
        Some(decoder.reader.position())
    }

    /// What was read, as C sees it.
    pub(super) fn borrow(&self, text: &[u8]) -> AVal {
        self.data.part(text)
    }

    /// Fills a container one level deeper and stores it. Kept out of what every value runs through.
    #[inline(never)]
    pub(super) fn nested(
        &mut self,
        into: &AMFObjectProperty,
        fill: impl FnOnce(&mut Self, &mut Growing<'_>) -> Option<()>,
    ) -> Option<()> {
        if self.depth == MAX_DEPTH {
            log!(Error, "AMF data is nested too deeply");
            return None;
        }
        let mut object = OwnedObject::default();
        self.depth = self.depth.saturating_add(1);
        let filled = fill(self, &mut Growing::new(&mut object));
        self.depth = self.depth.saturating_sub(1);
        filled?;
        into.set_object(&object.release());
        Some(())
    }

    /// Adds the property that `fill` makes to `object`.
    pub(super) fn append(
        &mut self,
        object: &mut Growing<'_>,
        fill: impl FnOnce(&mut Self, &AMFObjectProperty) -> Option<()>,
    ) -> Option<()> {
        if object.count().is_multiple_of(BLOCK) {
            self.spend(BLOCK)?;
        }
        let Some(place) = object.vacant() else {
            log!(Error, "{NO_MEMORY}");
            return None;
        };
        fill(self, place)?;
        object.occupy();
        Some(())
    }

    /// Counts room for `count` values. `None` when there were too many.
    pub(super) fn spend(&mut self, count: usize) -> Option<()> {
        let left = self.room.checked_sub(count);
        if left.is_none() {
            log!(Error, "AMF data has too many values");
        }
        self.room = left?;
        Some(())
    }
}
