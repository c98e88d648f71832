//! URIs and relative references, their parts and their paths (RFC 3986).

/// A URI or relative reference in parts, without its fragment.
#[derive(Clone, Copy, Default)]
pub(super) struct Parts<'a> {
    pub(super) scheme: Option<&'a [u8]>,
    pub(super) authority: Option<&'a [u8]>,
    pub(super) path: &'a [u8],
    pub(super) query: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    /// `None` for what is neither.
    pub(super) fn of(text: &'a [u8]) -> Option<Self> {
        let (text, _) = divided(text, b'#');
        let (text, query) = divided(text, b'?');
        let (first, _) = divided(text, b'/');
        let (scheme, text) = match divided(first, b':') {
            (name, Some(_)) if is_scheme(name) => {
                let behind = name.len().saturating_add(1);
                (Some(name), text.get(behind..).unwrap_or_default())
            }
            (_, Some(_)) => return None,
            (_, None) => (None, text),
        };
        let (authority, path) = match text.strip_prefix(b"//") {
            Some(rest) => {
                let (authority, _) = divided(rest, b'/');
                let path = rest.get(authority.len()..).unwrap_or_default();
                (Some(authority), path)
            }
            None => (None, text),
        };
        let is_whole = is_escaped(path) && query.is_none_or(is_escaped);
        is_whole.then_some(Self {
            scheme,
            authority,
            path,
            query,
        })
    }
}

/// What stands before the first `mark`, and what behind it if there is one.
pub(super) fn divided(text: &[u8], mark: u8) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(mark, text).and_then(|at| text.split_at_checked(at)) {
        Some((before, rest)) => (before, rest.get(1..)),
        None => (text, None),
    }
}

fn is_scheme(name: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    name.first().is_some_and(u8::is_ascii_alphabetic) && name.iter().all(is_part)
}

/// Each `%` stands before two digits.
fn is_escaped(text: &[u8]) -> bool {
    let mut parts = text.split(|&byte| byte == b'%').skip(1);
    parts.all(|part| {
        let digits = part.get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// A relative path behind the last slash of another (§5.2.3).
pub(super) fn merged(base: &[u8], path: &[u8]) -> Vec<u8> {
    let end = memchr::memrchr(b'/', base).unwrap_or(0);
    [base.get(..end).unwrap_or_default(), b"/", path].concat()
}

/// A path, which begins with a slash or is empty, without segments that are dots (§5.2.4).
pub(super) fn without_dots(path: &[u8]) -> Vec<u8> {
    let Some(path) = path.strip_prefix(b"/") else {
        return path.into();
    };
    let mut kept: Vec<&[u8]> = Vec::new();
    let mut is_open = false;
    for segment in path.split(|&byte| byte == b'/') {
        is_open = matches!(segment, b"." | b"..");
        match segment {
            b"." => {}
            b".." => drop(kept.pop()),
            name => kept.push(name),
        }
    }
    if is_open {
        kept.push(b"");
    }
    [b"/", &kept.join(&b'/')[..]].concat()
}
