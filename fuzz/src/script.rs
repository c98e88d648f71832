//! What an input says: what the peer says, well-formed or not, and what the program calls.

use crate::carrier::Level;

/// Items of one session: what they make fits into a socket's buffer, so that nobody waits for room.
const MOST: usize = 200;

/// An input that is used up bit by bit; behind its end are zeros.
pub struct Script<'a>(pub &'a [u8]);

impl<'a> Script<'a> {
    pub fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        byte
    }

    /// Some bytes, behind their number.
    pub fn bytes(&mut self) -> &'a [u8] {
        let count = usize::from(self.byte()).min(self.0.len());
        let (bytes, rest) = self.0.split_at(count);
        self.0 = rest;
        bytes
    }

    /// What the peer says in one session: at which level, and what.
    pub fn items(&mut self) -> Vec<(Level, Vec<u8>)> {
        let mut items = Vec::new();
        while items.len() < MOST {
            items.push(match self.byte() % 32 {
                0 => break,
                1 => (Level::Payload, self.bytes().to_vec()),
                2 => (Level::Secured, self.bytes().to_vec()),
                3 => (Level::Socket, self.bytes().to_vec()),
                4 => (Level::Payload, self.message()),
                number => (Level::Payload, usual(number)),
            });
        }
        items
    }

    /// A message with a header that is right, around anything.
    fn message(&mut self) -> Vec<u8> {
        let [channel, kind, stream, time] = [(); 4].map(|()| self.byte());
        message(
            2 + channel % 62,
            time.into(),
            kind % 24,
            stream % 3,
            self.bytes(),
        )
    }
}

const AUDIO: u8 = 8;
const VIDEO: u8 = 9;
const DATA: u8 = 18;
const COMMAND: u8 = 20;
const CONTROL: u8 = 4;

/// What servers say. The numbers are in the seeds.
fn usual(number: u8) -> Vec<u8> {
    match number {
        5 => result(1, &[5]),
        6 => result(2, &[0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]),
        7 => result(4, &[0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]),
        8 => status("status", "NetStream.Play.Start"),
        9 => status("status", "NetStream.Publish.Start"),
        10 => status("status", "NetStream.Seek.Notify"),
        11 => status("status", "NetStream.Pause.Notify"),
        12 => status("status", "NetStream.Unpause.Notify"),
        13 => status("status", "NetStream.Play.Stop"),
        14 => status("status", "NetStream.Play.Complete"),
        15 => status("error", "NetStream.Seek.InvalidTime"),
        16 => status("error", "NetStream.Publish.BadName"),
        17 => message(
            3,
            0,
            COMMAND,
            0,
            &[&text("onBWDone"), &[0; 9][..], &[5]].concat(),
        ),
        18 => message(2, 0, CONTROL, 0, &[0, 6, 0, 0, 0, 1]),
        19 => message(2, 0, CONTROL, 0, &[0, 1, 0, 0, 0, 1]),
        20 => message(2, 0, CONTROL, 0, &[0, 31, 0, 0, 0, 1]),
        21 => message(2, 0, CONTROL, 0, &[0, 32, 0, 0, 0, 1]),
        22 => message(2, 0, 1, 0, &[0, 0, 16, 0]),
        23 => message(2, 0, 2, 0, &[0, 0, 0, 6]),
        24 => message(2, 0, 5, 0, &[0, 0, 1, 0]),
        25 => message(2, 0, 6, 0, &[0, 0, 1, 0, 2]),
        26 => message(4, 40, AUDIO, 1, &[0xaf, 1, 0x21]),
        27 => message(6, 40, VIDEO, 1, b"\x17\x01\0\0\0frame"),
        28 => message(6, 80, VIDEO, 1, &[0x27; 100]),
        29 => message(5, 0, DATA, 1, b"\x02\0\x0aonMetaData\x08\0\0\0\0\0\0\x09"),
        30 => message(
            6,
            120,
            22,
            1,
            b"\x08\0\0\x03\0\0\x78\0\0\0\0\xaf\x01\x21\0\0\0\x0e",
        ),
        _ => status("status", "NetStream.Publish.Unauthorized"),
    }
}

fn result(transaction: u8, value: &[u8]) -> Vec<u8> {
    let number = f64::from(transaction).to_be_bytes();
    let body = [&text("_result"), &[0][..], &number, &[5], value].concat();
    message(3, 0, COMMAND, 0, &body)
}

fn status(level: &str, code: &str) -> Vec<u8> {
    let member = |name: &str, value: &str| [&text(name)[1..], &text(value)].concat();
    let information = [member("level", level), member("code", code)].concat();
    let (begin, end) = ([&[0; 9][..], &[5, 3]].concat(), [0, 0, 9]);
    let body = [&text("onStatus"), &begin[..], &information, &end].concat();
    message(5, 0, COMMAND, 1, &body)
}

fn text(value: &str) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap().to_be_bytes();
    [&[2], &length[..], value.as_bytes()].concat()
}

/// With a full header, in chunks of 128 bytes.
fn message(channel: u8, time: u32, kind: u8, stream: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    let mut all = vec![channel];
    all.extend_from_slice(&time.to_be_bytes()[1..]);
    all.extend_from_slice(&length.to_be_bytes()[1..]);
    all.extend_from_slice(&[kind, stream, 0, 0, 0]);
    for (index, chunk) in body.chunks(128).enumerate() {
        if index > 0 {
            all.push(0xc0 | channel);
        }
        all.extend_from_slice(chunk);
    }
    all
}
