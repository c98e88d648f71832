//! AMF0 encoders at every amount of room (spec 07 sections 3 and 4).

use crate::anchors;
use crate::library::Library;
use crate::scenario::{Scenario, scenario};
use crate::structs::{
    AMFObject, AMFObjectProperty, AVal, EMPTY, aval_words, number_words, object_words,
};
use crate::trace::{Trace, hex};

const UNTOUCHED: u8 = 0xee;

type Encode = Box<dyn Fn(&Library, *mut u8, *mut u8) -> *mut u8 + Send + Sync>;

/// Room from nothing to two bytes more than needed; what lies at and after the end stays.
fn at_every_room(name: &str, size: usize, encode: Encode) -> Scenario {
    scenario(name, move |lib, trace| {
        for room in 0..=size + 2 {
            with_room(lib, trace, room, &encode);
        }
    })
}

/// The original wants more room than some values need: less than they need, and so much as it wants.
fn at_other_rooms(name: &str, exact: usize, wanted: usize, encode: Encode) -> Scenario {
    scenario(name, move |lib, trace| {
        for room in (0..exact).chain(wanted..=wanted + 2) {
            with_room(lib, trace, room, &encode);
        }
    })
}

fn with_room(lib: &Library, trace: &mut Trace, room: usize, encode: &Encode) {
    let mut buffer = vec![UNTOUCHED; room + 32];
    let start = buffer.as_mut_ptr();
    let end = start.wrapping_add(room);
    let result = encode(lib, start, end);
    let used = if result.is_null() {
        "NULL".to_owned()
    } else {
        format!("+{}", result as usize - start as usize)
    };
    let intact = buffer[room..].iter().all(|byte| *byte == UNTOUCHED);
    let written = buffer
        .iter()
        .rposition(|byte| *byte != UNTOUCHED)
        .map_or(0, |last| last + 1);
    let shown = crate::trace::show(&buffer[..written]);
    trace.text(format!(
        "room {room}: {used}, wrote [{shown}], end intact {intact}"
    ));
}

pub(crate) fn values() -> Vec<Scenario> {
    let mut table = Vec::new();
    for value in [0x1234_i16, -2] {
        let name = format!("AMF_EncodeInt16({value})");
        table.push(at_every_room(
            &name,
            2,
            Box::new(move |l, b, e| l.AMF_EncodeInt16(b, e, value)),
        ));
    }
    for value in [0x12_3456, 0x7f12_3456, -1] {
        let name = format!("AMF_EncodeInt24({value})");
        table.push(at_every_room(
            &name,
            3,
            Box::new(move |l, b, e| l.AMF_EncodeInt24(b, e, value)),
        ));
    }
    for value in [0x1234_5678, -2] {
        let name = format!("AMF_EncodeInt32({value})");
        table.push(at_every_room(
            &name,
            4,
            Box::new(move |l, b, e| l.AMF_EncodeInt32(b, e, value)),
        ));
    }
    let numbers = [
        0.0,
        -0.0,
        1.0,
        -1.5,
        3191.0,
        1e308,
        5e-324,
        f64::INFINITY,
        f64::NAN,
    ];
    for value in numbers {
        let name = format!("AMF_EncodeNumber({value:?})");
        table.push(at_every_room(
            &name,
            9,
            Box::new(move |l, b, e| l.AMF_EncodeNumber(b, e, value)),
        ));
    }
    for value in [1, 0, 256, -1] {
        let name = format!("AMF_EncodeBoolean({value})");
        let encode: Encode = Box::new(move |l, b, e| l.AMF_EncodeBoolean(b, e, value));
        table.push(at_every_room(&name, 2, encode));
    }
    for text in [&b""[..], b"abc", b"a\0b"] {
        let encode: Encode = Box::new(move |l, b, e| l.AMF_EncodeString(b, e, &AVal::of(text)));
        let name = format!("AMF_EncodeString({text:?})");
        table.push(at_other_rooms(
            &name,
            text.len() + 3,
            text.len() + 5,
            encode,
        ));
    }
    table.push(scenario("AMF_EncodeString of no pointer", |lib, trace| {
        let encode: Encode = Box::new(|l, b, e| l.AMF_EncodeString(b, e, &EMPTY));
        with_room(lib, trace, 8, &encode);
    }));
    table.push(scenario(
        "AMF_EncodeString around 65536 bytes",
        |lib, trace| {
            for len in [65535_usize, 65536] {
                for room in [len + 2, len + 5, len + 6] {
                    let text = vec![b'x'; len];
                    let encode: Encode =
                        Box::new(move |l, b, e| l.AMF_EncodeString(b, e, &AVal::of(&text)));
                    with_room(lib, trace, room, &encode);
                }
            }
        },
    ));
    table.extend(named_values());
    table
}

fn named_values() -> Vec<Scenario> {
    let mut table = Vec::new();
    for (name, value) in [(&b"n"[..], &b"v"[..]), (b"", b""), (b"name", b"a value")] {
        let encode: Encode = Box::new(move |l, b, e| {
            l.AMF_EncodeNamedString(b, e, &AVal::of(name), &AVal::of(value))
        });
        let title = format!("AMF_EncodeNamedString({name:?}, {value:?})");
        let exact = name.len() + value.len() + 5;
        table.push(at_other_rooms(&title, exact, exact + 2, encode));
    }
    table.push(at_every_room(
        "AMF_EncodeNamedNumber",
        12,
        Box::new(|l, b, e| l.AMF_EncodeNamedNumber(b, e, &AVal::of(b"n"), 1.0)),
    ));
    table.push(at_every_room(
        "AMF_EncodeNamedBoolean",
        5,
        Box::new(|l, b, e| l.AMF_EncodeNamedBoolean(b, e, &AVal::of(b"n"), 1)),
    ));
    table
}

/// A tree that owns what the C structures point to.
#[derive(Clone)]
pub(crate) enum Value {
    Number(f64),
    Boolean(f64),
    Text(&'static [u8]),
    Null,
    Date(f64, i16),
    Nested(u32, Vec<(&'static [u8], Self)>),
    /// A type code without a value.
    Code(u32),
}

pub(crate) const OBJECT: u32 = 3;
pub(crate) const ECMA_ARRAY: u32 = 8;
pub(crate) const STRICT_ARRAY: u32 = 10;
const INVALID: Value = Value::Code(255);

/// The C form; the arrays are leaked, which a test may.
pub(crate) fn property(name: &'static [u8], value: &Value) -> AMFObjectProperty {
    let (kind, words) = match value {
        Value::Number(number) => (0, number_words(*number)),
        Value::Boolean(number) => (1, number_words(*number)),
        Value::Text(text) => (2, aval_words(&AVal::of(text))),
        Value::Null => (5, [0, 0]),
        Value::Date(time, _) => (11, number_words(*time)),
        Value::Nested(kind, members) => (*kind, object_words(&object(members))),
        Value::Code(kind) => (*kind, [0, 0]),
    };
    let mut property = AMFObjectProperty::new(name, kind, words);
    if let Value::Date(_, zone) = value {
        property.p_UTCoffset = *zone;
    }
    property
}

pub(crate) fn object(members: &[(&'static [u8], Value)]) -> AMFObject {
    let members: Vec<_> = members
        .iter()
        .map(|(name, value)| property(name, value))
        .collect();
    let count = i32::try_from(members.len()).expect("few members");
    AMFObject {
        o_num: count,
        o_props: Box::leak(members.into_boxed_slice()).as_mut_ptr(),
    }
}

type Members = Vec<(&'static [u8], Value)>;

fn one() -> Members {
    vec![(b"a", Value::Number(1.0))]
}

fn two() -> Members {
    vec![(b"a", Value::Number(1.0)), (b"b", Value::Text(b"x"))]
}

fn long() -> Members {
    vec![(b"a", Value::Number(1.0)), (b"b", Value::Text(b"xyz"))]
}

fn dated() -> Members {
    vec![
        (b"a", Value::Number(1.0)),
        (b"d", Value::Date(0.0, 0)),
        (b"z", Value::Number(2.0)),
    ]
}

fn containers_of(title: &str, members: &Members, sizes: [usize; 3]) -> Vec<Scenario> {
    let [object_size, ecma_size, strict_size] = sizes;
    let (first, second, third) = (members.clone(), members.clone(), members.clone());
    vec![
        at_other_rooms(
            &format!("AMF_Encode {title}"),
            4,
            object_size,
            Box::new(move |l, b, e| l.AMF_Encode(&mut object(&first), b, e)),
        ),
        at_other_rooms(
            &format!("AMF_EncodeEcmaArray {title}"),
            5,
            ecma_size,
            Box::new(move |l, b, e| l.AMF_EncodeEcmaArray(&mut object(&second), b, e)),
        ),
        at_other_rooms(
            &format!("AMF_EncodeArray {title}"),
            5,
            strict_size,
            Box::new(move |l, b, e| l.AMF_EncodeArray(&mut object(&third), b, e)),
        ),
    ]
}

pub(crate) fn containers() -> Vec<Scenario> {
    let mut table = Vec::new();
    table.extend(containers_of("{}", &Vec::new(), [5, 9, 5]));
    let unnamed: Members = vec![(b"", Value::Number(1.0))];
    table.extend(containers_of("{1} unnamed", &unnamed, [16, 20, 16]));
    let unnamed_null: Members = vec![(b"", Value::Null)];
    table.extend(containers_of("{null} unnamed", &unnamed_null, [8, 12, 8]));
    table.extend(containers_of(
        "{INVALID}",
        &vec![(b"", INVALID)],
        [10, 14, 10],
    ));
    table
}

pub(crate) fn named_containers() -> Vec<Scenario> {
    let mut table = Vec::new();
    for (title, members, sizes) in [
        ("{a:1}", one(), [18, 22, 19]),
        ("{a:1, b:x}", two(), [24, 28, 24]),
        ("{a:1, b:xyz}", long(), [26, 30, 28]),
        ("{a:1, d:date, z:2}", dated(), [30, 34, 30]),
    ] {
        let mut three = containers_of(title, &members, sizes);
        let strict = three.pop().expect("three forms");
        table.extend(three);
        drop(strict);
    }
    table
}

fn prop(title: &str, size: usize, name: &'static [u8], value: Value) -> Scenario {
    let encode: Encode =
        Box::new(move |l, b, e| l.AMFProp_Encode(&mut property(name, &value), b, e));
    at_other_rooms(&format!("AMFProp_Encode {title}"), 1, size, encode)
}

pub(crate) fn properties() -> Vec<Scenario> {
    let object_of = |kind, members| Value::Nested(kind, members);
    let nested: Members = vec![(b"o", object_of(OBJECT, one())), (b"s", Value::Text(b"t"))];
    let mut table = vec![
        prop("unnamed number", 9, b"", Value::Number(1.0)),
        prop("named number", 12, b"n", Value::Number(1.0)),
        prop("unnamed boolean 0.5", 4, b"", Value::Boolean(0.5)),
        prop("unnamed boolean 0", 4, b"", Value::Boolean(0.0)),
        prop("named boolean", 6, b"n", Value::Boolean(1.0)),
        prop("unnamed string", 8, b"", Value::Text(b"abc")),
        prop("named string", 12, b"n", Value::Text(b"abc")),
        prop("x = {a:1}", 21, b"x", object_of(OBJECT, one())),
        prop("x = ecma {a:1}", 25, b"x", object_of(ECMA_ARRAY, one())),
        prop("{o:{a:1}, s:t}", 34, b"", object_of(OBJECT, nested)),
        prop("unnamed null", 2, b"", Value::Null),
        prop("INVALID", 20, b"nm", INVALID),
    ];
    for code in [4, 6, 7, 9, 12, 13, 14, 16, 17, 0x55] {
        table.push(prop(&format!("type {code}"), 20, b"nm", Value::Code(code)));
    }
    table
}

/// Takes what fits to the byte, and refuses it with a byte less.
fn exact(name: &str, bytes: &str, before: &str, encode: Encode) -> Scenario {
    let bytes = bytes.replace(' ', "");
    let room = bytes.len() / 2;
    let less = room - 1;
    scenario(format!("{name} fits exactly"), move |lib, trace| {
        for room in [less, room] {
            with_room(lib, trace, room, &encode);
        }
    })
    .level(crate::trace::NO_LOG)
    .deviates(
        anchors::EXACT_FITS,
        &[
            &format!(
                "room {less}: NULL, wrote [{}], end intact true",
                before.replace(' ', "")
            ),
            &format!("room {room}: +{room}, wrote [{bytes}], end intact true"),
        ],
    )
}

pub(crate) fn exact_fits() -> Vec<Scenario> {
    let one_a = "000161 003ff0000000000000";
    vec![
        exact(
            "AMF_EncodeString",
            "020003616263",
            "",
            Box::new(|l, b, e| l.AMF_EncodeString(b, e, &AVal::of(b"abc"))),
        ),
        exact(
            "AMF_EncodeNamedString",
            "00016e 02000176",
            "00016e",
            Box::new(|l, b, e| l.AMF_EncodeNamedString(b, e, &AVal::of(b"n"), &AVal::of(b"v"))),
        ),
        exact(
            "AMF_Encode",
            &format!("03 {one_a} 000009"),
            &format!("03 {one_a}"),
            Box::new(|l, b, e| l.AMF_Encode(&mut object(&one()), b, e)),
        ),
        exact(
            "AMF_EncodeEcmaArray",
            &format!("0800000001 {one_a} 000009"),
            &format!("0800000001 {one_a}"),
            Box::new(|l, b, e| l.AMF_EncodeEcmaArray(&mut object(&one()), b, e)),
        ),
        exact(
            "AMFProp_Encode of a null",
            "05",
            "",
            Box::new(|l, b, e| l.AMFProp_Encode(&mut property(b"", &Value::Null), b, e)),
        ),
        exact(
            "AMFProp_Encode of a boolean",
            "0101",
            "",
            Box::new(|l, b, e| l.AMFProp_Encode(&mut property(b"", &Value::Boolean(1.0)), b, e)),
        ),
    ]
}

/// What ours does where the original writes corrupt AMF or cannot encode at all.
pub(crate) fn deviations() -> Vec<Scenario> {
    let once = |name: &str, encode: Encode| {
        scenario(name, move |lib, trace: &mut Trace| {
            with_room(lib, trace, 64, &encode);
        })
    };
    let wrote = |bytes: &str| {
        let bytes = bytes.replace(' ', "");
        format!(
            "room 64: +{}, wrote [{bytes}], end intact true",
            bytes.len() / 2
        )
    };
    let null_members: Members = vec![(b"x", Value::Null), (b"y", Value::Number(2.0))];
    let number = hex(&1_f64.to_be_bytes());
    vec![
        once(
            "x = null keeps its name",
            Box::new(|l, b, e| l.AMFProp_Encode(&mut property(b"x", &Value::Null), b, e)),
        )
        .deviates(anchors::NULL_NAMES, &[&wrote("000178 05")]),
        once(
            "{x:null, y:2} keeps the name of x",
            Box::new(move |l, b, e| l.AMF_Encode(&mut object(&null_members), b, e)),
        )
        .deviates(
            anchors::NULL_NAMES,
            &[&wrote("03 000178 05 000179 004000000000000000 000009")],
        ),
        once(
            "strict array of {a:1} has no names",
            Box::new(|l, b, e| l.AMF_EncodeArray(&mut object(&one()), b, e)),
        )
        .deviates(
            anchors::STRICT_NAMES,
            &[&wrote(&format!("0a 00000001 00{number}"))],
        ),
        once(
            "strict array of {a:1, b:x} has no names",
            Box::new(|l, b, e| l.AMF_EncodeArray(&mut object(&two()), b, e)),
        )
        .deviates(
            anchors::STRICT_NAMES,
            &[&wrote(&format!("0a 00000002 00{number} 02000178"))],
        ),
    ]
}
