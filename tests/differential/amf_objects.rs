//! Containers, property access, searches and the dump (spec 07 sections 7 and 8).

use crate::amf_decode::{show_number, show_object, show_property};
use crate::amf_encode::{ECMA_ARRAY, OBJECT, STRICT_ARRAY, Value, object, property};
use crate::scenario::{Scenario, scenario};
use crate::structs::{AMF3ClassDef, AMFObjectProperty, AVal, EMPTY, EMPTY_OBJECT};

fn every_kind() -> Vec<(&'static [u8], Value)> {
    let members = || vec![(&b"m"[..], Value::Number(3.0))];
    vec![
        (b"number", Value::Number(2.5)),
        (b"boolean", Value::Boolean(1.0)),
        (b"string", Value::Text(b"text")),
        (b"empty", Value::Text(b"")),
        (b"null", Value::Null),
        (b"object", Value::Nested(OBJECT, members())),
        (b"ecma", Value::Nested(ECMA_ARRAY, members())),
        (b"strict", Value::Nested(STRICT_ARRAY, members())),
        (b"date", Value::Date(1e12, -60)),
        (b"xml", Value::Code(15)),
        (b"undefined", Value::Code(6)),
        (b"invalid", Value::Code(255)),
    ]
}

fn getters() -> Scenario {
    scenario("every getter on every kind", |lib, trace| {
        let mut all = object(&every_kind());
        trace.note("AMF_CountProp", lib.AMF_CountProp(&mut all));
        for index in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 100] {
            let found = lib.AMF_GetProp(&mut all, std::ptr::null(), index);
            let (mut name, mut text, mut inner) = (EMPTY, EMPTY, EMPTY_OBJECT);
            lib.AMFProp_GetName(found, &mut name);
            lib.AMFProp_GetString(found, &mut text);
            lib.AMFProp_GetObject(found, &mut inner);
            trace.text(format!(
                "{index}: {} type {} valid {} number {} boolean {} string {} object {}",
                name.show(),
                lib.AMFProp_GetType(found),
                lib.AMFProp_IsValid(found),
                // The number of a string or object is its pointer.
                if [2, 3, 5, 6, 7].contains(&index) {
                    "-".into()
                } else {
                    show_number(lib.AMFProp_GetNumber(found))
                },
                lib.AMFProp_GetBoolean(found),
                text.show(),
                inner.o_num,
            ));
        }
        let missing = lib.AMF_GetProp(&mut all, &AVal::of(b"nobody"), -1);
        trace.note(
            "same not-found property",
            missing == lib.AMF_GetProp(&mut all, &AVal::of(b"x"), -1),
        );
    })
}

pub(crate) fn access() -> Vec<Scenario> {
    let by_name = scenario("AMF_GetProp by name", |lib, trace| {
        let mut all = object(&[
            (b"a", Value::Number(1.0)),
            (b"A", Value::Number(2.0)),
            (b"a", Value::Number(3.0)),
            (b"", Value::Number(4.0)),
        ]);
        for name in [&b"a"[..], b"A", b"", b"ab", b"b"] {
            let found = lib.AMF_GetProp(&mut all, &AVal::of(name), -1);
            trace.note(
                &format!("{:?}", name.escape_ascii().to_string()),
                lib.AMFProp_GetNumber(found),
            );
        }
    });
    let growth = scenario("AMF_AddProp up to 33", |lib, trace| {
        let mut grown = EMPTY_OBJECT;
        for number in 0..33_u8 {
            lib.AMF_AddProp(
                &mut grown,
                &property(b"n", &Value::Number(f64::from(number))),
            );
            trace.note("count", grown.o_num);
        }
        trace.text(show_object(&grown, std::ptr::null()).replace('@', " "));
        lib.AMF_Reset(&mut grown);
        trace.note("count", grown.o_num);
        trace.note("pointer null", grown.o_props.is_null());
        lib.AMF_Reset(&mut grown);
    });
    let resets = scenario("AMFProp_Reset and AMFProp_SetName", |lib, trace| {
        for (name, value) in every_kind() {
            if matches!(value, Value::Nested(..) | Value::Null) {
                continue;
            }
            let mut one = property(name, &value);
            lib.AMFProp_SetName(&mut one, &mut AVal::of(b"other"));
            lib.AMFProp_Reset(&mut one);
            trace.text(format!(
                "{} {} {:?}",
                one.p_name.show(),
                one.p_type,
                one.p_vu
            ));
        }
    });
    let classes = scenario("AMF3ClassDef", |lib, trace| {
        let mut class = AMF3ClassDef {
            cd_name: EMPTY,
            cd_externalizable: 0,
            cd_dynamic: 0,
            cd_num: 0,
            cd_props: std::ptr::null_mut(),
        };
        for _ in 0..17 {
            lib.AMF3CD_AddProp(&mut class, &mut AVal::of(b"member"));
        }
        trace.note("cd_num", class.cd_num);
        for index in [0, 16, 17, 99] {
            let found = lib.AMF3CD_GetProp(&mut class, index);
            let shown: Vec<_> = crate::structs::copy(found, 1)
                .iter()
                .map(AVal::show)
                .collect();
            trace.note("member", shown.join(""));
        }
    });
    vec![getters(), by_name, growth, resets, classes]
}

pub(crate) fn searches() -> Vec<Scenario> {
    let tree = || {
        object(&[
            (
                b"",
                Value::Nested(
                    OBJECT,
                    vec![
                        (
                            b"a",
                            Value::Nested(OBJECT, vec![(b"dur", Value::Number(1.0))]),
                        ),
                        (b"dur", Value::Number(2.0)),
                    ],
                ),
            ),
            (
                b"",
                Value::Nested(
                    ECMA_ARRAY,
                    vec![
                        (b"x", Value::Number(3.0)),
                        (b"videocodecid", Value::Number(7.0)),
                    ],
                ),
            ),
            (
                b"",
                Value::Nested(STRICT_ARRAY, vec![(b"inn", Value::Number(9.0))]),
            ),
        ])
    };
    let mut table = Vec::new();
    for name in [
        "dur",
        "du",
        "x",
        "videocodecid",
        "video",
        "inn",
        "",
        "absent",
    ] {
        table.push(scenario(
            format!("search for {name:?}"),
            move |lib, trace| {
                let mut all = tree();
                let wanted = AVal::of(name.as_bytes());
                let untouched = AMFObjectProperty::new(b"untouched", 255, [0, 0]);
                let mut out = untouched;
                trace.note(
                    "first",
                    lib.RTMP_FindFirstMatchingProperty(&mut all, &wanted, &mut out),
                );
                trace.text(format!("{} type {}", out.p_name.show(), out.p_type));
                let mut out = untouched;
                trace.note(
                    "prefix",
                    lib.RTMP_FindPrefixProperty(&mut all, &wanted, &mut out),
                );
                trace.text(format!("{} type {}", out.p_name.show(), out.p_type));
            },
        ));
    }
    table
}

pub(crate) fn dumps() -> Vec<Scenario> {
    let nested = Value::Nested(OBJECT, vec![(b"a", Value::Number(1.0))]);
    let long_text: &'static [u8] = Box::leak(vec![b'x'; 300].into_boxed_slice());
    let mut rows: Vec<(&'static [u8], Value)> = vec![
        (b"duration", Value::Number(12.345)),
        (b"", Value::Number(1.0)),
        (b"s", Value::Text(b"hello")),
        (b"s", Value::Text(b"he\0llo")),
        (b"s", Value::Text(b"")),
        (b"abcdefghijklmnopqrs", Value::Number(1.0)),
        (b"na\0me", Value::Number(1.0)),
        (b"b", Value::Boolean(1.0)),
        (b"b", Value::Boolean(0.0)),
        (b"d", Value::Date(1e12, -60)),
        (b"x", Value::Code(15)),
        (b"n", Value::Number(f64::NAN)),
        (b"n", Value::Number(-0.0)),
        (b"n", Value::Null),
        (b"n", Value::Code(255)),
        (b"n", Value::Code(0x155)),
        (b"long", Value::Text(long_text)),
        (b"o", nested.clone()),
        (b"", nested),
    ];
    rows.extend(every_kind());
    let each = scenario("AMFProp_Dump", move |lib, trace| {
        for (name, value) in &rows {
            let mut one = property(name, value);
            if one.p_type == 2 && one.aval().av_val.is_null() {
                continue;
            }
            trace.text(format!("-- {}", name.escape_ascii()));
            lib.AMFProp_Dump(&mut one);
        }
    });
    let whole = scenario("AMF_Dump", |lib, trace| {
        lib.AMF_Dump(&mut object(&every_kind()));
        lib.AMF_Dump(&mut EMPTY_OBJECT.clone());
        trace.log();
    });
    let decoded = scenario("a decoded property shows like a built one", |lib, trace| {
        let bytes = crate::trace::unhex("00016e 02 0003 616263 0000");
        let mut out = AMFObjectProperty::new(b"", 0, [0, 0]);
        trace.note("used", lib.AMFProp_Decode(&mut out, bytes.as_ptr(), 9, 1));
        trace.text(show_property(&out, bytes.as_ptr()));
        lib.AMFProp_Dump(&mut out);
    });
    vec![each, whole, decoded]
}
