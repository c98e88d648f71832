//! Decoding AMF3 (spec 07 section 6).

use crate::amf_decode::{Input, blank, show_object, show_property};
use crate::anchors;
use crate::library::Library;
use crate::scenario::{Scenario, scenario};
use crate::structs::{EMPTY, EMPTY_OBJECT};
use crate::trace::{INFO, Trace};

const AMF3_INTEGERS: &str = "00|7f|8100|ff7f|818000|ffff7f|80c08000|80c0807f|bfffff7f|c0808000|\
    ffffff7f|ffffffff";

const AMF3_PROPERTIES: &str = "00|01|02|03|0405|053ff0000000000000|0607616263|0707616263|\
    0b07616263|0601|0600|08014276000000000000|0802|090101|0d|80|053ff00000000000|080142|0c0361|";

const AMF3_OBJECTS: &str = "0a0b01036103|0a2307466f6f037803790401060376|0a06|0a010401|\
    0a070744534b0401|0a230341|0a23034103780379|\
    0a07 43 'flex.messaging.io.ArrayCollection' 0405";

pub(crate) fn amf3() -> Vec<Scenario> {
    let mut table = Vec::new();
    for text in AMF3_INTEGERS.split('|') {
        table.push(scenario(
            format!("AMF3ReadInteger {text}"),
            move |lib, trace| {
                read_integer(lib, trace, text);
            },
        ));
    }
    for text in ["01", "07616263", "00", "02", "8261"] {
        table.push(scenario(
            format!("AMF3ReadString {text}"),
            move |lib, trace| {
                let input = Input::new(text);
                let mut out = EMPTY;
                trace.note(
                    "AMF3ReadString",
                    lib.AMF3ReadString(input.start(), &mut out),
                );
                trace.note("len", out.av_len);
                trace.note(
                    "at",
                    (out.av_val as usize).saturating_sub(input.start() as usize),
                );
            },
        ));
    }
    for (text, named) in AMF3_PROPERTIES.split('|').map(|text| (text, 0)).chain([
        ("036103", 1),
        ("0103", 1),
        ("0203", 1),
        ("0361", 1),
    ]) {
        let name = format!("AMF3Prop_Decode {text} named {named}");
        table.push(scenario(name, move |lib, t| amf3_property(lib, t, text, named)).level(INFO));
    }
    for text in AMF3_OBJECTS.split('|') {
        let name = format!("AMF3_Decode {text}");
        table.push(scenario(name, move |lib, trace| amf3_object(lib, trace, text, 1)).level(INFO));
    }
    table.extend(amf3_deviations());
    table
}

fn read_integer(lib: &Library, trace: &mut Trace, text: &str) {
    let input = Input::new(text);
    let mut out = 0;
    trace.note(
        "AMF3ReadInteger",
        lib.AMF3ReadInteger(input.start(), &mut out),
    );
    trace.note("value", out);
}

fn amf3_property(lib: &Library, trace: &mut Trace, text: &str, named: i32) {
    let input = Input::new(text);
    let mut property = blank();
    let used = lib.AMF3Prop_Decode(&mut property, input.start(), input.len, named);
    trace.note("AMF3Prop_Decode", used);
    if used != -1 {
        trace.text(show_property(&property, input.start()));
    }
}

fn amf3_object(lib: &Library, trace: &mut Trace, text: &str, marker: i32) {
    let input = Input::new(text);
    let mut object = EMPTY_OBJECT;
    trace.note(
        "AMF3_Decode",
        lib.AMF3_Decode(&mut object, input.start(), input.len, marker),
    );
    trace.text(show_object(&object, input.start()));
    lib.AMF_Reset(&mut object);
}

fn amf3_deviations() -> Vec<Scenario> {
    let mut table = Vec::new();
    for (text, value) in [
        ("80c08080", 2_097_280),
        ("80c080ff", 2_097_407),
        ("bfffffff", 268_435_455),
        ("c0808080", -268_435_328),
        ("808080ff", 255),
    ] {
        table.push(
            scenario(format!("AMF3ReadInteger {text}"), move |l, t| {
                read_integer(l, t, text);
            })
            .deviates(
                anchors::AMF3_INTEGER,
                &["AMF3ReadInteger = 4", &format!("value = {value}")],
            ),
        );
    }
    for (text, used, object) in [
        ("0a0b0101", 4, "{}"),
        ("0a0b0103610301", 7, "{\"a\"@4: 1:1.0}"),
        ("0a0b01036106037801", 9, "{\"a\"@4: 2:\"x\"@7}"),
        (
            "0a0b0103610401036205400400000000000001",
            19,
            "{\"a\"@4: 0:1.0, \"b\"@8: 0:2.5}",
        ),
        (
            "0a1b07466f6f0378040103610301",
            14,
            "{\"x\"@7: 0:1.0, \"a\"@11: 1:1.0}",
        ),
        (
            "0a0b0103610a0b010362030101",
            13,
            "{\"a\"@4: 3:{\"b\"@9: 1:1.0}}",
        ),
    ] {
        table.push(
            scenario(format!("AMF3_Decode {text}"), move |l, t| {
                amf3_object(l, t, text, 1);
            })
            .level(INFO)
            .ours_only(
                anchors::AMF3_END,
                &[&format!("AMF3_Decode = {used}"), object],
            ),
        );
    }
    table.push(
        scenario("AMF3_Decode without marker", |l, t| {
            amf3_object(l, t, "0b0103610301", 0);
        })
        .level(INFO)
        .ours_only(anchors::AMF3_END, &["AMF3_Decode = 6", "{\"a\"@3: 1:1.0}"]),
    );
    for text in ["04", "04ffff", "060761"] {
        table.push(
            scenario(
                format!("AMF3Prop_Decode {text} cut off"),
                move |lib, trace| {
                    let input = Input::new(text);
                    let used = lib.AMF3Prop_Decode(&mut blank(), input.start(), input.len, 0);
                    trace.note("AMF3Prop_Decode", used);
                },
            )
            .level(INFO),
        );
    }
    table
}
