//! AMF0 beside the original: results, trees, log lines, and the bytes of all encoders.
#![no_main]

use std::ffi::c_int;

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::original::{Encode, Library, both, shown, take_log};
use rtmp::abi::{AMFObject, AMFObjectProperty};

/// The original reads up to 4 bytes behind the data before it looks at sizes.
const BEHIND: usize = 64;
/// Far from the depth at which the original has no stack left.
const DEEPEST: usize = 100;

fuzz_target!(|data: &[u8]| {
    let Some((&first, bytes)) = data.split_first() else {
        return;
    };
    let named = first & 1 == 1;
    let mut rest = bytes;
    if !is_defined(&mut rest, named, DEEPEST) {
        return;
    }
    let mut memory = bytes.to_vec();
    memory.resize(bytes.len() + BEHIND, 0);
    let length = c_int::try_from(bytes.len()).unwrap();
    let seen = both().map(|library| run(library, &memory, length, named));
    assert_eq!(seen[1], seen[0]);
});

type Lines = Vec<(c_int, Vec<u8>)>;
type Encoded = Option<Vec<u8>>;

fn run(
    library: &Library,
    memory: &[u8],
    length: c_int,
    named: bool,
) -> (c_int, Vec<String>, Vec<Encoded>, Lines) {
    let mut object = AMFObject::empty();
    let start = memory.as_ptr().cast();
    // SAFETY: so many bytes, and more behind them.
    let used = unsafe { (library.decode)(&raw mut object, start, length, named.into()) };
    let mut tree = Vec::new();
    show(&object, memory, &mut tree);
    // SAFETY: an object of this library.
    unsafe { (library.dump)(&raw mut object) };
    let mut encoded = Vec::new();
    if is_encoded_alike(&object) {
        encoded = encode(library, &mut object, 8 * memory.len() + 64);
    }
    // SAFETY: an object of this library.
    unsafe { (library.reset)(&raw mut object) };
    (used, tree, encoded, take_log())
}

/// With room enough: the original wants more than it uses, and so leaves out what just fits.
fn encode(library: &Library, object: &mut AMFObject, room: usize) -> Vec<Encoded> {
    // The original writes names into strict arrays, where nobody can read them.
    let has_names = object
        .properties()
        .iter()
        .any(|property| !property.p_name.is_empty());
    let kinds = if has_names { 2 } else { 3 };
    let encode = |encode: &Encode| {
        let mut buffer = vec![0_u8; room];
        let range = buffer.as_mut_ptr_range();
        // SAFETY: an object, and a buffer from its start to its end.
        let end = unsafe { encode(object, range.start.cast(), range.end.cast()) };
        (!end.is_null()).then(|| {
            buffer.truncate(end.addr() - range.start.addr());
            buffer
        })
    };
    library.encode.iter().take(kinds).map(encode).collect()
}

fn show(object: &AMFObject, memory: &[u8], lines: &mut Vec<String>) {
    lines.push(format!("{} properties", object.raw_len()));
    for property in object.properties() {
        let kind = property.p_type.get();
        let value = match kind {
            AMFObjectProperty::NUMBER | AMFObjectProperty::BOOLEAN => {
                format!("{:x}", property.number().to_bits())
            }
            // A null has no value; what the original leaves there is chance.
            AMFObjectProperty::NULL => String::new(),
            AMFObjectProperty::DATE => {
                format!(
                    "{:x} {}",
                    property.number().to_bits(),
                    property.p_UTCoffset.get()
                )
            }
            _ => format!("{:?}", shown(&property.text(), memory)),
        };
        lines.push(format!(
            "{kind} {:?} {value}",
            shown(&property.p_name, memory)
        ));
        if let Some(members) = property.object() {
            show(members, memory, lines);
        }
    }
}

/// False for trees that the original encodes to what nobody can read: a null with a name loses it.
fn is_encoded_alike(object: &AMFObject) -> bool {
    object.properties().iter().all(|property| {
        let is_null = property.p_type.get() == AMFObjectProperty::NULL;
        (!is_null || property.p_name.is_empty()) && property.object().is_none_or(is_encoded_alike)
    })
}

/// Walks a sequence of properties as the format says. False where the original reads beyond the data, claims what is not
/// there, leaks, or differs as docs/differences.md says: cut heads of strings and arrays, deep nesting, values
/// that the original refuses, AMF3, and anything that breaks inside a container.
fn is_defined(rest: &mut &[u8], named: bool, depth: usize) -> bool {
    while !rest.is_empty() {
        if rest.starts_with(&[0, 0, 9]) {
            *rest = &rest[3..];
            return true;
        }
        match property(rest, named, depth) {
            Walk::Whole => {}
            // The outermost object keeps what came before, in both.
            Walk::Broken => return depth == DEEPEST,
            Walk::Undefined => return false,
        }
    }
    true
}

enum Walk {
    Whole,
    Broken,
    Undefined,
}

fn property(rest: &mut &[u8], named: bool, depth: usize) -> Walk {
    if named {
        if rest.len() < 4 {
            return Walk::Broken;
        }
        let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
        if length > rest.len() - 2 {
            return Walk::Broken;
        }
        *rest = &rest[2 + length..];
    }
    let Some((&marker, after)) = rest.split_first() else {
        return Walk::Broken;
    };
    *rest = after;
    let fixed = match marker {
        0 => 8,
        1 => 1,
        2 => return text(rest, 2),
        3 => return container(rest, true, depth),
        5 | 6 | 0x0d => 0,
        8 if rest.len() < 4 => return Walk::Undefined,
        8 => {
            *rest = &rest[4..];
            return container(rest, true, depth);
        }
        0x0a => return array(rest, depth),
        0x0b => 10,
        0x0c | 0x0f => return text(rest, 4),
        4 | 7 | 0x0e | 0x10 | 0x11 => return Walk::Undefined,
        _ => return Walk::Broken,
    };
    match rest.split_at_checked(fixed) {
        Some((_, after)) => {
            *rest = after;
            Walk::Whole
        }
        None => Walk::Broken,
    }
}

fn text(rest: &mut &[u8], head: usize) -> Walk {
    let Some((length, after)) = rest.split_at_checked(head) else {
        return Walk::Undefined;
    };
    let length = length
        .iter()
        .fold(0, |sum, &byte| sum << 8 | usize::from(byte));
    match after.get(length..) {
        Some(after) => {
            *rest = after;
            Walk::Whole
        }
        None => Walk::Broken,
    }
}

fn container(rest: &mut &[u8], named: bool, depth: usize) -> Walk {
    if depth > 0 && is_defined(rest, named, depth - 1) {
        Walk::Whole
    } else {
        Walk::Undefined
    }
}

fn array(rest: &mut &[u8], depth: usize) -> Walk {
    let Some((count, after)) = rest.split_first_chunk::<4>() else {
        return Walk::Undefined;
    };
    *rest = after;
    let count = i32::from_be_bytes(*count);
    for _ in 0..count {
        if depth == 0 || rest.is_empty() {
            return Walk::Undefined;
        }
        match property(rest, false, depth - 1) {
            Walk::Whole => {}
            Walk::Broken | Walk::Undefined => return Walk::Undefined,
        }
    }
    Walk::Whole
}
