//! What is remembered of an HTTP tunnel.

use std::collections::VecDeque;

use crate::proto::tunnel::Responses;

/// Payload that is kept for a program that sends but does not read; after that the answers stay in the socket.
const MAX_WAITING: usize = 4 * 1024 * 1024;

/// The private part of a tunnel.
#[derive(Default)]
pub(in crate::session) struct Tunnel {
    pub(in crate::session) responses: Responses,
    /// Payload behind that in the receive buffer, as it came.
    pub(in crate::session) waiting: VecDeque<u8>,
    /// Idle requests since the last payload and the last message.
    pub(in crate::session) in_vain: u32,
    /// The server does not speak HTTP, or not for a tunnel.
    pub(in crate::session) is_broken: bool,
    /// The server does not answer. A sender has waited for it once.
    pub(in crate::session) is_mute: bool,
}

impl Tunnel {
    /// One whose first response answers `open`.
    pub(in crate::session) fn to_be_opened() -> Self {
        Self {
            responses: Responses::to_open(),
            ..Self::default()
        }
    }

    /// Whether answers can be read.
    pub(in crate::session) fn is_open(&self) -> bool {
        !self.is_broken && self.waiting.len() < MAX_WAITING
    }

    /// Whether a sender should wait for answers.
    pub(in crate::session) fn is_worth_waiting(&self) -> bool {
        self.is_open() && !self.is_mute
    }

    /// Throws away payload that nobody will read.
    pub(in crate::session) fn forget_payload(&mut self) {
        self.waiting.clear();
    }
}
