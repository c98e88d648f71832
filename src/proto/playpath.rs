//! The play path that belongs to the path of a URL (spec 02 §3).

use super::scan;

/// What the file name extension asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Flv,
    Mp3,
    Mp4,
}

impl Container {
    fn of(extension: &[u8]) -> Option<Self> {
        match extension {
            b".flv" => Some(Self::Flv),
            b".mp3" => Some(Self::Mp3),
            b".f4v" | b".mp4" => Some(Self::Mp4),
            _ => None,
        }
    }

    /// How servers want the name to begin.
    fn prefix(self) -> &'static [u8] {
        match self {
            Self::Flv => b"",
            Self::Mp3 => b"mp3:",
            Self::Mp4 => b"mp4:",
        }
    }
}

/// So many bytes at most are put in front of a path.
pub const LONGEST_PREFIX: usize = 4;

/// The part of the text that is the play path.
struct Source<'a> {
    /// From its first byte to the end of the whole text: the search for the extension looks that far.
    text: &'a [u8],
    /// Bytes that belong to the play path.
    count: usize,
    /// It is the value of `slist`.
    listed: bool,
}

/// Derives the play path: the value of `slist` when there is one, with the extension turned into the prefix that
/// servers expect, and `%xx` decoded. Its parts go to `put`, [`LONGEST_PREFIX`] bytes more than the text has at most.
pub fn derive(text: &[u8], put: &mut impl FnMut(&[u8])) {
    let source = Source::select(text);
    let mut dropped = None;
    if let Some((container, at)) = source.extension() {
        let prefix = container.prefix();
        let keep = match container {
            Container::Flv => source.listed,
            Container::Mp3 | Container::Mp4 => source.text.starts_with(prefix),
        };
        if !keep {
            put(prefix);
            dropped = Some(at);
        }
    }
    source.decode(dropped, put);
}

impl<'a> Source<'a> {
    fn select(text: &'a [u8]) -> Self {
        let query = text.first().filter(|&&byte| byte == b'?');
        let list = query.and_then(|_| text.get(list(text, 0)?..));
        match list {
            Some(value) => Self {
                text: value,
                count: scan::position(value, b'&', 0).unwrap_or(value.len()),
                listed: true,
            },
            None => Self {
                text,
                count: text.len(),
                listed: false,
            },
        }
    }

    /// The known extension before the query, or else at the end, and where it begins.
    fn extension(&self) -> Option<(Container, usize)> {
        let end = scan::position(self.text, b'?', 0).unwrap_or(self.count);
        let at = end.checked_sub(4)?;
        let container = Container::of(self.text.get(at..end)?)?;
        (self.count >= 4).then_some((container, at))
    }

    /// Gives the path without the four bytes at `dropped`. A `%` without a number behind it stands for itself.
    fn decode(&self, dropped: Option<usize>, put: &mut impl FnMut(&[u8])) {
        let mut at = 0_usize;
        while let Some(rest) = self
            .text
            .get(at..self.count)
            .filter(|rest| !rest.is_empty())
        {
            if dropped == Some(at) {
                at = at.saturating_add(4);
                continue;
            }
            if let [b'%', behind @ ..] = rest {
                let decoded = scan::hex_byte(behind);
                put(&[decoded.unwrap_or(b'%')]);
                at = at.saturating_add(if decoded.is_some() { 3 } else { 1 });
                continue;
            }
            let upto_dropped = dropped.and_then(|dropped| dropped.checked_sub(at));
            let reach = rest
                .get(..upto_dropped.unwrap_or(rest.len()))
                .unwrap_or(rest);
            let plain = scan::position(reach, b'%', 0).unwrap_or(reach.len());
            put(reach.get(..plain).unwrap_or(reach));
            at = at.saturating_add(plain);
        }
    }
}

/// Where the value of the first `slist=` at or after `from` begins.
pub fn list(text: &[u8], from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let equals = memchr::memchr_iter(b'=', rest).find(|&equals| {
        rest.get(..equals)
            .is_some_and(|name| name.ends_with(b"slist"))
    })?;
    from.checked_add(equals)?.checked_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> String {
        let mut path = Vec::new();
        derive(text.as_bytes(), &mut |part: &[u8]| {
            path.extend_from_slice(part);
        });
        String::from_utf8(path).unwrap()
    }

    #[test]
    fn extensions_become_prefixes() {
        assert_eq!(whole("foo.mp4"), "mp4:foo");
        assert_eq!(whole("foo.f4v?x=1"), "mp4:foo?x=1");
        assert_eq!(whole("foo.mp3"), "mp3:foo");
        assert_eq!(whole("foo.flv"), "foo");
        assert_eq!(whole("mp4:foo.mp4"), "mp4:foo.mp4");
        assert_eq!(whole("foo.MP4"), "foo.MP4");
    }

    #[test]
    fn the_list_is_the_path() {
        assert_eq!(whole("?a=1&slist=foo.mp4&b=2"), "mp4:foo");
        assert_eq!(whole("?slist=foo.flv"), "foo.flv");
        assert_eq!(whole("slist=foo"), "slist=foo");
    }

    #[test]
    fn escapes_are_decoded_and_others_kept() {
        assert_eq!(whole("a%20b%2fc+d"), "a b/c+d");
        assert_eq!(whole("a%4"), "a\u{4}");
        assert_eq!(whole("a%4.mp4"), "mp4:a\u{4}mp4");
        assert_eq!(whole("100%"), "100%");
        assert_eq!(whole("%zz.mp4"), "mp4:%zz");
    }

    #[test]
    fn a_query_near_the_beginning_has_no_extension_before_it() {
        assert_eq!(whole("?x.mp4"), "?x.mp4");
        assert_eq!(whole("mp4?x"), "mp4?x");
    }
}
