//! Why a connection failed, in words, and what it was at.

use core::ffi::CStr;
use core::fmt::{self, Display, Write};
use std::ffi::CString;

use crate::sys::log;

/// What a connection was at when it failed.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(in crate::session) enum Phase {
    /// Fetching the player that is to be verified.
    Player,
    /// Name and socket.
    Connecting,
    /// The negotiation with a proxy.
    Proxy,
    /// The handshake of TLS.
    Tls,
    /// Opening an HTTP tunnel.
    Tunnel,
    /// The handshake of RTMP.
    Handshake,
    /// Waiting for play or publish.
    Dialogue,
    /// Media.
    #[default]
    Streaming,
}

impl Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Player => "SWF",
            Self::Connecting => "connecting",
            Self::Proxy => "proxy",
            Self::Tls => "TLS",
            Self::Tunnel => "HTTP tunnel",
            Self::Handshake => "handshake",
            Self::Dialogue => "waiting for the stream",
            Self::Streaming => "streaming",
        })
    }
}

/// The text for the program.
#[derive(Default)]
pub(in crate::session) struct Reason {
    text: Option<CString>,
    weight: Weight,
}

/// What becomes of a text when something else goes wrong.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::session) enum Weight {
    /// A timeout may be followed by something worse.
    Passing,
    /// It is the reason, unless media follows.
    Suspected,
    /// It is the reason.
    #[default]
    Final,
}

/// Words of a peer end here.
pub(in crate::session) const LONGEST: usize = 1000;

impl Reason {
    /// The words; `None` when there are none.
    pub(in crate::session) fn text(&self) -> Option<&CStr> {
        self.text.as_deref()
    }

    /// Forgets what was only suspected.
    pub(in crate::session) fn drop_suspicion(&mut self) {
        if self.weight == Weight::Suspected {
            *self = Self::default();
        }
    }

    /// Notes the words. The first reason counts: what else goes wrong follows from it. Without memory there is none.
    pub(in crate::session) fn note(&mut self, phase: Phase, reason: &dyn Display, weight: Weight) {
        if self.text.is_some() && self.weight != Weight::Passing {
            return;
        }
        let Some(text) = words(&format_args!("{phase}: {reason}")) else {
            return;
        };
        self.text = CString::new(text).ok();
        self.weight = weight;
    }
}

/// A text as a program gets it: at most [`LONGEST`] bytes, none of which is 0. `None` without memory.
pub(in crate::session) fn words(text: &dyn Display) -> Option<Vec<u8>> {
    let mut words = Words(Vec::new());
    let room = LONGEST.saturating_add(1);
    words.0.try_reserve_exact(room).ok()?;
    let is_cut = write!(words, "{text}").is_err();
    if is_cut && let Some(last) = words.0.utf8_chunks().last() {
        // Not in the middle of a character.
        let rest = last.invalid().len();
        words.0.truncate(LONGEST.saturating_sub(rest));
    }
    Some(words.0)
}

/// Collects so many bytes at most, none of which is 0. What a peer makes long is not copied as a whole.
struct Words(Vec<u8>);

impl Write for Words {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        log::put_bytes(text, |bytes| {
            let words = bytes.iter().copied().filter(|&byte| byte != 0);
            let room = LONGEST.saturating_sub(self.0.len());
            self.0.extend(words.take(room));
            if self.0.len() < LONGEST {
                Ok(())
            } else {
                Err(fmt::Error)
            }
        })
    }
}
