//! The log functions with the built-in callback, and what a program's callback gets
//! (spec 03 section 3). Each scenario has a library to itself.

use std::cell::RefCell;
use std::ffi::{CString, c_char, c_int, c_void};

use crate::anchors;
use crate::library::Library;
use crate::scenario::{Scenario, scenario};
use crate::trace::Trace;

/// A C stream on a temporary file: what has been flushed is in the file, the rest is not.
struct Output {
    stream: *mut libc::FILE,
    seen: usize,
}

impl Output {
    fn of(lib: &Library) -> Self {
        // SAFETY: no arguments.
        let stream = unsafe { libc::tmpfile() };
        assert!(!stream.is_null(), "a temporary file");
        lib.RTMP_LogSetOutput(stream.cast());
        Self { stream, seen: 0 }
    }

    fn file(&self) -> Vec<u8> {
        // SAFETY: an open stream.
        let descriptor = unsafe { libc::fileno(self.stream) };
        std::fs::read(format!("/proc/self/fd/{descriptor}")).expect("the temporary file")
    }

    /// What is new, and whether the library had flushed it.
    fn show(&mut self, trace: &mut Trace) {
        let flushed = self.file().len();
        // SAFETY: an open stream.
        unsafe { libc::fflush(self.stream) };
        let all = self.file();
        let new = all[self.seen..].escape_ascii().to_string();
        let short: String = new.chars().take(200).collect();
        let count = all.len() - self.seen;
        trace.text(format!(
            "[{short}] {count} bytes, flushed {}",
            flushed == all.len()
        ));
        self.seen = all.len();
    }
}

fn log(lib: &Library, level: c_int, text: &str) {
    let text = CString::new(text).expect("no zero inside");
    // SAFETY: the format takes one string, which is given.
    unsafe { (lib.RTMP_Log)(level, c"%s".as_ptr(), text.as_ptr()) };
}

fn print(lib: &Library, text: &str) {
    let text = CString::new(text).expect("no zero inside");
    // SAFETY: the format takes one string, which is given.
    unsafe { (lib.RTMP_LogPrintf)(c"%s".as_ptr(), text.as_ptr()) };
}

fn status(lib: &Library, text: &str) {
    let text = CString::new(text).expect("no zero inside");
    // SAFETY: the format takes one string, which is given.
    unsafe { (lib.RTMP_LogStatus)(c"%s".as_ptr(), text.as_ptr()) };
}

type Steps = fn(&Library, &mut Output, &mut Trace);

/// A fresh library that writes to a file, at a level.
fn fresh(name: &str, level: u32, steps: Steps) -> Scenario {
    scenario(name, move |lib, trace| {
        let lib = lib.untouched();
        let mut output = Output::of(lib);
        lib.RTMP_LogSetLevel(level);
        steps(lib, &mut output, trace);
    })
}

pub(crate) fn output() -> Vec<Scenario> {
    let mut table = vec![
        scenario("level before and after setting", |lib, trace| {
            let lib = lib.untouched();
            trace.note("default", lib.RTMP_LogGetLevel());
            for level in [0, 3, 6, 99, u32::MAX] {
                lib.RTMP_LogSetLevel(level);
                trace.note("level", lib.RTMP_LogGetLevel());
                // SAFETY: the data symbol of this library, which nobody else uses.
                trace.note("symbol", unsafe { lib.debug_level.read() });
            }
            // SAFETY: as above.
            unsafe { lib.debug_level.write(4) };
            trace.note("level", lib.RTMP_LogGetLevel());
        }),
        fresh("odd texts", 5, |lib, output, trace| {
            for text in [
                "has newline\n",
                "",
                "two\nlines",
                "100%",
                &"x".repeat(5999),
                &"y".repeat(2046),
                &"z".repeat(2047),
            ] {
                log(lib, 2, text);
                output.show(trace);
            }
            // SAFETY: the format takes one string; NULL is what the library itself passes.
            unsafe { (lib.RTMP_Log)(1, c"a %s b".as_ptr(), std::ptr::null::<c_char>()) };
            output.show(trace);
            // SAFETY: the arguments match the format.
            unsafe {
                (lib.RTMP_Log)(
                    1,
                    c"%d %5.2f %s %lu".as_ptr(),
                    -7_i32,
                    2.5_f64,
                    c"s".as_ptr(),
                    u64::MAX,
                );
            };
            output.show(trace);
        }),
    ];
    for level in [0, 1, 2, 3, 4, 5, 6] {
        table.push(scenario(
            format!("all levels at {level}"),
            move |lib, trace| {
                let lib = lib.untouched();
                let mut output = Output::of(lib);
                lib.RTMP_LogSetLevel(level);
                for at in [0, 1, 2, 3, 4, 5, -1] {
                    log(lib, at, "text");
                    log(lib, at, "a no-name text");
                    output.show(trace);
                }
            },
        ));
    }
    table.push(scenario("a stream set twice", |lib, trace| {
        let lib = lib.untouched();
        let (mut first, mut second) = (Output::of(lib), Output::of(lib));
        log(lib, 1, "to the second");
        first.show(trace);
        second.show(trace);
    }));
    table
}

pub(crate) fn program_lines() -> Vec<Scenario> {
    let mixed: Steps = |lib, output, trace| {
        status(lib, "one");
        output.show(trace);
        status(lib, "two");
        output.show(trace);
        log(lib, 1, "error");
        output.show(trace);
        status(lib, "three");
        print(lib, "printed");
        output.show(trace);
        print(lib, "with newline\n");
        output.show(trace);
        status(lib, "four\n");
        log(lib, 4, "too detailed");
        output.show(trace);
        log(lib, 1, "next");
        output.show(trace);
    };
    let mut table: Vec<_> = [1, 6]
        .into_iter()
        .map(|level| fresh(&format!("status, print and log at {level}"), level, mixed))
        .collect();
    table.push(fresh("nothing at level 0", 0, mixed));
    table.push(fresh("long program lines", 3, |lib, output, trace| {
        for len in [2045, 2046, 2047, 5999] {
            print(lib, &"p".repeat(len));
            output.show(trace);
            print(lib, &format!("{}\n", "q".repeat(len)));
            output.show(trace);
            status(lib, &"s".repeat(len));
            output.show(trace);
        }
    }));
    table.push(fresh(
        "pending newline and a dropped text",
        4,
        |lib, output, trace| {
            status(lib, "status");
            log(lib, 4, "a no-name text");
            output.show(trace);
            log(lib, 4, "shown");
            output.show(trace);
        },
    ));
    table.push(
        fresh("empty program line", 3, |lib, output, trace| {
            print(lib, "");
            status(lib, "");
            print(lib, "x");
            output.show(trace);
        })
        .ours_only(anchors::EMPTY_PRINT, &["[\\nx] 2 bytes, flushed false"]),
    );
    table.push(
        scenario("a callback of NULL is the built-in one", |lib, trace| {
            let lib = lib.untouched();
            let mut output = Output::of(lib);
            lib.RTMP_LogSetCallback(Some(remember));
            log(lib, 1, "to the callback");
            lib.RTMP_LogSetCallback(None);
            log(lib, 1, "to the file");
            trace.note("calls", CALLS.take().len());
            output.show(trace);
        })
        .ours_only(
            anchors::NULL_CALLBACK,
            &[
                "calls = 1",
                "[ERROR: to the file\\n] 19 bytes, flushed false",
            ],
        ),
    );
    table
}

thread_local! {
    static CALLS: RefCell<Vec<(c_int, usize)>> = const { RefCell::new(Vec::new()) };
}

unsafe extern "C" fn remember(level: c_int, format: *const c_char, _: *mut c_void) {
    CALLS.with_borrow_mut(|calls| calls.push((level, format as usize)));
}

pub(crate) fn callbacks() -> Vec<Scenario> {
    vec![
        scenario(
            "a program's message arrives as it was given",
            |lib, trace| {
                let lib = lib.untouched();
                lib.RTMP_LogSetCallback(Some(remember));
                lib.RTMP_LogSetLevel(3);
                let format = c"%s and %d";
                for level in [-1, 0, 1, 3, 4, i32::MAX] {
                    // SAFETY: the arguments match the format.
                    unsafe { (lib.RTMP_Log)(level, format.as_ptr(), c"x".as_ptr(), 5_i32) };
                    for (level, address) in CALLS.take() {
                        trace.text(format!(
                            "level {level}, same format {}",
                            address == format.as_ptr() as usize
                        ));
                    }
                }
                lib.RTMP_LogSetLevel(u32::MAX);
                log(lib, -1, "all pass");
                trace.note("calls", CALLS.take().len());
            },
        ),
        scenario("program lines bypass the callback", |lib, trace| {
            let lib = lib.untouched();
            let mut output = Output::of(lib);
            lib.RTMP_LogSetCallback(Some(remember));
            status(lib, "status");
            log(lib, 1, "logged");
            print(lib, "printed");
            trace.note("calls", CALLS.take().len());
            output.show(trace);
        }),
    ]
}

pub(crate) fn dumps() -> Vec<Scenario> {
    let data: &'static [u8] = Box::leak(
        (0..65_600_u32)
            .map(|at| (at * 7).to_le_bytes()[0])
            .collect(),
    );
    let mut table = Vec::new();
    for len in [0, 1, 7, 8, 9, 15, 16, 17, 32, 33, 256] {
        table.push(
            scenario(format!("hex dumps of {len} bytes"), move |lib, trace| {
                for level in [4, 6] {
                    trace.text("-- hex");
                    lib.RTMP_LogHex(level, data.as_ptr(), len);
                    trace.text("-- with text");
                    lib.RTMP_LogHexString(level, data.as_ptr(), len);
                    trace.log();
                }
            })
            .level(6),
        );
    }
    table.push(scenario("the offset of a long dump", move |lib, trace| {
        lib.RTMP_LogHexString(4, data.as_ptr(), 65_585);
        trace.log();
        let count = trace.lines.len();
        trace.lines.drain(3..count - 4);
        trace.note("lines", count);
    }));
    table.push(scenario(
        "no data, and a level that is off",
        move |lib, trace| {
            lib.RTMP_LogHexString(4, std::ptr::null(), 16);
            lib.RTMP_LogHex(7, data.as_ptr(), 16);
            lib.RTMP_LogHexString(7, data.as_ptr(), 16);
            trace.text("nothing");
        },
    ));
    table.push(fresh(
        "dumps with the built-in callback",
        4,
        |lib, output, trace| {
            let bytes = b"Hello, World! 01\0\x01\x7f\x80\xff";
            lib.RTMP_LogHex(4, bytes.as_ptr(), 20);
            lib.RTMP_LogHexString(4, bytes.as_ptr(), 20);
            lib.RTMP_LogHex(5, bytes.as_ptr(), 20);
            output.show(trace);
        },
    ));
    table
}
