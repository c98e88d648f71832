//! AMF: what is encoded can be decoded; any bytes are harmless (spec 07 §10).

use std::sync::Once;

use proptest::collection::vec;
use proptest::prelude::*;

use rtmp::abi::{AMFObject, AMFObjectProperty, AVal, OwnedObject};
use rtmp::ffi::log::{RTMP_LogCallback, RTMP_LogSetCallback, RTMP_LogSetLevel};
use rtmp::session::amf::{decode, dump, encode};

use crate::guarded::Guarded;

/// A value that the encoders can express.
#[derive(Clone, Debug)]
enum Value {
    Number(u64),
    Boolean(bool),
    String(Vec<u8>),
    Null,
    Object(Vec<(Vec<u8>, Self)>),
    EcmaArray(Vec<(Vec<u8>, Self)>),
    StrictArray(Vec<Self>),
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<u64>().prop_map(Value::Number),
        any::<bool>().prop_map(Value::Boolean),
        vec(any::<u8>(), 0..20).prop_map(Value::String),
        Just(Value::String(vec![b'x'; 65_536])),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        let members = vec((vec(any::<u8>(), 1..6), inner.clone()), 0..4);
        prop_oneof![
            members.clone().prop_map(Value::Object),
            members.prop_map(Value::EcmaArray),
            vec(inner, 0..4).prop_map(Value::StrictArray),
        ]
    })
}

fn text(bytes: &[u8]) -> AVal {
    let length = bytes.len().try_into().unwrap();
    // SAFETY: every caller keeps the bytes as long as the value.
    unsafe { AVal::from_raw(bytes.as_ptr().cast_mut().cast(), length) }
}

/// The tree of C for `value`.
fn tree(name: &[u8], value: &Value) -> AMFObjectProperty {
    let name = text(name);
    let container = |kind, members: Vec<AMFObjectProperty>| {
        let object = AMFObject::empty();
        assert!(members.iter().all(|member| object.push(member)));
        AMFObjectProperty::with_object(name.clone(), kind, &object)
    };
    let named = |members: &[(Vec<u8>, Value)]| {
        let member = |(name, value): &(Vec<u8>, Value)| tree(name, value);
        members.iter().map(member).collect()
    };
    match value {
        Value::Number(bits) => {
            let number = f64::from_bits(*bits);
            AMFObjectProperty::with_number(name, AMFObjectProperty::NUMBER, number)
        }
        Value::Boolean(truth) => {
            let number = f64::from(u8::from(*truth));
            AMFObjectProperty::with_number(name, AMFObjectProperty::BOOLEAN, number)
        }
        Value::String(bytes) => {
            AMFObjectProperty::with_text(name, AMFObjectProperty::STRING, &text(bytes))
        }
        Value::Null => AMFObjectProperty::bare(name, AMFObjectProperty::NULL),
        Value::Object(members) => container(AMFObjectProperty::OBJECT, named(members)),
        Value::EcmaArray(members) => container(AMFObjectProperty::ECMA_ARRAY, named(members)),
        Value::StrictArray(elements) => container(
            AMFObjectProperty::STRICT_ARRAY,
            elements.iter().map(|element| tree(b"", element)).collect(),
        ),
    }
}

fn same(left: &AMFObjectProperty, right: &AMFObjectProperty) -> bool {
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

/// How many properties there are at all depths. All their bytes lie in `data`.
fn count(object: &AMFObject, data: &[u8]) -> usize {
    let inside = |text: &AVal| {
        let range = data.as_ptr_range();
        let start = text.start().cast_const().cast();
        text.is_empty() || (range.start <= start && start.wrapping_add(text.len()) <= range.end)
    };
    object
        .properties()
        .iter()
        .map(|property| {
            assert!(inside(&property.text()));
            // A class that encodes itself has a name that is not in the data.
            let made_up = property.p_name.bytes() == b"DEFAULT_ATTRIBUTE";
            assert!(made_up || inside(&property.p_name));
            1 + property.object().map_or(0, |members| count(members, data))
        })
        .sum()
}

/// Has all lines formatted, and shows none.
pub(crate) fn log_everything() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        extern "C" fn ignore() {}
        RTMP_LogSetLevel(6);
        let callback: extern "C" fn() = ignore;
        // SAFETY: a function that looks at none of its arguments may be called with any.
        unsafe { RTMP_LogSetCallback(callback as *mut RTMP_LogCallback) };
    });
}

/// Decodes in every way; the results must fit the data.
fn decode_all(bytes: &[u8]) {
    log_everything();
    let data = Guarded::new(bytes);
    let (bytes, data) = (data.bytes(), text(data.bytes()));
    let check = |used: Option<usize>, object: &AMFObject| {
        assert!(used.is_none_or(|used| used <= bytes.len()));
        // Every property takes at least a byte.
        assert!(count(object, bytes) <= bytes.len());
    };
    for named in [false, true] {
        let object = OwnedObject::default();
        check(decode::sequence(&object, &data, named), &object);
        dump(&object);
        let object = OwnedObject::default();
        check(decode::object3(&object, &data, named), &object);
        for decode in [decode::property, decode::property3] {
            let property = AMFObjectProperty::bare(AVal::empty(), AMFObjectProperty::INVALID);
            let used = decode(&property, &data, named);
            let object = OwnedObject::default();
            assert!(object.push(&property));
            if used.is_some_and(|used| used > 0) {
                check(used, &object);
            }
        }
    }
    let object = OwnedObject::default();
    check(decode::array(&object, &data, i32::MAX, false), &object);
}

proptest! {
    #[test]
    fn decoding_gives_back_what_was_encoded(value in value(), name in vec(any::<u8>(), 1..9)) {
        let (property, mut bytes) = (tree(&name, &value), Vec::new());
        encode::value(&mut bytes, &property).unwrap();
        let data = text(&bytes);
        let decoded = OwnedObject::default();
        let used = decode::sequence(&decoded, &data, true);
        prop_assert_eq!(used, Some(bytes.len()));
        prop_assert!(same(&decoded.properties()[0], &property));
        let mut again = Vec::new();
        encode::value(&mut again, &decoded.properties()[0]).unwrap();
        prop_assert_eq!(&again, &bytes);
        // SAFETY: nothing refers to what it has.
        unsafe { property.reset() };
    }

    #[test]
    fn every_prefix_is_harmless(value in value(), cut in any::<prop::sample::Index>()) {
        let (property, mut bytes) = (tree(b"", &value), Vec::new());
        encode::value(&mut bytes, &property).unwrap();
        // SAFETY: nothing refers to what it has.
        unsafe { property.reset() };
        decode_all(&bytes[..cut.index(bytes.len())]);
    }

    #[test]
    fn any_bytes_are_harmless(bytes in vec(prop_oneof![0_u8..0x12, any::<u8>()], 0..200)) {
        decode_all(&bytes);
    }

    #[test]
    fn any_amf3_bytes_are_harmless(
        bytes in vec(prop_oneof![Just(0x0a_u8), 0_u8..0x30, any::<u8>()], 0..200),
    ) {
        let mut wrapped = vec![0x11, 0x0a];
        wrapped.extend(bytes);
        decode_all(&wrapped);
        decode_all(&wrapped[1..]);
    }
}
