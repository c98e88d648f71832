//! The file `.swfinfo`, which remembers the hashes of players (spec 03 §2.5).
//!
//! A text file with one record per URL: a line `url: `, then the lines `ctim: ` (when the player was last asked for),
//! `date: ` (the server's `Last-Modified`), `size: ` and `hash: `, both of the decompressed file, in any order. What a
//! program of another make has put into it is left as it is.

use super::httpdate;
use super::swf::{Digest, HASH, Hash};

const DAY: i64 = 86_400;
/// A date is cut to so many bytes, as the original does.
const LONGEST_DATE: usize = 63;
/// Fields that belong to a record.
const FIELDS: usize = 4;

/// What the file knows about a player.
#[derive(Default, PartialEq, Eq, Debug)]
pub struct Record {
    /// When the player was last asked for, seconds since 1970.
    pub checked: Option<i64>,
    /// The server's `Last-Modified`, empty if unknown.
    pub date: Vec<u8>,
    /// Bytes of the decompressed player.
    pub size: Option<u32>,
    /// Hash of the decompressed player.
    pub hash: Option<Hash>,
}

impl Record {
    /// True when the player need not be asked for again. `age` is in days; 0 always asks.
    pub fn is_fresh(&self, now: i64, age: i32) -> bool {
        let Some(checked) = self.checked.filter(|&checked| checked > 0 && age != 0) else {
            return false;
        };
        now.saturating_sub(checked) / DAY < age.into()
    }
}

/// What asking for the player has given.
pub enum News<'a> {
    /// It is as it was.
    Unchanged,
    /// It was fetched.
    Fetched {
        /// The server's `Last-Modified`, empty if unknown.
        date: &'a [u8],
        /// Of the decompressed player.
        digest: Digest,
    },
}

/// The first record that stands for `url`.
pub fn find(file: &[u8], url: &[u8]) -> Option<Record> {
    let lines: Vec<&[u8]> = lines(file).collect();
    let (start, end) = locate(&lines, url)?;
    Some(read(lines.get(start.saturating_add(1)..end)?))
}

/// The file after asking for `url` at the time `now`: one record is new or changed, all else is as it was.
pub fn update(file: &[u8], url: &[u8], now: i64, news: &News<'_>) -> Vec<u8> {
    let lines: Vec<&[u8]> = lines(file).collect();
    let Some((start, end)) = locate(&lines, url) else {
        return append(file, url, now, news);
    };
    let (before, rest) = lines.split_at_checked(start).unwrap_or_default();
    let (record, after) = rest
        .split_at_checked(end.saturating_sub(start))
        .unwrap_or((rest, &[]));
    let Some((title, fields)) = record.split_first() else {
        return append(file, url, now, news);
    };
    let mut out = before.concat();
    whole_line(&mut out, title);
    write(&mut out, now, news);
    for line in fields {
        let is_replaced = match news {
            News::Unchanged => line.starts_with(b"ctim:"),
            News::Fetched { .. } => Field::read(line).is_some(),
        };
        if !is_replaced {
            whole_line(&mut out, line);
        }
    }
    out.extend(after.concat());
    out
}

fn append(file: &[u8], url: &[u8], now: i64, news: &News<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(file.len().saturating_add(256));
    whole_line(&mut out, file);
    out.extend_from_slice(b"url: ");
    let named = url.split(|&byte| byte == b'?').next().unwrap_or(url);
    out.extend_from_slice(named);
    out.push(b'\n');
    write(&mut out, now, news);
    out
}

fn write(out: &mut Vec<u8>, now: i64, news: &News<'_>) {
    out.extend(format!("ctim: {}\n", httpdate::format(now)).bytes());
    if let News::Fetched { date, digest } = news {
        out.extend_from_slice(b"date: ");
        out.extend(date.iter().take(LONGEST_DATE));
        out.extend(format!("\nsize: {:08x}\nhash: ", digest.size).bytes());
        for byte in digest.hash {
            out.extend(format!("{byte:02x}").bytes());
        }
        out.push(b'\n');
    }
}

/// Appends text with a line feed behind its last line.
fn whole_line(out: &mut Vec<u8>, text: &[u8]) {
    out.extend_from_slice(text);
    if text.last().is_some_and(|&byte| byte != b'\n') {
        out.push(b'\n');
    }
}

fn lines(file: &[u8]) -> impl Iterator<Item = &[u8]> {
    file.split_inclusive(|&byte| byte == b'\n')
}

/// The value of a line `keyword value`.
fn value<'a>(line: &'a [u8], keyword: &[u8]) -> Option<&'a [u8]> {
    Some(line.strip_prefix(keyword)?.trim_ascii_end())
}

/// First line and end of the record of `url`.
fn locate(lines: &[&[u8]], url: &[u8]) -> Option<(usize, usize)> {
    let start = lines
        .iter()
        .position(|line| value(line, b"url: ").is_some_and(|cached| stands_for(cached, url)))?;
    let length = lines
        .iter()
        .skip(start)
        .skip(1)
        .take_while(|line| !line.starts_with(b"url: "))
        .count();
    Some((start, start.saturating_add(1).saturating_add(length)))
}

/// Scheme, host and port must be the same; of the path only the last part counts, and its beginning is enough.
fn stands_for(cached: &[u8], url: &[u8]) -> bool {
    let Some(server) = server(url).filter(|server| cached.starts_with(server)) else {
        return false;
    };
    let (Some(cached), Some(wanted)) = (last_part(cached), last_part(url)) else {
        return false;
    };
    !server.is_empty() && wanted.starts_with(cached)
}

/// A URL up to and including the slash behind the host.
fn server(url: &[u8]) -> Option<&[u8]> {
    let colon = url.windows(3).position(|part| part == b"://")?;
    let host = colon.saturating_add(3);
    let slash = url.get(host..)?.iter().position(|&byte| byte == b'/')?;
    url.get(..=host.saturating_add(slash))
}

fn last_part(url: &[u8]) -> Option<&[u8]> {
    url.get(url.iter().rposition(|&byte| byte == b'/')?..)
}

/// One line of a record.
enum Field<'a> {
    Checked(&'a [u8]),
    Date(&'a [u8]),
    Size(&'a [u8]),
    Hash(&'a [u8]),
}

impl<'a> Field<'a> {
    fn read(line: &'a [u8]) -> Option<Self> {
        let of = |keyword: &[u8]| value(line, keyword);
        of(b"ctim:")
            .map(Self::Checked)
            .or_else(|| of(b"date:").map(Self::Date))
            .or_else(|| of(b"size:").map(Self::Size))
            .or_else(|| of(b"hash:").map(Self::Hash))
    }
}

/// The fields of one record. A record whose hash is damaged says nothing: the player has to be fetched.
fn read(lines: &[&[u8]]) -> Record {
    let mut record = Record::default();
    for field in lines
        .iter()
        .filter_map(|line| Field::read(line))
        .take(FIELDS)
    {
        match field {
            Field::Checked(text) => record.checked = httpdate::parse(text.trim_ascii_start()),
            Field::Date(text) => {
                record.date = text
                    .trim_ascii_start()
                    .iter()
                    .take(LONGEST_DATE)
                    .copied()
                    .collect();
            }
            Field::Size(text) => record.size = number(text.trim_ascii_start()),
            Field::Hash(text) => match hash(text.trim_ascii_start()) {
                Some(hash) => record.hash = Some(hash),
                None => return Record::default(),
            },
        }
    }
    record
}

fn number(text: &[u8]) -> Option<u32> {
    u32::from_str_radix(str::from_utf8(text).ok()?, 16).ok()
}

fn hash(text: &[u8]) -> Option<Hash> {
    let (digits, rest) = text.as_chunks::<2>();
    if digits.len() != HASH || !rest.is_empty() {
        return None;
    }
    let mut hash = [0; HASH];
    for (place, pair) in hash.iter_mut().zip(digits) {
        let pair = str::from_utf8(pair).ok()?;
        // `from_str_radix` takes a sign.
        let is_hex = pair.bytes().all(|byte| byte.is_ascii_hexdigit());
        *place = u8::from_str_radix(pair, 16).ok().filter(|_| is_hex)?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 784_111_777;
    const URL: &[u8] = b"http://h:81/d/p.swf";

    fn news() -> News<'static> {
        News::Fetched {
            date: b"Sat, 14 Nov 2009 15:12:01 GMT",
            digest: Digest {
                size: 0x4e28,
                hash: [0xab; HASH],
            },
        }
    }

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    fn record() -> String {
        format!(
            "url: http://h:81/d/p.swf\nctim: Sun, 06 Nov 1994 08:49:37 GMT\ndate: Sat, 14 Nov 2009 15:12:01 GMT\n\
             size: 00004e28\nhash: {}\n",
            "ab".repeat(HASH)
        )
    }

    #[test]
    fn a_new_record_has_all_fields_in_order() {
        let file = update(b"", b"http://h:81/d/p.swf?a=b", NOW, &news());
        assert_eq!(text(file.clone()), record());
        let read = find(&file, URL).unwrap();
        assert_eq!(read.checked, Some(NOW));
        assert_eq!(read.date, b"Sat, 14 Nov 2009 15:12:01 GMT");
        assert_eq!((read.size, read.hash), (Some(0x4e28), Some([0xab; HASH])));
    }

    /// Spec 03 §2.5, "Lookup".
    #[test]
    fn directories_and_what_follows_the_name_do_not_count() {
        let file = record();
        for (url, is_found) in [
            ("http://h:81/d/p.swf", true),
            ("http://h:81/other/p.swf", true),
            ("http://h:81/d/p.swf?a=b", true),
            ("http://h:81/d/p.swfZZ", true),
            ("http://h:81/d/p.swf?a=b/c", false),
            ("http://h:81/d/p.sw", false),
            ("http://h/d/p.swf", false),
            ("http://H:81/d/p.swf", false),
            ("https://h:81/d/p.swf", false),
            ("p.swf", false),
            ("", false),
        ] {
            assert_eq!(
                find(file.as_bytes(), url.as_bytes()).is_some(),
                is_found,
                "{url}"
            );
        }
        let whole_host = b"url: http://h/\nctim: x\n";
        assert!(find(whole_host, b"http://h/any/thing.swf").is_some());
    }

    #[test]
    fn a_record_is_fresh_for_so_many_days() {
        let days_old = |days: i64| Record {
            checked: Some(NOW - days * DAY),
            ..Record::default()
        };
        for (days, age, is_fresh) in [
            (1, 30, true),
            (1, 2, true),
            (1, 1, false),
            (1, 0, false),
            (1, -1, false),
            (-3, -1, true),
            (-3, 0, false),
        ] {
            assert_eq!(days_old(days).is_fresh(NOW, age), is_fresh, "{days} {age}");
        }
        assert!(!Record::default().is_fresh(NOW, 30));
    }

    #[test]
    fn an_unchanged_player_changes_one_line() {
        let file = format!("url: http://x/a\nctim: y\n{}url: http://z/b\n", record());
        let new = text(update(file.as_bytes(), URL, NOW + 1, &News::Unchanged));
        assert_eq!(new, file.replace(":37 GMT", ":38 GMT"));
        let unknown = text(update(b"url: http://x/a", URL, NOW, &News::Unchanged));
        let expected =
            "url: http://x/a\nurl: http://h:81/d/p.swf\nctim: Sun, 06 Nov 1994 08:49:37 GMT\n";
        assert_eq!(unknown, expected);
    }

    #[test]
    fn a_longer_date_leaves_the_next_record_alone() {
        let file =
            "url: http://h:81/d/p.swf\nhash: 00\ndate: x\nnote: kept\nurl: http://z/b\nctim: y";
        let new = text(update(file.as_bytes(), URL, NOW, &news()));
        assert_eq!(
            new,
            format!("{}note: kept\nurl: http://z/b\nctim: y", record())
        );
    }

    #[test]
    fn fields_come_in_any_order_and_damaged_ones_are_missing() {
        let hash = "Ab".repeat(HASH);
        let file = format!(
            "url: {}\nhash: {hash}\nsize: 10\nctim:\ndate:\n",
            text(URL.to_vec())
        );
        let read = find(file.as_bytes(), URL).unwrap();
        assert_eq!((read.size, read.hash), (Some(16), Some([0xab; HASH])));
        assert_eq!((read.checked, read.date), (None, Vec::new()));
        for hash in [
            "",
            "ab",
            &"ab".repeat(33),
            &"+a".repeat(32),
            &"zz".repeat(32),
        ] {
            let file = record().replace(&"ab".repeat(HASH), hash);
            assert_eq!(
                find(file.as_bytes(), URL),
                Some(Record::default()),
                "{hash}"
            );
        }
    }

    #[test]
    fn any_bytes_are_harmless() {
        for file in [
            &b"\n\n\xff\0url: \n"[..],
            b"url: http://h:81/\xff\nsize: -1\ndate: \0",
        ] {
            let new = update(file, URL, NOW, &news());
            assert!(find(&new, URL).is_some());
        }
    }
}
