//! Message types, the bodies of protocol and user control messages (spec 04 §8-§11), and what published data has in front.

use super::amf0::{self, Value};
use super::bytes::Reader;

/// Type 1: the sender's new chunk size.
pub const SET_CHUNK_SIZE: u8 = 0x01;
/// Type 2: the rest of a message will not come (Abort).
pub const ABORT: u8 = 0x02;
/// Type 3: bytes received so far (librtmp: bytes read report).
pub const ACKNOWLEDGEMENT: u8 = 0x03;
/// Type 4: user control.
pub const USER_CONTROL: u8 = 0x04;
/// Type 5: window acknowledgement size (librtmp: server BW).
pub const WINDOW_ACK_SIZE: u8 = 0x05;
/// Type 6: set peer bandwidth (librtmp: client BW).
pub const SET_PEER_BANDWIDTH: u8 = 0x06;
/// Type 8: audio.
pub const AUDIO: u8 = 0x08;
/// Type 9: video.
pub const VIDEO: u8 = 0x09;
/// Type 15: data in AMF3.
pub const DATA_AMF3: u8 = 0x0f;
/// Type 16: shared object in AMF3.
pub const SHARED_OBJECT_AMF3: u8 = 0x10;
/// Type 17: command in AMF3.
pub const COMMAND_AMF3: u8 = 0x11;
/// Type 18: data, such as metadata (librtmp: INFO).
pub const DATA: u8 = 0x12;
/// Type 19: shared object.
pub const SHARED_OBJECT: u8 = 0x13;
/// Type 20: command (librtmp: INVOKE).
pub const COMMAND: u8 = 0x14;
/// Type 22: aggregate, a run of FLV tags.
pub const AGGREGATE: u8 = 0x16;

/// User control events (librtmp: control types).
pub mod event {
    /// The stream became playable.
    pub const STREAM_BEGIN: i16 = 0;
    /// The server has sent the stream to its end.
    pub const STREAM_EOF: i16 = 1;
    /// No more data for now.
    pub const STREAM_DRY: i16 = 2;
    /// The client's buffer length.
    pub const SET_BUFFER_LENGTH: i16 = 3;
    /// The stream is a recording.
    pub const STREAM_IS_RECORDED: i16 = 4;
    /// The server asks for a sign of life.
    pub const PING_REQUEST: i16 = 6;
    /// The answer to it.
    pub const PING_RESPONSE: i16 = 7;
    /// The server asks for an SWF verification.
    pub const SWF_VERIFY_REQUEST: i16 = 0x1a;
    /// The answer to it.
    pub const SWF_VERIFY_RESPONSE: i16 = 0x1b;
    /// The server has sent as much as the client's buffer holds.
    pub const BUFFER_EMPTY: i16 = 31;
    /// The server sends again.
    pub const BUFFER_READY: i16 = 32;
}

/// The AMF string `@setDataFrame`: servers keep what follows it for later subscribers.
const SET_DATA_FRAME: &[u8; 16] = b"\x02\x00\x0d@setDataFrame";
/// The same behind the format byte of a message of type 15.
const SET_DATA_FRAME_AMF3: &[u8; 17] = b"\0\x02\x00\x0d@setDataFrame";

/// Bytes of an SWF verification response behind its event type.
pub const SWF_RESPONSE: usize = 42;

/// The body of a user control message (spec 04 §8): the event type, then what that type carries.
pub fn user_control(
    kind: i16,
    object: u32,
    time: u32,
    swf_response: &[u8; SWF_RESPONSE],
) -> Vec<u8> {
    let mut body = Vec::with_capacity(2 + SWF_RESPONSE);
    body.extend_from_slice(&kind.to_be_bytes());
    match kind {
        event::SET_BUFFER_LENGTH => {
            body.extend_from_slice(&object.to_be_bytes());
            body.extend_from_slice(&time.to_be_bytes());
        }
        event::SWF_VERIFY_REQUEST => body.extend(object.to_be_bytes().last()),
        event::SWF_VERIFY_RESPONSE => body.extend_from_slice(swf_response),
        _ => body.extend_from_slice(&object.to_be_bytes()),
    }
    body
}

/// What published data is sent as: data is told to be kept (spec 06 §9, 09 §11). What begins with an instruction of its own
/// is sent as it is.
pub fn published(kind: u8, data: &[u8]) -> [&[u8]; 2] {
    let (instruction, values): (&[u8], _) = match (kind, data) {
        (DATA, _) => (SET_DATA_FRAME, data),
        // Behind the format, which is AMF0.
        (DATA_AMF3, [0, values @ ..]) => (SET_DATA_FRAME_AMF3, values),
        _ => return [&[], data],
    };
    match amf0::value(&mut Reader::new(values)) {
        Ok(Value::String(b"@setDataFrame" | b"@clearDataFrame")) => [&[], data],
        _ => [instruction, values],
    }
}

/// The body of a set peer bandwidth message: the window, and how the peer is to take it (hard, soft, dynamic).
pub fn peer_bandwidth(window: i32, limit: u8) -> [u8; 5] {
    let [a, b, c, d] = window.to_be_bytes();
    [a, b, c, d, limit]
}

/// A received user control message. The value is there only when the message is long enough for one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UserControl {
    /// Event type, -1 when the message is too short for one.
    pub kind: i16,
    /// What follows it.
    pub value: Option<u32>,
}

impl UserControl {
    /// Reads a message of type 4.
    pub fn parse(body: &[u8]) -> Self {
        let mut reader = Reader::new(body);
        let kind = reader.u16().map_or(-1, u16::cast_signed);
        Self {
            kind,
            value: reader.u32(),
        }
    }
}

/// The signed number that control messages of types 1, 3, 5 and 6 begin with; `None` when the message is too short.
pub fn leading_number(body: &[u8]) -> Option<i32> {
    Reader::new(body).u32().map(u32::cast_signed)
}

/// A number as C's cast to `int` gives it on the machines that librtmp ran on: the fraction is cut, and what does not
/// fit becomes the smallest number.
pub fn to_int(number: f64) -> i32 {
    let cut = number.trunc();
    if (-2_147_483_648.0..=2_147_483_647.0).contains(&cut) {
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
        let int = cut as i32;
        int
    } else {
        i32::MIN
    }
}

/// Name and transaction id of a command message, read as librtmp reads them: markers are not checked, so that what a
/// program builds by hand counts as well. `None` when the body is too short.
pub fn command_head(body: &[u8]) -> Option<(&[u8], i32)> {
    let mut reader = Reader::new(body);
    reader.u8()?;
    let length = reader.u16()?;
    let name = reader.take(length.into())?;
    reader.u8()?;
    Some((name, to_int(reader.f64()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_control_bodies_have_the_length_of_their_type() {
        let swf = [7; SWF_RESPONSE];
        assert_eq!(user_control(3, 1, 2, &swf), [0, 3, 0, 0, 0, 1, 0, 0, 0, 2]);
        assert_eq!(user_control(0x1a, 0x0102_0304, 0, &swf), [0, 0x1a, 4]);
        assert_eq!(user_control(0x1b, 0, 0, &swf).len(), 44);
        assert_eq!(user_control(-1, 5, 9, &swf), [0xff, 0xff, 0, 0, 0, 5]);
    }

    #[test]
    fn published_data_has_one_instruction_in_front() {
        let set = &b"\x02\0\x0d@setDataFrame"[..];
        for (data, prefix) in [
            (&b"\x02\0\x0aonMetaData\x05"[..], set),
            (b"", set),
            (b"\x02\0\x0d@setDataFr", set),
            (b"\x02\0\x0e@setDataFrames", set),
            (b"\x03\0\x0d@setDataFrame", set),
            (b"\x02\0\x0d@setDataFrame", b""),
            (b"\x02\0\x0d@setDataFrame\x02\0\x0aonMetaData", b""),
            (b"\x0c\0\0\0\x0d@setDataFrame\x05", b""),
            (b"\x02\0\x0f@clearDataFrame\x02\0\x0aonMetaData", b""),
        ] {
            assert_eq!(published(DATA, data), [prefix, data], "{data:?}");
            for kind in [AUDIO, VIDEO, COMMAND] {
                assert_eq!(published(kind, data), [b"", data], "{kind} {data:?}");
            }
            let formatted = [&[0], data].concat();
            let expected = [&[0], prefix, data].concat();
            assert_eq!(published(DATA_AMF3, &formatted).concat(), expected);
            let unknown = [&[1], data].concat();
            assert_eq!(published(DATA_AMF3, &unknown), [b"", &unknown[..]]);
        }
    }

    #[test]
    fn a_peer_bandwidth_is_a_number_and_a_limit() {
        assert_eq!(peer_bandwidth(2_500_000, 2), [0, 0x26, 0x25, 0xa0, 2]);
        assert_eq!(peer_bandwidth(-1, 0), [0xff, 0xff, 0xff, 0xff, 0]);
    }

    #[test]
    fn short_user_control_has_no_value() {
        assert_eq!(
            UserControl::parse(&[]),
            UserControl {
                kind: -1,
                value: None
            }
        );
        assert_eq!(
            UserControl::parse(&[0, 6, 1, 2, 3]),
            UserControl {
                kind: 6,
                value: None
            }
        );
        assert_eq!(
            UserControl::parse(&[0, 6, 1, 2, 3, 4]),
            UserControl {
                kind: 6,
                value: Some(0x0102_0304)
            }
        );
    }

    #[test]
    fn numbers_become_ints_as_in_c() {
        let cases = [
            (3.9, 3),
            (-1.0, -1),
            (5e9, i32::MIN),
            (f64::NAN, i32::MIN),
            (-2_147_483_648.0, i32::MIN),
        ];
        for (number, int) in cases {
            assert_eq!(to_int(number), int, "{number}");
        }
    }

    #[test]
    fn command_heads_are_read_without_looking_at_markers() {
        let body = [
            2, 0, 3, b'f', b'o', b'o', 9, 0x40, 0x1f, 0x99, 0x99, 0x99, 0x99, 0x99, 0x9a, 5,
        ];
        assert_eq!(command_head(&body), Some((&b"foo"[..], 7)));
        for end in 0..14 {
            assert_eq!(command_head(&body[..end]), None, "{end}");
        }
    }
}
