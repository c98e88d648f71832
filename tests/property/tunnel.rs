//! Responses of an HTTP tunnel.

use proptest::prelude::*;
use rtmp::proto::tunnel::response::Malformed;
use rtmp::proto::tunnel::{Event, Responses};

/// Intervals, payload and number of answers of a tunnel whose bytes come in `pieces`.
fn received<'a>(
    pieces: impl Iterator<Item = &'a [u8]>,
) -> Result<(Vec<u8>, Vec<u8>, usize), Malformed> {
    let (mut responses, mut intervals, mut payload) =
        (Responses::default(), Vec::new(), Vec::new());
    let mut answers = 0;
    for mut piece in pieces {
        while let Some(event) = responses.feed(&mut piece)? {
            match event {
                Event::Interval(interval) => intervals.push(interval),
                Event::Payload(bytes) => payload.extend_from_slice(bytes),
                Event::Answered => answers += 1,
                Event::Id(_) | Event::End => {}
            }
        }
        assert!(piece.is_empty());
    }
    Ok((intervals, payload, answers))
}

fn cut<'a>(bytes: &'a [u8], sizes: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = bytes;
    let mut sizes = sizes.iter().cycle();
    std::iter::from_fn(move || {
        let size = (*sizes.next()?).min(rest.len());
        let (piece, after) = rest.split_at(size);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// A response with this body, either by its length or in chunks of so many bytes.
fn response(body: &[u8], chunk: Option<usize>) -> Vec<u8> {
    let Some(size) = chunk else {
        let head = format!(
            "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        return [head.as_bytes(), body].concat();
    };
    let mut bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for part in body.chunks(size) {
        bytes.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
        bytes.extend_from_slice(part);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

/// Bytes of any kind, more often those that mean something.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        3 => any::<u8>().prop_map(|byte| vec![byte]),
        5 => proptest::sample::select(vec![
            "HTTP/1.1 200 OK\r\n", "HTTP/1.0 200\n", "HTTP/1.1 100 x\r\n", "\r\n", "\r\n\r\n", "\n", "\r",
            "Content-Length:", "Transfer-Encoding: chunked\r\n", " 12", "ffffffffffffffff", "-1", "0", ";", ":",
            "18446744073709551615", "a\r\n0123456789\r\n",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_split_gives_the_same_payload(
        bodies in proptest::collection::vec(
            (any::<u8>(), proptest::collection::vec(any::<u8>(), 0..300), proptest::option::of(1..50_usize)),
            1..8,
        ),
        sizes in proptest::collection::vec(1..40_usize, 1..20),
    ) {
        let mut bytes = Vec::new();
        for (interval, payload, chunk) in &bodies {
            bytes.extend(response(&[&[*interval], &payload[..]].concat(), *chunk));
        }
        let intervals: Vec<u8> = bodies.iter().map(|(interval, _, _)| *interval).collect();
        let payload: Vec<u8> = bodies.iter().flat_map(|(_, payload, _)| payload.clone()).collect();
        let expected = Ok((intervals, payload, bodies.len()));
        prop_assert_eq!(&received(cut(&bytes, &sizes)), &expected);
        prop_assert_eq!(&received(std::iter::once(&bytes[..])), &expected);
    }

    #[test]
    fn any_bytes_end_the_same_way_at_any_split(
        mut bytes in noise(),
        is_http in any::<bool>(),
        sizes in proptest::collection::vec(1..10_usize, 1..10),
    ) {
        if is_http {
            bytes.splice(0..0, b"HTTP/1.1 200 OK\r\n".iter().copied());
        }
        let whole = received(std::iter::once(&bytes[..]));
        if let Ok((_, payload, _)) = &whole {
            prop_assert!(payload.len() <= bytes.len());
        }
        prop_assert_eq!(received(cut(&bytes, &sizes)), whole);
    }
}
