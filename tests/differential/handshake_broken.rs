//! Handshakes that end too early, stall, or are rubbish (spec 03 section 1.9).

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::encrypted::{ENCRYPTED, End, SIGNED, Terms, regularise};
use crate::handshakes::conclude;
use crate::library::Library;
use crate::scenario::{Scenario, scenario};
use crate::trace::WARNING;

/// How long the library waits for a peer that says no more.
const SHORT: Duration = Duration::from_millis(20);

/// What the peer sends, and whether it goes then.
fn broken(name: String, terms: Option<Terms>, bytes: Vec<u8>, leaves: bool) -> Scenario {
    scenario(name, move |lib: &'static Library, trace| {
        let (ours, mut theirs) = UnixStream::pair().expect("socket pair");
        theirs.write_all(&bytes).expect("room in the socket");
        if leaves {
            theirs
                .shutdown(std::net::Shutdown::Write)
                .expect("half close");
        }
        let end = match terms {
            Some(terms) => End::client(lib, ours, SHORT, terms),
            None => End::new(lib, ours, SHORT),
        };
        trace.hush();
        let ret = match terms {
            Some(_) => lib.RTMP_Connect1(end.handle.raw, std::ptr::null_mut()),
            None => lib.RTMP_Serve(end.handle.raw),
        };
        trace.note("result", ret);
        conclude(end, trace);
        let mut sent = Vec::new();
        theirs.read_to_end(&mut sent).expect("the library's bytes");
        trace.note("sent", sent.len());
        regularise(trace);
    })
    .level(WARNING)
}

/// The server's and the client's messages up to any byte, and messages of other protocols.
pub(crate) fn broken_peers() -> Vec<Scenario> {
    let mut all = Vec::new();
    let rubbish: Vec<u8> = (0..3073_u32)
        .map(|at| (at * at / 3 % 251).to_le_bytes()[0] | 1)
        .collect();
    for kind in [3, 6, 9] {
        let bytes = [&[kind], &rubbish[1..]].concat();
        for leaves in [true, false] {
            for length in [0, 1, 5, 9, 700, 1536, 1537, 1538, 3072, 3073] {
                let name = |role| format!("{role}, type {kind}, {length} bytes, leaves {leaves}");
                let bytes = bytes[..length].to_vec();
                for terms in [SIGNED, ENCRYPTED] {
                    let name = name(terms.name);
                    all.push(broken(name, Some(terms), bytes.clone(), leaves));
                }
                // A client of type 3 without digest is a deviation of its own.
                if kind != 3 || length < 1537 {
                    all.push(broken(name("RTMP_Serve"), None, bytes, leaves));
                }
            }
        }
    }
    all
}
