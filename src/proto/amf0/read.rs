//! Decoding: one token at a time, borrowed from the input.

use super::marker::{self, END_OF_OBJECT};
use crate::proto::bytes::Reader;

/// One value, or the head of a container whose members follow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Also any NaN, with its payload.
    Number(f64),
    /// Any byte but 0 is true.
    Boolean(bool),
    /// Short and long strings.
    String(&'a [u8]),
    /// Null, undefined and unsupported; also what is passed over: references to objects, of which the tree has one owner
    /// each, and the reserved movie clips and record sets, which are nothing but their marker.
    Null,
    /// A point in time.
    Date {
        /// Since 1970 in UTC.
        milliseconds: f64,
        /// Minutes from UTC, as sent.
        offset: i16,
    },
    /// An XML document.
    Xml(&'a [u8]),
    /// Named members follow up to the object end. The name of its class, if it has one, is dropped.
    Object,
    /// Named members follow up to the object end; the count in the head is not reliable and is dropped.
    EcmaArray,
    /// So many unnamed values follow.
    StrictArray(u32),
    /// One AMF3 value follows.
    Amf3,
}

/// Why there is no value, or no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The data ends inside the value.
    Truncated,
    /// Too few bytes for a name and a value.
    NoRoomForName,
    /// The name is longer than the data.
    NameTooLong {
        /// The length that the name claims.
        claimed: u16,
        /// Bytes of data, the length field included.
        size: usize,
    },
    /// A marker that is unknown, or that is no value.
    Marker(u8),
}

/// Skips an object end. The three bytes are looked for wherever a value may begin, even among unnamed values, where a
/// number can look the same: so does the original.
pub fn end(reader: &mut Reader<'_>) -> bool {
    let found = reader.rest().starts_with(&END_OF_OBJECT);
    if found {
        reader.take(END_OF_OBJECT.len());
    }
    found
}

/// The name in front of a member's value.
pub fn name<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Fault> {
    let size = reader.rest().len();
    // Three bytes could be an empty name and a null, but never are for the original.
    if size < 4 {
        return Err(Fault::NoRoomForName);
    }
    let claimed = reader.u16().ok_or(Fault::NoRoomForName)?;
    reader
        .take(claimed.into())
        .ok_or(Fault::NameTooLong { claimed, size })
}

/// The next value.
#[inline(always)]
pub fn value<'a>(reader: &mut Reader<'a>) -> Result<Value<'a>, Fault> {
    let marker = reader.u8().ok_or(Fault::Truncated)?;
    content(marker, reader)?.ok_or(Fault::Truncated)
}

/// What stands behind `marker`; nothing when the data ends before.
#[inline(always)]
fn content<'a>(marker: u8, reader: &mut Reader<'a>) -> Result<Option<Value<'a>>, Fault> {
    Ok(match marker {
        marker::NUMBER => reader.f64().map(Value::Number),
        marker::BOOLEAN => reader.u8().map(|byte| Value::Boolean(byte != 0)),
        marker::STRING => short_text(reader).map(Value::String),
        marker::LONG_STRING => long_text(reader).map(Value::String),
        marker::XML => long_text(reader).map(Value::Xml),
        marker::NULL
        | marker::UNDEFINED
        | marker::UNSUPPORTED
        | marker::MOVIE_CLIP
        | marker::RECORD_SET => Some(Value::Null),
        marker::REFERENCE => reader.u16().map(|_| Value::Null),
        marker::DATE => date(reader),
        marker::OBJECT => Some(Value::Object),
        marker::TYPED_OBJECT => short_text(reader).map(|_| Value::Object),
        marker::ECMA_ARRAY => reader.u32().map(|_| Value::EcmaArray),
        marker::STRICT_ARRAY => reader.u32().map(Value::StrictArray),
        marker::AMF3 => Some(Value::Amf3),
        _ => return Err(Fault::Marker(marker)),
    })
}

fn short_text<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = reader.u16()?;
    reader.take(length.into())
}

fn long_text<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = reader.u32()?;
    reader.take(usize::try_from(length).ok()?)
}

fn date<'a>(reader: &mut Reader<'a>) -> Option<Value<'a>> {
    let milliseconds = reader.f64()?;
    let offset = reader.u16()?.cast_signed();
    Some(Value::Date {
        milliseconds,
        offset,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Result<Value<'_>, Fault>, usize) {
        let mut reader = Reader::new(bytes);
        (value(&mut reader), reader.position())
    }

    #[test]
    fn values_take_exactly_their_bytes() {
        assert_eq!(
            read(b"\x00\x3f\xf0\0\0\0\0\0\0\xaa"),
            (Ok(Value::Number(1.0)), 9)
        );
        assert_eq!(read(b"\x01\x02"), (Ok(Value::Boolean(true)), 2));
        assert_eq!(read(b"\x02\0\x03abcd"), (Ok(Value::String(b"abc")), 6));
        assert_eq!(read(b"\x0c\0\0\0\x03abcd"), (Ok(Value::String(b"abc")), 8));
        assert_eq!(read(b"\x0f\0\0\0\x01a"), (Ok(Value::Xml(b"a")), 6));
        let date = Value::Date {
            milliseconds: 1_511_828_488_192.0,
            offset: -60,
        };
        assert_eq!(read(b"\x0b\x42\x76\0\0\0\0\0\0\xff\xc4"), (Ok(date), 11));
        for nothing in [4, 5, 6, 13, 14] {
            assert_eq!(read(&[nothing]), (Ok(Value::Null), 1));
        }
        assert_eq!(read(b"\x07\0\x01\x05"), (Ok(Value::Null), 3));
    }

    #[test]
    fn heads_of_containers_leave_their_members() {
        assert_eq!(read(b"\x03\0\0\x09"), (Ok(Value::Object), 1));
        assert_eq!(read(b"\x08\xff\xff\xff\xff\0"), (Ok(Value::EcmaArray), 5));
        assert_eq!(read(b"\x0a\0\0\0\x02\x05"), (Ok(Value::StrictArray(2)), 5));
        assert_eq!(read(b"\x11\x0a"), (Ok(Value::Amf3), 1));
        assert_eq!(read(b"\x10\0\x02ab\0\0\x09"), (Ok(Value::Object), 5));
    }

    #[test]
    fn lengths_are_checked_before_use() {
        for short in [
            &b""[..],
            b"\x00\x3f",
            b"\x01",
            b"\x02",
            b"\x02\0",
            b"\x02\0\x04ab",
            b"\x07",
            b"\x07\0",
            b"\x08\0\0",
            b"\x10\0",
            b"\x10\0\x03ab",
            b"\x0a",
            b"\x0b\x42\x76\0\0\0\0\0\0\0",
            b"\x0c\0\0",
            b"\x0c\xff\xff\xff\xffab",
            b"\x0f\x7f\xff\xff\xffab",
        ] {
            assert_eq!(read(short).0, Err(Fault::Truncated), "{short:?}");
        }
    }

    #[test]
    fn other_markers_are_told() {
        for other in [0x09, 0x12, 0xff] {
            assert_eq!(read(&[other, 0, 0, 0, 0]).0, Err(Fault::Marker(other)));
        }
    }

    #[test]
    fn names_need_room_for_themselves_and_a_value() {
        let read = |bytes| name(&mut Reader::new(bytes));
        assert_eq!(read(b"\0\x01n\x05"), Ok(&b"n"[..]));
        assert_eq!(read(b"\0\0\x09"), Err(Fault::NoRoomForName));
        let too_long = Fault::NameTooLong {
            claimed: 3,
            size: 4,
        };
        assert_eq!(read(b"\0\x03ab"), Err(too_long));
    }

    #[test]
    fn only_the_three_bytes_are_an_end() {
        let mut reader = Reader::new(b"\0\0\x09\0\0");
        assert!(end(&mut reader));
        assert!(!end(&mut reader));
        assert_eq!(reader.position(), 3);
    }
}
