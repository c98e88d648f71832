//! Log lines of the library (spec 03 §3).
//!
//! A line is finished here and reaches the program's callback as the format `%s`. Which levels pass is decided by the
//! exported variable `RTMP_debuglevel`, which programs assign directly: it is read through its symbol, so that the copy
//! in the program counts.

use core::ffi::{c_char, c_int};
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::lock;
use super::moment::{self, Moment};
use super::thread::Uncancelled;

/// Importance of a line; a smaller number is more important.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Level {
    /// Bugs of the library.
    Crit = 0,
    /// Failures.
    Error = 1,
    /// Oddities.
    Warning = 2,
    /// What a user may want to see.
    Info = 3,
    /// What a developer wants to see.
    Debug = 4,
    /// Hex dumps too.
    Debug2 = 5,
    /// Everything.
    All = 6,
}

/// Callbacks exist that format into 2048 bytes: longer lines are cut.
const LONGEST: usize = 2047;

unsafe extern "C" {
    safe static RTMP_debuglevel: AtomicU32;
    fn librtmp_rs_log_line(level: c_int, text: *const c_char);
}

/// True when lines of `level` are wanted.
#[inline]
pub fn enabled(level: Level) -> bool {
    level as u32 <= RTMP_debuglevel.load(Relaxed)
}

/// Logs one line, whatever the current level is. Use [`log!`], which asks first and formats only what is wanted.
#[cold]
pub fn write(level: Level, text: fmt::Arguments<'_>) {
    let mut line = Line(Vec::with_capacity(128));
    // The sink accepts everything; an error could only come from a `Display` that fails by itself.
    let _ = line.write_fmt(text);
    let Line(mut bytes) = line;
    bytes.truncate(LONGEST);
    bytes.push(0);
    // `Level` is at most 6.
    let level = (level as u32).cast_signed();
    lock::assert_none_held();
    let _callback = moment::begin(Moment::Callback);
    // Writing is where a cancelled thread may end, in functions too that wait for nothing else.
    let uncancelled = Uncancelled::begin();
    // SAFETY: the text is NUL-terminated and lives until the call returns.
    unsafe { librtmp_rs_log_line(level, bytes.as_ptr().cast()) };
    uncancelled.end();
}

/// Logs a line built like `format!` when its level is wanted: `log!(Error, "{} bytes left", n)`.
macro_rules! log {
    ($level:ident, $($text:tt)+) => {
        if $crate::sys::log::enabled($crate::sys::log::Level::$level) {
            $crate::sys::log::write($crate::sys::log::Level::$level, format_args!($($text)+));
        }
    };
}
pub(crate) use log;

/// Bytes of any encoding as part of a line: printed as they are, up to the first NUL, as `%s` does.
pub struct Text<'a>(pub &'a [u8]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One char per byte; `Line` turns chars below 256 back into bytes.
        self.0
            .iter()
            .take_while(|&&byte| byte != 0)
            .try_for_each(|&byte| f.write_char(byte.into()))
    }
}

/// A number with two decimals, as `%.2f` prints it.
pub struct Fixed(pub f64);

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_nan() {
            f.write_str(if self.0.is_sign_negative() {
                "-nan"
            } else {
                "nan"
            })
        } else {
            write!(f, "{:.2}", self.0)
        }
    }
}

/// Bytes as part of a line; no bytes at all are shown as C shows a NULL.
pub fn printed(bytes: &[u8]) -> Text<'_> {
    Text(if bytes.is_empty() { b"(null)" } else { bytes })
}

/// Collects a line as bytes.
struct Line(Vec<u8>);

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.extend(
            text.chars()
                .map(|char| u8::try_from(u32::from(char)).unwrap_or(b'?')),
        );
        Ok(())
    }
}

/// Logs `data` as lines of 16 hex bytes (`RTMP_LogHex`).
pub fn hex(level: Level, data: &[u8]) {
    if !enabled(level) {
        return;
    }
    for row in data.chunks(16) {
        let mut line = String::with_capacity(48);
        for byte in row {
            let _ = write!(line, "{byte:02x} ");
        }
        // Only an incomplete row keeps the blank behind its last byte.
        let text = if row.len() == 16 {
            line.trim_end()
        } else {
            &line
        };
        write(level, format_args!("{text}"));
    }
}

/// Logs `data` as lines of 16 hex bytes with offset and text (`RTMP_LogHexString`).
pub fn hex_string(level: Level, data: &[u8]) {
    if !enabled(level) {
        return;
    }
    if data.is_empty() {
        write(level, format_args!(""));
    }
    for (row, bytes) in data.chunks(16).enumerate() {
        write(level, format_args!("{}", HexRow(row * 16, bytes)));
    }
}

/// One line of [`hex_string`]: 78 columns.
struct HexRow<'a>(usize, &'a [u8]);

impl fmt::Display for HexRow<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The original takes the offset modulo 65535, not 65536, and tools see that.
        write!(f, "  {:04x}:  ", self.0 % 65_535)?;
        for column in 0..16 {
            match self.1.get(column) {
                Some(byte) => write!(f, "{byte:02x} ")?,
                None => f.write_str("   ")?,
            }
            if column == 7 {
                f.write_str(" ")?;
            }
        }
        f.write_str("  ")?;
        for column in 0..18 {
            f.write_char(match self.1.get(column) {
                Some(&byte) if byte.is_ascii_graphic() || byte == b' ' => byte.into(),
                Some(_) => '.',
                None => ' ',
            })?;
        }
        Ok(())
    }
}
