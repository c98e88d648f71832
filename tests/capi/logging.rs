//! The logging functions inside this process, called as C calls them: three of them are trampolines with `...`.

use core::ffi::c_int;
use std::sync::{Mutex, MutexGuard};

use libc::FILE;
use rtmp::ffi::log::{
    RTMP_LogHex, RTMP_LogHexString, RTMP_LogLevel, RTMP_LogSetLevel, RTMP_LogSetOutput,
};
use rtmp::sys::log::{Level, write};

/// The settings belong to the whole process: one test at a time.
static SETTINGS: Mutex<()> = Mutex::new(());

/// The trampolines as C declares them.
mod c {
    use core::ffi::{c_char, c_int};
    unsafe extern "C" {
        pub(super) fn RTMP_Log(level: c_int, format: *const c_char, ...);
        pub(super) fn RTMP_LogPrintf(format: *const c_char, ...);
        pub(super) fn RTMP_LogStatus(format: *const c_char, ...);
    }
}

/// A file of one's own as the output, at a level.
struct Output {
    file: *mut FILE,
    _alone: MutexGuard<'static, ()>,
}

impl Output {
    fn at(level: RTMP_LogLevel) -> Self {
        let alone = SETTINGS.lock().unwrap();
        // SAFETY: no arguments, no conditions.
        let file = unsafe { libc::tmpfile() };
        assert!(!file.is_null());
        // SAFETY: the file is open until `written` restores the default.
        unsafe { RTMP_LogSetOutput(file) };
        RTMP_LogSetLevel(level);
        Self {
            file,
            _alone: alone,
        }
    }

    fn written(self) -> String {
        // SAFETY: NULL is the default.
        unsafe { RTMP_LogSetOutput(core::ptr::null_mut()) };
        RTMP_LogSetLevel(Level::Error as RTMP_LogLevel);
        let mut text = vec![0; 10_000];
        // SAFETY: the file is open.
        unsafe { libc::rewind(self.file) };
        // SAFETY: the file is open, and there is room for so many bytes.
        let count = unsafe { libc::fread(text.as_mut_ptr().cast(), 1, text.len(), self.file) };
        // SAFETY: opened by `at`, closed once.
        unsafe { libc::fclose(self.file) };
        text.truncate(count);
        String::from_utf8(text).unwrap()
    }
}

macro_rules! log {
    ($level:expr, $format:literal $(, $value:expr)*) => {
        // SAFETY: the format fits the arguments.
        unsafe { c::RTMP_Log($level, $format.as_ptr() $(, $value)*) }
    };
}

#[test]
fn messages_pass_up_to_the_level() {
    let output = Output::at(2);
    log!(0, c"%d and %s", c_int::from(7u8), c"text".as_ptr());
    log!(2, c"%.1f", 2.5f64);
    log!(3, c"too detailed");
    log!(-1, c"negative");
    assert_eq!(output.written(), "CRIT: 7 and text\nWARNING: 2.5\n");
}

#[test]
fn levels_without_a_name() {
    let output = Output::at(u32::MAX);
    log!(6, c"six");
    log!(-5, c"minus five");
    assert_eq!(output.written(), "ALL: six\nALL: minus five\n");
}

#[test]
fn nameless_noise_is_dropped_below_the_last_level() {
    let output = Output::at(5);
    log!(4, c"Property: <no-name>");
    RTMP_LogSetLevel(6);
    log!(4, c"Property: <no-name>");
    assert_eq!(output.written(), "DEBUG: Property: <no-name>\n");
}

#[test]
fn long_text_is_cut() {
    let output = Output::at(1);
    log!(1, c"%5999s", c"".as_ptr());
    assert_eq!(output.written().len(), "ERROR: \n".len() + 2046);
}

#[test]
fn a_status_line_is_ended_by_the_next_message() {
    let output = Output::at(1);
    // SAFETY: the formats need no arguments.
    unsafe { c::RTMP_LogStatus(c"one\r".as_ptr()) };
    // SAFETY: as above.
    unsafe { c::RTMP_LogStatus(c"two".as_ptr()) };
    log!(1, c"three");
    // SAFETY: as above; the empty text too must not read before its buffer.
    unsafe { c::RTMP_LogPrintf(c"".as_ptr()) };
    // SAFETY: as above.
    unsafe { c::RTMP_LogPrintf(c"four\n".as_ptr()) };
    assert_eq!(output.written(), "one\rtwo\nERROR: three\nfour\n");
}

#[test]
fn silent_at_the_first_level() {
    let output = Output::at(0);
    // SAFETY: the formats need no arguments.
    unsafe { c::RTMP_LogStatus(c"status".as_ptr()) };
    // SAFETY: as above.
    unsafe { c::RTMP_LogPrintf(c"text\n".as_ptr()) };
    assert_eq!(output.written(), "");
}

#[test]
fn no_format_no_message() {
    let output = Output::at(6);
    // SAFETY: NULL is allowed.
    unsafe { c::RTMP_Log(1, core::ptr::null()) };
    // SAFETY: as above.
    unsafe { c::RTMP_LogPrintf(core::ptr::null()) };
    // SAFETY: as above.
    unsafe { c::RTMP_LogStatus(core::ptr::null()) };
    assert_eq!(output.written(), "");
}

#[test]
fn dumps() {
    let output = Output::at(4);
    let bytes: [u8; 17] = *b"Hello, World! 01\xff";
    // SAFETY: the length is that of the array.
    unsafe { RTMP_LogHex(4, bytes.as_ptr(), 17) };
    // SAFETY: as above.
    unsafe { RTMP_LogHexString(4, bytes.as_ptr(), 17) };
    // SAFETY: as above.
    unsafe { RTMP_LogHex(5, bytes.as_ptr(), 17) };
    // SAFETY: NULL is allowed.
    unsafe { RTMP_LogHexString(4, core::ptr::null(), 17) };
    // SAFETY: NULL is allowed.
    unsafe { RTMP_LogHex(4, core::ptr::null(), 17) };
    assert_eq!(
        output.written(),
        "DEBUG: 48 65 6c 6c 6f 2c 20 57 6f 72 6c 64 21 20 30 31\n\
         DEBUG: ff \n\
         DEBUG:   0000:  48 65 6c 6c 6f 2c 20 57  6f 72 6c 64 21 20 30 31   Hello, World! 01  \n\
         DEBUG:   0010:  ff                                                 .                 \n"
    );
}

#[test]
fn lines_of_the_library_reach_the_output() {
    let output = Output::at(3);
    write(Level::Info, format_args!("100%s {}", 5));
    assert_eq!(output.written(), "INFO: 100%s 5\n");
}
