//! Log lines of values (spec 07 §8).

use rtmp::abi::{AMFObject, AMFObjectProperty};
use rtmp::ffi::amf::{AMF_Dump, AMFProp_Dump};
use rtmp::session::amf::dump_info;

use super::{bare, nested, number, object, string};
use crate::logged::logged;

fn lines(property: &AMFObjectProperty) -> Vec<String> {
    // SAFETY: the property lives.
    logged(|| unsafe { AMFProp_Dump(std::ptr::from_ref(property).cast_mut()) }).1
}

#[test]
fn properties() {
    let truth = bare("b", AMFObjectProperty::BOOLEAN);
    truth.set_number(1.0);
    let date = bare("d", AMFObjectProperty::DATE);
    date.set_number(1e12);
    date.p_UTCoffset.set(-60);
    static LONG: [u8; 300] = [b'x'; 300];
    for (property, line) in [
        (
            number("duration", 12.345),
            "<Name:           duration, NUMBER:\t12.35>",
        ),
        (number("", 1.0), "<Name:           no-name., NUMBER:\t1.00>"),
        (
            string("s", b"hello"),
            "<Name:                  s, STRING:\thello>",
        ),
        (
            string("s", b"he\0llo"),
            "<Name:                  s, STRING:\the>",
        ),
        (
            number("abcdefghijklmnopqrs", 1.0),
            "<Name: abcdefghijklmnopqr, NUMBER:\t1.00>",
        ),
        (truth, "<Name:                  b, BOOLEAN:\tTRUE>"),
        (
            date,
            "<Name:                  d, DATE:\ttimestamp: 1000000000000.00, UTC offset: -60>",
        ),
        (
            bare("x", AMFObjectProperty::XML_DOC),
            "<Name:                  x, INVALID TYPE 0x0f>",
        ),
        (
            number("n", f64::NAN),
            "<Name:                  n, NUMBER:\tnan>",
        ),
        (
            number("n", -0.0),
            "<Name:                  n, NUMBER:\t-0.00>",
        ),
        (bare("n", AMFObjectProperty::NULL), "NULL"),
        (bare("n", AMFObjectProperty::INVALID), "INVALID"),
        (
            string("s", &LONG),
            &format!("<Name:                  s, STRING:\t{}>", "x".repeat(246)),
        ),
    ] {
        assert_eq!(lines(&property), [format!("4 Property: {line}")]);
    }
}

#[test]
fn objects_are_dumped_with_their_members() {
    for (kind, name) in [
        (AMFObjectProperty::OBJECT, "OBJECT"),
        (AMFObjectProperty::ECMA_ARRAY, "ECMA_ARRAY"),
        (AMFObjectProperty::STRICT_ARRAY, "STRICT_ARRAY"),
    ] {
        let values = object(&[nested("o", kind, &[number("a", 1.0)])]);
        let place = (&raw const values).cast_mut();
        // SAFETY: the object lives.
        let ((), lines) = logged(|| unsafe { AMF_Dump(place) });
        let head = format!("4 Property: <Name:                  o, {name}>");
        assert_eq!(
            lines,
            [
                "4 (object begin)",
                head.as_str(),
                "4 (object begin)",
                "4 Property: <Name:                  a, NUMBER:\t1.00>",
                "4 (object end)",
                "4 (object end)",
            ]
        );
        // SAFETY: nothing refers to what it has.
        unsafe { values.reset() };
    }
}

/// Recorded through `RTMP_ClientPacket`, which logs metadata in this form (spec 06 §4).
#[test]
fn metadata() {
    let date = bare("date", AMFObjectProperty::DATE);
    date.set_number(5.0);
    let values: AMFObject = object(&[
        number("duration", 10.0),
        number("", 3.0),
        string("t", b"hi\n\n"),
        string("e", b""),
        string("nl", b"\n"),
        bare("nul", AMFObjectProperty::NULL),
        date,
        number("averyveryverylongnamewithmore", 1.0),
        nested("arr", AMFObjectProperty::STRICT_ARRAY, &[number("in", 2.0)]),
    ]);
    let ((), lines) = logged(|| dump_info(&values));
    assert_eq!(
        lines,
        [
            "3   duration              10.00",
            "3   t                     hi\n",
            "3   nul                   INVALID TYPE 0x05",
            "3   date                  timestamp:5.00",
            "3   averyveryverylongnamewithmore1.00",
            "3 arr:",
            "3   in                    2.00",
        ]
    );
    // SAFETY: nothing refers to what it has.
    unsafe { values.reset() };
}
