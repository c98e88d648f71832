//! What a server says: AMF0 values and whole messages, built without the library.

pub(crate) const COMMAND: u8 = 0x14;
pub(crate) const NULL: &[u8] = &[5];
/// The file header and the size field of the tag that does not precede it.
pub(crate) const FLV_HEADER: &[u8] = b"FLV\x01\0\0\0\0\x09\0\0\0\0";

pub(crate) fn text(value: &str) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap().to_be_bytes();
    [&[2], &length[..], value.as_bytes()].concat()
}

pub(crate) fn number(value: f64) -> Vec<u8> {
    [&[0], &value.to_be_bytes()[..]].concat()
}

fn members(values: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in values {
        out.extend_from_slice(&text(name)[1..]);
        out.extend_from_slice(value);
    }
    out.extend_from_slice(&[0, 0, 9]);
    out
}

pub(crate) fn object(values: &[(&str, Vec<u8>)]) -> Vec<u8> {
    [vec![3], members(values)].concat()
}

pub(crate) fn ecma_array(values: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let count = u32::try_from(values.len()).unwrap().to_be_bytes();
    [vec![8], count.to_vec(), members(values)].concat()
}

/// Name, transaction id, arguments.
pub(crate) fn command(name: &str, id: f64, arguments: &[&[u8]]) -> Vec<u8> {
    [text(name), number(id), arguments.concat()].concat()
}

pub(crate) fn status(code: &str) -> Vec<u8> {
    let info = object(&[("level", text("status")), ("code", text(code))]);
    command("onStatus", 0.0, &[NULL, &info])
}

/// A whole message with a type 0 header and stream id 1, in chunks of 128 bytes.
pub(crate) fn message(channel: u8, time: u32, kind: u8, body: &[u8]) -> Vec<u8> {
    let extended = if time >= 0x00ff_ffff {
        time.to_be_bytes().to_vec()
    } else {
        Vec::new()
    };
    let length = u32::try_from(body.len()).unwrap();
    let mut out = vec![channel];
    out.extend_from_slice(&time.min(0x00ff_ffff).to_be_bytes()[1..]);
    out.extend_from_slice(&length.to_be_bytes()[1..]);
    out.extend_from_slice(&[kind, 1, 0, 0, 0]);
    out.extend_from_slice(&extended);
    for (index, chunk) in body.chunks(128).enumerate() {
        if index > 0 {
            out.push(0xc0 | channel);
            out.extend_from_slice(&extended);
        }
        out.extend_from_slice(chunk);
    }
    out
}

/// An FLV tag with its size field.
pub(crate) fn tag(kind: u8, time: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    let [high, a, b, c] = time.to_be_bytes();
    let size = (length + 11).to_be_bytes();
    let head = [
        &[kind],
        &length.to_be_bytes()[1..],
        &[a, b, c, high, 0, 0, 0],
    ]
    .concat();
    [&head[..], body, &size].concat()
}
