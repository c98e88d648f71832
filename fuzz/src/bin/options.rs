//! `RTMP_SetOpt` and `RTMP_SetupURL` with any text.
#![no_main]

use std::ffi::CString;
use std::mem::MaybeUninit;

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::quiet::log_everything;
use librtmp_fuzz::trees::text;
use rtmp::abi::{AMFObject, RTMP};
use rtmp::ffi::rtmp::access::RTMP_Init;
use rtmp::ffi::rtmp::connect::RTMP_Close;
use rtmp::ffi::rtmp::setup::{RTMP_SetOpt, RTMP_SetupURL};
use rtmp::proto::options::list::OPTIONS;
use rtmp::proto::options::{conn, properties};
use rtmp::proto::place;

fuzz_target!(init: log_everything(), |data: &[u8]| {
    let mut memory: Box<MaybeUninit<RTMP>> = Box::new(MaybeUninit::uninit());
    let handle = memory.as_mut_ptr();
    // SAFETY: memory for a handle.
    unsafe { RTMP_Init(handle) };
    let lines: Vec<&[u8]> = data.split(|&byte| byte == b'\n').collect();
    // Texts of options are borrowed until the handle is closed.
    let mut texts: Vec<Box<[u8]>> = Vec::new();
    let mut urls = Vec::new();
    for line in lines {
        let _ = (conn::parse(line), place::parse(line));
        if let Some(encoded) = properties::encode(line) {
            assert!(encoded.len() <= properties::MOST);
        }
        match line.split_first() {
            // A number in front of a value is the number of an option.
            Some((&first, value)) if is_harmless(first) => {
                set(handle, OPTIONS[usize::from(first)].name, value, &mut texts);
            }
            _ if is_fetched(line) => {}
            _ => urls.push(set_up(handle, line)),
        }
    }
    // SAFETY: initialised above.
    let rtmp = unsafe { memory.assume_init_ref() };
    for field in [&rtmp.Link.hostname, &rtmp.Link.app, &rtmp.Link.tcUrl, &rtmp.Link.playpath] {
        let _ = field.bytes().iter().map(|byte| u32::from(*byte)).sum::<u32>();
    }
    assert!(count(&rtmp.Link.extras) <= data.len());
    // SAFETY: nothing refers to what it has.
    unsafe { rtmp.Link.extras.reset() };
    // SAFETY: a handle, whose texts still live.
    unsafe { RTMP_Close(handle) };
    for url in urls {
        // SAFETY: made by `set_up`.
        drop(unsafe { CString::from_raw(url) });
    }
});

/// An option that makes no set-up fetch a player.
fn is_harmless(number: u8) -> bool {
    let setting = OPTIONS.get(usize::from(number));
    setting.is_some_and(|setting| setting.name != "swfVfy")
}

/// Setting up a URL with a player to be verified fetches it: no business of this target.
fn is_fetched(line: &[u8]) -> bool {
    line.windows(6)
        .any(|part| part.eq_ignore_ascii_case(b"swfvfy"))
}

/// Both texts end with their blocks: a byte behind them is not to be read.
fn set(handle: *mut RTMP, name: &str, value: &[u8], texts: &mut Vec<Box<[u8]>>) {
    let name: Box<[u8]> = name.as_bytes().into();
    let value: Box<[u8]> = value.into();
    let (option, argument) = (text(&name), text(&value));
    texts.push(value);
    // SAFETY: a handle and two texts; the value lives longer than the handle is used.
    unsafe { RTMP_SetOpt(handle, &raw const option, (&raw const argument).cast_mut()) };
}

fn set_up(handle: *mut RTMP, line: &[u8]) -> *mut std::ffi::c_char {
    let line: Vec<u8> = line.iter().copied().filter(|byte| *byte != 0).collect();
    let url = CString::new(line).unwrap().into_raw();
    // SAFETY: a handle and a writable string that lives longer than it is used.
    if unsafe { RTMP_SetupURL(handle, url) } == 1 {
        // SAFETY: a handle.
        let rtmp = unsafe { &*handle };
        assert_ne!(rtmp.Link.port.get(), 0);
        assert!(!rtmp.Link.tcUrl.is_empty());
        // The copy of the proxy's name stays when the handle is closed: nobody knows whose an older one is.
        // SAFETY: NULL or that copy, which nobody uses any more.
        unsafe { libc::free(rtmp.Link.sockshost.start().cast()) };
        rtmp.Link.sockshost.clear();
    }
    url
}

fn count(object: &AMFObject) -> usize {
    let properties = object.properties().iter();
    properties
        .map(|property| 1 + property.object().map_or(0, count))
        .sum()
}
