//! Counted texts that end where readable memory ends: not a byte behind them is looked at.

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr;

use rtmp::abi::{AMFObject, AMFObjectProperty, AVal, RTMP};
use rtmp::ffi::amf::{
    AMF_EncodeNamedString, AMF_GetProp, AMFProp_Encode, AMFProp_SetName,
    RTMP_FindFirstMatchingProperty, RTMP_FindPrefixProperty,
};
use rtmp::ffi::rtmp::access::RTMP_Init;

use rtmp::ffi::rtmp::setup::{RTMP_ParsePlaypath, RTMP_SetOpt, RTMP_SetupStream};

use crate::guarded::Guarded;

/// `text` as its last reader sees it: a page that faults lies behind it.
fn guarded(text: &str) -> (Guarded, AVal) {
    let memory = Guarded::new(text.as_bytes());
    let start = memory.bytes().as_ptr().cast_mut().cast();
    let length = c_int::try_from(text.len()).unwrap();
    // SAFETY: the bytes live as long as what is returned with the value.
    let value = unsafe { AVal::from_raw(start, length) };
    (memory, value)
}

fn handle() -> Box<MaybeUninit<RTMP>> {
    let mut memory = Box::new(MaybeUninit::uninit());
    // SAFETY: memory for a handle.
    unsafe { RTMP_Init(memory.as_mut_ptr()) };
    memory
}

#[test]
fn play_paths() {
    for (text, wanted) in [
        ("foo.mp4", "mp4:foo"),
        ("foo.mp4?x=1", "mp4:foo?x=1"),
        ("foo", "foo"),
        ("a.mp", "a.mp"),
        ("?slist=foo.mp4", "mp4:foo"),
        ("?slist=", ""),
        ("?slist", "?slist"),
        ("a%4", "a\u{4}"),
        ("a%", "a%"),
        ("", ""),
    ] {
        let (_memory, mut value) = guarded(text);
        let mut out = AVal::empty();
        // SAFETY: both values live.
        unsafe { RTMP_ParsePlaypath(&raw mut value, &raw mut out) };
        assert_eq!(out.bytes(), wanted.as_bytes(), "{text}");
        // SAFETY: the play path is a block of the C allocator that belongs to the caller.
        unsafe { libc::free(out.start().cast()) };
    }
}

#[test]
fn options() {
    let mut memory = handle();
    for (name, value, wanted) in [
        ("live", "1", 1),
        ("start", "0x10", 1),
        ("stop", "5", 1),
        ("timeout", "", 1),
        ("playpath", "foo", 1),
        ("tcUrl", "rtmp://h/a", 1),
        ("app", "a", 1),
        ("tlsVerify", "0", 1),
        ("tlsCAFile", "/x", 1),
        ("bind", "::1", 1),
        ("outChunk", "4096", 1),
        ("outChunk", "1", 0),
        ("socks", "h:1080", 1),
        ("conn", "N:1.5", 1),
        ("conn", "O:", 1),
        ("conn", "N", 0),
        ("conn", "S:x", 1),
        ("nothing", "1", 0),
    ] {
        let (_name, name_value) = guarded(name);
        let (_value, mut option) = guarded(value);
        // SAFETY: a handle and two values that live.
        let set =
            unsafe { RTMP_SetOpt(memory.as_mut_ptr(), &raw const name_value, &raw mut option) };
        assert_eq!(set, wanted, "{name}={value}");
    }
    // SAFETY: initialised above.
    let rtmp = unsafe { memory.assume_init_ref() };
    let numbers = (
        rtmp.Link.lFlags.get() & 2,
        rtmp.Link.seekTime.get(),
        rtmp.Link.stopTime.get(),
    );
    assert_eq!(numbers, (2, 16, 5));
    // SAFETY: nothing refers to what it has.
    unsafe { rtmp.Link.extras.reset() };
}

#[test]
fn streams() {
    let mut memory = handle();
    let texts = [
        "host",
        "h:1080",
        "play",
        "rtmp://h/a",
        "http://s",
        "http://p",
        "app",
        "auth",
        "WIN 1",
        "sub",
        "usher",
    ];
    let mut kept = texts.map(guarded);
    let [
        host,
        socks,
        playpath,
        tc_url,
        swf,
        page,
        app,
        auth,
        version,
        sub,
        usher,
    ] = kept.each_mut().map(|(_, value)| ptr::from_mut(value));
    for (length, size) in [(32, 9), (31, 0), (0, 0)] {
        let (_hash, mut hash) = guarded(&"h".repeat(length));
        // SAFETY: a handle and texts that live.
        unsafe {
            RTMP_SetupStream(
                memory.as_mut_ptr(),
                0,
                host,
                0,
                socks,
                playpath,
                tc_url,
                swf,
                page,
                app,
                auth,
                &raw mut hash,
                9,
                version,
                sub,
                usher,
                0,
                0,
                0,
                5,
            );
        }
        // SAFETY: initialised above.
        let link = unsafe { &memory.assume_init_ref().Link };
        assert_eq!(link.SWFSize.get(), size, "{length}");
        assert_eq!(
            (link.sockshost.bytes(), link.socksport.get()),
            (&b"h"[..], 1080)
        );
        // SAFETY: the copy of the proxy's name, which librtmp never frees.
        unsafe { libc::free(link.sockshost.start().cast()) };
    }
}

#[test]
fn values_of_amf() {
    let (_memory, name) = guarded("name");
    let (_other, mut text) = guarded("text");
    let member = AMFObjectProperty::with_text(name.clone(), AMFObjectProperty::STRING, &text);
    let object = AMFObject::empty();
    assert!(object.push(&member));
    let place = (&raw const object).cast_mut();
    let mut found = AMFObjectProperty::bare(AVal::empty(), AMFObjectProperty::INVALID);
    for wanted in ["name", "nam", "names", "n", ""] {
        let (_wanted, mut wanted_value) = guarded(wanted);
        let wanted_name = &raw mut wanted_value;
        // SAFETY: object, name and the place for the result live, here and below.
        let property = unsafe { AMF_GetProp(place, wanted_name, -1) };
        // SAFETY: a property of the object, or the shared one.
        assert_eq!(unsafe { &*property }.text().is_empty(), wanted != "name");
        // SAFETY: as above.
        let first = unsafe { RTMP_FindFirstMatchingProperty(place, wanted_name, &raw mut found) };
        assert_eq!(first, c_int::from(wanted == "name"), "{wanted}");
        // SAFETY: as above.
        let prefix = unsafe { RTMP_FindPrefixProperty(place, wanted_name, &raw mut found) };
        assert_eq!(
            prefix,
            c_int::from("name".starts_with(wanted) && wanted != "name"),
            "{wanted}"
        );
    }
    let mut buffer = [0; 64];
    let range = buffer.as_mut_ptr_range();
    // SAFETY: values and buffer live.
    let end =
        unsafe { AMF_EncodeNamedString(range.start, range.end, &raw const name, &raw const text) };
    assert_eq!(end.addr() - range.start.addr(), 13);
    // SAFETY: as above.
    let end = unsafe { AMFProp_Encode((&raw const member).cast_mut(), range.start, range.end) };
    assert_eq!(end.addr() - range.start.addr(), 13);
    // SAFETY: a property and a value.
    unsafe { AMFProp_SetName(&raw mut found, &raw mut text) };
    // SAFETY: nothing refers to what it has.
    unsafe { object.reset() };
}
