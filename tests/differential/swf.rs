//! `RTMP_HashSWF` (spec 03 section 2.5): files, and what the cache knows about them.

use std::io::Write;

use crate::http::{Then, whole};
use crate::scenario::Scenario;
use crate::swfinfo::{DATE, URL, case, ok, record, status, stored, with};

pub(crate) fn hashes() -> Vec<Scenario> {
    let dated = format!("Last-Modified: {DATE}\r\n");
    let new = "Last-Modified: Sun, 15 Nov 2009 15:12:01 GMT\r\n";
    let other = "url: http://x/a.swf\nctim: AGO:1;\n".to_owned();
    let mut table = files();
    for (ago, age) in [(1, 30), (100, 150), (-100, -1), (-100, 30)] {
        table.push(case(
            format!("{ago} days old, trusted for {age}"),
            with(Some(record(ago)), URL, age, vec![]),
        ));
    }
    for (ago, age) in [(100, 50), (100, 0), (100, -1), (-1, 0)] {
        table.push(case(
            format!("{ago} days old, not trusted for {age}"),
            with(
                Some(record(ago)),
                URL,
                age,
                vec![status("304 Not Modified")],
            ),
        ));
    }
    for url in [
        "http://127.0.0.1:PORT/other/p.swf",
        "http://127.0.0.1:PORT/d/p.swf?a=b",
        "http://127.0.0.1:PORT/d/p.swfZZ",
    ] {
        table.push(case(
            format!("known as {url}"),
            with(Some(record(1)), url, 30, vec![]),
        ));
    }
    for url in [
        "http://127.0.0.1:PORT/d/p.swf?a=b/c",
        "http://127.0.0.1:PORT/d/p.sw",
        "http://127.0.0.1:PORT/q.swf",
    ] {
        let replies = vec![ok("", &stored())];
        table.push(case(
            format!("not known as {url}"),
            with(Some(record(1)), url, 30, replies),
        ));
    }
    let with_replies = |info: &Option<String>, reply| with(info.clone(), URL, 30, vec![reply]);
    let old = Some(record(100) + &other);
    for (name, reply) in [
        ("the same", status("304 Not Modified")),
        ("a new one", ok(new, &stored())),
        ("a new one without a date", ok("", &stored())),
        ("nothing", ok(&dated, b"")),
        ("not found", status("404 Not Found")),
        ("refused", status("403 Forbidden")),
        ("broken", status("500 Oops")),
        ("no HTTP", (b"ICY 200 OK\r\n\r\n".to_vec(), Then::Close)),
        ("no reply", (Vec::new(), Then::Close)),
        (
            "half",
            (
                whole("200 OK", "Content-Length: 90\r\n", "FWS\n12345678").into(),
                Then::Close,
            ),
        ),
    ] {
        table.push(case(
            format!("known and expired: {name}"),
            with_replies(&old, reply.clone()),
        ));
        table.push(case(
            format!("unknown: {name}"),
            with_replies(&None, reply.clone()),
        ));
        table.push(case(
            format!("unknown, others known: {name}"),
            with_replies(&Some(other.clone()), reply),
        ));
    }
    let reordered = format!(
        "url: {URL}\nhash: {}\nsize: 0000001A\ndate: {DATE}\nctim: AGO:1;\n",
        "Cd".repeat(32)
    );
    table.push(case(
        "fields in another order",
        with(Some(reordered), URL, 30, vec![]),
    ));
    let bare = format!("url: {URL}\nctim: AGO:1;\n");
    table.push(case("a time alone", with(Some(bare), URL, 30, vec![])));
    let host = format!(
        "url: http://127.0.0.1:PORT/\n{}",
        record(1).split_once('\n').expect("lines").1
    );
    table.push(case("a host alone", with(Some(host), URL, 30, vec![])));
    for url in ["", "p.swf", "ftp://h/p.swf", "http:/p.swf"] {
        table.push(case(format!("{url:?}"), with(None, url, 30, vec![])));
    }
    table
}

/// Section 2.6 and broken files.
fn files() -> Vec<Scenario> {
    let mut plain = b"FWS\x0a\x6c\0\0\0".to_vec();
    plain.extend(0..100);
    let mut lzma = b"ZWS\x0d".to_vec();
    lzma.extend([0; 20]);
    let mut not_zlib = b"CWS\x0a\0\0\0\0".to_vec();
    not_zlib.extend([0xff; 30]);
    let packed = packed();
    let flipped = |at: usize| {
        let mut file = packed.clone();
        file[at] ^= 0x55;
        file
    };
    let mut table = Vec::new();
    let files = [
        ("8 bytes", plain[..8].to_vec()),
        ("plain", plain),
        ("stored", stored()),
        ("lzma", lzma),
        ("no zlib", not_zlib),
        ("half of stored", stored()[..60].to_vec()),
        ("stored and more", [stored(), vec![1; 50]].concat()),
        ("deflated", packed.clone()),
        ("half of deflated", packed[..packed.len() / 2].to_vec()),
        ("deflated, wrong sum", flipped(packed.len() - 1)),
        ("deflated, broken", flipped(packed.len() / 2)),
    ];
    for (name, file) in files {
        let replies = vec![ok("", &file)];
        table.push(case(format!("file {name}"), with(None, URL, 30, replies)));
    }
    table
}

/// A file of some 200 KiB that compresses to a few: text that does not repeat itself exactly.
fn packed() -> Vec<u8> {
    let mut state = 1_u32;
    let mut text = Vec::new();
    while text.len() < 200_000 {
        state = state.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        text.extend(format!("{} frames of clip {state}; ", state >> 24).bytes());
    }
    let mut encoder = flate2::write::ZlibEncoder::new(
        b"CWS\x0a\0\0\0\0".to_vec(),
        flate2::Compression::default(),
    );
    encoder.write_all(&text).expect("memory");
    encoder.finish().expect("memory")
}
