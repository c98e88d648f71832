//! Decoders of AMF3 (spec 07 §6, and §9 where the original is wrong).

use std::ffi::c_int;

use rtmp::abi::{AMFObject, AMFObjectProperty, AVal};
use rtmp::ffi::amf::*;

use super::{hex, show, show_all};
use crate::logged::logged;

/// Decodes an object: the result, the object, the lines logged.
fn object(text: &str, marker: bool) -> (c_int, String, Vec<String>) {
    let (bytes, object) = (hex(text), AMFObject::empty());
    let size = bytes.len().try_into().unwrap();
    let place = (&raw const object).cast_mut();
    let (used, lines) = logged(|| {
        // SAFETY: object and bytes live.
        unsafe { AMF3_Decode(place, bytes.as_ptr().cast(), size, marker.into()) }
    });
    let shown = show_all(&object, bytes.as_ptr());
    // SAFETY: nothing refers to what it has.
    unsafe { object.reset() };
    (used, shown, lines)
}

/// Decodes a property: the result, and the property, whose type was 0x4d before.
fn property(text: &str, named: bool) -> (c_int, String) {
    let (bytes, property) = (hex(text), AMFObjectProperty::bare(AVal::empty(), 0x4d));
    let size = bytes.len().try_into().unwrap();
    let place = (&raw const property).cast_mut();
    // SAFETY: property and bytes live.
    let used = unsafe { AMF3Prop_Decode(place, bytes.as_ptr().cast(), size, named.into()) };
    let shown = show(&property, bytes.as_ptr());
    // SAFETY: nothing refers to what it has.
    unsafe { property.reset() };
    (used, shown)
}

#[test]
fn integers() {
    // From the fifth-last row on the original takes the last byte for a signed one.
    for (text, value) in [
        ("00", 0),
        ("7f", 127),
        ("8100", 128),
        ("ff7f", 16_383),
        ("818000", 16_384),
        ("ffff7f", 2_097_151),
        ("80c08000", 2_097_152),
        ("80c0807f", 2_097_279),
        ("bfffff7f", 268_435_327),
        ("c0808000", -268_435_456),
        ("ffffff7f", -129),
        ("ffffffff", -1),
        ("80c08080", 2_097_280),
        ("80c080ff", 2_097_407),
        ("bfffffff", 268_435_455),
        ("c0808080", -268_435_328),
        ("808080ff", 255),
    ] {
        let (bytes, mut seen) = (hex(text), 0x5555);
        // SAFETY: the bytes are an integer.
        let used = unsafe { AMF3ReadInteger(bytes.as_ptr().cast(), &raw mut seen) };
        assert_eq!(
            (used, seen),
            (c_int::try_from(bytes.len()).unwrap(), value),
            "{text}"
        );
    }
}

#[test]
fn texts() {
    for (text, used, offset, length) in [
        ("01", 1, Some(1), 0),
        ("07616263", 4, Some(1), 3),
        ("00", 1, None, 0),
        ("02", 1, None, 0),
        ("8261", 178, Some(2), 176),
    ] {
        let (bytes, mut value) = (hex(text), AVal::empty());
        // SAFETY: the bytes begin with an integer, and the text is not looked at.
        let seen = unsafe { AMF3ReadString(bytes.as_ptr().cast(), &raw mut value) };
        assert_eq!((seen, value.raw_len()), (used, length), "{text}");
        let expected = offset.map_or(0, |offset| bytes.as_ptr().addr() + offset);
        assert_eq!(value.start().addr(), expected, "{text}");
    }
}

#[test]
fn properties() {
    for (text, used, value) in [
        ("00", 1, "null"),
        ("01", 1, "null"),
        ("02", 1, "false"),
        ("03", 1, "true"),
        ("0405", 2, "5"),
        ("053ff0000000000000", 9, "1"),
        ("0607616263", 5, r#""abc"@2"#),
        ("0707616263", 5, r#""abc"@2"#),
        ("0b07616263", 5, r#""abc"@2"#),
        ("0600", 2, r#""""#),
        ("08014276000000000000", 10, "1511828488192"),
        ("0802", 2, "type 0x4d"),
        ("0a0b0103610301", 7, "{a:true}"),
    ] {
        let (seen, shown) = property(text, false);
        assert_eq!((seen, shown.as_str()), (used, value), "{text}");
    }
    assert!(property("0601", false).1.starts_with(r#"""@"#), "no NULL");
    for text in [
        "",
        "04",
        "04ffff",
        "053ff00000000000",
        "060761",
        "080142",
        "090101",
        "0c0361",
        "0d",
        "80",
    ] {
        assert_eq!(property(text, false).0, -1, "{text}");
    }
}

#[test]
fn named_properties() {
    for (text, used, value) in [
        ("036103", 3, "a:true"),
        ("0103", 1, "type 0x4d"),
        ("0203", 1, "type 0x4d"),
        ("0361", -1, "type 0x4d"),
    ] {
        let (seen, shown) = property(text, true);
        assert_eq!((seen, shown.as_str()), (used, value), "{text}");
    }
}

#[test]
fn objects() {
    // The original appends the empty name that ends a dynamic object as one more property.
    for (text, used, value) in [
        ("0a0b0101", 4, ""),
        ("0a0b0103610301", 7, "a:true"),
        ("0a0b01036106037801", 9, r#"a:"x"@7"#),
        ("0a0b0103610401036205400400000000000001", 19, "a:1, b:2.5"),
        ("0a0b01036103", 6, "a:true"),
        ("0a2307466f6f037803790401060376", 15, r#"x:1, y:"v"@14"#),
        ("0a1b07466f6f0378040103610301", 14, "x:1, a:true"),
        ("0a06", 2, ""),
        ("0a05", 2, ""),
        ("0a010401", 2, ""),
        ("040b0101", 4, ""),
        ("0a070744534b0401", 8, "DEFAULT_ATTRIBUTE:1"),
        ("0a230341", 4, ""),
        ("0a23034103780379", 8, ""),
        // The original skips a byte of the inner object and misreads it.
        ("0a0b0103610a0b010362030101", 13, "a:{b:true}"),
    ] {
        let (seen, shown, _) = object(text, true);
        assert_eq!((seen, shown.as_str()), (used, value), "{text}");
    }
    assert_eq!(object("0b0103610301", false).0, 6);
    let collection = format!("0a0743{}0405", hex_of(b"flex.messaging.io.ArrayCollection"));
    let (used, shown, _) = object(&collection, true);
    assert_eq!((used, shown.as_str()), (38, "DEFAULT_ATTRIBUTE:5"));
    for text in ["", "0a", "0a80"] {
        assert_eq!(object(text, true).0, -1, "{text}");
    }
}

fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn lines() {
    let class = |name, dynamic| {
        format!("4 Class name: {name}, externalizable: 0, dynamic: {dynamic}, classMembers: 0")
    };
    let (.., lines) = object("0a1307466f6f03780401", true);
    assert_eq!(
        lines,
        [
            class("Foo", 0),
            "4 Member: x".into(),
            "4 class object!".into()
        ]
    );
    let (.., lines) = object("0a0b0761", true);
    assert_eq!(lines, ["4 AMF3_Decode, invalid class encoding!"]);
    let (.., lines) = object("0a0b010361 09 01", true);
    assert_eq!(
        lines,
        [
            class("", 1),
            "4 AMF3Prop_Decode - AMF3 unknown/unsupported datatype 0x01, ".into(),
            "4 AMF3_Decode, failed to decode AMF3 property!".into(),
            "4 AMF3_Decode, invalid class encoding!".into(),
        ]
    );
    assert_eq!(object("0a06", true).2, ["4 Object reference, index: 3"]);
    assert_eq!(
        object("0a05", true).2,
        ["4 Class reference: 1", "4 class object!"]
    );
}

#[test]
fn references_to_texts_and_classes_are_followed() {
    // A dynamic object: name "a", value "a" by reference, then name "b".
    let (_, shown, _) = object("0a0b01 0361 0600 0362 0602 01", true);
    assert_eq!(shown, r#"a:"a"@4, b:"b"@8"#);
    // Two objects of the class Foo {x}; the second one refers to the class by its number.
    let (used, shown, _) = object("0a0b01 0361 0a1307466f6f0378 0401 0362 0a05 0402 01", true);
    assert_eq!((used, shown.as_str()), (22, "a:{x:1}, b:{x:2}"));
}

#[test]
fn a_value_that_fails_ends_the_object() {
    // The original goes one byte back and loops until memory ends.
    let (used, shown, _) = object("0a0b0303 0303092a2a2a2a2a00", true);
    assert_eq!((used, shown.as_str()), (13, ""));
}

#[test]
fn members_have_one_owner() {
    // The original stores the object `a` a second time when the data ends, and releases its members twice.
    let (used, shown, _) = object("0a0b01 0361 0a0b01 0362 03 01 01", true);
    assert_eq!((used, shown.as_str()), (13, "a:{b:true}"));
    let (used, shown, _) = object("0a0b01 0361 0a0a 0b0103620301 01", true);
    assert_eq!(
        (used, shown.as_str()),
        (14, "a:{}, \u{1}\u{3}b\u{3}\u{1}:null")
    );
}

#[test]
fn inside_amf0() {
    let (bytes, property) = (
        hex("110a0b0103610301"),
        AMFObjectProperty::bare(AVal::empty(), AMFObjectProperty::INVALID),
    );
    let place = (&raw const property).cast_mut();
    // SAFETY: property and bytes live.
    let used = unsafe { AMFProp_Decode(place, bytes.as_ptr().cast(), 8, 0) };
    assert_eq!(
        (used, show(&property, bytes.as_ptr())),
        (8, "{a:true}".to_owned())
    );
    // SAFETY: nothing refers to what it has.
    unsafe { property.reset() };
}
