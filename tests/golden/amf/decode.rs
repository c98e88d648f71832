//! Raw readers and decoders of AMF0 (spec 07 §2, §5).

use std::ffi::{c_char, c_int};

use rtmp::abi::{AMFObject, AMFObjectProperty, AVal};
use rtmp::ffi::amf::*;

use super::{hex, show, show_all};
use crate::logged::logged;

/// Number 1.
const N: &str = "003ff0000000000000";

fn start(bytes: &[u8]) -> *const c_char {
    bytes.as_ptr().cast()
}

fn size(bytes: &[u8]) -> c_int {
    bytes.len().try_into().unwrap()
}

/// Decodes a property: the result, the value (if there is one), the lines logged.
fn property(bytes: &[u8], named: bool) -> (c_int, String, Vec<String>) {
    let property = AMFObjectProperty::bare(AVal::empty(), AMFObjectProperty::INVALID);
    let place = (&raw const property).cast_mut();
    let (used, lines) = logged(|| {
        // SAFETY: the property and the bytes live.
        unsafe { AMFProp_Decode(place, start(bytes), size(bytes), named.into()) }
    });
    let value = if used < 0 {
        String::new()
    } else {
        show(&property, bytes.as_ptr())
    };
    // SAFETY: nothing refers to what it has.
    unsafe { property.reset() };
    (used, value, lines)
}

/// Decodes a sequence: the result and what is in the object.
fn sequence(text: &str, named: bool) -> (c_int, String) {
    let bytes = hex(text);
    let object = AMFObject::empty();
    let place = (&raw const object).cast_mut();
    // SAFETY: the object and the bytes live.
    let used = unsafe { AMF_Decode(place, start(&bytes), size(&bytes), named.into()) };
    let value = show_all(&object, bytes.as_ptr());
    // SAFETY: nothing refers to what it has.
    unsafe { object.reset() };
    (used, value)
}

#[test]
fn raw_numbers() {
    let bytes = hex("0001800000ffff");
    // SAFETY: all offsets leave enough bytes, here and below.
    assert_eq!(unsafe { AMF_DecodeInt16(start(&bytes)) }, 1);
    // SAFETY: as above.
    assert_eq!(unsafe { AMF_DecodeInt24(start(&bytes)) }, 384);
    // SAFETY: as above.
    let long = unsafe { AMF_DecodeInt32(start(&bytes[2..])) };
    assert_eq!(long, 2_147_483_903);
    // SAFETY: as above.
    assert_eq!(unsafe { AMF_DecodeInt24(start(&bytes[4..])) }, 65_535);
    for (byte, truth) in [(0, 0), (1, 1), (0x80, 1)] {
        // SAFETY: as above.
        assert_eq!(unsafe { AMF_DecodeBoolean(start(&[byte])) }, truth);
    }
    let nan = 0x7ff8_0000_0000_1234_u64;
    // SAFETY: as above.
    let number = unsafe { AMF_DecodeNumber(start(&nan.to_be_bytes())) };
    assert_eq!(number.to_bits(), nan);
}

#[test]
fn raw_texts() {
    type Read = unsafe extern "C" fn(*const c_char, *mut AVal);
    let short: Read = AMF_DecodeString;
    let long: Read = AMF_DecodeLongString;
    for (read, text, length, offset) in [
        (short, "0000", 0, None),
        (short, "000161", 1, Some(2)),
        (short, "ffff61", 65_535, Some(2)),
        (long, "00000000", 0, None),
        (long, "0000000161", 1, Some(4)),
        (long, "ffffffff", -1, None),
        (long, "80000000", i32::MIN, None),
        (long, "7fffffff", i32::MAX, Some(4)),
    ] {
        let (bytes, mut value) = (hex(text), AVal::empty());
        // SAFETY: the length is there, and the text is not looked at.
        unsafe { read(start(&bytes), &raw mut value) };
        assert_eq!(value.raw_len(), length, "{text}");
        let expected = offset.map_or(0, |offset| bytes.as_ptr().addr() + offset);
        assert_eq!(value.start().addr(), expected, "{text}");
    }
}

#[test]
fn properties() {
    for (text, used, value) in [
        ("003ff0000000000000", 9, "1"),
        ("003ff0000000000000 aabb", 9, "1"),
        ("007ff8000000000000", 9, "NaN"),
        ("0101", 2, "true"),
        ("0102", 2, "true"),
        ("0100", 2, "false"),
        ("020003616263", 6, r#""abc"@3"#),
        ("020000", 3, r#""""#),
        ("02000161ff", 4, r#""a"@3"#),
        ("03000009", 4, "{}"),
        ("03000161 003ff0000000000000 000009", 16, "{a:1}"),
        ("03000161 003ff0000000000000", 13, "{a:1}"),
        ("03", 1, "{}"),
        ("030001610300016205000009000009", 15, "{a:{b:null}}"),
        ("030001610300016205000009", 12, "{a:{b:null}}"),
        ("03000005000009", 7, "{null}"),
        ("030000 003ff0000000000000 000009", 15, "{1}"),
        ("03000009 003ff0000000000000", 4, "{}"),
        ("05", 1, "null"),
        ("06", 1, "null"),
        ("0d", 1, "null"),
        (
            "0800000001000161 003ff0000000000000 000009",
            20,
            "ecma{a:1}",
        ),
        (
            "08000000ff000161 003ff0000000000000 000009",
            20,
            "ecma{a:1}",
        ),
        ("0800000000000009", 8, "ecma{}"),
        ("0800000001000161 003ff0000000000000", 17, "ecma{a:1}"),
        ("0800000000", 5, "ecma{}"),
        ("0a00000000", 5, "[]"),
        ("0a00000001 003ff0000000000000", 14, "[1]"),
        ("0affffffff", 5, "[]"),
        ("0affffffff 003ff0000000000000", 5, "[]"),
        (
            "0a00000003 003ff0000000000000 02000161 05",
            19,
            r#"[1, "a"@17, null]"#,
        ),
        ("0a000000010a0000000105", 11, "[[null]]"),
        ("0b42760000000000000000", 11, "date 1511828488192 0"),
        ("0b4276000000000000ffc4", 11, "date 1511828488192 -60"),
        ("0b427600000000000001e0", 11, "date 1511828488192 480"),
        ("0c00000003616263", 8, r#""abc"@5"#),
        ("0c00000000", 5, r#""""#),
        ("0f00000003616263", 8, r#"xml"abc"@5"#),
    ] {
        let (seen, shown, _) = property(&hex(text), false);
        assert_eq!((seen, shown.as_str()), (used, value), "{text}");
    }
}

#[test]
fn broken_properties() {
    let too_short = "4 AMFProp_Decode: Not enough data for decoding with name, less than 4 bytes!";
    let unknown = |kind| format!("4 AMFProp_Decode - unknown datatype {kind}, ");
    let unknown: Vec<String> = ["0x12", "0x7f", "0xffffff80", "0xffffffff"]
        .map(unknown)
        .into();
    for (text, line) in [
        ("", "4 AMFProp_Decode: Empty buffer/no buffer pointer!"),
        ("003ff00000000000", ""),
        ("00", ""),
        ("01", ""),
        ("0200046162", ""),
        ("02", ""),
        ("0200", ""),
        ("0300", too_short),
        ("030000", too_short),
        ("03000008", too_short),
        ("03000161 003ff0000000000000 0000", too_short),
        (
            "03ffff616263646566",
            "4 AMFProp_Decode: Name size out of range: namesize (65535) > len (8) - 2",
        ),
        ("07", ""),
        ("0700", ""),
        ("10", ""),
        ("1000034162", ""),
        ("1000034162630000", too_short),
        ("09", ""),
        ("0a00000002 003ff0000000000000", ""),
        ("0a00000001", ""),
        ("0b427600000000000000", "4 AMF_DATE"),
        ("0c000000046162", ""),
        ("0cffffffff6162", ""),
        ("0c7fffffff6162", ""),
        ("0c", ""),
        ("0c0000", ""),
        ("0f00000004616263", ""),
        ("12", &unknown[0]),
        ("7f", &unknown[1]),
        ("80", &unknown[2]),
        ("ff", &unknown[3]),
        // The original reads the count behind the data, and claims more bytes than there are.
        ("08", ""),
        ("080000", ""),
        ("0a", ""),
        ("0a0000", ""),
        ("0a0000000108", ""),
        ("11", ""),
        ("1109", ""),
        ("11090501", ""),
        ("110607", ""),
        (
            "1112",
            "1 AMF3 Object encapsulated in AMF stream does not start with AMF3_OBJECT!",
        ),
    ] {
        let (used, _, lines) = property(&hex(text), false);
        assert_eq!((used, lines.concat().as_str()), (-1, line), "{text}");
    }
}

/// What the original refuses, though the format has it, and an unsupported value.
const LEGAL: [(&str, &str); 18] = [
    ("04", "null"),
    ("070001", "null"),
    ("0d", "null"),
    ("0e", "null"),
    ("100003416263 000009", "{}"),
    ("100003416263 000161 05 000009", "{a:null}"),
    ("1000000001611000016200016305000009000009", "{a:{c:null}}"),
    ("1101", "null"),
    ("1103", "true"),
    ("110405", "5"),
    ("11053ff0000000000000", "1"),
    ("1108014276000000000000", "1511828488192"),
    ("110802", "null"),
    ("1109050361030102060561 62", "null"),
    ("110c05ffff", "null"),
    ("110d0300 00000001", "null"),
    ("11100300036302", "null"),
    ("1111030006036b02", "null"),
];

#[test]
fn every_marker_is_read_or_passed_over() {
    for (text, value) in LEGAL {
        let length = size(&hex(text));
        let (used, shown, lines) = property(&hex(text), false);
        assert_eq!((used, shown.as_str()), (length, value), "{text}");
        assert!(lines.iter().all(|line| !line.starts_with('1')), "{lines:?}");
        for (around, extra, wanted) in [
            (
                format!("03 000161 {text} 000162 {N} 000009"),
                19,
                format!("{{a:{value}, b:1}}"),
            ),
            (
                format!("08 00000002 000161 {text} 000162 {N} 000009"),
                23,
                format!("ecma{{a:{value}, b:1}}"),
            ),
            (
                format!("0a 00000002 {text} {N}"),
                14,
                format!("[{value}, 1]"),
            ),
            (
                format!("10 000163 000161 {text} 000162 {N} 000009"),
                22,
                format!("{{a:{value}, b:1}}"),
            ),
        ] {
            let (used, shown, _) = property(&hex(&around), false);
            assert_eq!((used, shown), (length + extra, wanted), "{around}");
        }
        assert_eq!(
            sequence(&format!("02000161 {text} {N}"), false),
            (length + 13, format!(r#""a"@3, {value}, 1"#))
        );
        assert_eq!(
            sequence(&format!("000161 {text} 000162 {N} 000009"), true),
            (length + 18, format!("a:{value}, b:1"))
        );
        // Nothing behind the data is looked at, and no part of it is enough.
        for end in 0..hex(text).len() {
            let is_whole = property(&hex(text)[..end], false).0 >= 0;
            // An object may end with the data.
            assert!(!is_whole || value.starts_with('{'), "{text} {end}");
        }
    }
}

#[test]
fn typed_objects_are_encoded_as_objects() {
    let property = AMFObjectProperty::bare(AVal::empty(), AMFObjectProperty::INVALID);
    let bytes = hex("100003416263 000161 070001 000009");
    let place = (&raw const property).cast_mut();
    let mut room = [0; 64];
    // SAFETY: the property and the bytes live.
    let used = unsafe { AMFProp_Decode(place, start(&bytes), size(&bytes), 0) };
    let range = room.as_mut_ptr_range();
    // SAFETY: the property, and a buffer from its start to its end.
    let end = unsafe { AMFProp_Encode(place, range.start, range.end) };
    let length = end.addr() - range.start.addr();
    let written: Vec<u8> = room[..length]
        .iter()
        .flat_map(|byte| byte.to_ne_bytes())
        .collect();
    assert_eq!((used, written), (size(&bytes), hex("03 000161 05 000009")));
    // SAFETY: nothing refers to what it has.
    unsafe { property.reset() };
}

#[test]
fn named_properties() {
    for (text, used, value) in [
        ("00016e 003ff0000000000000", 12, "n:1"),
        ("0000 003ff0000000000000", 11, "1"),
        ("00016e05", 4, "n:null"),
    ] {
        let (seen, shown, _) = property(&hex(text), true);
        assert_eq!((seen, shown.as_str()), (used, value), "{text}");
    }
    let too_short = "4 AMFProp_Decode: Not enough data for decoding with name, less than 4 bytes!";
    let too_long = "4 AMFProp_Decode: Name size out of range: namesize (3) > len (4) - 2";
    for (text, line) in [
        ("00016e", too_short),
        ("000009", too_short),
        ("00026162", ""),
        ("00036162", too_long),
        ("00000905", ""),
    ] {
        let (used, _, lines) = property(&hex(text), true);
        assert_eq!((used, lines.concat().as_str()), (-1, line), "{text}");
    }
}

#[test]
fn sequences() {
    for (text, named, used, left) in [
        (format!("02000161 {N} 05"), false, 14, r#""a"@3, 1, null"#),
        (
            format!("02000161 {N} 000009 0505"),
            false,
            16,
            r#""a"@3, 1"#,
        ),
        (String::new(), false, 0, ""),
        ("000009000000000000".to_owned(), false, 3, ""),
        (format!("000161 {N} 000009"), true, 15, "a:1"),
        (format!("000161 {N} 00016290"), true, -1, "a:1"),
        (format!("000161 {N} 0001"), true, -1, "a:1"),
        ("050508".to_owned(), false, -1, "null, null"),
        ("90".to_owned(), false, -1, ""),
        ("90000009".to_owned(), false, -1, ""),
    ] {
        let (seen, shown) = sequence(&text, named);
        assert_eq!((seen, shown.as_str()), (used, left), "{text}");
    }
}

#[test]
fn sizes_below_zero_are_no_data() {
    let (object, bytes) = (AMFObject::empty(), hex("0505"));
    let place = (&raw const object).cast_mut();
    // SAFETY: object and bytes live.
    assert_eq!(unsafe { AMF_Decode(place, start(&bytes), -5, 0) }, 0);
    let into = AMFObjectProperty::bare(AVal::empty(), AMFObjectProperty::INVALID);
    let into = (&raw const into).cast_mut();
    // SAFETY: property and bytes live.
    assert_eq!(unsafe { AMFProp_Decode(into, start(&bytes), -5, 0) }, -1);
}

#[test]
fn arrays() {
    for (text, count, used, left) in [
        ("0505", 0, 0, ""),
        ("0505", 1, 1, "null"),
        ("0505", 2, 2, "null, null"),
        ("0505", 3, -1, "null, null"),
        ("0505", -1, 0, ""),
        ("000009000000000000", 1, 9, "0.000000"),
    ] {
        let (bytes, object) = (hex(text), AMFObject::empty());
        let place = (&raw const object).cast_mut();
        // SAFETY: object and bytes live.
        let seen = unsafe { AMF_DecodeArray(place, start(&bytes), size(&bytes), count, 0) };
        let shown = show_all(&object, bytes.as_ptr());
        assert!(shown.starts_with(left), "{text} {count}: {shown}");
        assert_eq!(
            (seen, shown.is_empty()),
            (used, left.is_empty()),
            "{text} {count}"
        );
        // SAFETY: nothing refers to what it has.
        unsafe { object.reset() };
    }
}

#[test]
fn nesting_has_a_limit() {
    // The original overflows the stack at some 100000 levels.
    for (levels, fits) in [(256, true), (257, false), (100_000, false)] {
        let objects = hex(&"03000161".repeat(levels));
        let arrays = hex(&format!("{}05", "0a00000001".repeat(levels)));
        assert_eq!(
            property(&objects[..levels * 4 - 3], false).0 > 0,
            fits,
            "{levels}"
        );
        assert_eq!(property(&arrays, false).0 > 0, fits, "{levels}");
    }
}

#[test]
fn values_have_a_limit() {
    // A byte each in the data, 48 in the tree: the original takes what a server sends.
    for (count, fits) in [(256 * 1024, true), (256 * 1024 + 1, false)] {
        let nulls = [
            &[0x0a][..],
            &u32::to_be_bytes(count),
            &vec![5; count as usize],
        ]
        .concat();
        assert_eq!(property(&nulls, false).0 > 0, fits, "{count}");
    }
    // Containers have room for 16 values, however few they hold.
    for (count, fits) in [(16 * 1024 - 1024, true), (16 * 1024, false)] {
        let object = hex("03000161050000 09");
        let head = [&[0x0a][..], &u32::to_be_bytes(count)].concat();
        let objects = [head, object.repeat(count as usize)].concat();
        assert_eq!(property(&objects, false).0 > 0, fits, "{count}");
    }
}

#[test]
fn a_null_has_no_stale_value() {
    let property = AMFObjectProperty::bare(AVal::empty(), AMFObjectProperty::NUMBER);
    property.set_number(7.0);
    // SAFETY: the property and the byte live.
    let used = unsafe { AMFProp_Decode((&raw const property).cast_mut(), start(&[5]), 1, 0) };
    assert_eq!((used, property.number()), (1, 0.0));
}

#[test]
fn a_broken_container_leaves_nothing_to_release() {
    let property = AMFObjectProperty::bare(AVal::empty(), AMFObjectProperty::INVALID);
    let bytes = hex(&format!("03000161{N}00016290"));
    let place = (&raw const property).cast_mut();
    // SAFETY: the property and the bytes live.
    let used = unsafe { AMFProp_Decode(place, start(&bytes), size(&bytes), 0) };
    assert_eq!(
        (used, property.object().map(AMFObject::raw_len)),
        (-1, Some(0))
    );
}
