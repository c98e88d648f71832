//! The value of option `connectProperties`: more properties of the object of the connect command, in the words of `conn`
//! ([`super::conn`]), but exact.

use super::value::{is_false, is_true, unescape};
use crate::proto::amf0::Body;

/// Bytes that are added to the object of `connect`, at most: servers set limits to what comes before they know the client.
pub const MOST: usize = 16 << 10;

/// Encodes `NB:name:0`, `NN:name:1.5` and `NS:name:text`, with commas between. `NO:name:1` begins an object, `O:0` ends it. In
/// names and texts `\xx` is a byte, so that there may be a comma. `None` for everything else, when it is too long, and
/// without memory.
pub fn encode(text: &[u8]) -> Option<Vec<u8>> {
    let mut body = Body::default();
    let mut depth = 0_usize;
    for item in text.split(|&byte| byte == b',') {
        if item == b"O:0" {
            depth = depth.checked_sub(1)?;
            body.end();
            continue;
        }
        let (kind, name, value) = divided(item)?;
        body.name(&unescape(name)?);
        match kind {
            b'B' if is_true(value) || is_false(value) => body.boolean(is_true(value)),
            b'N' => body.number(number(value)?),
            b'S' => body.string(&unescape(value)?),
            b'O' if value == b"1" => {
                depth = depth.checked_add(1)?;
                body.object()
            }
            _ => return None,
        };
    }
    let is_closed = depth == 0;
    body.finish()
        .filter(|bytes| is_closed && bytes.len() <= MOST)
}

/// The kind, the name and the value of `Nk:name:value`.
fn divided(item: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [b'N', kind, b':', rest @ ..] = item else {
        return None;
    };
    let end = rest.iter().position(|&byte| byte == b':')?;
    let (name, value) = rest.split_at_checked(end)?;
    (!name.is_empty()).then_some((*kind, name, value.get(1..)?))
}

/// A number in decimal, all of the text.
fn number(text: &[u8]) -> Option<f64> {
    let number: f64 = str::from_utf8(text).ok()?.parse().ok()?;
    Some(number).filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_bytes() {
        for (text, bytes) in [
            ("NB:b:1", &b"\0\x01b\x01\x01"[..]),
            ("NB:b:off", b"\0\x01b\x01\x00"),
            ("NN:n:-1.5", b"\0\x01n\0\xbf\xf8\0\0\0\0\0\0"),
            ("NN:n:1e0", b"\0\x01n\0\x3f\xf0\0\0\0\0\0\0"),
            ("NS:s:", b"\0\x01s\x02\0\0"),
            ("NS:s:a:b c", b"\0\x01s\x02\0\x05a:b c"),
            (r"NS:a\3ab\2cc:x\2cy\5cz", b"\0\x05a:b,c\x02\0\x05x,y\\z"),
            ("NO:o:1,O:0", b"\0\x01o\x03\0\0\x09"),
            (
                "NO:o:1,NO:p:1,NB:b:0,O:0,O:0,NS:s:x",
                b"\0\x01o\x03\0\x01p\x03\0\x01b\x01\0\0\0\x09\0\0\x09\0\x01s\x02\0\x01x",
            ),
        ] {
            assert_eq!(encode(text.as_bytes()).as_deref(), Some(bytes), "{text}");
        }
    }

    #[test]
    fn what_is_not_exact_is_refused() {
        for text in [
            "",
            ",",
            "NS:a:b,",
            ",NS:a:b",
            "NS:a:b,,NS:c:d",
            "S:a",
            "N:1",
            "B:1",
            "Z:",
            "O:1",
            "NS",
            "NS:",
            "NS:a",
            "NS::b",
            "NZ:a:",
            "NX:a:b",
            "ns:a:b",
            "NB:b:",
            "NB:b:2",
            "NB:b:maybe",
            "NN:n:",
            "NN:n:1x",
            "NN:n: 1",
            "NN:n:0x10",
            "NN:n:inf",
            "NN:n:nan",
            "NN:n:1e999",
            "NO:o:1",
            "NO:o:0,O:0",
            "NO:o:,O:0",
            "O:0",
            "O:",
            "NO:o:1,O:0,O:0",
            "NO:o:1,S:x,O:0",
            r"NS:a:b\2",
            r"NS:a\2:b",
        ] {
            assert_eq!(encode(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn they_are_not_longer_than_16_kib() {
        let text = |length: usize| format!("NS:n:{}", "x".repeat(length - 6));
        assert_eq!(encode(text(MOST).as_bytes()).unwrap().len(), MOST);
        assert_eq!(encode(text(MOST + 1).as_bytes()), None);
        let deep = [&"NO:n:1,".repeat(2340)[..], &["O:0"; 2340].join(",")].concat();
        assert!(encode(deep.as_bytes()).is_some());
        let deeper = [&"NO:n:1,".repeat(2341)[..], &["O:0"; 2341].join(",")].concat();
        assert_eq!(encode(deeper.as_bytes()), None);
    }
}
