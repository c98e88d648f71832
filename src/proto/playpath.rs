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
/// servers expect, and `%xx` decoded.
///
/// `count` bytes of `text` belong to the path; what follows is only looked at, as the original does.
pub fn derive(text: &[u8], count: usize) -> Vec<u8> {
    let source = Source::select(text, count);
    let (mut path, mut dropped) = (Vec::new(), None);
    if let Some((container, at)) = source.extension() {
        let prefix = container.prefix();
        let keep = match container {
            Container::Flv => source.listed,
            Container::Mp3 | Container::Mp4 => source.text.starts_with(prefix),
        };
        if !keep {
            path.extend_from_slice(prefix);
            dropped = Some(at);
        }
    }
    source.decode_into(&mut path, dropped);
    path
}

impl<'a> Source<'a> {
    fn select(text: &'a [u8], count: usize) -> Self {
        let mark = b"slist=";
        let list = text
            .windows(mark.len())
            .position(|window| window == mark)
            .filter(|_| text.first() == Some(&b'?'))
            .and_then(|at| text.get(at.saturating_add(mark.len())..));
        match list {
            Some(value) => Self {
                text: value,
                count: position(value, b'&').unwrap_or(value.len()),
                listed: true,
            },
            None => Self {
                text,
                count: count.min(text.len()),
                listed: false,
            },
        }
    }

    /// The known extension before the query, or else at the end, and where it begins.
    fn extension(&self) -> Option<(Container, usize)> {
        let end = position(self.text, b'?').unwrap_or(self.count);
        let at = end.checked_sub(4)?;
        let container = Container::of(self.text.get(at..end)?)?;
        (self.count >= 4).then_some((container, at))
    }

    /// Appends the path without the four bytes at `dropped`. A `%` without a number behind it stands for itself.
    fn decode_into(&self, path: &mut Vec<u8>, dropped: Option<usize>) {
        let mut at = 0_usize;
        while let Some([byte, rest @ ..]) = self.text.get(at..self.count) {
            let decoded = match byte {
                _ if dropped == Some(at) => {
                    at = at.saturating_add(4);
                    continue;
                }
                b'%' => scan::hex_byte(rest),
                _ => None,
            };
            path.push(decoded.unwrap_or(*byte));
            at = at.saturating_add(if decoded.is_some() { 3 } else { 1 });
        }
    }
}

fn position(text: &[u8], byte: u8) -> Option<usize> {
    text.iter().position(|&found| found == byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> String {
        String::from_utf8(derive(text.as_bytes(), text.len())).unwrap()
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

    #[test]
    fn the_extension_may_lie_behind_the_counted_bytes() {
        assert_eq!(derive(b"foo.mp4?x", 5), b"mp4:foo");
        assert_eq!(derive(b"foo.mp4?x", 3), b"foo");
    }
}
