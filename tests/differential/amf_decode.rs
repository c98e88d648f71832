//! Decoding AMF0 and AMF3, row by row (spec 07 sections 2, 5 and 6).

use crate::anchors;
use crate::library::Library;
use crate::scenario::{Scenario, scenario};
use crate::structs::{AMFObject, AMFObjectProperty, AVal, EMPTY, EMPTY_OBJECT};
use crate::trace::{INFO, NO_LOG, Trace, unhex};

/// The AMF0 number 1 in the tables below.
const ONE: &str = "003ff0000000000000";

/// Input with zero bytes after it: the original looks a few bytes past the end.
pub(crate) struct Input {
    memory: Vec<u8>,
    pub(crate) len: i32,
}

impl Input {
    pub(crate) fn new(text: &str) -> Self {
        let mut memory = unhex(&text.replace('N', ONE));
        let len = i32::try_from(memory.len()).expect("short input");
        memory.resize(memory.len() + 256, 0);
        Self { memory, len }
    }

    pub(crate) fn start(&self) -> *const u8 {
        self.memory.as_ptr()
    }
}

fn show_aval(value: &AVal, base: *const u8) -> String {
    if value.av_val.is_null() || value.av_len < 0 {
        return value.show();
    }
    let offset = (value.av_val as usize).wrapping_sub(base as usize);
    // Names the library supplies itself lie elsewhere.
    if offset < 0x1_0000 {
        format!("{}@{offset}", value.show())
    } else {
        value.show()
    }
}

pub(crate) fn show_number(value: f64) -> String {
    if value.is_nan() {
        format!("NaN {:016x}", value.to_bits())
    } else {
        format!("{value:?}")
    }
}

pub(crate) fn show_property(property: &AMFObjectProperty, base: *const u8) -> String {
    let name = match property.p_name.av_len {
        0 => String::new(),
        _ => format!("{}: ", show_aval(&property.p_name, base)),
    };
    let value = match property.p_type {
        kind @ (0 | 1) => format!("{kind}:{}", show_number(property.number())),
        kind @ (2 | 15) => format!("{kind}:{}", show_aval(&property.aval(), base)),
        kind @ (3 | 8 | 10) => format!("{kind}:{}", show_object(&property.object(), base)),
        11 => format!(
            "11:{} zone {}",
            show_number(property.number()),
            property.p_UTCoffset
        ),
        kind => format!("{kind}"),
    };
    format!("{name}{value}")
}

pub(crate) fn show_object(object: &AMFObject, base: *const u8) -> String {
    let members: Vec<_> = object
        .props()
        .iter()
        .map(|p| show_property(p, base))
        .collect();
    format!("{{{}}}", members.join(", "))
}

pub(crate) fn blank() -> AMFObjectProperty {
    AMFObjectProperty {
        p_name: AVal::of(b"old"),
        p_type: 0x55,
        p_vu: [0, 0],
        p_UTCoffset: 77,
    }
}

pub(crate) fn readers() -> Vec<Scenario> {
    let mut table = vec![scenario("integers, boolean, number", |lib, trace| {
        let input = Input::new("0001800000ffff");
        let at = |offset: usize| input.memory[offset..].as_ptr();
        for offset in 0..6 {
            trace.note("Int16", lib.AMF_DecodeInt16(at(offset)));
            trace.note("Int24", lib.AMF_DecodeInt24(at(offset)));
            trace.note("Int32", lib.AMF_DecodeInt32(at(offset)));
            trace.note("Boolean", lib.AMF_DecodeBoolean(at(offset)));
        }
        for text in [
            "3ff0000000000000",
            "fff8000000000001",
            "7ff4000000000000",
            "0000000000000001",
        ] {
            trace.note(
                "Number",
                lib.AMF_DecodeNumber(Input::new(text).start()).to_bits(),
            );
        }
    })];
    for text in ["0000", "000161", "ffff61"] {
        table.push(scenario(
            format!("AMF_DecodeString {text}"),
            move |lib, trace| {
                let input = Input::new(text);
                let mut out = EMPTY;
                lib.AMF_DecodeString(input.start(), &mut out);
                trace.note("length", out.av_len);
                trace.note("null", out.av_val.is_null());
            },
        ));
    }
    for text in ["00000000", "0000000161", "ffffffff", "80000000", "7fffffff"] {
        table.push(scenario(
            format!("AMF_DecodeLongString {text}"),
            move |lib, trace| {
                let input = Input::new(text);
                let mut out = EMPTY;
                lib.AMF_DecodeLongString(input.start(), &mut out);
                trace.note("length", out.av_len);
                trace.note("null", out.av_val.is_null());
            },
        ));
    }
    table
}

fn decode_property(lib: &Library, trace: &mut Trace, text: &str, named: i32) {
    let input = Input::new(text);
    let mut property = blank();
    let used = lib.AMFProp_Decode(&mut property, input.start(), input.len, named);
    trace.note("AMFProp_Decode", used);
    if used != -1 {
        trace.text(show_property(&property, input.start()));
        lib.AMFProp_Reset(&mut property);
    }
}

fn decode_object(lib: &Library, trace: &mut Trace, text: &str, size: Option<i32>, named: i32) {
    let input = Input::new(text);
    let mut object = EMPTY_OBJECT;
    let used = lib.AMF_Decode(&mut object, input.start(), size.unwrap_or(input.len), named);
    trace.note("AMF_Decode", used);
    trace.text(show_object(&object, input.start()));
    lib.AMF_Reset(&mut object);
    trace.note("after reset", object.o_num);
}

/// Spec 07 section 5.4, first table; the rows in bold there are among the deviations.
const UNNAMED: &str = "N|N aabb|003ff00000000000|00|007ff8000000000000|0101|0102|0100|01|\
    020003616263|020000|0200046162|02000161ff|02|0200|03000009|03000161 N 000009|03000161 N|03|\
    0300|030000|03000008|03000161 N 0000|030001610300016205000009000009|030001610300016205000009|\
    03000005000009|030000 N 000009|03ffff616263646566|03000009 N|05|06|0d|0800000001000161 N 000009|08000000ff000161 N 000009|\
    0800000000000009|0800000001000161 N|0800000000|09|0a00000000|0a00000001 N|0a00000002 N|\
    0affffffff|0affffffff N|0a00000003 N 02000161 05|0a000000010a0000000105|0a00000001|\
    0b42760000000000000000|0b4276000000000000ffc4|0b427600000000000001e0|0b427600000000000000|\
    0c00000003616263|0c00000000|0c000000046162|0cffffffff6162|0c7fffffff6162|0c|0c0000|\
    0f00000003616263|0f00000004616263|12|7f|80|ff|";

const NAMED: &str = "00016e N|0000 N|00016e05|00016e|000009|00026162|00036162|00000905";

pub(crate) fn amf0() -> Vec<Scenario> {
    let mut table = Vec::new();
    for text in UNNAMED.split('|') {
        let name = format!("AMFProp_Decode {text}");
        table.push(scenario(name, move |lib, trace| {
            decode_property(lib, trace, text, 0);
        }));
    }
    for text in NAMED.split('|') {
        let name = format!("AMFProp_Decode named {text}");
        table.push(scenario(name, move |lib, trace| {
            decode_property(lib, trace, text, 1);
        }));
    }
    for (text, size, named) in [
        ("02000161 N 05", None, 0),
        ("02000161 N 000009 0505", None, 0),
        ("05", Some(0), 0),
        ("05", Some(-5), 0),
        ("000009000000000000", None, 0),
        ("000161 N 000009", None, 1),
        ("000161 N 00016290", None, 1),
        ("000161 N 0001", None, 1),
        ("050508", None, 0),
        ("90", None, 0),
        ("90000009", None, 0),
        (
            "03000161 N 000009 0101 020001 62 0800000000 0001 63 05 000009 0a 00000001 05",
            None,
            0,
        ),
    ] {
        let name = format!("AMF_Decode {text} size {size:?} named {named}");
        // The array whose length is cut off is a deviation of its own.
        if text == "050508" {
            continue;
        }
        table.push(scenario(name, move |lib, t| {
            decode_object(lib, t, text, size, named);
        }));
    }
    for (text, count) in [
        ("0505", 0),
        ("0505", 1),
        ("0505", 2),
        ("0505", 3),
        ("0505", -1),
        ("000009000000000000", 1),
    ] {
        table.push(scenario(
            format!("AMF_DecodeArray {text} {count}"),
            move |lib, trace| {
                let input = Input::new(text);
                let mut object = EMPTY_OBJECT;
                let used = lib.AMF_DecodeArray(&mut object, input.start(), input.len, count, 0);
                trace.note("AMF_DecodeArray", used);
                trace.text(show_object(&object, input.start()));
                lib.AMF_Reset(&mut object);
            },
        ));
    }
    table.extend(amf0_deviations());
    table
}

fn amf0_deviations() -> Vec<Scenario> {
    let mut table = Vec::new();
    for (text, anchor) in [
        ("08", anchors::AMF_HEADS),
        ("080000", anchors::AMF_HEADS),
        ("0a", anchors::AMF_HEADS),
        ("0a0000", anchors::AMF_HEADS),
        ("0a0000000108", anchors::AMF_NESTED_CLAIM),
        ("11", anchors::AMF3_CLAIM),
    ] {
        table.push(
            scenario(
                format!("AMFProp_Decode {text} claims no more than it has"),
                move |lib, t| {
                    decode_property(lib, t, text, 0);
                },
            )
            .level(NO_LOG)
            .deviates(anchor, &["AMFProp_Decode = -1"]),
        );
    }
    for (text, shown) in [
        ("04", "5"),
        ("070001", "5"),
        ("0e", "5"),
        ("100003416263000009", "3:{}"),
        ("1101", "5"),
        ("110905010203", "5"),
    ] {
        let used = format!("AMFProp_Decode = {}", unhex(text).len());
        table.push(
            scenario(format!("AMFProp_Decode {text}"), move |lib, t| {
                decode_property(lib, t, text, 0);
            })
            .deviates(anchors::AMF_MARKERS, &[&used, shown]),
        );
    }
    table.push(
        scenario("AMFProp_Decode of a negative size", |lib, trace| {
            let input = Input::new("N");
            trace.note(
                "ret",
                lib.AMFProp_Decode(&mut blank(), input.start(), -5, 0),
            );
        })
        .level(INFO)
        .ours_only(anchors::AMF_NEGATIVE_SIZE, &["ret = -1"]),
    );
    for (name, level) in [("objects", "030001 61"), ("arrays", "0a00000001")] {
        table.push(
            scenario(format!("100000 nested {name}"), move |lib, trace| {
                let mut memory = unhex(level).repeat(100_000);
                let len = i32::try_from(memory.len()).expect("below 2 GiB");
                memory.resize(memory.len() + 16, 0);
                let mut object = EMPTY_OBJECT;
                trace.note("ret", lib.AMF_Decode(&mut object, memory.as_ptr(), len, 0));
                trace.hush();
                lib.AMF_Reset(&mut object);
            })
            .level(NO_LOG)
            .ours_only(anchors::AMF_NESTING, &["ret = -1"]),
        );
    }
    table
}

/// The value with every kind of member that can be encoded again.
const FULL: &str = "03 0001 61 N 0001 62 02 0001 78 0001 63 0101 0001 6f 03 0001 69 N 000009 \
    0001 65 08 00000001 0001 6b 0100 000009 0001 73 0a 00000002 N 02 0001 7a 000009";

pub(crate) fn round_trips() -> Vec<Scenario> {
    let every_prefix = scenario("every prefix of a valid value", |lib, trace| {
        // Cuts inside the length of an array are listed as deviations.
        let cuts = |at: usize, whole: &[u8]| {
            (1..=4).any(|back| at >= back && matches!(whole[at - back], 0x08 | 0x0a))
        };
        let whole = unhex(&FULL.replace('N', ONE));
        for len in (0..=whole.len()).filter(|len| !cuts(*len, &whole)) {
            let mut memory = whole[..len].to_vec();
            memory.resize(len + 64, 0);
            let mut object = EMPTY_OBJECT;
            let size = i32::try_from(len).expect("short");
            let used = lib.AMF_Decode(&mut object, memory.as_ptr(), size, 0);
            trace.note(&format!("prefix {len}"), used);
            trace.text(show_object(&object, memory.as_ptr()));
            lib.AMF_Reset(&mut object);
        }
    });
    let again = scenario("decode and encode again", |lib, trace| {
        let input = Input::new(FULL);
        let mut property = blank();
        lib.AMFProp_Decode(&mut property, input.start(), input.len, 0);
        let mut buffer = vec![0_u8; 512];
        let start = buffer.as_mut_ptr();
        let end = lib.AMFProp_Encode(&mut property, start, start.wrapping_add(512));
        trace.note(
            "identical",
            buffer[..end as usize - start as usize] == unhex(&FULL.replace('N', ONE)),
        );
        lib.AMFProp_Reset(&mut property);
    });
    let lengths = scenario("strings of 65535 and 65536 bytes", |lib, trace| {
        for len in [65535_usize, 65536] {
            let text = vec![b'y'; len];
            let mut buffer = vec![0_u8; len + 16];
            let start = buffer.as_mut_ptr();
            let end = lib.AMF_EncodeString(start, start.wrapping_add(len + 16), &AVal::of(&text));
            let size = i32::try_from(end as usize - start as usize).expect("short");
            let mut property = blank();
            trace.note("used", lib.AMFProp_Decode(&mut property, start, size, 0));
            trace.note("type", property.p_type);
            trace.note("length", property.aval().av_len);
        }
    });
    vec![every_prefix, again, lengths]
}
