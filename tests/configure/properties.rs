//! Properties that a program adds to the object of `connect`.

use std::ffi::{c_char, c_int};

use rtmp::abi::{AMFObject, RTMP_CONFIG};
use rtmp::sys::errno;

use crate::client::{Client, rest, server, shake_hands};
use crate::{configure, nothing};

unsafe extern "C" {
    fn AMF_Decode(obj: *mut AMFObject, from: *const c_char, size: c_int, names: c_int) -> c_int;
    fn AMF_Reset(obj: *mut AMFObject);
}

/// The object of these properties, for as long as the test.
pub(crate) fn object(encoded: &[u8]) -> *const AMFObject {
    let encoded = Vec::leak(encoded.to_vec());
    let object = Box::leak(Box::new(AMFObject::empty()));
    let size = i32::try_from(encoded.len()).unwrap();
    let object: *mut AMFObject = object;
    // SAFETY: an empty object, and bytes that live as long as it.
    let used = unsafe { AMF_Decode(object, encoded.as_ptr().cast(), size, 1) };
    assert_eq!(used, size);
    object
}

fn with(properties: *const AMFObject) -> RTMP_CONFIG {
    RTMP_CONFIG {
        connectProperties: properties,
        ..nothing()
    }
}

/// The body of `connect` of a client that says this; `None` when it does not connect.
fn connect(options: &str, publishes: bool, config: RTMP_CONFIG) -> Option<Vec<u8>> {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        rest(&mut stream)
    });
    let mut client = Client::new();
    // Without the port, which has one length or another.
    client.set_up_with("rtmp", port, &format!("tcUrl=rtmp://host/app {options}"));
    client.handle().m_outChunkSize.set(65_536);
    if publishes {
        client.publishes();
    }
    assert!(configure(&client, config));
    let connected = client.connect();
    let number = errno::last();
    client.close();
    let said = thread.join().unwrap();
    if !connected {
        assert_eq!(number, libc::EINVAL);
        return None;
    }
    let name = b"\x02\0\x07connect";
    let start = said.windows(name.len()).position(|window| window == name);
    Some(said[start.unwrap()..].to_vec())
}

pub(crate) const TEXT: &[u8] = b"\0\x06xreqid\x02\0\x03abc";
const TRUTH: &[u8] = b"\0\x0esupportsGoAway\x01\x01";
const NESTED: &[u8] = b"\0\x04more\x03\0\x01n\0\x3f\xf0\0\0\0\0\0\0\0\0\x09";

/// What stands in front of them.
fn front(publishes: bool) -> Vec<u8> {
    let kind: &[u8] = if publishes {
        b"\0\x04type\x02\0\x0anonprivate"
    } else {
        b""
    };
    let name = b"\x02\0\x07connect\0\x3f\xf0\0\0\0\0\0\0\x03";
    [&name[..], b"\0\x03app\x02\0\x03app", kind].concat()
}

#[test]
fn properties_stand_behind_application_and_type() {
    let properties = [TEXT, TRUTH, NESTED].concat();
    for publishes in [false, true] {
        for options in ["", "ertmp=1", "conn=S:last"] {
            let without = connect(options, publishes, nothing()).unwrap();
            let front = front(publishes);
            assert!(without.starts_with(&front));
            let expected = [&front, &properties, &without[front.len()..]].concat();
            let with = connect(options, publishes, with(object(&properties)));
            assert_eq!(with.unwrap(), expected, "{options}");
        }
    }
}

#[test]
fn an_object_without_properties_adds_nothing() {
    let without = connect("", true, nothing());
    assert_eq!(connect("", true, with(object(b""))), without);
}

/// One text that makes `length` bytes with its name.
pub(crate) fn long(length: usize) -> Vec<u8> {
    let text = length - 6;
    let [.., high, low] = text.to_be_bytes();
    [&[0, 1, b'n', 2, high, low], &vec![b'x'; text][..]].concat()
}

#[test]
fn they_are_not_longer_than_16_kib() {
    assert!(connect("", true, with(object(&long(16_384)))).is_some());
    assert!(connect("", true, with(object(&long(16_385)))).is_none());
}

#[test]
fn what_cannot_be_a_property_is_refused() {
    let nameless = object(TEXT);
    // SAFETY: an object of this test.
    unsafe { &*nameless }.properties()[0].p_name.clear();
    assert!(connect("", true, with(nameless)).is_none());
    // A date.
    let date = object(b"\0\x01d\x0b\0\0\0\0\0\0\0\0\0\0");
    assert!(connect("", true, with(date)).is_none());
    // SAFETY: as above; the library has not kept it.
    unsafe { AMF_Reset(nameless.cast_mut()) };
}
