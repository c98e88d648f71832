//! Both seats of a connection (spec 03 section 1): a library as client or server, the other library, or the same one,
//! opposite. After the handshake commands and media pass in both directions.

use std::os::fd::IntoRawFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::anchors;
use crate::handle::{Handle, packet};
use crate::library::{Library, Seat};
use crate::messages::{NULL, command, number};
use crate::scenario::{Scenario, scenario};
use crate::structs::copy;
use crate::trace::{Trace, hex, show};

/// A peer that says nothing ends the scenario.
const PATIENCE: Duration = Duration::from_secs(5);
/// Chunks so long that libraries may receive them by other ways than short ones.
const LONG_CHUNK: i32 = 70_000;

#[derive(Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) name: &'static str,
    pub(crate) url: &'static str,
    pub(crate) swf_size: u32,
}

pub(crate) const PLAIN: Terms = Terms {
    name: "plain",
    url: "rtmp://127.0.0.1/app/play",
    swf_size: 0,
};
pub(crate) const SIGNED: Terms = Terms {
    name: "digest",
    url: "rtmp://127.0.0.1/app/play",
    swf_size: 1000,
};
pub(crate) const ENCRYPTED: Terms = Terms {
    name: "rtmpe",
    url: "rtmpe://127.0.0.1/app/play",
    swf_size: 0,
};
pub(crate) const ENCRYPTED_SWF: Terms = Terms {
    name: "rtmpe with SWF verification",
    url: "rtmpe://127.0.0.1/app/play",
    swf_size: 77,
};

/// One end, over a socket that is connected already.
pub(crate) struct End {
    pub(crate) handle: Handle,
    /// The handle borrows it.
    _url: Vec<u8>,
}

impl End {
    pub(crate) fn new(lib: &'static Library, socket: UnixStream, patience: Duration) -> Self {
        socket.set_read_timeout(Some(patience)).expect("timeout");
        let handle = Handle::new(lib);
        let socket = socket.into_raw_fd();
        handle.edit(|r| r.m_sb.sb_socket = socket);
        Self {
            handle,
            _url: Vec::new(),
        }
    }

    pub(crate) fn client(
        lib: &'static Library,
        socket: UnixStream,
        patience: Duration,
        terms: Terms,
    ) -> Self {
        let mut end = Self::new(lib, socket, patience);
        let mut url = format!("{}\0", terms.url).into_bytes();
        lib.RTMP_SetupURL(end.handle.raw, url.as_mut_ptr());
        end.demand_swf(terms.swf_size);
        end._url = url;
        end
    }

    pub(crate) fn demand_swf(&self, size: u32) {
        self.handle.edit(|r| {
            r.Link.SWFSize = size;
            r.Link.SWFHash = [0xab; 32];
        });
    }

    /// The next whole message.
    pub(crate) fn receive(&self) -> String {
        let lib = self.handle.lib;
        let mut one = packet();
        loop {
            if lib.RTMP_ReadPacket(self.handle.raw, &mut one) == 0 {
                return "nothing".into();
            }
            if one.m_nBytesRead == one.m_nBodySize {
                break;
            }
        }
        let body = copy(one.m_body, one.m_nBodySize as usize);
        lib.RTMPPacket_Free(&mut one);
        format!("type {:#04x} {}", one.m_packetType, show(&body))
    }

    fn send(&self, kind: u8, body: &[u8]) -> i32 {
        let memory = [&[0; 18], body].concat();
        let mut one = packet();
        (one.m_packetType, one.m_nChannel) = (kind, 5);
        one.m_nBodySize = u32::try_from(body.len()).expect("short");
        one.m_body = memory[18..].as_ptr().cast_mut();
        let ret = self
            .handle
            .lib
            .RTMP_SendPacket(self.handle.raw, &mut one, 0);
        // Encryption works on a copy. (The original writes chunk headers into longer bodies.)
        if body.len() <= 128 {
            assert_eq!(memory[18..], *body, "the caller's bytes were changed");
        }
        ret
    }

    fn use_long_chunks(&self) {
        self.handle.edit(|r| {
            r.m_inChunkSize = LONG_CHUNK;
            r.m_outChunkSize = LONG_CHUNK;
        });
    }

    pub(crate) fn state(&self) -> Vec<String> {
        let r = self.handle.get();
        let ciphers = [r.Link.rc4keyIn, r.Link.rc4keyOut].map(|key| !key.is_null());
        vec![
            format!("protocol {:#x} encrypted {ciphers:?}", r.Link.protocol),
            format!(
                "answer about the SWF {}",
                masked_swf(r.Link.SWFVerificationResponse)
            ),
            format!("received {} open {}", r.m_nBytesIn, r.m_sb.sb_socket != -1),
        ]
    }
}

/// The hash depends on chance, the bytes in front of it do not.
fn masked_swf(response: [u8; 42]) -> String {
    let (head, hash) = response.split_at(10);
    let hash = if *hash == [0; 32] {
        "nothing"
    } else {
        "a hash"
    };
    format!("{} {hash}", hex(head))
}

fn media(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| (at * 13 + at / 251).to_le_bytes()[0])
        .collect()
}

fn as_client(end: &End) -> Vec<String> {
    let lib = end.handle.lib;
    let connected = lib.RTMP_Connect1(end.handle.raw, std::ptr::null_mut());
    let mut notes = vec![format!("client: RTMP_Connect1 {connected}")];
    notes.extend(end.state());
    notes.push(format!("client: reply {}", end.receive()));
    notes.push(format!("client: sent {}", end.send(9, &media(3000))));
    end.use_long_chunks();
    notes.push(format!("client: received {}", end.receive()));
    notes.push(format!("client: sent {}", end.send(8, &media(66_000))));
    notes.push(format!("client: received {}", end.receive()));
    notes
}

fn as_server(end: &End) -> Vec<String> {
    let served = end.handle.lib.RTMP_Serve(end.handle.raw);
    let mut notes = vec![format!("server: RTMP_Serve {served}")];
    notes.extend(end.state());
    notes.push(format!("server: command {}", end.receive()));
    let reply = command("_result", 1.0, &[NULL, &number(4.0)]);
    notes.push(format!("server: sent {}", end.send(0x14, &reply)));
    notes.push(format!("server: received {}", end.receive()));
    end.use_long_chunks();
    notes.push(format!("server: sent {}", end.send(9, &media(69_999))));
    notes.push(format!("server: received {}", end.receive()));
    notes.push(format!("server: sent {}", end.send(4, &[0, 6, 1, 2, 3, 4])));
    notes
}

/// One end of a meeting: what it noted, and its answer about the SWF file.
fn attend(
    lib: &'static Library,
    socket: UnixStream,
    terms: Terms,
    is_client: bool,
) -> (Vec<String>, [u8; 42]) {
    let (end, play): (_, fn(&End) -> Vec<String>) = if is_client {
        (End::client(lib, socket, PATIENCE, terms), as_client)
    } else {
        let end = End::new(lib, socket, PATIENCE);
        end.demand_swf(terms.swf_size);
        (end, as_server)
    };
    let notes = play(&end);
    (notes, end.handle.get().Link.SWFVerificationResponse)
}

/// The library of the seat is the client or the server, `peer` the other.
fn meeting(terms: Terms, is_client: bool, peer: Seat) -> Scenario {
    let role = if is_client { "client" } else { "server" };
    let name = format!("{}, {role} of {peer:?}", terms.name);
    scenario(name, move |lib, trace| {
        let (ours, theirs) = UnixStream::pair().expect("socket pair");
        let other = std::thread::spawn(move || attend(peer.library(), theirs, terms, !is_client));
        let (notes, answer) = attend(lib, ours, terms, is_client);
        let (other_notes, other_answer) = other.join().expect("the other end");
        let notes = notes.into_iter().chain(other_notes);
        notes.for_each(|note| trace.text(note));
        trace.note("one answer about the SWF", answer == other_answer);
        regularise(trace);
    })
}

/// How often the log speaks of keys.
fn secrets_of(is_client: bool) -> Scenario {
    scenario(
        format!("keys in the log, client {is_client}"),
        move |lib, trace| {
            let (ours, theirs) = UnixStream::pair().expect("socket pair");
            let other = std::thread::spawn(move || {
                attend(Seat::Ours.library(), theirs, ENCRYPTED, !is_client);
            });
            attend(lib, ours, ENCRYPTED, is_client);
            other.join().expect("the other end");
            trace.log();
            let finished = trace
                .lines
                .iter()
                .any(|line| line.contains("Handshaking finished"));
            let is_secret = |line: &&String| SECRETS.iter().any(|secret| line.ends_with(secret));
            let count = trace.lines.iter().filter(is_secret).count();
            trace.lines = vec![format!("finished {finished}, {count} lines")];
        },
    )
    .deviates(anchors::SECRETS, &["finished true, 0 lines"])
}

pub(crate) fn secrets() -> Vec<Scenario> {
    [true, false].map(secrets_of).into()
}

pub(crate) fn meetings() -> Vec<Scenario> {
    let mut all = Vec::new();
    for terms in [PLAIN, SIGNED, ENCRYPTED, ENCRYPTED_SWF] {
        for peer in [Seat::Original, Seat::Ours] {
            all.extend([true, false].map(|is_client| meeting(terms, is_client, peer)));
        }
    }
    all
}

/// Lines whose dump only the original writes: it shows the keys.
const SECRETS: [&str; 3] = ["Secret key: ", "RC4 Out Key: ", "RC4 In Key: "];

/// What depends on chance or on the clock reads the same in each run; the dumps of secrets are left out.
pub(crate) fn regularise(trace: &mut Trace) {
    trace.log();
    let mut is_secret = false;
    let mut lines = Vec::new();
    for line in std::mem::take(&mut trace.lines) {
        let text = line.strip_prefix("DEBUG: ").unwrap_or_default();
        let is_dump = !text.is_empty()
            && text
                .split_whitespace()
                .all(|word| word.len() == 2 && u8::from_str_radix(word, 16).is_ok());
        if is_dump {
            if !is_secret {
                lines.push("DEBUG: (bytes)".into());
            }
            continue;
        }
        is_secret = SECRETS.iter().any(|secret| text.ends_with(secret));
        if !is_secret {
            lines.push(without_chance(line));
        }
    }
    trace.lines = lines;
}

fn without_chance(line: String) -> String {
    let varies = ["offset: ", "position: ", "Uptime : "];
    match varies
        .iter()
        .find_map(|word| line.split_once(word).map(|(head, _)| (head, word)))
    {
        Some((head, word)) => format!("{head}{word}N"),
        None => line,
    }
}
