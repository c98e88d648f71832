//! Words, numbers and escapes in the values of options (spec 02 §6).

use alloc::borrow::Cow;

use crate::proto::scan;

use super::ExactOption;

/// True for the values that set a flag.
pub fn is_true(value: &[u8]) -> bool {
    ["1", "on", "yes", "true"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

/// True for the values that unset a flag, where there are such.
pub fn is_false(value: &[u8]) -> bool {
    ["0", "off", "no", "false"]
        .iter()
        .any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
}

/// The number of an option, written as other numbers are. Unlike them it is all of `value`, and in range.
pub fn exact(option: ExactOption, value: &[u8]) -> Option<i32> {
    let is_plain = value.iter().all(u8::is_ascii_alphanumeric);
    let text = str::from_utf8(value).ok().filter(|_| is_plain)?;
    let (digits, base) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (text.get(2..)?, 16),
        [b'0', ..] => (text, 8),
        _ => (text, 10),
    };
    let number = i32::from_str_radix(digits, base).ok()?;
    option.range().contains(&number).then_some(number)
}

/// Replaces each `\xx` by the byte that the hexadecimal digits name; a `\` before anything else stands for itself.
/// `None` when fewer than two bytes follow a `\`, and without memory.
pub fn unescape(value: &[u8]) -> Option<Cow<'_, [u8]>> {
    if memchr::memchr(b'\\', value).is_none() {
        return Some(value.into());
    }
    let mut plain = Vec::new();
    plain.try_reserve_exact(value.len()).ok()?;
    let mut rest = value;
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte == b'\\' {
            let (digits, after) = rest.split_at_checked(2)?;
            if let Some(decoded) = scan::hex_byte(digits) {
                plain.push(decoded);
                rest = after;
                continue;
            }
        }
        plain.push(*byte);
    }
    Some(plain.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_words_are_true() {
        for word in ["1", "ON", "yes", "True"] {
            assert!(is_true(word.as_bytes()), "{word}");
        }
        for word in ["", "0", "2", "off", "true "] {
            assert!(!is_true(word.as_bytes()), "{word}");
        }
    }

    #[test]
    fn four_words_are_false() {
        for word in ["0", "Off", "no", "FALSE"] {
            assert!(is_false(word.as_bytes()), "{word}");
        }
        for word in ["", "1", "on", "0 ", "00"] {
            assert!(!is_false(word.as_bytes()), "{word}");
        }
    }

    #[test]
    fn sizes_of_chunks_are_exact() {
        for (text, size) in [
            ("128", 128),
            ("65536", 65_536),
            ("0x1000", 4096),
            ("0X80", 128),
            ("0200", 128),
        ] {
            assert_eq!(
                exact(ExactOption::OutChunk, text.as_bytes()),
                Some(size),
                "{text}"
            );
        }
        for text in [
            "",
            "0",
            "127",
            "65537",
            "-128",
            "+128",
            " 128",
            "128 ",
            "4k",
            "0x",
            "0x+80",
            "128.0",
            "4294971392",
            "99999999999",
        ] {
            assert_eq!(
                exact(ExactOption::OutChunk, text.as_bytes()),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn milliseconds_are_exact() {
        let millis = |text: &str| exact(ExactOption::SendTimeout, text.as_bytes());
        for (text, number) in [
            ("0", 0),
            ("1", 1),
            ("2500", 2500),
            ("0x10", 16),
            ("2147483647", i32::MAX),
        ] {
            assert_eq!(millis(text), Some(number), "{text}");
        }
        for text in [
            "",
            "-1",
            "+1",
            " 1",
            "1 ",
            "1s",
            "1.5",
            "08",
            "2147483648",
            "18446744073709551617",
        ] {
            assert_eq!(millis(text), None, "{text}");
        }
    }

    #[test]
    fn bytes_to_send_ahead_are_some() {
        let bytes = |text: &str| exact(ExactOption::SendAhead, text.as_bytes());
        assert_eq!(bytes("65536"), Some(65_536));
        assert_eq!(bytes("1"), Some(1));
        for text in ["", "0", "-1", "64k", "2147483648"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }

    #[test]
    fn escapes_become_bytes() {
        assert_eq!(unescape(br"a\20b\5cc").as_deref(), Some(&br"a b\c"[..]));
        assert_eq!(unescape(br"\4zz").as_deref(), Some(&b"\x04z"[..]));
        assert_eq!(unescape(br"C:\zz").as_deref(), Some(&br"C:\zz"[..]));
        assert_eq!(unescape(br"ab\2"), None);
        assert_eq!(unescape(br"ab\"), None);
    }
}
