//! From the tree of C to bytes.
//!
//! A member that cannot be encoded ends its container early: the output is well formed, but counts keep the number of
//! members that there should have been. That is what the original gives for dates and other types that it cannot
//! encode (spec 07 §4.2).

use crate::abi::{AMFObject, AMFObjectProperty};
use crate::proto::amf0::{self, Rewind};
use crate::sys::log::log;

/// Encodes a property with its name (`AMFProp_Encode`). When `None` is returned the name may have been written.
pub fn value(out: &mut impl Rewind, property: &AMFObjectProperty) -> Option<()> {
    with_name(out, property.p_name.bytes(), property)
}

/// Encodes an object (`AMF_Encode`).
pub fn object(out: &mut impl Rewind, object: &AMFObject) -> Option<()> {
    amf0::begin_object(out)?;
    members(out, object, true);
    amf0::end_object(out)
}

/// Encodes an ECMA array (`AMF_EncodeEcmaArray`).
pub fn ecma_array(out: &mut impl Rewind, object: &AMFObject) -> Option<()> {
    amf0::begin_ecma_array(out, object.raw_len().cast_unsigned())?;
    members(out, object, true);
    amf0::end_object(out)
}

/// Encodes a strict array, whose elements have no names (`AMF_EncodeArray`).
pub fn strict_array(out: &mut impl Rewind, object: &AMFObject) -> Option<()> {
    amf0::begin_strict_array(out, object.raw_len().cast_unsigned())?;
    members(out, object, false);
    Some(())
}

fn members(out: &mut impl Rewind, object: &AMFObject, named: bool) {
    for (index, property) in object.properties().iter().enumerate() {
        let start = out.written();
        let name = if named { property.p_name.bytes() } else { &[] };
        if with_name(out, name, property).is_none() {
            log!(
                Error,
                "AMF_Encode - failed to encode property in index {index}"
            );
            out.rewind(start);
            break;
        }
    }
}

#[inline(always)]
fn with_name(out: &mut impl Rewind, name: &[u8], property: &AMFObjectProperty) -> Option<()> {
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
        AMFObjectProperty::OBJECT => object(out, property.object()?),
        AMFObjectProperty::ECMA_ARRAY => ecma_array(out, property.object()?),
        AMFObjectProperty::STRICT_ARRAY => strict_array(out, property.object()?),
        _ => {
            log!(
                Error,
                "AMFProp_Encode, invalid type. {}",
                kind.cast_signed()
            );
            None
        }
    }
}
