//! AMF3: the part of it that servers wrap into AMF0 values (spec 07 §6).

pub mod skip;

use crate::proto::bytes::Reader;

/// The byte before each value that says what it is.
pub mod marker {
    /// Not even null.
    pub const UNDEFINED: u8 = 0x00;
    /// No value.
    pub const NULL: u8 = 0x01;
    /// False.
    pub const FALSE: u8 = 0x02;
    /// True.
    pub const TRUE: u8 = 0x03;
    /// A signed integer of 29 bits.
    pub const INTEGER: u8 = 0x04;
    /// A double.
    pub const DOUBLE: u8 = 0x05;
    /// StringRef, or the number of an earlier one.
    pub const STRING: u8 = 0x06;
    /// A legacy XML document.
    pub const XML_DOCUMENT: u8 = 0x07;
    /// Milliseconds since 1970, or the number of an earlier one.
    pub const DATE: u8 = 0x08;
    /// Named values up to an empty name, then unnamed ones.
    pub const ARRAY: u8 = 0x09;
    /// Traits and members.
    pub const OBJECT: u8 = 0x0a;
    /// An XML document.
    pub const XML: u8 = 0x0b;
    /// Bytes.
    pub const BYTE_ARRAY: u8 = 0x0c;
    /// Signed integers of 4 bytes.
    pub const VECTOR_INT: u8 = 0x0d;
    /// Unsigned integers of 4 bytes.
    pub const VECTOR_UINT: u8 = 0x0e;
    /// Doubles.
    pub const VECTOR_DOUBLE: u8 = 0x0f;
    /// Values of one class.
    pub const VECTOR_OBJECT: u8 = 0x10;
    /// Pairs of values.
    pub const DICTIONARY: u8 = 0x11;
}

/// StringRef in place, or a reference to text before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StringRef<'a> {
    /// The bytes.
    Inline(&'a [u8]),
    /// The number of an earlier text.
    Reference(u32),
}

/// One value, or the announcement of an object, whose [`Head`] follows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Undefined or null.
    Null,
    /// False or true.
    Boolean(bool),
    /// An integer or a double.
    Number(f64),
    /// A string.
    String(StringRef<'a>),
    /// An XML document of either kind. A reference counts objects, not strings.
    Xml(StringRef<'a>),
    /// Milliseconds since 1970.
    Date(f64),
    /// The number of an earlier date.
    DateReference(u32),
    /// An object.
    Object,
}

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The data ends inside the value.
    Truncated,
    /// A marker that is unknown or not supported.
    Marker(u8),
}

/// The first number of an object: where its class is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// The number of an earlier object, which is meant again.
    Object(u32),
    /// The number of an earlier class description.
    Traits(u32),
    /// The description follows: the class name, then the member names.
    Inline {
        /// The class encodes itself: one value that only the class understands.
        externalizable: bool,
        /// Named members follow the sealed ones, up to an empty name.
        dynamic: bool,
        /// Number of member names, and of unnamed values in their order.
        sealed: u32,
    },
}

/// An unsigned integer of 29 bits in one to four bytes.
pub fn integer(reader: &mut Reader<'_>) -> Option<u32> {
    let mut value = 0_u32;
    let mut bytes = reader.clone();
    for _ in 0..3 {
        let byte = bytes.u8()?;
        value = value.wrapping_shl(7) | u32::from(byte & 0x7f);
        if byte < 0x80 {
            *reader = bytes;
            return Some(value);
        }
    }
    // The fourth byte has eight bits.
    let byte = bytes.u8()?;
    *reader = bytes;
    Some(value.wrapping_shl(8) | u32::from(byte))
}

/// The two's complement reading of what [`integer`] gave.
pub fn signed(value: u32) -> i32 {
    value.wrapping_shl(3).cast_signed().wrapping_shr(3)
}

/// The number in front of a text: a length if the flag is true, else a reference.
pub fn text_head(reader: &mut Reader<'_>) -> Option<(u32, bool)> {
    integer(reader).map(flag)
}

/// A text: a length or a reference, then the bytes.
pub fn text<'a>(reader: &mut Reader<'a>) -> Option<StringRef<'a>> {
    let mut ahead = reader.clone();
    let (number, inline) = text_head(&mut ahead)?;
    let text = if inline {
        StringRef::Inline(ahead.take(usize::try_from(number).ok()?)?)
    } else {
        StringRef::Reference(number)
    };
    *reader = ahead;
    Some(text)
}

/// The first number of an object.
pub fn head(reader: &mut Reader<'_>) -> Option<Head> {
    let (number, not_reference) = flag(integer(reader)?);
    if !not_reference {
        return Some(Head::Object(number));
    }
    let (number, inline) = flag(number);
    if !inline {
        return Some(Head::Traits(number));
    }
    let (number, externalizable) = flag(number);
    let (sealed, dynamic) = flag(number);
    Some(Head::Inline {
        externalizable,
        dynamic,
        sealed,
    })
}

/// The next value.
pub fn value<'a>(reader: &mut Reader<'a>) -> Result<Value<'a>, Fault> {
    let marker = reader.u8().ok_or(Fault::Truncated)?;
    content(marker, reader)?.ok_or(Fault::Truncated)
}

/// What stands behind `marker`; nothing when the data ends before.
fn content<'a>(marker: u8, reader: &mut Reader<'a>) -> Result<Option<Value<'a>>, Fault> {
    Ok(match marker {
        marker::UNDEFINED | marker::NULL => Some(Value::Null),
        marker::FALSE => Some(Value::Boolean(false)),
        marker::TRUE => Some(Value::Boolean(true)),
        marker::INTEGER => integer(reader).map(|value| Value::Number(signed(value).into())),
        marker::DOUBLE => reader.f64().map(Value::Number),
        marker::STRING => text(reader).map(Value::String),
        marker::XML_DOCUMENT | marker::XML => text(reader).map(Value::Xml),
        marker::DATE => date(reader),
        marker::OBJECT => Some(Value::Object),
        _ => return Err(Fault::Marker(marker)),
    })
}

fn date<'a>(reader: &mut Reader<'a>) -> Option<Value<'a>> {
    let (number, inline) = flag(integer(reader)?);
    if inline {
        reader.f64().map(Value::Date)
    } else {
        Some(Value::DateReference(number))
    }
}

/// Cuts the lowest bit off.
fn flag(number: u32) -> (u32, bool) {
    (number.wrapping_shr(1), number & 1 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_29_bits() {
        for (bytes, value) in [
            (&[0x00][..], 0),
            (&[0x7f], 127),
            (&[0x81, 0x00], 128),
            (&[0xff, 0x7f], 16_383),
            (&[0x81, 0x80, 0x00], 16_384),
            (&[0xff, 0xff, 0x7f], 2_097_151),
            (&[0x80, 0xc0, 0x80, 0x00], 2_097_152),
            (&[0x80, 0xc0, 0x80, 0x80], 2_097_280),
            (&[0x80, 0xc0, 0x80, 0xff], 2_097_407),
            (&[0xbf, 0xff, 0xff, 0x7f], 268_435_327),
            (&[0xbf, 0xff, 0xff, 0xff], 268_435_455),
            (&[0xc0, 0x80, 0x80, 0x00], -268_435_456),
            (&[0xc0, 0x80, 0x80, 0x80], -268_435_328),
            (&[0xff, 0xff, 0xff, 0x7f], -129),
            (&[0xff, 0xff, 0xff, 0xff], -1),
            (&[0x80, 0x80, 0x80, 0xff], 255),
        ] {
            let mut reader = Reader::new(bytes);
            assert_eq!(integer(&mut reader).map(signed), Some(value), "{bytes:x?}");
            assert!(reader.is_empty());
            let mut short = Reader::new(&bytes[..bytes.len() - 1]);
            assert_eq!((integer(&mut short), short.position()), (None, 0));
        }
    }

    #[test]
    fn texts_are_bytes_or_references() {
        let read = |bytes| text(&mut Reader::new(bytes));
        assert_eq!(read(b"\x01"), Some(StringRef::Inline(b"")));
        assert_eq!(read(b"\x07abcd"), Some(StringRef::Inline(b"abc")));
        assert_eq!(read(b"\x02"), Some(StringRef::Reference(1)));
        assert_eq!(read(b"\x82\x61abc"), None);
    }

    #[test]
    fn heads_tell_references_from_descriptions() {
        let read = |bytes| head(&mut Reader::new(bytes));
        assert_eq!(read(&[0x06]), Some(Head::Object(3)));
        assert_eq!(read(&[0x05]), Some(Head::Traits(1)));
        let described = Head::Inline {
            externalizable: false,
            dynamic: true,
            sealed: 1,
        };
        assert_eq!(read(&[0x1b]), Some(described));
    }

    #[test]
    fn values_are_told_by_their_marker() {
        fn read(bytes: &[u8]) -> (Result<Value<'_>, Fault>, usize) {
            let mut reader = Reader::new(bytes);
            (value(&mut reader), reader.position())
        }
        assert_eq!(read(b"\0"), (Ok(Value::Null), 1));
        assert_eq!(read(b"\x03"), (Ok(Value::Boolean(true)), 1));
        assert_eq!(read(b"\x04\x05"), (Ok(Value::Number(5.0)), 2));
        assert_eq!(
            read(b"\x05\x40\x04\0\0\0\0\0\0"),
            (Ok(Value::Number(2.5)), 9)
        );
        assert_eq!(
            read(b"\x06\x03a"),
            (Ok(Value::String(StringRef::Inline(b"a"))), 3)
        );
        assert_eq!(
            read(b"\x0b\x03a"),
            (Ok(Value::Xml(StringRef::Inline(b"a"))), 3)
        );
        assert_eq!(read(b"\x08\x02"), (Ok(Value::DateReference(1)), 2));
        assert_eq!(
            read(b"\x08\x01\x42\x76\0\0\0\0\0\0").0,
            Ok(Value::Date(1_511_828_488_192.0))
        );
        assert_eq!(read(b"\x0a\x01"), (Ok(Value::Object), 1));
        for short in [
            &b""[..],
            b"\x04",
            b"\x05\x3f",
            b"\x06\x07a",
            b"\x08\x01\x42",
        ] {
            assert_eq!(read(short).0, Err(Fault::Truncated));
        }
        for other in [0x09, 0x0c, 0x0d, 0x80] {
            assert_eq!(read(&[other]).0, Err(Fault::Marker(other)));
        }
    }
}
