//! Responses of an HTTP tunnel: the same at any split, in bounded memory.
#![no_main]

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::pieces::Cut;
use rtmp::proto::tunnel::request::{Request, Verb};
use rtmp::proto::tunnel::response::Malformed;
use rtmp::proto::tunnel::{Event, Responses};

/// What the responses of a tunnel carry.
#[derive(Default, PartialEq, Eq, Debug)]
struct Seen {
    ids: Vec<Vec<u8>>,
    intervals: Vec<u8>,
    payload: Vec<u8>,
    answers: usize,
    ends: usize,
    left: u64,
}

fuzz_target!(|data: &[u8]| {
    let Some((&first, rest)) = data.split_first() else {
        return;
    };
    let Some(cut) = Cut::of(rest) else { return };
    let is_open = first % 2 == 0;
    let whole = receive(is_open, cut.whole());
    if let (Ok(seen), _) = &whole {
        for id in &seen.ids {
            assert!(id.len() <= 1024);
            request(id);
        }
    }
    assert_eq!(receive(is_open, cut.pieces()), whole);
});

/// What was seen, and what before an error.
fn receive<'a>(
    is_open: bool,
    pieces: impl Iterator<Item = &'a [u8]>,
) -> (Result<Seen, Malformed>, Vec<u8>) {
    let mut responses = if is_open {
        Responses::default()
    } else {
        Responses::to_open()
    };
    let mut seen = Seen::default();
    for mut piece in pieces {
        loop {
            match responses.feed(&mut piece) {
                Ok(None) => break,
                Ok(Some(event)) => note(&mut seen, event),
                Err(malformed) => return (Err(malformed), seen.payload),
            }
        }
        assert!(piece.is_empty());
    }
    seen.left = responses.left();
    (Ok(seen), Vec::new())
}

fn note(seen: &mut Seen, event: Event<'_>) {
    match event {
        Event::Answered => seen.answers += 1,
        Event::Id(id) => seen.ids.push(id),
        Event::Interval(interval) => seen.intervals.push(interval),
        Event::Payload(bytes) => {
            assert!(!bytes.is_empty());
            seen.payload.extend_from_slice(bytes);
        }
        Event::End => seen.ends += 1,
    }
}

/// An identification is one word of a request line.
fn request(session: &[u8]) {
    let request = Request {
        host: b"h",
        port: 80,
        session,
        number: 1,
    };
    let bytes = request.encode(Verb::Send, b"x").expect("memory");
    let line = bytes
        .split(|&byte| byte == b'\r')
        .next()
        .unwrap_or_default();
    assert_eq!(line.split(|&byte| byte == b' ').count(), 3);
    assert!(!line.contains(&b'\n') && !line.contains(&0));
}
