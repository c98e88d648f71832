//! Log lines of the library (spec 03 §3).
//!
//! A line is finished here and reaches the program's callback as the format `%s`. Which levels pass is decided by the
//! exported variable `RTMP_debuglevel`, which programs assign directly: it is read through its symbol, so that the copy
//! in the program counts.

use core::ffi::{c_char, c_int};
use core::fmt::{self, Write};
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

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

/// The bytes of a text with parts of any encoding ([`Text`]).
pub fn bytes_of(text: fmt::Arguments<'_>) -> Vec<u8> {
    let mut line = Line(Vec::with_capacity(128));
    // The sink accepts everything; an error could only come from a `Display` that fails by itself.
    let _ = line.write_fmt(text);
    line.0
}

/// Logs one line, whatever the current level is. Use [`log!`], which asks first and formats only what is wanted.
#[cold]
pub fn write(level: Level, text: fmt::Arguments<'_>) {
    let mut bytes = bytes_of(text);
    bytes.truncate(LONGEST);
    bytes.push(0);
    // `Level` is at most 6.
    let level = (level as u32).cast_signed();
    // SAFETY: the text is NUL-terminated and lives until the call returns.
    unsafe { librtmp_rs_log_line(level, bytes.as_ptr().cast()) };
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

/// Bytes that are no ASCII travel through `fmt` as chars of a private area; [`Line`] turns them back.
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

/// Collects a line as bytes.
struct Line(Vec<u8>);

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.is_ascii() {
            self.0.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        for char in text.chars() {
            match u32::from(char).checked_sub(RAW).map(u8::try_from) {
                Some(Ok(byte)) => self.0.push(byte),
                _ => self
                    .0
                    .extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> Vec<u8> {
        bytes_of(format_args!("<{}>", Text(bytes)))
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
            assert_eq!(text(bytes), [b"<", bytes, b">"].concat());
        }
        assert_eq!(text(b"up to\0here"), b"<up to>");
        assert_eq!(bytes_of(format_args!("{}", printed(b""))), b"(null)");
        // Words of the system, in the language of the program.
        assert_eq!(bytes_of(format_args!("für {}", 1)), "für 1".as_bytes());
    }

    #[test]
    fn control_characters_are_made_visible() {
        assert_eq!(text(b"\x1b[2J\x07\x7f"), b"<\\x1b[2J\\x07\\x7f>");
        assert_eq!(text(b"a\r\nERROR: b\n"), b"<a\\x0d\\x0aERROR: b\\x0a>");
        // CSI, as UTF-8 and as one byte.
        assert_eq!(text(b"\xc2\x9b2J \x9b2J"), b"<\\x9b2J \\x9b2J>");
        let lines = bytes_of(format_args!("{}", Passage(b"a\n\tb\r\x1b")));
        assert_eq!(lines, b"a\n\tb\\x0d\\x1b");
    }
}
