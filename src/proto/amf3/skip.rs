//! Values that are passed over, by their length.

use super::{Head, StringRef, flag, head, integer, marker, text};
use crate::proto::amf0::MAX_DEPTH;
use crate::proto::bytes::Reader;

/// Descriptions of classes inside one value, at most: a value that needs more is hostile.
const MAX_CLASSES: usize = 1024;

/// Passes over a value of any kind, with its marker. `None` when the data ends before, for unknown markers, for objects
/// that only their class understands, and for nesting that is hostile.
pub fn value(reader: &mut Reader<'_>) -> Option<()> {
    let mut skipper = Skipper {
        reader: reader.clone(),
        classes: Vec::new(),
    };
    skipper.value(MAX_DEPTH)?;
    *reader = skipper.reader;
    Some(())
}

struct Skipper<'a> {
    reader: Reader<'a>,
    /// Whether objects of a class are dynamic, and how many sealed members they have; in the order of their descriptions.
    classes: Vec<(bool, u32)>,
}

impl Skipper<'_> {
    fn value(&mut self, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match self.reader.u8()? {
            marker::UNDEFINED..=marker::TRUE => Some(()),
            marker::INTEGER => integer(&mut self.reader).map(|_| ()),
            marker::DOUBLE => self.bytes(8),
            marker::STRING | marker::XML_DOCUMENT | marker::XML | marker::BYTE_ARRAY => self.text(),
            marker::DATE => self.counted(|skipper, _| skipper.bytes(8)),
            marker::ARRAY => self.counted(|skipper, count| {
                skipper.members(depth)?;
                skipper.values(count, depth)
            }),
            marker::OBJECT => self.object(depth),
            marker::VECTOR_INT | marker::VECTOR_UINT => self.vector(4),
            marker::VECTOR_DOUBLE => self.vector(8),
            marker::VECTOR_OBJECT => self.counted(|skipper, count| {
                skipper.bytes(1)?;
                skipper.text()?;
                skipper.values(count, depth)
            }),
            marker::DICTIONARY => self.counted(|skipper, count| {
                skipper.bytes(1)?;
                skipper.values(count.checked_mul(2)?, depth)
            }),
            _ => None,
        }
    }

    fn bytes(&mut self, count: usize) -> Option<()> {
        self.reader.take(count).map(|_| ())
    }

    fn text(&mut self) -> Option<()> {
        text(&mut self.reader).map(|_| ())
    }

    /// What begins with a count, unless it is a reference.
    fn counted(&mut self, rest: impl FnOnce(&mut Self, u32) -> Option<()>) -> Option<()> {
        let (count, inline) = flag(integer(&mut self.reader)?);
        if inline { rest(self, count) } else { Some(()) }
    }

    /// A vector says in a byte whether its length is fixed.
    fn vector(&mut self, size: usize) -> Option<()> {
        self.counted(|skipper, count| {
            let length = usize::try_from(count).ok()?.checked_mul(size)?;
            skipper.bytes(length.checked_add(1)?)
        })
    }

    /// Each value has a byte at least, so that the data ends before the count does.
    fn values(&mut self, count: u32, depth: usize) -> Option<()> {
        (0..count).try_for_each(|_| self.value(depth))
    }

    /// Named values up to an empty name.
    fn members(&mut self, depth: usize) -> Option<()> {
        while text(&mut self.reader)? != StringRef::Inline(&[]) {
            self.value(depth)?;
        }
        Some(())
    }

    fn describe(&mut self, dynamic: bool, sealed: u32) -> Option<()> {
        (self.classes.len() < MAX_CLASSES).then_some(())?;
        self.classes.try_reserve(1).ok()?;
        self.classes.push((dynamic, sealed));
        Some(())
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        let (dynamic, sealed) = match head(&mut self.reader)? {
            Head::Object(_) => return Some(()),
            Head::Traits(index) => *self.classes.get(usize::try_from(index).ok()?)?,
            Head::Inline {
                externalizable: true,
                ..
            } => return None,
            Head::Inline {
                dynamic, sealed, ..
            } => {
                self.text()?;
                (0..sealed).try_for_each(|_| self.text())?;
                self.describe(dynamic, sealed)?;
                (dynamic, sealed)
            }
        };
        self.values(sealed, depth)?;
        if dynamic {
            self.members(depth)
        } else {
            Some(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skipped(bytes: &[u8]) -> Option<usize> {
        let mut reader = Reader::new(bytes);
        value(&mut reader)?;
        Some(reader.position())
    }

    #[test]
    fn values_of_every_kind_end_where_they_end() {
        for bytes in [
            &b"\x00"[..],
            b"\x01",
            b"\x03",
            b"\x04\x81\x00",
            b"\x05\x3f\xf0\0\0\0\0\0\0",
            b"\x06\x05ab",
            b"\x06\x00",
            b"\x07\x05ab",
            b"\x08\x01\x3f\xf0\0\0\0\0\0\0",
            b"\x08\x02",
            b"\x09\x05\x03a\x03\x01\x02\x03",
            b"\x09\x00",
            b"\x0a\x0b\x01\x03a\x02\x01",
            b"\x0a\x23\x01\x03a\x03b\x02\x04\x05",
            b"\x0b\x05ab",
            b"\x0c\x05\xff\xff",
            b"\x0d\x05\0abcdabcd",
            b"\x0e\x03\0abcd",
            b"\x0f\x03\0abcdabcd",
            b"\x10\x05\0\x03c\x02\x03",
            b"\x11\x03\0\x06\x03k\x02",
            // The second object is of the class of the first.
            b"\x09\x05\x01\x0a\x13\x01\x03a\x02\x0a\x01\x03",
        ] {
            let whole = [bytes, &[0x5a; 9]].concat();
            assert_eq!(skipped(&whole), Some(bytes.len()), "{bytes:02x?}");
            for end in 0..bytes.len() {
                assert_eq!(skipped(&bytes[..end]), None, "{bytes:02x?} {end}");
            }
        }
    }

    #[test]
    fn what_has_no_length_is_refused() {
        // Unknown markers, an object that only its class understands, a class that was never described.
        for bytes in [&b"\x12\0\0"[..], b"\x0a\x07\x01\x01", b"\x0a\x05\x01"] {
            assert_eq!(skipped(bytes), None, "{bytes:02x?}");
        }
        let deep = |levels: usize| [b"\x09\x03\x01".repeat(levels), vec![1]].concat();
        assert!(skipped(&deep(255)).is_some());
        assert_eq!(skipped(&deep(256)), None);
        assert_eq!(skipped(&deep(100_000)), None);
    }
}
