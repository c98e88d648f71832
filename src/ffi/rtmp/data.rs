//! The exported variables of `rtmp.h` (spec 01 §4.2). Programs may hold them as copies of their own: the library
//! reads and writes them through their symbols, and their sizes never change.

use core::ffi::{c_char, c_int};

use crate::abi::{Cell, ConstAVal};

/// Not 0: blocking calls that a signal interrupts give up. Set it, also from a signal handler, or call
/// RTMP_UserInterrupt.
#[unsafe(no_mangle)]
pub static RTMP_ctrlC: Cell<c_int> = Cell::new(0);

/// The names of the protocols in upper case; the index is the protocol number, RTMP_PROTOCOL_RTMP and so on. Numbers
/// that are no protocol have an empty name.
#[unsafe(no_mangle)]
pub static RTMPProtocolStrings: [[c_char; 7]; 9] = [
    name(b"RTMP"),
    name(b"RTMPT"),
    name(b"RTMPE"),
    name(b"RTMPTE"),
    name(b"RTMPS"),
    name(b"RTMPTS"),
    name(b""),
    name(b""),
    name(b"RTMFP"),
];

/// As RTMPProtocolStrings, in lower case: the schemes of URLs.
#[unsafe(no_mangle)]
pub static RTMPProtocolStringsLower: [[c_char; 7]; 9] = [
    name(b"rtmp"),
    name(b"rtmpt"),
    name(b"rtmpe"),
    name(b"rtmpte"),
    name(b"rtmps"),
    name(b"rtmpts"),
    name(b""),
    name(b""),
    name(b"rtmfp"),
];

/// The Flash version that RTMP_SetupStream uses when it is given none.
#[unsafe(no_mangle)]
pub static RTMP_DefaultFlashVer: ConstAVal = ConstAVal::new(FLASH_VERSION);

#[cfg(target_os = "linux")]
const FLASH_VERSION: &core::ffi::CStr = c"LNX 10,0,32,18";
#[cfg(windows)]
const FLASH_VERSION: &core::ffi::CStr = c"WIN 10,0,32,18";
#[cfg(target_vendor = "apple")]
const FLASH_VERSION: &core::ffi::CStr = c"MAC 10,0,32,18";
#[cfg(any(target_os = "solaris", target_os = "illumos"))]
const FLASH_VERSION: &core::ffi::CStr = c"SOL 10,0,32,18";
#[cfg(not(any(
    target_os = "linux",
    windows,
    target_vendor = "apple",
    target_os = "solaris",
    target_os = "illumos"
)))]
const FLASH_VERSION: &core::ffi::CStr = c"GNU 10,0,32,18";

/// A name with NULs behind it.
const fn name(text: &[u8]) -> [c_char; 7] {
    let mut row = [0; 7];
    let mut at = 0;
    while at < text.len() {
        row[at] = c_char::from_ne_bytes([text[at]]);
        at += 1;
    }
    row
}
