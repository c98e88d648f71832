//! From the tree of C to bytes.
//!
//! A member that cannot be encoded ends its container early: the output is well formed, but counts keep the number of
//! members that there should have been. That is what the original gives for dates and other types that it cannot
//! encode (spec 07 §4.2).
//!
//! What could not be encoded is logged when all is done: a log callback may change or free the tree.

use crate::abi::{AMFObject, AMFObjectProperty};
use crate::proto::amf0::{self, Rewind};
use crate::sys::log::log;

/// Encodes a property with its name (`AMFProp_Encode`). When `None` is returned the name may have been written.
pub fn value(out: &mut impl Rewind, property: &AMFObjectProperty) -> Option<()> {
    telling(|refused| with_name(out, property.p_name.bytes(), property, refused))
}

/// Encodes the properties of an object one behind the other, up to the first that cannot be.
pub fn values(out: &mut impl Rewind, object: &AMFObject) -> Option<()> {
    telling(|refused| {
        let mut properties = object.properties().iter();
        properties
            .try_for_each(|property| with_name(out, property.p_name.bytes(), property, refused))
    })
}

/// Encodes an object (`AMF_Encode`).
pub fn object(out: &mut impl Rewind, object: &AMFObject) -> Option<()> {
    telling(|refused| put_object(out, object, refused))
}

/// Encodes an ECMA array (`AMF_EncodeEcmaArray`).
pub fn ecma_array(out: &mut impl Rewind, object: &AMFObject) -> Option<()> {
    telling(|refused| put_ecma_array(out, object, refused))
}

/// Encodes a strict array, whose elements have no names (`AMF_EncodeArray`).
pub fn strict_array(out: &mut impl Rewind, object: &AMFObject) -> Option<()> {
    telling(|refused| put_strict_array(out, object, refused))
}

/// What could not be encoded.
enum Refused {
    /// A value of this type.
    Kind(u32),
    /// The member with this index, and those behind it.
    Member(usize),
}

/// Calls `encode`, and logs what it has refused. Without memory for the list that is not told.
#[inline(always)]
fn telling(encode: impl FnOnce(&mut Vec<Refused>) -> Option<()>) -> Option<()> {
    let mut refused = Vec::new();
    let encoded = encode(&mut refused);
    if !refused.is_empty() {
        refused.iter().for_each(tell);
    }
    encoded
}

#[cold]
fn tell(refused: &Refused) {
    match refused {
        Refused::Kind(kind) => log!(
            Error,
            "AMFProp_Encode, invalid type. {}",
            kind.cast_signed()
        ),
        Refused::Member(index) => log!(
            Error,
            "AMF_Encode - failed to encode property in index {index}"
        ),
    }
}

#[cold]
fn note(refused: &mut Vec<Refused>, what: Refused) {
    if refused.try_reserve(1).is_ok() {
        refused.push(what);
    }
}

fn put_object(out: &mut impl Rewind, object: &AMFObject, refused: &mut Vec<Refused>) -> Option<()> {
    amf0::begin_object(out)?;
    members(out, object, true, refused);
    amf0::end_object(out)
}

fn put_ecma_array(
    out: &mut impl Rewind,
    object: &AMFObject,
    refused: &mut Vec<Refused>,
) -> Option<()> {
    amf0::begin_ecma_array(out, object.raw_len().cast_unsigned())?;
    members(out, object, true, refused);
    amf0::end_object(out)
}

fn put_strict_array(
    out: &mut impl Rewind,
    object: &AMFObject,
    refused: &mut Vec<Refused>,
) -> Option<()> {
    amf0::begin_strict_array(out, object.raw_len().cast_unsigned())?;
    members(out, object, false, refused);
    Some(())
}

fn members(out: &mut impl Rewind, object: &AMFObject, named: bool, refused: &mut Vec<Refused>) {
    for (index, property) in object.properties().iter().enumerate() {
        let start = out.written();
        let name = if named { property.p_name.bytes() } else { &[] };
        if with_name(out, name, property, refused).is_none() {
            note(refused, Refused::Member(index));
            out.rewind(start);
            break;
        }
    }
}

#[inline(always)]
fn with_name(
    out: &mut impl Rewind,
    name: &[u8],
    property: &AMFObjectProperty,
    refused: &mut Vec<Refused>,
) -> Option<()> {
    let kind = property.p_type.get();
    if kind == AMFObjectProperty::INVALID {
        return None;
    }
    if !name.is_empty() {
        amf0::put_name(out, name)?;
    }
    match kind {
        AMFObjectProperty::NUMBER => amf0::put_number(out, property.number()),
        AMFObjectProperty::BOOLEAN => amf0::put_boolean(out, property.number() != 0.0),
        AMFObjectProperty::STRING => amf0::put_string(out, property.text().bytes()),
        AMFObjectProperty::NULL => amf0::put_null(out),
        AMFObjectProperty::OBJECT => put_object(out, property.object()?, refused),
        AMFObjectProperty::ECMA_ARRAY => put_ecma_array(out, property.object()?, refused),
        AMFObjectProperty::STRICT_ARRAY => put_strict_array(out, property.object()?, refused),
        _ => {
            note(refused, Refused::Kind(kind));
            None
        }
    }
}
