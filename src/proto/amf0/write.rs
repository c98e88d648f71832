//! Encoding. `None` means that there is no room; what fits to the byte is taken.

use super::marker::{self, END_OF_OBJECT};
use crate::proto::bytes::Out;

/// A target from which the last bytes can be taken back.
pub trait Rewind: Out {
    /// Bytes written so far.
    fn written(&self) -> usize;
    /// Forgets all bytes but the first `written`.
    fn rewind(&mut self, written: usize);
}

impl Rewind for Vec<u8> {
    fn written(&self) -> usize {
        self.len()
    }

    fn rewind(&mut self, written: usize) {
        self.truncate(written);
    }
}

/// A number: 9 bytes.
pub fn put_number(out: &mut impl Out, value: f64) -> Option<()> {
    let [a, b, c, d, e, f, g, h] = value.to_be_bytes();
    out.put(&[marker::NUMBER, a, b, c, d, e, f, g, h])
}

/// A boolean: 2 bytes.
pub fn put_boolean(out: &mut impl Out, value: bool) -> Option<()> {
    out.put(&[marker::BOOLEAN, value.into()])
}

/// A string; from 65536 bytes on a long one.
pub fn put_string(out: &mut impl Out, text: &[u8]) -> Option<()> {
    if let Ok(length) = u16::try_from(text.len()) {
        need(out, text.len().checked_add(3)?)?;
        let [high, low] = length.to_be_bytes();
        out.put(&[marker::STRING, high, low])?;
    } else {
        need(out, text.len().checked_add(5)?)?;
        let [a, b, c, d] = u32::try_from(text.len()).ok()?.to_be_bytes();
        out.put(&[marker::LONG_STRING, a, b, c, d])?;
    }
    out.put(text)
}

/// A null: 1 byte.
pub fn put_null(out: &mut impl Out) -> Option<()> {
    out.put(&[marker::NULL])
}

/// The name of the value that comes next; at most 65535 bytes.
pub fn put_name(out: &mut impl Out, name: &[u8]) -> Option<()> {
    need(out, name.len().checked_add(2)?)?;
    out.put(&u16::try_from(name.len()).ok()?.to_be_bytes())?;
    out.put(name)
}

/// Name and string. When only the string finds no room the name is written, here and below.
pub fn put_named_string(out: &mut impl Out, name: &[u8], text: &[u8]) -> Option<()> {
    put_name(out, name)?;
    put_string(out, text)
}

/// Name and number.
pub fn put_named_number(out: &mut impl Out, name: &[u8], value: f64) -> Option<()> {
    put_name(out, name)?;
    put_number(out, value)
}

/// Name and boolean.
pub fn put_named_boolean(out: &mut impl Out, name: &[u8], value: bool) -> Option<()> {
    put_name(out, name)?;
    put_boolean(out, value)
}

/// The head of an object. Named values follow, then [`end_object`]. Room for an empty object is needed.
pub fn begin_object(out: &mut impl Out) -> Option<()> {
    need(out, 4)?;
    out.put(&[marker::OBJECT])
}

/// The head of an ECMA array. Named values follow, then [`end_object`].
pub fn begin_ecma_array(out: &mut impl Out, count: u32) -> Option<()> {
    begin_array(out, marker::ECMA_ARRAY, count)
}

/// The head of a strict array. So many unnamed values follow and no end.
pub fn begin_strict_array(out: &mut impl Out, count: u32) -> Option<()> {
    begin_array(out, marker::STRICT_ARRAY, count)
}

/// The end of an object or ECMA array: 3 bytes.
pub fn end_object(out: &mut impl Out) -> Option<()> {
    out.put(&END_OF_OBJECT)
}

fn begin_array(out: &mut impl Out, marker: u8, count: u32) -> Option<()> {
    let [a, b, c, d] = count.to_be_bytes();
    out.put(&[marker, a, b, c, d])
}

fn need(out: &impl Out, room: usize) -> Option<()> {
    (out.room() >= room).then_some(())
}

/// A sequence of values under construction, such as the body of a command:
/// `body.string(b"play").number(4.0).null().string(path)`.
#[derive(Debug)]
pub struct Body {
    bytes: Vec<u8>,
    refused: bool,
}

/// Room for most commands.
const ROOM: usize = 256;

impl Default for Body {
    fn default() -> Self {
        Self {
            bytes: Vec::with_capacity(ROOM),
            refused: false,
        }
    }
}

impl Body {
    /// Appends a string.
    pub fn string(&mut self, text: &[u8]) -> &mut Self {
        self.append(|out| put_string(out, text))
    }

    /// Appends a number.
    pub fn number(&mut self, value: f64) -> &mut Self {
        self.append(|out| put_number(out, value))
    }

    /// Appends a boolean.
    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.append(|out| put_boolean(out, value))
    }

    /// Appends a null.
    pub fn null(&mut self) -> &mut Self {
        self.append(put_null)
    }

    /// Opens an object: [`Self::name`] and a value for each member, then [`Self::end`].
    pub fn object(&mut self) -> &mut Self {
        self.append(begin_object)
    }

    /// Opens an ECMA array, to be filled and ended as an object.
    pub fn ecma_array(&mut self, count: u32) -> &mut Self {
        self.append(|out| begin_ecma_array(out, count))
    }

    /// Opens a strict array of so many values, which have no end.
    pub fn strict_array(&mut self, count: usize) -> &mut Self {
        self.append(|out| begin_strict_array(out, u32::try_from(count).ok()?))
    }

    /// Names the value that comes next.
    pub fn name(&mut self, name: &[u8]) -> &mut Self {
        self.append(|out| put_name(out, name))
    }

    /// Closes an object or ECMA array.
    pub fn end(&mut self) -> &mut Self {
        self.append(end_object)
    }

    /// Appends what `write` writes; its refusal is remembered.
    pub fn append(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Option<()>) -> &mut Self {
        self.refused |= write(&mut self.bytes).is_none();
        self
    }

    /// The bytes, which are taken out; `None` when something could not be expressed, such as a name of more than 65535
    /// bytes.
    pub fn finish(&mut self) -> Option<Vec<u8>> {
        (!self.refused).then(|| core::mem::take(&mut self.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A target with an end, as C buffers have.
    struct Bounded(Vec<u8>, usize);

    impl Out for Bounded {
        fn room(&self) -> usize {
            self.1 - self.0.len()
        }

        fn put(&mut self, bytes: &[u8]) -> Option<()> {
            need(self, bytes.len())?;
            self.0.put(bytes)
        }
    }

    /// The smallest room that `write` accepts, what it writes then, and what it writes with one byte less.
    fn smallest(write: impl Fn(&mut Bounded) -> Option<()>) -> (usize, Vec<u8>, Vec<u8>) {
        let mut refused = Vec::new();
        for room in 0..80_000 {
            let mut out = Bounded(Vec::new(), room);
            if write(&mut out).is_some() {
                return (room, out.0, refused);
            }
            refused = out.0;
        }
        panic!("never accepted");
    }

    #[test]
    fn values_ask_for_the_room_that_they_need() {
        let none = Vec::new;
        assert_eq!(
            smallest(|out| put_number(out, -1.5)),
            (9, b"\0\xbf\xf8\0\0\0\0\0\0".to_vec(), none())
        );
        assert_eq!(
            smallest(|out| put_boolean(out, true)),
            (2, vec![1, 1], none())
        );
        assert_eq!(
            smallest(|out| put_string(out, b"abc")),
            (6, b"\x02\0\x03abc".to_vec(), none())
        );
        assert_eq!(smallest(put_null), (1, vec![5], none()));
        assert_eq!(smallest(begin_object), (4, vec![3], none()));
        assert_eq!(smallest(end_object), (3, vec![0, 0, 9], none()));
        assert_eq!(
            smallest(|out| begin_ecma_array(out, 258)),
            (5, vec![8, 0, 0, 1, 2], none())
        );
        assert_eq!(
            smallest(|out| begin_strict_array(out, 1)),
            (5, vec![10, 0, 0, 0, 1], none())
        );
    }

    #[test]
    fn a_name_is_written_before_its_value_is_refused() {
        let name = b"\0\x01n".to_vec();
        assert_eq!(
            smallest(|out| put_named_string(out, b"n", b"v")),
            (7, b"\0\x01n\x02\0\x01v".to_vec(), name.clone())
        );
        assert_eq!(
            smallest(|out| put_named_number(out, b"n", 1.0)),
            (12, b"\0\x01n\0\x3f\xf0\0\0\0\0\0\0".to_vec(), name.clone())
        );
        assert_eq!(
            smallest(|out| put_named_boolean(out, b"n", true)),
            (5, b"\0\x01n\x01\x01".to_vec(), name)
        );
    }

    #[test]
    fn strings_become_long_ones_at_65536_bytes() {
        for (length, head) in [(65_535, &b"\x02\xff\xff"[..]), (65_536, b"\x0c\0\x01\0\0")] {
            let mut out = Vec::new();
            put_string(&mut out, &vec![b'x'; length]).unwrap();
            assert!(out.starts_with(head));
            assert_eq!(out.len(), head.len() + length);
        }
    }

    #[test]
    fn names_have_at_most_65535_bytes() {
        assert!(put_name(&mut Vec::new(), &[b'x'; 65_535]).is_some());
        let mut out = Vec::new();
        assert!(put_name(&mut out, &[b'x'; 65_536]).is_none());
        assert!(out.is_empty());
    }

    #[test]
    fn a_body_is_whole_or_nothing() {
        let mut body = Body::default();
        body.string(b"a")
            .null()
            .object()
            .name(b"k")
            .boolean(false)
            .end();
        assert_eq!(
            body.finish().unwrap(),
            b"\x02\0\x01a\x05\x03\0\x01k\x01\x00\0\0\x09"
        );
        let mut body = Body::default();
        body.name(&[b'x'; 65_536]).null();
        assert!(body.finish().is_none());
    }
}
