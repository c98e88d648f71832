//! AMF: the vectors of spec 07, recorded from the original on x86_64.

mod access;
mod decode;
mod decode3;
mod dump;
mod encode;

use rtmp::abi::{AMFDataType, AMFObject, AMFObjectProperty, AVal};

/// The bytes of `text`, which is hexadecimal with blanks.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    assert!(digits.len().is_multiple_of(2), "{text}");
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

/// A value in one line: `{a:1, b:"x"@7}`. Texts carry their distance from `base`, unless they are NULL.
pub(crate) fn show(property: &AMFObjectProperty, base: *const u8) -> String {
    let name = property.p_name.bytes();
    let value = match property.p_type.get() {
        AMFObjectProperty::NUMBER => property.number().to_string(),
        AMFObjectProperty::BOOLEAN => (property.number() != 0.0).to_string(),
        AMFObjectProperty::STRING => show_text(&property.text(), base),
        AMFObjectProperty::NULL => "null".to_owned(),
        AMFObjectProperty::DATE => {
            format!("date {} {}", property.number(), property.p_UTCoffset.get())
        }
        AMFObjectProperty::XML_DOC => format!("xml{}", show_text(&property.text(), base)),
        AMFObjectProperty::OBJECT => format!("{{{}}}", show_all(members(property), base)),
        AMFObjectProperty::ECMA_ARRAY => format!("ecma{{{}}}", show_all(members(property), base)),
        AMFObjectProperty::STRICT_ARRAY => format!("[{}]", show_all(members(property), base)),
        other => format!("type {other:#x}"),
    };
    if name.is_empty() {
        value
    } else {
        format!("{}:{value}", String::from_utf8_lossy(name))
    }
}

/// The members of an object, in one line.
pub(crate) fn show_all(object: &AMFObject, base: *const u8) -> String {
    let values: Vec<String> = object
        .properties()
        .iter()
        .map(|property| show(property, base))
        .collect();
    values.join(", ")
}

fn show_text(text: &AVal, base: *const u8) -> String {
    let bytes = String::from_utf8_lossy(text.bytes());
    if text.start().is_null() {
        return format!("{bytes:?}");
    }
    format!("{bytes:?}@{}", text.start().addr() - base.addr())
}

fn members(property: &AMFObjectProperty) -> &AMFObject {
    property.object().unwrap()
}

/// An object that a program made.
pub(crate) fn object(properties: &[AMFObjectProperty]) -> AMFObject {
    let object = AMFObject::empty();
    for property in properties {
        assert!(object.push(property));
    }
    object
}

/// `name = value`.
pub(crate) fn number(name: &'static str, value: f64) -> AMFObjectProperty {
    let name = AVal::literal(name.as_bytes());
    AMFObjectProperty::with_number(name, AMFObjectProperty::NUMBER, value)
}

/// `name = "value"`.
pub(crate) fn string(name: &'static str, value: &'static [u8]) -> AMFObjectProperty {
    let (name, value) = (AVal::literal(name.as_bytes()), AVal::literal(value));
    AMFObjectProperty::with_text(name, AMFObjectProperty::STRING, &value)
}

/// A property of a type that has no value, or none that matters.
pub(crate) fn bare(name: &'static str, kind: AMFDataType) -> AMFObjectProperty {
    AMFObjectProperty::bare(AVal::literal(name.as_bytes()), kind)
}

/// A container of a type.
pub(crate) fn nested(
    name: &'static str,
    kind: AMFDataType,
    properties: &[AMFObjectProperty],
) -> AMFObjectProperty {
    let name = AVal::literal(name.as_bytes());
    AMFObjectProperty::with_object(name, kind, &object(properties))
}
