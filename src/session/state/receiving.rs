//! The memory of one reader: what is under way, and what is to be handed out first.

use std::time::{Duration, Instant};

use crate::net::deadline::Deadline;
use crate::proto::chunk::{Header, MAX_HEADER};
use crate::proto::timeline::Timeline;

use super::kept::Kept;
use super::reason::Phase;

/// The reader's memory.
#[derive(Default)]
pub(in crate::session) struct Receiving {
    /// A chunk whose payload was not all there when the reader had to stop.
    pub(in crate::session) partial: Option<Partial>,
    /// `RTMP_Read` is at work: the end of the stream is noted instead of closing at once.
    pub(in crate::session) is_delivering: bool,
    /// `RTMP_Read` has given out bytes since the connection was made.
    pub(in crate::session) has_delivered: bool,
    /// The stream has ended with this `m_read.status`, and the caller may not know yet.
    pub(in crate::session) ended: Option<i8>,
    /// The caller has been told the end once.
    pub(in crate::session) is_told: bool,
    /// Connections that were made anew to log in, since the program connected.
    pub(in crate::session) logins: Logins,
    /// Bytes that `RTMP_Read` is to fill; 0: another reader is at work.
    pub(in crate::session) wanted: usize,
    /// The program may wait for the socket next: it must not seem empty when not all is handed out.
    pub(in crate::session) may_be_polled: bool,
    /// What was left in the socket when it last had more than could be taken.
    pub(in crate::session) ahead: Ahead,
    /// The times that `RTMP_Read` has given out. Only where the stream may go on elsewhere.
    pub(in crate::session) timeline: Timeline,
    /// How the server's clock relates to the position that was asked for.
    pub(in crate::session) clock: Clock,
    /// When the server has to have confirmed a seek, and to have repeated what it repeats behind a pause.
    pub(in crate::session) seeking: Option<Deadline>,
    pub(in crate::session) repeating: Option<Deadline>,
    /// Messages that are to be handed out before anything is received.
    pub(in crate::session) kept: Kept,
    /// When writing last looked at what has arrived.
    pub(in crate::session) heard: Option<Instant>,
    /// Since when a reader that does not wait has found nothing.
    pub(in crate::session) silent_since: Option<Instant>,
    /// Since when the system has had all that was to be sent.
    pub(in crate::session) given: Option<Instant>,
    /// What `RTMP_Read` has collected in front of the file header, where it does not wait for the rest.
    pub(in crate::session) collected: Vec<u8>,
    /// When what is under way has to be done, however often the peer sends a little.
    pub(in crate::session) limit: Deadline,
    /// What is under way.
    pub(in crate::session) phase: Phase,
}

/// Bytes that wait in the socket.
#[derive(Clone, Copy, Default)]
pub(in crate::session) struct Ahead {
    /// So many at least.
    pub(in crate::session) count: usize,
    /// Behind so many that had been received by then.
    pub(in crate::session) behind: usize,
}

/// What logging in has taken.
#[derive(Clone, Copy, Default)]
pub(in crate::session) struct Logins {
    /// Connections.
    pub(in crate::session) count: u8,
    /// The time that is left for making more of them; `None`: no limit.
    pub(in crate::session) connecting: Option<Duration>,
}

/// What `RTMP_Read` knows about the timestamps behind a start position (spec 10 P12).
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::session) enum Clock {
    /// No media with a timestamp has come yet.
    #[default]
    Unknown,
    /// Timestamps begin at 0: the position is to be added.
    Relative,
    /// Timestamps count from the beginning of the recording: they are final.
    Absolute,
}

/// The rest of a chunk that was begun.
#[derive(Clone, Copy)]
pub(in crate::session) struct Partial {
    /// Its header.
    pub(in crate::session) header: Header,
    /// Payload bytes that are missing.
    pub(in crate::session) left: u32,
    /// Payload bytes of the whole chunk.
    pub(in crate::session) size: u32,
    /// The header's bytes, for callers that want raw chunks.
    pub(in crate::session) bytes: [u8; MAX_HEADER],
}
