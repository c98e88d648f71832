//! What one run of a scenario showed, line by line, in a form that two runs can be compared in.

use std::cell::{Cell, RefCell};
use std::ffi::{c_char, c_int, c_void};
use std::fmt::Display;

use crate::handle::{Handle, field};

pub(crate) const NO_LOG: i32 = -1;
pub(crate) const ERROR: i32 = 1;
pub(crate) const WARNING: i32 = 2;
pub(crate) const INFO: i32 = 3;
pub(crate) const DEBUG: i32 = 4;
pub(crate) const DEBUG2: i32 = 5;

thread_local! {
    static LINES: RefCell<Vec<(i32, Vec<u8>)>> = const { RefCell::new(Vec::new()) };
    static LEVEL: Cell<i32> = const { Cell::new(DEBUG) };
}

unsafe extern "C" {
    fn vsnprintf(to: *mut c_char, size: usize, format: *const c_char, args: *mut c_void) -> c_int;
}

/// The log callback of both libraries: it runs on the calling thread, so lines are kept per thread.
pub(crate) unsafe extern "C" fn collect(level: c_int, format: *const c_char, args: *mut c_void) {
    if level > LEVEL.get() {
        return;
    }
    let mut text = vec![0_u8; 8192];
    // SAFETY: the buffer has the size given; format and arguments are a matching pair by contract.
    let len = unsafe { vsnprintf(text.as_mut_ptr().cast(), text.len(), format, args) };
    text.truncate(usize::try_from(len).unwrap_or(0).min(8191));
    LINES.with_borrow_mut(|lines| lines.push((level, text)));
}

/// Records in order; log lines that arrived in between take their place.
#[derive(Default)]
pub(crate) struct Trace {
    pub(crate) lines: Vec<String>,
    replacements: Vec<(String, &'static str)>,
}

impl Trace {
    /// Starts with an empty log on this thread and keeps levels up to `level`.
    pub(crate) fn start(level: i32) -> Self {
        LEVEL.set(level);
        LINES.take();
        Self::default()
    }

    /// Let `text` (a port, for instance) read as `name` from here on.
    pub(crate) fn call(&mut self, text: impl Into<String>, name: &'static str) {
        self.replacements.push((text.into(), name));
    }

    fn regular(&self, mut line: String) -> String {
        for (text, name) in &self.replacements {
            line = line.replace(text, name);
        }
        line
    }

    pub(crate) fn log(&mut self) {
        for (level, text) in LINES.take() {
            if is_interruption(&text) {
                continue;
            }
            let name = ["CRIT", "ERROR", "WARNING", "INFO", "DEBUG", "DEBUG2"]
                .get(usize::try_from(level).unwrap_or(usize::MAX))
                .unwrap_or(&"?");
            let text = without_descriptor(&text.escape_ascii().to_string());
            let text = without_pointer(&text);
            let line = self.regular(format!("{name}: {text}"));
            self.lines.push(line);
        }
    }

    /// Forget the log lines that are waiting.
    pub(crate) fn hush(&self) {
        LINES.take();
    }

    pub(crate) fn note(&mut self, what: &str, value: impl Display) {
        self.log();
        let line = self.regular(format!("{what} = {value}"));
        self.lines.push(line);
    }

    pub(crate) fn text(&mut self, line: impl Into<String>) {
        self.log();
        let line = self.regular(line.into());
        self.lines.push(line);
    }

    pub(crate) fn bytes(&mut self, what: &str, bytes: &[u8]) {
        self.log();
        let shown = self.show_bytes(bytes);
        self.lines.push(format!("{what}: {shown}"));
    }

    /// The named public fields of the handle.
    pub(crate) fn fields(&mut self, handle: &Handle, names: &str) {
        let state = handle.get();
        for name in names.split_whitespace() {
            self.note(name, field(&state, name));
        }
    }

    fn show_bytes(&self, bytes: &[u8]) -> String {
        let mut bytes = bytes.to_vec();
        for (text, _) in &self.replacements {
            mask(&mut bytes, text.as_bytes());
        }
        show(&bytes)
    }
}

/// Systems interrupt calls for reasons of their own (a debugger, a machine that is frozen), as often as they like.
fn is_interruption(line: &[u8]) -> bool {
    line.starts_with(b"RTMPSockBuf_Fill, recv returned -1. GetSockError(): 4 ")
}

/// Hex, in full up to 4 KiB; longer strings by their ends, length and a checksum.
pub(crate) fn show(bytes: &[u8]) -> String {
    if bytes.len() <= 4096 {
        return hex(bytes);
    }
    let sum = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    });
    let (head, tail) = (&bytes[..64], &bytes[bytes.len() - 64..]);
    format!(
        "{} ... {} ({} bytes, fnv {sum:016x})",
        hex(head),
        hex(tail),
        bytes.len()
    )
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes of a text like `04 0003e8 'abc' 22*3`: hex digits, quoted text, and repetition.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let (word, times) = match word.split_once('*') {
            Some((word, times)) => (word, times.parse().expect("count after *")),
            None => (word, 1),
        };
        let bytes = match word.strip_prefix('\'') {
            Some(quoted) => quoted.trim_end_matches('\'').as_bytes().to_vec(),
            None => (0..word.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&word[at..at + 2], 16).expect("hex digits"))
                .collect(),
        };
        out.extend(std::iter::repeat_n(bytes, times).flatten());
    }
    out
}

fn mask(bytes: &mut [u8], text: &[u8]) {
    let mut at = 0;
    while !text.is_empty() && at + text.len() <= bytes.len() {
        if bytes[at..].starts_with(text) {
            bytes[at..at + text.len()].fill(b'#');
            at += text.len();
        } else {
            at += 1;
        }
    }
}

fn without_descriptor(line: &str) -> String {
    match line.split_once("fd=") {
        Some((before, after)) => {
            format!(
                "{before}fd=N{}",
                after.trim_start_matches(|c: char| c.is_ascii_digit())
            )
        }
        None => line.to_owned(),
    }
}

fn without_pointer(line: &str) -> String {
    match line.split_once("@0x") {
        Some((before, after)) => {
            format!(
                "{before}@P{}",
                after.trim_start_matches(|c: char| c.is_ascii_hexdigit())
            )
        }
        None => line.to_owned(),
    }
}

/// The lines of both, those that differ marked: `-` left only, `+` right only.
pub(crate) fn difference(left: &[String], right: &[String]) -> String {
    let mut out = String::new();
    let common_head = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (left_rest, right_rest) = (&left[common_head..], &right[common_head..]);
    let common_tail = left_rest
        .iter()
        .rev()
        .zip(right_rest.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let show = |mark: char, lines: &[String], out: &mut String| {
        for line in lines {
            let cut: String = line.chars().take(700).collect();
            out.push_str(&format!("      {mark} {cut}\n"));
        }
    };
    show(
        ' ',
        &left[common_head.saturating_sub(3)..common_head],
        &mut out,
    );
    show('-', &left_rest[..left_rest.len() - common_tail], &mut out);
    show('+', &right_rest[..right_rest.len() - common_tail], &mut out);
    let tail = &left_rest[left_rest.len() - common_tail..];
    show(' ', &tail[..tail.len().min(2)], &mut out);
    out
}
