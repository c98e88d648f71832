//! A client and a server of TLS, and somebody on the path between them who changes, drops, repeats and inserts what the
//! input says: what comes through is what was said, and every call ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use librtmp_fuzz::secure::End;

/// What is said on either side when both know each other.
const WORDS: &[u8] = b"what one side says to the other";
/// Turns that a session may take.
const MOST: usize = 64;

fuzz_target!(|data: &[u8]| {
    let Some((&[limit, room, mode], script)) = data.split_first_chunk::<3>() else {
        return;
    };
    let (limit, room) = (usize::from(limit) * 16, usize::from(room) * 64 + 1);
    let leaves_byte = mode & 1 != 0;
    let mut ends = [End::client(), End::server()];
    let mut script = Script(script);
    let mut has_spoken = [false; 2];
    for turn in 0..MOST {
        let (from, to) = (turn % 2, (turn + 1) % 2);
        if !ends[from].is_handshaking() && !has_spoken[from] && !ends[from].has_failed() {
            has_spoken[from] = true;
            ends[from].say(WORDS);
        }
        let said = ends[from].work(limit, room, leaves_byte);
        let said = script.change(said);
        if !said.is_empty() && !ends[to].has_failed() {
            ends[to].push(&said);
        }
    }
    let is_untouched = script.0.is_empty() && data.len() == 3;
    for end in &mut ends {
        end.finish();
        end.work(limit, room, leaves_byte);
        // Nobody can make an end believe what was not said, nor hear it twice.
        assert!(WORDS.starts_with(&end.plain));
        assert!(!is_untouched || end.plain == WORDS);
        end.close();
    }
});

/// What is done to one flight after the other.
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn change(&mut self, mut said: Vec<u8>) -> Vec<u8> {
        if said.is_empty() {
            return said;
        }
        let Some((&[act, high, low, value], rest)) = self.0.split_first_chunk::<4>() else {
            self.0 = &[];
            return said;
        };
        self.0 = rest;
        let at = usize::from(u16::from_be_bytes([high, low])) % said.len();
        match act % 8 {
            0 => {}
            1 => said[at] ^= value,
            2 => said.truncate(at),
            3 => {
                said.drain(at..(at + usize::from(value)).min(said.len()));
            }
            4 => {
                let count = usize::from(value).min(self.0.len());
                let (inserted, rest) = self.0.split_at(count);
                self.0 = rest;
                said.splice(at..at, inserted.iter().copied());
            }
            // Records that are harmless, or look so, many times.
            5 => said = [&[20, 3, 3, 0, 1, 1].repeat(value.into()), &said[..]].concat(),
            6 => said.extend([23, 3, 3, 0, 0].repeat(usize::from(value) * 16)),
            _ => said.extend(said.clone()),
        }
        said
    }
}
