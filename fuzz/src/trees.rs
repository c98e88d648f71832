//! What AMF decoders make.

use rtmp::abi::{AMFObject, AMFObjectProperty, AVal};

/// The bytes as C passes them.
pub fn text(bytes: &[u8]) -> AVal {
    let length = bytes.len().try_into().unwrap();
    // SAFETY: every caller keeps the bytes as long as the value.
    unsafe { AVal::from_raw(bytes.as_ptr().cast_mut().cast(), length) }
}

/// A property before it is decoded.
pub fn blank() -> AMFObjectProperty {
    AMFObjectProperty::bare(AVal::empty(), AMFObjectProperty::INVALID)
}

/// How many properties there are at all depths. All their bytes lie in `data`.
pub fn count(object: &AMFObject, data: &[u8]) -> usize {
    let inside = |text: &AVal| {
        let range = data.as_ptr_range();
        let start = text.start().cast_const().cast();
        text.is_empty() || (range.start <= start && start.wrapping_add(text.len()) <= range.end)
    };
    let properties = object.properties().iter();
    let below = properties.map(|property| {
        assert!(inside(&property.text()));
        // A class that encodes itself has a name that is not in the data.
        let made_up = property.p_name.bytes() == b"DEFAULT_ATTRIBUTE";
        assert!(made_up || inside(&property.p_name));
        1 + property.object().map_or(0, |members| count(members, data))
    });
    below.sum()
}

/// True for equal trees; numbers are compared bit by bit.
pub fn same(left: &AMFObjectProperty, right: &AMFObjectProperty) -> bool {
    let members = |property: &AMFObjectProperty| property.object().cloned().unwrap_or_default();
    let (ours, theirs) = (members(left), members(right));
    left.p_type.get() == right.p_type.get()
        && left.p_name.bytes() == right.p_name.bytes()
        && left.text().bytes() == right.text().bytes()
        && (left.p_type.get() > AMFObjectProperty::BOOLEAN
            || left.number().to_bits() == right.number().to_bits())
        && ours.raw_len() == theirs.raw_len()
        && ours
            .properties()
            .iter()
            .zip(theirs.properties())
            .all(|(left, right)| same(left, right))
}
