//! `RTMP_ParseURL` beside the original: results and log lines.
#![no_main]

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::original::{Library, both, shown, take_log};
use rtmp::abi::AVal;
use rtmp::proto::url;

/// The original looks for extensions up to 4 bytes in front of a play path, and for numbers behind `%`.
const AROUND: usize = 16;

fuzz_target!(|data: &[u8]| {
    let text: Vec<u8> = data.iter().copied().filter(|byte| *byte != 0).collect();
    if !is_defined(&text) {
        return;
    }
    let memory = [&[0; AROUND], &text[..], &[0; AROUND]].concat();
    let seen = both().map(|library| parse(library, &memory));
    assert_eq!(seen[1], seen[0], "{}", text.escape_ascii());
});

/// False where docs/differences.md says that the original is wrong: hosts of more than 255 bytes, IPv6 addresses, logins,
/// ports beyond an `int`, `%` without two hexadecimal digits behind it, play paths with `?` so near to their begin that it
/// looks for an extension in front of them, and those that begin with the kind of a file.
fn is_defined(text: &[u8]) -> bool {
    let behind = |at: usize| text.get(at + 1..at + 3);
    let is_escape =
        |at: usize| behind(at).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit));
    let mut percents = text.iter().enumerate().filter(|(_, byte)| **byte == b'%');
    let longest = |wanted: fn(&u8) -> bool| {
        text.split(|byte| !wanted(byte))
            .map(<[u8]>::len)
            .max()
            .unwrap_or(0)
    };
    let path = url::parse(text).ok().and_then(|found| found.path?.playpath);
    let begin = path.and_then(|path| text.get(path)).unwrap_or_default();
    let names_kind = ["/mp4:", "/flv:", "/mp3:"]
        .iter()
        .any(|kind| text.windows(5).any(|part| part == kind.as_bytes()));
    !names_kind
        && !begin.iter().take(4).any(|byte| *byte == b'?')
        && percents.all(|(at, _)| is_escape(at))
        && !text.iter().any(|byte| matches!(byte, b'[' | b'@'))
        && longest(u8::is_ascii_digit) < 9
        && longest(|byte| *byte != b'/') < 256
}

type Seen = (
    i32,
    i32,
    u32,
    [(Option<usize>, Vec<u8>); 2],
    Vec<u8>,
    Vec<(i32, Vec<u8>)>,
);

fn parse(library: &Library, memory: &[u8]) -> Seen {
    let start = memory[AROUND..].as_ptr();
    let (mut protocol, mut port) = (99, 99);
    let [mut host, mut playpath, mut app] = [AVal::empty(), AVal::empty(), AVal::empty()];
    // SAFETY: a text, and places for the results.
    let result = unsafe {
        (library.parse_url)(
            start.cast(),
            &raw mut protocol,
            &raw mut host,
            &raw mut port,
            &raw mut playpath,
            &raw mut app,
        )
    };
    let places = [shown(&host, memory), shown(&app, memory)];
    let path = playpath.bytes().to_vec();
    // SAFETY: NULL, or a block of the C allocator that belongs to the caller.
    unsafe { libc::free(playpath.start().cast()) };
    (result, protocol, port, places, path, take_log())
}
