//! Log lines of the library (spec 03 §3).
//!
//! A line is finished here and reaches the program's callback as the format `%s`. Which levels pass is decided by the
//! exported variable `RTMP_debuglevel`, which programs assign directly: it is read through its symbol, so that the copy
//! in the program counts.

mod held;

use core::ffi::{CStr, c_char, c_int};
use core::fmt::{self, Write};
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::lock;
use super::thread::{Moment, Uncancelled};

pub use held::Lines;

/// What is logged when a call fails for want of memory.
pub const NO_MEMORY: &str = "Couldn't allocate memory!";

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

impl Level {
    const fn number(self) -> c_int {
        // At most 6.
        (self as u32).cast_signed()
    }
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
    let mut line = Line::new();
    // An error says that the line is full: what is behind that is not even formatted.
    let _ = line.write_fmt(text);
    line.log(level);
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

/// Bytes of any encoding as part of a line: printed as they are, up to the first NUL, as `%s` does. Only control characters
/// are made visible (`\x1b`): much of what is printed comes from peers, and lines go to terminals and are cut into lines
/// again. A tab stays.
pub struct Text<'a>(pub &'a [u8]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(f, self.0, "\t")
    }
}

/// [`Text`] that may have several lines, such as a description among the metadata.
pub struct Passage<'a>(pub &'a [u8]);

impl fmt::Display for Passage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        print(f, self.0, "\t\n")
    }
}

/// Prints `text` up to the first NUL; of control characters only `harmless` ones as they are.
fn print(f: &mut fmt::Formatter<'_>, text: &[u8], harmless: &str) -> fmt::Result {
    let text = text.split(|&byte| byte == 0).next().unwrap_or(text);
    for chunk in text.utf8_chunks() {
        let valid = chunk.valid();
        if valid.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            // Nearly all.
            f.write_str(valid)?;
        } else {
            valid
                .chars()
                .try_for_each(|char| print_char(f, char, harmless))?;
        }
        match chunk.invalid() {
            // Control characters of eight bits stand alone; in UTF-8 such bytes go on with a character.
            [byte @ 0x80..=0x9f] => write!(f, "\\x{byte:02x}")?,
            others => bytes(f, others)?,
        }
    }
    Ok(())
}

fn print_char(f: &mut fmt::Formatter<'_>, char: char, harmless: &str) -> fmt::Result {
    if char.is_control() && !harmless.contains(char) {
        write!(f, "\\x{:02x}", u32::from(char))
    } else {
        bytes(f, char.encode_utf8(&mut [0; 4]).as_bytes())
    }
}

/// Bytes that are no ASCII travel through `fmt` as chars of a private area; [`put_bytes`] turns them back.
const RAW: u32 = 0x0010_ff00;

fn bytes(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|&byte| {
        let raw = char::from_u32(RAW | u32::from(byte)).filter(|_| !byte.is_ascii());
        f.write_char(raw.unwrap_or_else(|| byte.into()))
    })
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

/// Collects a line as bytes, without asking for memory: lines tell of its want too.
struct Line {
    bytes: [MaybeUninit<u8>; LONGEST + 1],
    length: usize,
}

impl Line {
    const fn new() -> Self {
        Self {
            bytes: [MaybeUninit::uninit(); LONGEST + 1],
            length: 0,
        }
    }

    /// Appends what fits; an error when that is not all.
    fn put(&mut self, bytes: &[u8]) -> fmt::Result {
        let room = LONGEST - self.length;
        let fitting = bytes.get(..room).unwrap_or(bytes);
        for (place, &byte) in self.bytes[self.length..].iter_mut().zip(fitting) {
            place.write(byte);
        }
        self.length += fitting.len();
        if fitting.len() == bytes.len() {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }

    fn log(mut self, level: Level) {
        self.bytes[self.length].write(0);
        // SAFETY: all up to the NUL was written.
        unsafe { hand_over(level.number(), self.bytes.as_ptr().cast()) };
    }
}

impl Lines {
    /// Logs what was kept.
    pub fn log(self) {
        for (level, line) in self.into_inner() {
            // SAFETY: a C string, which outlives the call.
            unsafe { hand_over(level, line.as_ptr()) };
        }
    }
}

/// Gives a line to the program's callback, or prints it, unless this thread keeps its lines.
///
/// # Safety
/// `text` is NUL-terminated and lives until the call returns.
unsafe fn hand_over(level: c_int, text: *const c_char) {
    lock::assert_none_held();
    // SAFETY: the caller's promise.
    if held::keep(level, unsafe { CStr::from_ptr(text) }) {
        return;
    }
    let _callback = Moment::Callback.begin();
    // Writing is where a cancelled thread may end, in functions too that wait for nothing else.
    let uncancelled = Uncancelled::begin();
    // SAFETY: the caller's promise.
    unsafe { librtmp_rs_log_line(level, text) };
    uncancelled.end();
}

/// Puts a piece of a line that `fmt` gives, with the bytes that others stand for ([`Text`]).
pub fn put_bytes(text: &str, mut put: impl FnMut(&[u8]) -> fmt::Result) -> fmt::Result {
    if text.is_ascii() {
        return put(text.as_bytes());
    }
    text.chars().try_for_each(
        |char| match u32::from(char).checked_sub(RAW).map(u8::try_from) {
            Some(Ok(byte)) => put(&[byte]),
            _ => put(char.encode_utf8(&mut [0; 4]).as_bytes()),
        },
    )
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        put_bytes(text, |bytes| self.put(bytes))
    }
}

/// Logs `data` as lines of 16 hex bytes (`RTMP_LogHex`).
pub fn hex(level: Level, data: &[u8]) {
    if !enabled(level) {
        return;
    }
    for row in data.chunks(16) {
        let mut columns = [b' '; 48];
        for (place, &byte) in columns.chunks_exact_mut(3).zip(row) {
            place[..2].copy_from_slice(&DIGITS[usize::from(byte)]);
        }
        // Only an incomplete row keeps the blank behind its last byte.
        columns[(row.len() * 3).min(47)] = 0;
        log_row(level, &columns);
    }
}

/// Logs `data` as lines of 16 hex bytes with offset and text (`RTMP_LogHexString`).
pub fn hex_string(level: Level, data: &[u8]) {
    hex_string_of(level, [data, &[]]);
}

/// [`hex_string`] for bytes in two parts.
pub fn hex_string_of(level: Level, mut parts: [&[u8]; 2]) {
    hex_string_from(level, |_, row| {
        let mut count = 0;
        for part in &mut parts {
            let (now, later) = part.split_at(part.len().min(16 - count));
            row[count..count + now.len()].copy_from_slice(now);
            count += now.len();
            *part = later;
        }
        count
    });
}

/// [`hex_string`] for bytes that the program's callback may change or free: each line is copied when its turn comes. `copy`
/// gives the bytes from an offset on, as many as there are, and their number.
pub fn hex_string_from(level: Level, mut copy: impl FnMut(usize, &mut [u8; 16]) -> usize) {
    if !enabled(level) {
        return;
    }
    for offset in (0_usize..).step_by(16) {
        let mut row = [0; 16];
        let count = copy(offset, &mut row).min(row.len());
        if count > 0 {
            log_row(level, &hex_row(offset, &row[..count]));
            continue;
        }
        if offset == 0 {
            log_row(level, &[0]);
        }
        break;
    }
}

/// A copy of what a line has room for, for a text that may be gone when it is logged.
pub fn start_of(text: &[u8]) -> Vec<u8> {
    text.get(..LONGEST).unwrap_or(text).to_vec()
}

/// Logs the text up to the NUL in `row`, which must have one.
fn log_row<const N: usize>(level: Level, row: &[u8; N]) {
    debug_assert!(row.contains(&0));
    // SAFETY: there is a NUL.
    unsafe { hand_over(level.number(), row.as_ptr().cast()) };
}

/// One line of [`hex_string`], with its NUL.
fn hex_row(offset: usize, bytes: &[u8]) -> [u8; 79] {
    let mut row = [b' '; 79];
    // The original takes the offset modulo 65535, not 65536, and tools see that.
    let [.., high, low] = (offset % 65_535).to_be_bytes();
    row[2..4].copy_from_slice(&DIGITS[usize::from(high)]);
    row[4..6].copy_from_slice(&DIGITS[usize::from(low)]);
    row[6] = b':';
    for (column, &byte) in bytes.iter().enumerate().take(16) {
        // The second half stands a blank further right.
        let at = 9 + column * 3 + column / 8;
        row[at..at + 2].copy_from_slice(&DIGITS[usize::from(byte)]);
        row[60 + column] = if matches!(byte, b' '..=b'~') {
            byte
        } else {
            b'.'
        };
    }
    row[78] = 0;
    row
}

/// Each byte in hexadecimal.
static DIGITS: [[u8; 2]; 256] = {
    let (digits, mut all, mut byte) = (b"0123456789abcdef", [[0; 2]; 256], 0);
    while byte < 256 {
        all[byte] = [digits[byte / 16], digits[byte % 16]];
        byte += 1;
    }
    all
};

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &Line) -> Vec<u8> {
        let written = &line.bytes[..line.length];
        // SAFETY: so many bytes were written.
        written
            .iter()
            .map(|byte| unsafe { byte.assume_init() })
            .collect()
    }

    #[test]
    fn lines_end_where_callbacks_have_no_more_room() {
        let mut line = Line::new();
        assert!(write!(line, "a{:4000}", 1).is_err());
        assert_eq!(line.length, LONGEST);
        assert!(line.put(b"x").is_err());
        assert_eq!(text(&line)[..3], *b"a  ");
    }

    #[test]
    fn bytes_of_any_encoding_stay_what_they_are() {
        let mut line = Line::new();
        write!(line, "<{}> \u{20ac}", Text(b"a\xc3\xa9\xff b\0c")).unwrap();
        assert_eq!(text(&line), b"<a\xc3\xa9\xff b> \xe2\x82\xac");
    }

    #[test]
    fn rows_have_78_columns() {
        let all: Vec<u8> = (0x2e..0x3e).collect();
        assert_eq!(
            hex_row(0x1_0010, &all),
            *b"  0011:  2e 2f 30 31 32 33 34 35  36 37 38 39 3a 3b 3c 3d   ./0123456789:;<=  \0"
        );
        assert_eq!(
            hex_row(16, b"\0\x7f"),
            *b"  0010:  00 7f                                              ..                \0"
        );
    }

    fn line(arguments: fmt::Arguments<'_>) -> Vec<u8> {
        let mut line = Line::new();
        line.write_fmt(arguments).unwrap();
        text(&line)
    }

    fn shown(bytes: &[u8]) -> Vec<u8> {
        line(format_args!("<{}>", Text(bytes)))
    }

    #[test]
    fn text_is_printed_byte_for_byte() {
        let ordinary: [&[u8]; 6] = [
            b"NetStream.Publish.BadName a\\b\tc %s",
            "Zürich, 雛, 𝄞, é".as_bytes(),
            // Latin-1, and UTF-8 that was cut.
            b"caf\xe9 \xff\xa0",
            b"\xe2\x80",
            b"x\xf0\x9f\x98",
            b"",
        ];
        for bytes in ordinary {
            assert_eq!(shown(bytes), [b"<", bytes, b">"].concat());
        }
        assert_eq!(shown(b"up to\0here"), b"<up to>");
        assert_eq!(line(format_args!("{}", printed(b""))), b"(null)");
        // Words of the system, in the language of the program.
        assert_eq!(line(format_args!("für {}", 1)), "für 1".as_bytes());
    }

    #[test]
    fn control_characters_are_made_visible() {
        assert_eq!(shown(b"\x1b[2J\x07\x7f"), b"<\\x1b[2J\\x07\\x7f>");
        assert_eq!(shown(b"a\r\nERROR: b\n"), b"<a\\x0d\\x0aERROR: b\\x0a>");
        // CSI, as UTF-8 and as one byte.
        assert_eq!(shown(b"\xc2\x9b2J \x9b2J"), b"<\\x9b2J \\x9b2J>");
        let lines = line(format_args!("{}", Passage(b"a\n\tb\r\x1b")));
        assert_eq!(lines, b"a\n\tb\\x0d\\x1b");
    }
}
