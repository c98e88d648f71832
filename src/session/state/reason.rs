//! Why a connection failed, in words and numbers, and what it was at.

use core::ffi::c_int;
use core::fmt::{self, Display, Write};

use crate::abi::{
    RTMP_ERROR, RTMP_PHASE_CONNECTING, RTMP_PHASE_DIALOGUE, RTMP_PHASE_HANDSHAKE, RTMP_PHASE_IDLE,
    RTMP_PHASE_PROXY, RTMP_PHASE_STREAMING, RTMP_PHASE_TLS, RTMP_PHASE_TUNNEL,
};
use crate::session::state::cause::{Cause, Kind};
use crate::sys::log::{self, Text};

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

impl Phase {
    /// The number that programs know.
    pub(in crate::session) fn number(self) -> c_int {
        match self {
            Self::Player => RTMP_PHASE_IDLE,
            Self::Connecting => RTMP_PHASE_CONNECTING,
            Self::Proxy => RTMP_PHASE_PROXY,
            Self::Tls => RTMP_PHASE_TLS,
            Self::Tunnel => RTMP_PHASE_TUNNEL,
            Self::Handshake => RTMP_PHASE_HANDSHAKE,
            Self::Dialogue => RTMP_PHASE_DIALOGUE,
            Self::Streaming => RTMP_PHASE_STREAMING,
        }
    }
}

/// What the program is told.
#[derive(Default)]
pub(in crate::session) struct Reason {
    /// One, or none: most connections do not fail.
    error: Vec<RTMP_ERROR>,
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
    /// What has failed; `None` when nothing has.
    pub(in crate::session) fn error(&self) -> Option<&RTMP_ERROR> {
        self.error.first()
    }

    /// Forgets what was only suspected.
    pub(in crate::session) fn drop_suspicion(&mut self) {
        if self.weight == Weight::Suspected {
            *self = Self::default();
        }
    }

    /// Notes a failure, in words if it has some. The first reason counts: what else goes wrong follows from it. Without
    /// memory there is none.
    pub(in crate::session) fn note(
        &mut self,
        phase: Phase,
        cause: Cause<'_>,
        reason: Option<&dyn Display>,
        weight: Weight,
    ) {
        let is_known = self.weight != Weight::Passing || reason.is_none();
        if self.error().is_some() && is_known {
            return;
        }
        let mut error = RTMP_ERROR {
            kind: cause.kind.number(),
            phase: phase.number(),
            system: cause.system,
            detail: cause.kind.detail(),
            ..RTMP_ERROR::NONE
        };
        if let Kind::Refused(code) = cause.kind {
            error.set_code(&words(&Text(code)).unwrap_or_default());
        }
        if let Some(reason) = reason {
            let Some(text) = words(&format_args!("{phase}: {reason}")) else {
                return;
            };
            error.set_text(&text);
        }
        if self.error.is_empty() && self.error.try_reserve_exact(1).is_err() {
            return;
        }
        self.error.clear();
        self.error.push(error);
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
