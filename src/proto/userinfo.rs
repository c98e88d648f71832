//! The `user:password@` in front of a host (RFC 3986 §3.2.1).

/// A name and a password, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// Who it is.
    pub user: Vec<u8>,
    /// `None` when there was no colon.
    pub password: Option<Vec<u8>>,
}

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

/// Replaces each `%xx` by the byte that the hexadecimal digits name; a `%` before anything else stands for itself.
fn decode(text: &[u8]) -> Vec<u8> {
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
        login.map(|login| (shown(login.user), login.password.map(shown)))
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
    fn escapes_are_two_digits() {
        assert_eq!(
            login("a%40b%3ac:%25%2@h"),
            Some(("a@b:c".into(), Some("%%2".into())))
        );
        assert_eq!(login("%zz%@h"), Some(("%zz%".into(), None)));
    }
}
