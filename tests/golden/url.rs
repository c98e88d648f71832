//! URLs, play paths, options and set-up: results of librtmp 2.4+20151223 (spec 02 §3.1, §6.1, §7.1, §13), and ours
//! where docs/differences.md says so.

use std::ffi::{CString, c_char, c_int};
use std::mem::MaybeUninit;

use rtmp::abi::{AVal, RTMP};
use rtmp::ffi::rtmp::access::RTMP_Init;
use rtmp::ffi::rtmp::setup::{RTMP_SetOpt, RTMP_SetupURL};

mod options;
mod parse;
mod setup;
mod stream;

/// Text as these tests show it: `-` for NULL.
fn show(text: &AVal) -> String {
    if text.start().is_null() {
        "-".to_owned()
    } else {
        text.bytes().escape_ascii().to_string()
    }
}

/// Shows a block of the C allocator and frees it.
fn show_and_free(text: &AVal) -> String {
    let shown = show(text);
    // SAFETY: NULL, or a copy that belongs to the caller.
    unsafe { libc::free(text.start().cast()) };
    shown
}

/// Text that ends with a NUL behind its counted bytes; leaked, so that it lives as long as any handle.
fn argument(text: &str) -> AVal {
    counted(text, text.len())
}

fn counted(text: &str, length: usize) -> AVal {
    let start = CString::new(text).unwrap().into_raw();
    // SAFETY: the bytes are never freed.
    unsafe { AVal::from_raw(start, c_int::try_from(length).unwrap()) }
}

/// A handle with the text that was given to `RTMP_SetupURL`.
struct Session {
    memory: Box<MaybeUninit<RTMP>>,
    url: Vec<u8>,
}

impl Session {
    fn new() -> Self {
        let mut memory = Box::new(MaybeUninit::uninit());
        // SAFETY: memory for a handle.
        unsafe { RTMP_Init(memory.as_mut_ptr()) };
        let url = Vec::new();
        Self { memory, url }
    }

    fn with_url(url: &str) -> (Self, c_int) {
        let mut session = Self::new();
        let ret = session.set_up(url);
        (session, ret)
    }

    fn set_up(&mut self, url: &str) -> c_int {
        self.url = CString::new(url).unwrap().into_bytes_with_nul();
        let start: *mut c_char = self.url.as_mut_ptr().cast();
        // SAFETY: a handle, and a writable string that lives as long as it.
        unsafe { RTMP_SetupURL(self.memory.as_mut_ptr(), start) }
    }

    fn set(&mut self, name: &AVal, value: &AVal) -> c_int {
        let mut value = value.clone();
        // SAFETY: a handle and two NUL-terminated texts that are never freed.
        unsafe { RTMP_SetOpt(self.memory.as_mut_ptr(), name, &raw mut value) }
    }

    fn rtmp(&self) -> &RTMP {
        // SAFETY: `new` initialised it.
        unsafe { self.memory.assume_init_ref() }
    }

    fn text(&self) -> String {
        self.url.escape_ascii().to_string()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.rtmp().Link.free_strings();
        // SAFETY: nothing refers to what it has.
        unsafe { self.rtmp().Link.extras.reset() };
    }
}
