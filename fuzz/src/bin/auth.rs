//! What servers say when they want a login.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtmp::proto::auth::{Demand, Mode, contains};

fuzz_target!(|data: &[u8]| {
    // A line is the application, the rest is what the server says.
    let line = data.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    let (app, words) = data.split_at(line);
    let known = Mode::of(words);
    assert!(known.is_none_or(|mode| contains(words, mode.tag())));
    for mode in [Mode::Adobe, Mode::Llnw] {
        let Demand::Response(challenge) = Demand::read(mode, words) else {
            continue;
        };
        for (name, value) in challenge.pairs() {
            assert!(name.len() + value.len() <= words.len());
        }
        let Some(answer) = challenge.response(mode, app, b"secret", [1, 2, 3, 4]) else {
            continue;
        };
        assert!(answer.starts_with(b"&") && answer.len() <= words.len() + 256);
        assert!(!contains(&answer, b"secret") || contains(words, b"secret"));
    }
});
