//! `RTMP_Read` behind the handshake: any bytes are harmless, and media is the same at any split.
#![no_main]

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::pieces::Cut;
use librtmp_fuzz::quiet::log_words;
use librtmp_fuzz::wire::Wire;
use rtmp::abi::{RTMP_LF_BUFX, RTMP_LF_LIVE, RTMP_READ_HEADER};

fuzz_target!(init: log_words(), |data: &[u8]| {
    let Some((&[flags, size], rest)) = data.split_first_chunk::<2>() else { return };
    let Some(cut) = Cut::of(rest) else { return };
    let size = 1 + usize::from(size) * usize::from(size);
    let (whole, reads) = read(flags, size, cut.bytes);
    // Tags are a little longer than messages, and empty messages give none.
    assert!(whole.len() <= 13 + 16 * cut.bytes.len());
    assert!(reads <= whole.len() + cut.bytes.len() + 3);
});

fn read(flags: u8, size: usize, bytes: &[u8]) -> (Vec<u8>, usize) {
    let wire = Wire::new();
    let r = wire.r();
    r.m_stream_id.set(1);
    r.m_bPlaying.set(1);
    // The flags of resuming need what the program knows of its file: the client target has that.
    r.m_read.flags.set(flags & RTMP_READ_HEADER);
    for (bit, flag) in [(2, RTMP_LF_LIVE), (4, RTMP_LF_BUFX)] {
        if flags & bit != 0 {
            r.Link.raise(flag);
        }
    }
    r.m_pausing.set(i32::from(flags >> 4 & 3));
    wire.push(bytes);
    wire.finish();
    let (mut all, mut reads) = (Vec::new(), 0);
    loop {
        let (count, bytes) = wire.read(size);
        all.extend_from_slice(&bytes);
        reads += 1;
        if count <= 0 {
            break;
        }
    }
    assert!(wire.read(size).0 <= 0);
    (all, reads)
}
