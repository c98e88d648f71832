//! AMF0: any bytes are harmless, and what can be encoded is decoded to the same again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::quiet::log_everything;
use librtmp_fuzz::trees::{blank, count, same, text};
use rtmp::abi::{AMFObjectProperty, OwnedObject};
use rtmp::proto::amf0;
use rtmp::proto::bytes::Reader;
use rtmp::session::amf::{decode, dump, dump_info, encode, find_first, find_prefix};

fuzz_target!(init: log_everything(), |data: &[u8]| {
    tokens(data);
    for named in [false, true] {
        sequence(data, named);
        property(data, named);
    }
    let object = OwnedObject::default();
    let used = decode::array(&object, &text(data), i32::MAX, false);
    assert!(used.is_none_or(|used| used <= data.len()));
    assert!(count(&object, data) <= data.len());
});

fn tokens(data: &[u8]) {
    let mut reader = Reader::new(data);
    loop {
        let before = reader.position();
        if amf0::value(&mut reader).is_err() {
            break;
        }
        assert!(reader.position() > before && reader.position() <= data.len());
    }
}

fn sequence(data: &[u8], named: bool) {
    let object = OwnedObject::default();
    let used = decode::sequence(&object, &text(data), named);
    assert!(used.is_none_or(|used| used <= data.len()));
    assert!(count(&object, data) <= data.len());
    dump(&object);
    dump_info(&object);
    find_first(&object, b"code");
    find_prefix(&object, b"on");
}

fn property(data: &[u8], named: bool) {
    let first = blank();
    if decode::property(&first, &text(data), named).is_some() {
        survives(&first);
    }
    // SAFETY: nothing refers to what it has.
    unsafe { first.reset() };
}

/// Encoded and decoded, the tree is the same again.
fn survives(property: &AMFObjectProperty) {
    let mut bytes = Vec::new();
    if encode::value(&mut bytes, property).is_none() {
        return;
    }
    let (named, second) = (!property.p_name.is_empty(), blank());
    let used = decode::property(&second, &text(&bytes), named);
    if is_expressible(property) {
        assert_eq!(used, Some(bytes.len()));
        assert!(same(&second, property));
        let mut again = Vec::new();
        encode::value(&mut again, &second).expect("it was encoded before");
        assert_eq!(again, bytes);
    }
    // SAFETY: nothing refers to what it has.
    unsafe { second.reset() };
}

/// False for trees with a member that cannot be encoded: it ends its container, whose count stays. Members without a
/// name are another thing in the encoding: the end of their object.
fn is_expressible(property: &AMFObjectProperty) -> bool {
    let kind = property.p_type.get();
    let Some(members) = property.object() else {
        return kind <= AMFObjectProperty::STRING || kind == AMFObjectProperty::NULL;
    };
    let is_array = kind == AMFObjectProperty::STRICT_ARRAY;
    let members = members.properties();
    let fits = |member: &AMFObjectProperty| is_array || !member.p_name.is_empty();
    members
        .iter()
        .all(|member| fits(member) && is_expressible(member))
}
