//! Encoders (spec 07 §3, §4).

use std::ffi::c_char;

use rtmp::abi::{AMFObject, AMFObjectProperty, AVal};
use rtmp::ffi::amf::*;

use super::{bare, hex, nested, number, object, string};
use crate::logged::logged;

type Encode<'a> = &'a dyn Fn(*mut c_char, *mut c_char) -> *mut c_char;

const ARRAYS: [unsafe extern "C" fn(*mut AMFObject, *mut c_char, *mut c_char) -> *mut c_char; 3] =
    [AMF_Encode, AMF_EncodeEcmaArray, AMF_EncodeArray];

/// What was written up to the position returned, or the bytes touched by a call that returned NULL.
fn run(capacity: usize, encode: Encode<'_>) -> Result<Vec<u8>, Vec<u8>> {
    const UNTOUCHED: u8 = 0xee;
    let mut buffer = vec![UNTOUCHED; capacity + 8];
    let start = buffer.as_mut_ptr().cast::<c_char>();
    let position = encode(start, start.wrapping_add(capacity));
    assert_eq!(buffer[capacity..], [UNTOUCHED; 8], "bytes behind the end");
    if position.is_null() {
        buffer.retain(|&byte| byte != UNTOUCHED);
        return Err(buffer);
    }
    buffer.truncate(position.addr() - start.addr());
    Ok(buffer)
}

/// Checks that `encode` writes `expected` with room for `minimum` bytes, and with one byte less refuses, having written
/// `before`.
fn check(minimum: usize, expected: &str, before: &str, encode: Encode<'_>) {
    assert_eq!(run(minimum, encode), Ok(hex(expected)));
    assert_eq!(run(minimum + 100, encode), Ok(hex(expected)));
    assert_eq!(run(minimum - 1, encode), Err(hex(before)), "{expected}");
}

fn text(bytes: &'static [u8]) -> AVal {
    AVal::literal(bytes)
}

#[test]
fn integers() {
    for (value, bytes) in [(0x1234, "1234"), (-2, "fffe")] {
        // SAFETY: `run` gives the bounds of its buffer, here and in all calls below.
        check(2, bytes, "", &|start, end| unsafe {
            AMF_EncodeInt16(start, end, value)
        });
    }
    for (value, bytes) in [
        (0x12_3456, "123456"),
        (0x7f12_3456, "123456"),
        (-1, "ffffff"),
    ] {
        // SAFETY: as above.
        check(3, bytes, "", &|start, end| unsafe {
            AMF_EncodeInt24(start, end, value)
        });
    }
    for (value, bytes) in [(0x1234_5678, "12345678"), (-2, "fffffffe")] {
        // SAFETY: as above.
        check(4, bytes, "", &|start, end| unsafe {
            AMF_EncodeInt32(start, end, value)
        });
    }
}

#[test]
fn numbers_and_booleans() {
    for (value, bytes) in [
        (0.0, "000000000000000000"),
        (-0.0, "008000000000000000"),
        (1.0, "003ff0000000000000"),
        (-1.5, "00bff8000000000000"),
        (3191.0, "0040a8ee0000000000"),
        (1e308, "007fe1ccf385ebc8a0"),
        (5e-324, "000000000000000001"),
        (f64::INFINITY, "007ff0000000000000"),
        (f64::NAN, "007ff8000000000000"),
    ] {
        // SAFETY: as in `integers`.
        check(9, bytes, "", &|start, end| unsafe {
            AMF_EncodeNumber(start, end, value)
        });
    }
    for (value, bytes) in [(1, "0101"), (0, "0100"), (256, "0101"), (-1, "0101")] {
        // SAFETY: as in `integers`.
        check(2, bytes, "", &|start, end| unsafe {
            AMF_EncodeBoolean(start, end, value)
        });
    }
}

#[test]
fn strings_need_what_they_use() {
    for (value, minimum, bytes) in [
        (&b""[..], 3, "020000"),
        (b"abc", 6, "020003616263"),
        (b"a\0b", 6, "020003610062"),
    ] {
        let value = text(value);
        // SAFETY: as in `integers`; the value lives.
        check(minimum, bytes, "", &|start, end| unsafe {
            AMF_EncodeString(start, end, &raw const value)
        });
    }
    static LONG: [u8; 65_536] = [b'x'; 65_536];
    for (length, minimum, head) in [(65_535, 65_538, "02ffff"), (65_536, 65_541, "0c00010000")] {
        let value = text(&LONG[..length]);
        let expected = format!("{head}{}", "78".repeat(length));
        // SAFETY: as above.
        check(minimum, &expected, "", &|start, end| unsafe {
            AMF_EncodeString(start, end, &raw const value)
        });
    }
}

#[test]
fn named_values_keep_the_name_when_the_value_does_not_fit() {
    let (name, value, none) = (text(b"n"), text(b"v"), text(b""));
    // SAFETY: as in `integers`; the values live, here and below.
    check(7, "00016e02000176", "00016e", &|start, end| unsafe {
        AMF_EncodeNamedString(start, end, &raw const name, &raw const value)
    });
    // SAFETY: as above.
    check(5, "0000020000", "0000", &|start, end| unsafe {
        AMF_EncodeNamedString(start, end, &raw const none, &raw const none)
    });
    let one = "00016e003ff0000000000000";
    // SAFETY: as above.
    check(12, one, "00016e", &|start, end| unsafe {
        AMF_EncodeNamedNumber(start, end, &raw const name, 1.0)
    });
    // SAFETY: as above.
    check(5, "00016e0101", "00016e", &|start, end| unsafe {
        AMF_EncodeNamedBoolean(start, end, &raw const name, 1)
    });
}

#[test]
fn a_name_that_does_not_fit_its_length_field_is_refused() {
    static LONG: [u8; 65_536] = [b'x'; 65_536];
    let (name, value) = (text(&LONG), text(b"v"));
    // SAFETY: as in `integers`; the values live.
    let result = run(70_000, &|start, end| unsafe {
        AMF_EncodeNamedString(start, end, &raw const name, &raw const value)
    });
    assert_eq!(result, Err(Vec::new()));
}

/// The three containers of `members`: the bytes, and how many lines were logged.
fn containers(capacity: usize, members: &[AMFObjectProperty]) -> [(Option<Vec<u8>>, usize); 3] {
    let object = object(members);
    let results = ARRAYS.map(|encode| {
        let (result, lines) = logged(|| {
            // SAFETY: as in `integers`; the object lives.
            run(capacity, &|start, end| unsafe {
                encode((&raw const object).cast_mut(), start, end)
            })
        });
        (result.ok(), lines.len())
    });
    // SAFETY: nothing refers to what it has.
    unsafe { object.reset() };
    results
}

#[track_caller]
fn check_containers(members: &[AMFObjectProperty], expected: [&str; 3], lines: usize) {
    assert_eq!(
        containers(1000, members),
        expected.map(|bytes| (Some(hex(bytes)), lines))
    );
}

#[test]
fn objects_and_arrays() {
    check_containers(&[], ["03000009", "0800000000000009", "0a00000000"], 0);
    check_containers(
        &[number("", 1.0)],
        [
            "03 003ff0000000000000 000009",
            "0800000001 003ff0000000000000 000009",
            "0a00000001 003ff0000000000000",
        ],
        0,
    );
    // The original writes the names into the strict array as well.
    check_containers(
        &[number("a", 1.0), string("b", b"x")],
        [
            "03 000161 003ff0000000000000 000162 02000178 000009",
            "0800000002 000161 003ff0000000000000 000162 02000178 000009",
            "0a00000002 003ff0000000000000 02000178",
        ],
        0,
    );
}

#[test]
fn a_member_that_cannot_be_encoded_ends_the_container() {
    let date = bare("d", AMFObjectProperty::DATE);
    check_containers(
        &[number("a", 1.0), date, number("z", 2.0)],
        [
            "03 000161 003ff0000000000000 000009",
            "0800000003 000161 003ff0000000000000 000009",
            "0a00000003 003ff0000000000000",
        ],
        2,
    );
    check_containers(
        &[bare("", AMFObjectProperty::INVALID)],
        ["03000009", "0800000001000009", "0a00000001"],
        1,
    );
}

#[test]
fn containers_by_room() {
    let members = || [number("a", 1.0), string("b", b"xyz")];
    let [first, none] = ["000161 003ff0000000000000", ""];
    let both = "000161 003ff0000000000000 000162 02000378797a";
    let object = |capacity| match capacity {
        0..=3 => (None, 0),
        4..=12 => (Some(none), 1),
        13..=15 => (None, 1),
        16..=21 => (Some(first), 1),
        22..=24 => (None, 0),
        _ => (Some(both), 0),
    };
    let ecma = |capacity| match capacity {
        0..=4 => (None, 0),
        5..=7 => (None, 1),
        8..=16 => (Some(none), 1),
        17..=19 => (None, 1),
        20..=25 => (Some(first), 1),
        26..=28 => (None, 0),
        _ => (Some(both), 0),
    };
    for capacity in 0..40 {
        let [seen_object, seen_ecma, _] = containers(capacity, &members());
        let whole = |head, members: Option<&str>| {
            members.map(|members| hex(&format!("{head}{members}000009")))
        };
        let (members, lines) = object(capacity);
        assert_eq!(seen_object, (whole("03", members), lines), "{capacity}");
        let (members, lines) = ecma(capacity);
        assert_eq!(
            seen_ecma,
            (whole("0800000002", members), lines),
            "{capacity}"
        );
    }
}

fn check_property(minimum: usize, expected: &str, before: &str, property: &AMFObjectProperty) {
    // SAFETY: as in `integers`; the property lives.
    check(minimum, expected, before, &|start, end| unsafe {
        AMFProp_Encode(std::ptr::from_ref(property).cast_mut(), start, end)
    });
    // SAFETY: nothing refers to what it has.
    unsafe { property.reset() };
}

#[test]
fn properties() {
    let truth = AMFObjectProperty::with_number(AVal::empty(), AMFObjectProperty::BOOLEAN, 0.5);
    check_property(2, "0101", "", &truth);
    check_property(9, "003ff0000000000000", "", &number("", 1.0));
    check_property(12, "000161 003ff0000000000000", "000161", &number("a", 1.0));
    check_property(1, "05", "", &bare("", AMFObjectProperty::NULL));
    let one = || [number("a", 1.0)];
    check_property(
        19,
        "000178 03 000161 003ff0000000000000 000009",
        "000178 03 000161 003ff0000000000000",
        &nested("x", AMFObjectProperty::OBJECT, &one()),
    );
    check_property(
        23,
        "000178 0800000001 000161 003ff0000000000000 000009",
        "000178 0800000001 000161 003ff0000000000000",
        &nested("x", AMFObjectProperty::ECMA_ARRAY, &one()),
    );
}

#[test]
fn a_null_keeps_its_name() {
    // The original drops it, which makes what follows unreadable.
    check_property(
        4,
        "000178 05",
        "000178",
        &bare("x", AMFObjectProperty::NULL),
    );
    check_containers(
        &[bare("x", AMFObjectProperty::NULL), number("y", 2.0)],
        [
            "03 000178 05 000179 004000000000000000 000009",
            "0800000002 000178 05 000179 004000000000000000 000009",
            "0a00000002 05 004000000000000000",
        ],
        0,
    );
}

/// Encodes a text that lies `at` bytes behind the beginning of the buffer.
fn over_itself(
    length: usize,
    at: usize,
    expected: &str,
    encode: &dyn Fn(*mut c_char, *mut c_char, &AVal) -> *mut c_char,
) {
    let mut buffer = [0xee_u8; 40];
    buffer[at..at + length].copy_from_slice(&b"abcdefghij"[..length]);
    let range = buffer.as_mut_ptr_range();
    let (start, end) = (range.start.cast::<c_char>(), range.end.cast());
    // SAFETY: inside the buffer, which lives.
    let text = unsafe { AVal::from_raw(start.wrapping_add(at), i32::try_from(length).unwrap()) };
    let position = encode(start, end, &text);
    assert_eq!(position.addr() - start.addr(), hex(expected).len(), "{at}");
    assert_eq!(buffer[..hex(expected).len()], hex(expected), "{at}");
}

#[test]
fn texts_may_lie_where_they_are_encoded_to() {
    static OTHER: AVal = AVal::literal(b"xyz");
    for at in 0..20 {
        over_itself(10, at, "02000a6162636465666768696a", &|start, end, text| {
            // SAFETY: as in `integers`; the text lives, here and below.
            unsafe { AMF_EncodeString(start, end, text) }
        });
        over_itself(
            4,
            at,
            "0004 61626364 020004 61626364",
            &|start, end, text| {
                // SAFETY: as above.
                unsafe { AMF_EncodeNamedString(start, end, text, text) }
            },
        );
        over_itself(4, at, "0003 78797a 020004 61626364", &|start, end, text| {
            // SAFETY: as above.
            unsafe { AMF_EncodeNamedString(start, end, &raw const OTHER, text) }
        });
        over_itself(
            3,
            at,
            "0003616263 003ff0000000000000",
            &|start, end, text| {
                // SAFETY: as above.
                unsafe { AMF_EncodeNamedNumber(start, end, text, 1.0) }
            },
        );
        over_itself(3, at, "0003616263 0101", &|start, end, text| {
            // SAFETY: as above.
            unsafe { AMF_EncodeNamedBoolean(start, end, text, 1) }
        });
        over_itself(3, at, "0003616263 02 0003616263", &|start, end, text| {
            let property =
                AMFObjectProperty::with_text(text.clone(), AMFObjectProperty::STRING, text);
            // SAFETY: as above.
            unsafe { AMFProp_Encode((&raw const property).cast_mut(), start, end) }
        });
        over_itself(
            3,
            at,
            "03 0003616263 03 0003616263 05 000009 000009",
            &|start, end, text| {
                let inner = object(&[AMFObjectProperty::bare(
                    text.clone(),
                    AMFObjectProperty::NULL,
                )]);
                let member =
                    AMFObjectProperty::with_object(text.clone(), AMFObjectProperty::OBJECT, &inner);
                let object = object(&[member]);
                // SAFETY: as above.
                let end = unsafe { AMF_Encode((&raw const object).cast_mut(), start, end) };
                // SAFETY: nothing refers to what it has.
                unsafe { object.reset() };
                end
            },
        );
    }
}

#[test]
fn types_that_cannot_be_encoded() {
    for kind in [4, 6, 7, 9, 11, 12, 13, 14, 15, 16, 17, 0x55] {
        let property = bare("nm", kind);
        let (result, lines) = logged(|| {
            // SAFETY: as in `integers`; the property lives.
            run(100, &|start, end| unsafe {
                AMFProp_Encode((&raw const property).cast_mut(), start, end)
            })
        });
        assert_eq!(result, Err(hex("00026e6d")));
        assert_eq!(lines, [format!("1 AMFProp_Encode, invalid type. {kind}")]);
    }
    let invalid = bare("nm", AMFObjectProperty::INVALID);
    let (result, lines) = logged(|| {
        // SAFETY: as in `integers`; the property lives.
        run(100, &|start, end| unsafe {
            AMFProp_Encode((&raw const invalid).cast_mut(), start, end)
        })
    });
    assert_eq!((result, lines.len()), (Err(Vec::new()), 0));
}
