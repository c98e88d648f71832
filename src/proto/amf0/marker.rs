//! The byte before each value that says what it is.

/// A double.
pub const NUMBER: u8 = 0x00;
/// One byte, not 0 for true.
pub const BOOLEAN: u8 = 0x01;
/// A text of up to 65535 bytes.
pub const STRING: u8 = 0x02;
/// Named members up to the object end.
pub const OBJECT: u8 = 0x03;
/// Reserved.
pub const MOVIE_CLIP: u8 = 0x04;
/// No value.
pub const NULL: u8 = 0x05;
/// Not even null.
pub const UNDEFINED: u8 = 0x06;
/// The number of an object sent before.
pub const REFERENCE: u8 = 0x07;
/// A count that means nothing, then as an object.
pub const ECMA_ARRAY: u8 = 0x08;
/// Only behind an empty name.
pub const OBJECT_END: u8 = 0x09;
/// A count, then so many unnamed values.
pub const STRICT_ARRAY: u8 = 0x0a;
/// Milliseconds since 1970, then minutes from UTC.
pub const DATE: u8 = 0x0b;
/// A text with a length of four bytes.
pub const LONG_STRING: u8 = 0x0c;
/// A value that the sender could not express.
pub const UNSUPPORTED: u8 = 0x0d;
/// Reserved.
pub const RECORD_SET: u8 = 0x0e;
/// As a long string.
pub const XML: u8 = 0x0f;
/// A class name, then as an object.
pub const TYPED_OBJECT: u8 = 0x10;
/// One AMF3 value.
pub const AMF3: u8 = 0x11;

/// What ends an object: an empty name and the marker for it.
pub(super) const END_OF_OBJECT: [u8; 3] = [0, 0, OBJECT_END];
