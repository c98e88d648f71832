//! The `user:password@` in front of a host (RFC 3986 §3.2.1).

use alloc::borrow::Cow;

use zeroize::Zeroize;

/// A name and a password, decoded. They are wiped in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub user: Vec<u8>,
    /// `None` when there was no colon.
    pub password: Option<Vec<u8>>,
}

impl Drop for Login {
    fn drop(&mut self) {
        self.user.zeroize();
        self.password.zeroize();
    }
}

/// Bytes of a part that are looked at: escaped or not, they are more than anybody keeps.
const LONGEST: usize = 1024;

/// Divides an authority at its last `@`: the login, if there is one, and what follows it.
pub fn split(authority: &[u8]) -> (Option<Box<Login>>, &[u8]) {
    let Some(at) = memchr::memrchr(b'@', authority) else {
        return (None, authority);
    };
    let (login, host) = authority.split_at_checked(at).unwrap_or((authority, &[]));
    let mut parts = login.splitn(2, |&byte| byte == b':').map(decode);
    let user = parts.next().unwrap_or_default();
    let password = parts.next();
    (
        Some(Box::new(Login { user, password })),
        host.get(1..).unwrap_or(&[]),
    )
}

/// A URL as it may be shown to anybody: without the login in front of its host.
pub fn without_login(url: &[u8]) -> Cow<'_, [u8]> {
    let begin = memchr::memmem::find(url, b"://").map_or(0, |at| at.saturating_add(3));
    let (scheme, rest) = url.split_at_checked(begin).unwrap_or((&[], url));
    let end = rest.iter().position(|byte| b"/?#".contains(byte));
    let authority = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
    let at = memchr::memrchr(b'@', authority).filter(|_| begin > 0);
    at.and_then(|at| rest.get(at.saturating_add(1)..))
        .map_or(Cow::Borrowed(url), |host| {
            Cow::Owned([scheme, host].concat())
        })
}

/// Replaces each `%xx` by the byte that the hexadecimal digits name; a `%` before anything else stands for itself. What is
/// behind [`LONGEST`] bytes is left out.
fn decode(text: &[u8]) -> Vec<u8> {
    let text = text.get(..LONGEST).unwrap_or(text);
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [byte, after @ ..] = rest {
        rest = after;
        let escape = match (byte, after) {
            (b'%', [high, low, behind @ ..]) => digit(*high).zip(digit(*low)).zip(Some(behind)),
            _ => None,
        };
        match escape {
            Some(((high, low), behind)) => {
                plain.push(high.wrapping_shl(4) | low);
                rest = behind;
            }
            None => plain.push(*byte),
        }
    }
    plain
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(text: &str) -> Option<(String, Option<String>)> {
        let shown = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (login, _) = split(text.as_bytes());
        login.map(|login| (shown(login.user.clone()), login.password.clone().map(shown)))
    }

    #[test]
    fn the_last_at_sign_divides() {
        assert_eq!(split(b"host:1").1, b"host:1");
        assert_eq!(login("host:1"), None);
        assert_eq!(split(b"a@b:c@host:1").1, b"host:1");
        assert_eq!(
            login("a@b:c@host:1"),
            Some(("a@b".into(), Some("c".into())))
        );
        assert_eq!(login("joe@h"), Some(("joe".into(), None)));
        assert_eq!(login("@h"), Some((String::new(), None)));
        assert_eq!(login(":x:y@"), Some((String::new(), Some("x:y".into()))));
    }

    #[test]
    fn a_url_is_shown_without_its_login() {
        for (url, shown) in [
            ("http://joe:secret@h/a@b", "http://h/a@b"),
            ("http://a@b:c@h:1", "http://h:1"),
            ("rtmp://joe@[::1]?x", "rtmp://[::1]?x"),
            ("http://h/a@b", "http://h/a@b"),
            ("http://h?a@b", "http://h?a@b"),
            ("joe:secret@h", "joe:secret@h"),
            ("://@", "://"),
            ("", ""),
        ] {
            assert_eq!(*without_login(url.as_bytes()), *shown.as_bytes(), "{url}");
        }
    }

    #[test]
    fn escapes_are_two_digits() {
        assert_eq!(
            login("a%40b%3ac:%25%2@h"),
            Some(("a@b:c".into(), Some("%%2".into())))
        );
        assert_eq!(login("%zz%@h"), Some(("%zz%".into(), None)));
    }
}
