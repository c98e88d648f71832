//! A whole client session: the input is what the server says, behind a handshake that succeeds or from its first byte.
#![no_main]

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::client;
use librtmp_fuzz::quiet::log_words;
use librtmp_fuzz::wire::ROOM;

/// A bit of the first byte of the input.
const FROM_THE_FIRST_BYTE: u8 = 0x01;

fuzz_target!(init: log_words(), |data: &[u8]| {
    let Some((&[mode, options], said)) = data.split_first_chunk::<2>() else { return };
    if said.len() > ROOM {
        return;
    }
    let wire = client::session("rtmp", mode, options);
    if mode & FROM_THE_FIRST_BYTE == 0 {
        wire.push(&[3]);
        wire.push(&[0; 2 * 1536]);
    }
    wire.push(said);
    wire.finish();
    if wire.connect() {
        client::run(&wire, mode, said);
    }
});
