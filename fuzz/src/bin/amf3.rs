//! AMF3: any bytes are harmless.
#![no_main]

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::quiet::log_everything;
use librtmp_fuzz::trees::{blank, count, text};
use rtmp::abi::OwnedObject;
use rtmp::proto::amf3;
use rtmp::proto::bytes::Reader;
use rtmp::session::amf::{decode, dump};

fuzz_target!(init: log_everything(), |data: &[u8]| {
    tokens(data);
    for marker in [false, true] {
        object(data, marker);
        property(data, marker);
    }
    let wrapped = [&[0x11], data].concat();
    let object = OwnedObject::default();
    let used = decode::sequence(&object, &text(&wrapped), false);
    assert!(used.is_none_or(|used| used <= wrapped.len()));
    assert!(count(&object, &wrapped) <= wrapped.len());
});

fn tokens(data: &[u8]) {
    let mut reader = Reader::new(data);
    while amf3::value(&mut reader).is_ok() {
        assert!(reader.position() <= data.len());
    }
    decode::integer3(data);
    decode::text_length3(data);
}

fn object(data: &[u8], marker: bool) {
    let object = OwnedObject::default();
    let used = decode::object3(&object, &text(data), marker);
    assert!(used.is_none_or(|used| used <= data.len()));
    // Every property takes at least a byte.
    assert!(count(&object, data) <= data.len());
    dump(&object);
}

fn property(data: &[u8], named: bool) {
    let object = OwnedObject::default();
    let property = blank();
    let used = decode::property3(&property, &text(data), named);
    assert!(used.is_none_or(|used| used <= data.len()));
    assert!(object.push(&property));
    if used.is_some_and(|used| used > 0) {
        assert!(count(&object, data) <= data.len());
    }
}
