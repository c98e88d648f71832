//! Chunk headers: what is built is parsed, and any bytes are harmless.
#![no_main]

use libfuzzer_sys::arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use rtmp::proto::chunk::{EXTENDED, Header, MAX_HEADER, MAX_STREAM, Outgoing, Previous};
use rtmp::proto::message::{UserControl, command_head, leading_number};

fuzz_target!(|data: &[u8]| {
    parse(data);
    UserControl::parse(data);
    leading_number(data);
    if let Some((name, _)) = command_head(data) {
        assert!(name.len() <= data.len());
    }
    let _ = talk(&mut Unstructured::new(data));
});

fn parse(data: &[u8]) {
    let header = Header::parse(data, |_| 0);
    for end in 0..data.len().min(MAX_HEADER) {
        let begun = Header::parse(&data[..end], |_| 0);
        // A header is complete as soon as its last byte is there, and stays what it is.
        match &header {
            Ok(header) if header.size() <= end => assert_eq!(begun.as_ref(), Ok(header)),
            _ => assert!(begun.is_err()),
        }
    }
    if let Ok(header) = header {
        assert!(header.size() <= MAX_HEADER && header.channel <= MAX_STREAM);
    }
}

/// What a receiver knows of a chunk stream, as the RTMP specification describes it.
#[derive(Default)]
struct Received {
    timestamp: u32,
    delta: u32,
    message: (u32, u8),
}

impl Received {
    fn take(&mut self, bytes: &[u8]) {
        let field = self.delta.min(EXTENDED);
        let header = Header::parse(bytes, |_| field).expect("a whole header");
        assert_eq!(header.size(), bytes.len());
        if let Some(stamp) = header.stamp {
            self.delta = stamp;
        }
        let before = if header.kind == 0 { 0 } else { self.timestamp };
        self.timestamp = before.wrapping_add(self.delta);
        self.message = header.message.unwrap_or(self.message);
    }
}

/// A sender and a receiver on one chunk stream: the receiver gets the times and shapes that were sent.
fn talk(input: &mut Unstructured<'_>) -> Result<()> {
    let channel = 2 + u32::arbitrary(input)? % (MAX_STREAM - 1);
    let (mut previous, mut received) = (None, Received::default());
    while !input.is_empty() {
        // A stream begins with a full header; type 3 says what its sender wants, right or wrong.
        let kind = if previous.is_none() {
            0
        } else {
            u8::arbitrary(input)? % 3
        };
        let timestamp = match u8::arbitrary(input)? {
            0 => EXTENDED
                .wrapping_add(u32::from(u8::arbitrary(input)?))
                .wrapping_sub(2),
            1 => u32::arbitrary(input)?,
            small => u32::from(small),
        };
        let length = u32::from(u16::arbitrary(input)?) * u32::from(u8::arbitrary(input)?);
        let message = Outgoing {
            kind,
            channel,
            timestamp,
            length,
            message_type: u8::arbitrary(input)?,
            stream_id: u32::arbitrary(input)?,
        };
        let built = message.headers(previous).expect("the values fit a header");
        received.take(&built.first);
        let shape = (length, message.message_type);
        assert_eq!((received.timestamp, received.message), (timestamp, shape));
        previous = Some(Previous {
            timestamp,
            field: built.field,
            length,
            message_type: message.message_type,
        });
    }
    Ok(())
}
