//! TLS with a peer that says whatever the input says, to a client and to a server: every call ends, and who has failed
//! says so again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::pieces::Cut;
use librtmp_fuzz::secure::End;

/// Bits of the first byte of the input.
const SERVER: u8 = 0x01;
const LEAVING_A_BYTE: u8 = 0x02;
/// The input is the content of handshake records that are cut as it says, and need not carry heads.
const IN_RECORDS: u8 = 0x04;
/// The content comes again and again.
const REPEATED: u8 = 0x08;

/// Bytes that a peer sends at most: more than the longest message that is kept.
const MOST: usize = 150_000;

fuzz_target!(|data: &[u8]| {
    let Some((&[mode, limit, room], rest)) = data.split_first_chunk::<3>() else {
        return;
    };
    let Some(cut) = Cut::of(rest) else { return };
    let mut end = if mode & SERVER == 0 {
        End::client()
    } else {
        End::server()
    };
    let (limit, room) = (usize::from(limit) * 16, usize::from(room) * 64 + 1);
    let rounds = if mode & REPEATED == 0 || cut.bytes.is_empty() {
        1
    } else {
        MOST / cut.bytes.len()
    };
    // More than a handful of turns is only slow.
    let mut waiting = Vec::new();
    for piece in (0..rounds).flat_map(|_| cut.pieces()) {
        if mode & IN_RECORDS != 0 {
            let length = u16::try_from(piece.len()).unwrap().to_be_bytes();
            waiting.extend([22, 3, 3, length[0], length[1]]);
        }
        waiting.extend_from_slice(piece);
        if rounds == 1 || waiting.len() > 8192 {
            turn(&mut end, &waiting, limit, room, mode);
            waiting.clear();
        }
    }
    turn(&mut end, &waiting, limit, room, mode);
    end.finish();
    end.work(limit, room, mode & LEAVING_A_BYTE != 0);
    assert!(end.plain.is_empty());
    end.close();
});

fn turn(end: &mut End, bytes: &[u8], limit: usize, room: usize, mode: u8) {
    // Who has failed takes nothing any more.
    if !end.has_failed() && end.push(bytes) {
        end.work(limit, room, mode & LEAVING_A_BYTE != 0);
    }
}
