//! URLs of the HTTP client (spec 03 §2.2).

use crate::syntax::bracketed;

/// Bytes of a host name at most.
const LONGEST_HOST: usize = 255;

/// Where a URL leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpUrl {
    /// The whole URL.
    pub url: Vec<u8>,
    /// HTTP over TLS.
    pub is_secure: bool,
    /// Name or number, without brackets.
    pub host: String,
    /// As named, or the scheme's own.
    pub port: u16,
    /// From the first slash behind the host to the end; at least a slash.
    pub path: Vec<u8>,
    /// Length of the URL up to and including that slash, if it has one.
    root: usize,
}

impl HttpUrl {
    /// Reads a URL whose scheme begins with `http`. `None` when it makes no sense: no `://`, a port that is none, a host
    /// of more than 255 bytes, control characters. A login is refused too: as a part of the name it would be told to name
    /// servers.
    pub fn parse(url: &[u8]) -> Option<Self> {
        if url.iter().any(u8::is_ascii_control) {
            return None;
        }
        let (scheme, rest) = url.split_at_checked(4)?;
        if !scheme.eq_ignore_ascii_case(b"http") {
            return None;
        }
        let is_secure = rest
            .first()
            .is_some_and(|byte| byte.eq_ignore_ascii_case(&b's'));
        let colon = rest.iter().position(|&byte| byte == b':')?;
        let rest = rest.get(colon..)?.strip_prefix(b"://")?;
        let slash = rest.iter().position(|&byte| byte == b'/');
        let (authority, path) = rest.split_at_checked(slash.unwrap_or(rest.len()))?;
        if authority.contains(&b'@') {
            return None;
        }
        let (host, port) = split_port(authority)?;
        let host = str::from_utf8(host).ok()?;
        if host.len() > LONGEST_HOST {
            return None;
        }
        Some(Self {
            url: url.to_vec(),
            is_secure,
            host: host.to_owned(),
            port: port.unwrap_or(if is_secure { 443 } else { 80 }),
            path: if path.is_empty() { b"/" } else { path }.to_vec(),
            root: url.len() - path.len().saturating_sub(1),
        })
    }

    /// The URL up to and including the slash behind the host.
    pub fn root(&self) -> Vec<u8> {
        let mut root = self.url.get(..self.root).unwrap_or(&self.url).to_vec();
        if !root.ends_with(b"/") {
            root.push(b'/');
        }
        root
    }

    /// Where a `Location` of a response to this URL leads: a whole URL, or one relative to this one.
    pub fn redirect(&self, location: &[u8]) -> Option<Self> {
        let location = location.trim_ascii();
        if location.is_empty() {
            return None;
        }
        if has_scheme(location) {
            return Self::parse(location);
        }
        let base = if location.starts_with(b"//") {
            let scheme: &[u8] = if self.is_secure { b"https:" } else { b"http:" };
            scheme.to_vec()
        } else if location.starts_with(b"/") {
            let mut root = self.root();
            root.pop();
            root
        } else {
            self.directory()
        };
        Self::parse(&[&base, location].concat())
    }

    /// The URL up to the last slash of its path, without the query.
    fn directory(&self) -> Vec<u8> {
        let mut root = self.root();
        root.pop();
        let path = self.path.split(|&byte| byte == b'?' || byte == b'#').next();
        let path = path.unwrap_or(&self.path);
        let slash = path.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        root.extend_from_slice(path.get(..=slash).unwrap_or(b"/"));
        root
    }
}

/// Letters and a few more up to a colon in front of any slash.
fn has_scheme(text: &[u8]) -> bool {
    let end = text.iter().position(|byte| b":/?#".contains(byte));
    end.is_some_and(|end| end > 0 && text.get(end) == Some(&b':'))
}

/// Host without brackets, and the port behind its last colon.
fn split_port(authority: &[u8]) -> Option<(&[u8], Option<u16>)> {
    let (host, port) = if authority.starts_with(b"[") {
        bracketed(authority)?
    } else {
        let colon = authority.iter().rposition(|&byte| byte == b':');
        authority.split_at_checked(colon.unwrap_or(authority.len()))?
    };
    let port = match port {
        [] | [b':'] => None,
        [b':', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => {
            Some(str::from_utf8(digits).ok()?.parse().ok()?)
        }
        _ => return None,
    };
    Some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> Option<(bool, String, u16, String, String)> {
        let target = HttpUrl::parse(url.as_bytes())?;
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let root = text(target.root());
        Some((
            target.is_secure,
            target.host,
            target.port,
            text(target.path),
            root,
        ))
    }

    #[test]
    fn the_parts_of_a_url() {
        for (url, is_secure, host, port, path, root) in [
            (
                "http://h:81/a/b.swf?x=1#f",
                false,
                "h",
                81,
                "/a/b.swf?x=1#f",
                "http://h:81/",
            ),
            ("HTTPS://h/a", true, "h", 443, "/a", "HTTPS://h/"),
            ("httpx://h/a", false, "h", 80, "/a", "httpx://h/"),
            ("http://h", false, "h", 80, "/", "http://h/"),
            ("http://h:/", false, "h", 80, "/", "http://h:/"),
            ("http://[::1]:8/a", false, "::1", 8, "/a", "http://[::1]:8/"),
        ] {
            let expected = (is_secure, host.into(), port, path.into(), root.into());
            assert_eq!(parts(url), Some(expected), "{url}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        let long = format!("http://{}/", "h".repeat(256));
        for url in [
            "",
            "http",
            "http:/h/",
            "ftp://h/a",
            "http://h:65536/",
            "http://joe@h/",
            "http://joe:secret@h:80/",
            "http://h:-1/",
            "http://h:8x/",
            "http://[::1/",
            "http://h/a\r\nX: y",
            &long,
        ] {
            assert_eq!(parts(url), None, "{url}");
        }
    }

    #[test]
    fn redirects_are_relative_to_where_they_come_from() {
        let base = HttpUrl::parse(b"http://h:81/d/e/p.swf?x=/y").unwrap();
        for (location, expected) in [
            ("https://other/q.swf", "https://other/q.swf"),
            ("//other/q.swf", "http://other/q.swf"),
            ("/q.swf", "http://h:81/q.swf"),
            (" q.swf ", "http://h:81/d/e/q.swf"),
            ("?z", "http://h:81/d/e/?z"),
            ("a:b", "-"),
            ("rtmp://h/a", "-"),
            ("", "-"),
        ] {
            let url = base.redirect(location.as_bytes()).map(|target| target.url);
            let url = url.map_or_else(|| "-".into(), |url| String::from_utf8(url).unwrap());
            assert_eq!(url, expected, "{location:?}");
        }
        let bare = HttpUrl::parse(b"http://h").unwrap();
        assert_eq!(bare.redirect(b"a").unwrap().url, b"http://h/a");
    }
}
