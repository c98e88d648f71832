//! Messages of Enhanced RTMP, and some of those that it stands beside: the vectors of spec 09 §15, made without the library.

pub(crate) const AUDIO: u8 = 8;
pub(crate) const VIDEO: u8 = 9;

/// A message.
pub(crate) struct Vector {
    pub(crate) kind: u8,
    pub(crate) body: Vec<u8>,
    /// What it is, unless the specification has no words for it.
    pub(crate) seen: Option<Seen>,
}

/// What a message is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Seen {
    pub(crate) is_key: bool,
    pub(crate) is_configuration: bool,
    pub(crate) is_droppable: bool,
    pub(crate) tracks: usize,
}

/// Sizes of `ModEx` data at which its length field changes, and the largest.
const MOD_EX_SIZES: [usize; 5] = [3, 255, 256, 257, 65_536];

fn vector(kind: u8, body: Vec<u8>, seen: Option<Seen>) -> Vector {
    Vector { kind, body, seen }
}

/// A key frame of this many tracks.
fn key(tracks: usize) -> Seen {
    Seen {
        is_key: true,
        tracks,
        ..Seen::default()
    }
}

/// Something of one track that is nothing of what counts.
fn plain() -> Seen {
    Seen {
        tracks: 1,
        ..Seen::default()
    }
}

fn configuration() -> Seen {
    Seen {
        is_configuration: true,
        ..plain()
    }
}

/// The table and the examples of §4: each frame type with each packet type, for a codec with composition times and one without.
pub(crate) fn video() -> Vec<Vector> {
    let mut all = Vec::new();
    for codec in [b"hvc1", b"av01", b"abcd"] {
        for frame in 0..8 {
            for packet in (0..16).filter(|packet| ![6, 7].contains(packet)) {
                let first = 0x80 | frame << 4 | packet;
                let is_command = frame == 5 && packet != 4;
                let content: &[u8] = match packet {
                    _ if is_command => &[],
                    1 => b"\0\0\x21data",
                    2 => b"",
                    4 => b"\x02\0\x09colorInfo\x03\0\0\x09",
                    _ => b"data",
                };
                let body = match is_command {
                    true => vec![first, 0],
                    false => [&[first], &codec[..], content].concat(),
                };
                let is_frame = matches!(packet, 1 | 3) && !is_command;
                let seen = Seen {
                    is_key: frame == 1 && is_frame,
                    is_configuration: matches!(packet, 0 | 5) && !is_command,
                    is_droppable: frame == 3 && is_frame,
                    tracks: 1,
                };
                all.push(vector(
                    VIDEO,
                    body,
                    (is_command || packet < 6).then_some(seen),
                ));
            }
        }
    }
    let examples: [(&[u8], Seen); 10] = [
        (b"\x90hvc1\x01\x01\x60", configuration()),
        (b"\x91hvc1\0\0\x21data", key(1)),
        (b"\xa1hvc1\xff\xff\xdfdata", plain()),
        (b"\xa3hvc1data", plain()),
        (b"\x92hvc1", plain()),
        (b"\x91av01data", key(1)),
        (b"\x84hvc1\x02\0\x09colorInfo\x03\0\0\x09", plain()),
        (b"\xd1\0", plain()),
        (b"\x96\0av01\x01data", configuration()),
        (b"\x97\x02\0\x01\xf4\x01hvc1\0\0\0data", key(1)),
    ];
    all.extend(examples.map(|(body, seen)| vector(VIDEO, body.to_vec(), Some(seen))));
    all
}

/// Each packet type of §5, and silence.
pub(crate) fn audio() -> Vec<Vector> {
    let mut all = Vec::new();
    for packet in (0..16).filter(|packet| ![5, 7].contains(packet)) {
        let body = [&[0x90 | packet], &b"Opusdata"[..]].concat();
        let seen = match packet {
            0 | 4 => Some(configuration()),
            1 | 2 => Some(plain()),
            _ => None,
        };
        all.push(vector(AUDIO, body, seen));
    }
    all.push(vector(AUDIO, b"\x92mp4a".to_vec(), Some(plain())));
    all.push(vector(AUDIO, b"\x90ac-3".to_vec(), Some(configuration())));
    all
}

/// What stands beside Enhanced RTMP: the codec ids of FLV, and those that are common in China.
pub(crate) fn legacy() -> Vec<Vector> {
    let first_of_key = Seen {
        is_configuration: true,
        ..key(1)
    };
    let video: [(&[u8], Seen); 6] = [
        (b"\x17\0\0\0\0data", first_of_key),
        (b"\x17\x01\0\0\x28data", key(1)),
        (b"\x27\x01\xff\xff\xffdata", plain()),
        (b"\x1c\x01\0\0\0data", key(1)),
        (b"\x1ddata..", key(1)),
        (
            b"\x32data..",
            Seen {
                is_droppable: true,
                ..plain()
            },
        ),
    ];
    let audio: [(&[u8], Seen); 3] = [
        (b"\xaf\0\x12\x10", configuration()),
        (b"\xaf\x01data", plain()),
        (b"\xdfdata", plain()),
    ];
    let video = video.map(|(body, seen)| vector(VIDEO, body.to_vec(), Some(seen)));
    let audio = audio.map(|(body, seen)| vector(AUDIO, body.to_vec(), Some(seen)));
    video.into_iter().chain(audio).collect()
}

/// One `ModEx` block of `size` bytes of data, up to the packet type behind it.
fn block(size: usize, kind: u8, next: u8) -> Vec<u8> {
    let mut bytes = match u8::try_from(size - 1) {
        Ok(short @ ..=254) => vec![short],
        _ => [&[255][..], &u16::try_from(size - 1).unwrap().to_be_bytes()].concat(),
    };
    let data = [0, 1, 0xf4].into_iter().chain(std::iter::repeat(0x5a));
    bytes.extend(data.take(size));
    bytes.push(kind << 4 | next);
    bytes
}

/// `ModEx` (§6) of all sizes of its length field, two chained, of a type that nobody knows, and in front of tracks.
pub(crate) fn modified() -> Vec<Vector> {
    let mut all = Vec::new();
    for size in MOD_EX_SIZES {
        let video = [&[0x97], &block(size, 0, 1)[..], b"hvc1\0\0\0data"].concat();
        all.push(vector(VIDEO, video, Some(key(1))));
        let audio = [&[0x97], &block(size, 0, 1)[..], b"Opusdata"].concat();
        all.push(vector(AUDIO, audio, Some(plain())));
    }
    for (first, second) in [(0, 0), (0, 9), (15, 0)] {
        let blocks = [block(3, first, 7), block(256, second, 3)].concat();
        let body = [&[0x97], &blocks[..], b"avc1data"].concat();
        all.push(vector(VIDEO, body, Some(key(1))));
    }
    let blocks = block(3, 0, 6);
    let body = [&[0x97], &blocks[..], b"\x13hvc1\x01\0\0\x01d\x02\0\0\x01d"].concat();
    all.push(vector(VIDEO, body, Some(key(2))));
    // What is no three bytes is no number of nanoseconds.
    all.push(vector(
        VIDEO,
        b"\x97\x01\x01\xf4\x01av01data".to_vec(),
        None,
    ));
    all
}

/// A message of many tracks: its type, the type of packet in them, and each track's size as it is and as it says.
fn multitrack(kind: u8, layout: u8, packet: u8, sizes: &[(usize, usize)]) -> Vec<u8> {
    let (first, codec) = match kind {
        VIDEO => (0x96, b"hvc1"),
        _ => (0x95, b"Opus"),
    };
    let mut bytes = vec![first, layout << 4 | packet];
    for (at, &(size, said)) in sizes.iter().enumerate() {
        if layout != 1 || at == 0 {
            bytes.extend_from_slice(codec);
        }
        bytes.push(u8::try_from(at).unwrap());
        if layout != 0 {
            bytes.extend_from_slice(&u32::try_from(said).unwrap().to_be_bytes()[1..]);
        }
        bytes.extend(std::iter::repeat_n(0x33, size));
    }
    bytes
}

/// Messages of 1, 2 and 255 tracks (§7), and what is none of them: sizes beyond the end, tracks or `ModEx` inside tracks, types
/// that are reserved.
pub(crate) fn tracks() -> Vec<Vector> {
    let mut all = Vec::new();
    for kind in [AUDIO, VIDEO] {
        let inner = if kind == VIDEO { 6 } else { 5 };
        let seen = |tracks| Seen {
            is_key: kind == VIDEO,
            tracks,
            ..Seen::default()
        };
        let one = multitrack(kind, 0, 1, &[(5, 0)]);
        all.push(vector(kind, one, Some(seen(1))));
        for layout in [1, 2] {
            for count in [1, 2, 255] {
                let sizes: Vec<_> = (0..count).map(|at| (4 + at % 3, 4 + at % 3)).collect();
                let body = multitrack(kind, layout, 1, &sizes);
                all.push(vector(kind, body, Some(seen(count))));
                let (mut beyond, mut far) = (sizes.clone(), sizes);
                beyond.last_mut().unwrap().1 += 1;
                far.first_mut().unwrap().1 = 0x00ff_ffff;
                for sizes in [beyond, far] {
                    all.push(vector(kind, multitrack(kind, layout, 1, &sizes), None));
                }
            }
            let ends = multitrack(kind, layout, 2, &[(0, 0), (0, 0)]);
            let seen = Seen {
                tracks: 2,
                ..Seen::default()
            };
            all.push(vector(kind, ends, Some(seen)));
            for packet in [inner, 7, 8, 15] {
                let body = multitrack(kind, layout, packet, &[(4, 4)]);
                all.push(vector(kind, body, None));
            }
        }
        for layout in [3, 4, 15] {
            let body = multitrack(kind, layout, 1, &[(4, 4)]);
            all.push(vector(kind, body, None));
        }
    }
    all
}

/// All of them.
pub(crate) fn vectors() -> Vec<Vector> {
    let all = [video(), audio(), legacy(), modified(), tracks()];
    all.into_iter().flatten().collect()
}

/// Whether `RTMP_Read` hands a message out that has a body: what is too short to be media is dropped.
pub(crate) fn is_read(kind: u8, body: &[u8]) -> bool {
    match kind {
        VIDEO if body.first().is_some_and(|first| first & 0x80 != 0) => body.len() > 1,
        VIDEO => body.len() > 5,
        AUDIO => body.len() > 1,
        _ => true,
    }
}

/// Where a message is worth cutting: everywhere if it is short, else in its head and at its end.
pub(crate) fn cuts(body: &[u8]) -> impl Iterator<Item = usize> {
    let length = body.len();
    (0..length).filter(move |&at| length < 1000 || at < 5 || (at + 14 > length && at % 2 == 0))
}
