//! `RTMP_SetOpt` beside the original: results, log lines, and the fields that options set. Each line of the input is an
//! option and its value.
#![no_main]

use std::mem::MaybeUninit;

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::original::{Library, both, shown, take_log};
use rtmp::abi::{AMFObject, AVal, RTMP};

/// The original reads values of `conn` three bytes ahead.
const BEHIND: usize = 8;
/// How the names of options begin that only we have.
const OURS: [&[u8]; 23] = [
    b"tls",
    b"bind",
    b"outchunk",
    b"connecttimeout",
    b"sendtimeout",
    b"receivetimeout",
    b"sendahead",
    b"faststart",
    b"reconnect",
    b"silence",
    b"ertmp",
    b"fourcclist",
    b"videofourccinfomap",
    b"audiofourccinfomap",
    b"capsex",
    b"videofunction",
    b"family",
    b"sendbuffer",
    b"nagle",
    b"quiet",
    b"reset",
    b"connectto",
    b"connectproperties",
];
/// Levels of open objects.
const DEEPEST: usize = 20;

type Option = (Vec<u8>, Vec<u8>);
type Lines = Vec<(i32, Vec<u8>)>;

fuzz_target!(|data: &[u8]| {
    let options: Vec<Option> = data
        .split(|&byte| byte == b'\n')
        .filter_map(option)
        .collect();
    if !is_defined(&options) {
        return;
    }
    let [original, ours] = both().map(|library| set(library, &options));
    assert_eq!(ours, original, "{}", data.escape_ascii());
});

/// Name and value, with NULs behind them.
fn option(line: &[u8]) -> std::option::Option<Option> {
    let at = line.iter().position(|&byte| byte == b'=')?;
    let text = |bytes: &[u8]| {
        let bytes = bytes.iter().copied().filter(|byte| *byte != 0);
        bytes.chain([0; BEHIND]).collect()
    };
    Some((text(&line[..at]), text(&line[at + 1..])))
}

/// False for options that only we have, and where docs/differences.md says that the original is wrong: ends of objects that
/// nobody has begun.
fn is_defined(options: &[Option]) -> bool {
    let mut depth = 0_usize;
    options.iter().all(|(name, value)| {
        let lower = name.to_ascii_lowercase();
        if OURS.iter().any(|ours| lower.starts_with(ours)) {
            return false;
        }
        if !lower.starts_with(b"conn\0") {
            return true;
        }
        if let Some(number) = value.strip_prefix(b"O:") {
            // What begins an object is a number other than 0: in doubt it does, and is counted.
            if number.iter().all(|byte| !(b'1'..=b'9').contains(byte)) {
                let left = depth.checked_sub(1);
                depth = left.unwrap_or(0);
                return left.is_some();
            }
            // Numbers that do not fit an `int` are anything.
            depth += 1;
            return number.len() < BEHIND + 8
                && number[0].is_ascii_digit()
                && number[0] != b'0'
                && depth < DEEPEST;
        }
        if value.starts_with(b"NO:") {
            depth += usize::from(value[3..].contains(&b':') && depth > 0);
        }
        depth < DEEPEST
    })
}

fn set(library: &Library, options: &[Option]) -> (Vec<i32>, Vec<String>, Lines) {
    let mut memory: Box<MaybeUninit<RTMP>> = Box::new(MaybeUninit::uninit());
    // SAFETY: memory for a handle.
    unsafe { (library.init)(memory.as_mut_ptr()) };
    let call = |(name, value): &Option| {
        let (name, mut value) = (text(name), text(value));
        let handle = memory.as_ptr().cast_mut();
        // SAFETY: a handle, and texts that live longer than it is used.
        unsafe { (library.set_option)(handle, &raw const name, &raw mut value) }
    };
    let results = options.iter().map(call).collect();
    // SAFETY: initialised above.
    let handle = unsafe { memory.assume_init_ref() };
    let fields = fields(handle, options);
    // SAFETY: what options left there is never the library's to free.
    // SAFETY: nothing refers to what it has.
    unsafe { handle.Link.extras.reset() };
    // SAFETY: a handle.
    unsafe { (library.close)(memory.as_mut_ptr()) };
    let mut lines = take_log();
    // Behind an unknown name comes a list of the known ones, in free words, whose lines end themselves.
    lines.retain(|(_, text)| !text.ends_with(b"?"));
    (results, fields, lines)
}

fn text(bytes: &[u8]) -> AVal {
    let length = (bytes.len() - BEHIND).try_into().unwrap();
    // SAFETY: the options live longer than the handles.
    unsafe { AVal::from_raw(bytes.as_ptr().cast_mut().cast(), length) }
}

fn fields(r: &RTMP, options: &[Option]) -> Vec<String> {
    let link = &r.Link;
    let texts = [
        &link.sockshost,
        &link.app,
        &link.tcUrl,
        &link.pageUrl,
        &link.swfUrl,
        &link.flashVer,
        &link.playpath,
        &link.subscribepath,
        &link.usherToken,
        &link.token,
        &link.pubUser,
        &link.pubPasswd,
    ];
    let numbers = [
        link.lFlags.get(),
        link.swfAge.get(),
        link.seekTime.get(),
        link.stopTime.get(),
        r.m_nBufferMS.get(),
        link.timeout.get(),
        link.edepth.get(),
        link.socksport.get().into(),
        link.port.get().into(),
    ];
    let mut lines = vec![format!("{numbers:?}")];
    lines.extend(texts.map(|text| place(text, options)));
    tree(&link.extras, options, &mut lines);
    lines
}

/// Which option's value a text is, and its bytes.
fn place(text: &AVal, options: &[Option]) -> String {
    let at = options
        .iter()
        .position(|(_, value)| shown(text, value).0.is_some());
    format!("{at:?} {}", text.bytes().escape_ascii())
}

fn tree(object: &AMFObject, options: &[Option], lines: &mut Vec<String>) {
    lines.push(format!("{} arguments", object.raw_len()));
    for property in object.properties() {
        let kind = property.p_type.get();
        let value = match kind {
            0 | 1 => format!("{:x}", property.number().to_bits()),
            2 => place(&property.text(), options),
            _ => String::new(),
        };
        lines.push(format!(
            "{kind} {} {value}",
            place(&property.p_name, options)
        ));
        if let Some(members) = property.object() {
            tree(members, options, lines);
        }
    }
}
