//! A message on its way out.

use core::ffi::c_int;

use crate::proto::message::{COMMAND, command_head};

/// A message to send. Its bytes are only read, never changed.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    /// The header type wanted, 0 to 3.
    pub header: u8,
    /// Message type.
    pub kind: u8,
    /// Chunk stream id.
    pub channel: c_int,
    /// Absolute timestamp, ms.
    pub timestamp: u32,
    /// Message stream id.
    pub stream_id: c_int,
    /// The body, in two parts that follow each other.
    pub body: [&'a [u8]; 2],
}

/// Whether a command waits for a reply.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// It is remembered in `m_methodCalls`.
    Expected,
    /// It is not.
    None,
}

/// The chunk stream of protocol control.
const CONTROL: c_int = 2;

/// The chunk stream of commands about the connection.
pub(in crate::session) const CONNECTION: c_int = 3;

impl<'a> Message<'a> {
    /// A message of protocol control: on chunk stream 2, with time 0.
    pub(in crate::session) fn control(header: u8, kind: u8, body: &'a [u8]) -> Self {
        Self {
            header,
            kind,
            channel: CONTROL,
            timestamp: 0,
            stream_id: 0,
            body: [body, &[]],
        }
    }

    /// A command about the connection, for which a short header does.
    pub(in crate::session) fn about_connection(body: &'a [u8]) -> Self {
        Self {
            header: 1,
            kind: COMMAND,
            channel: CONNECTION,
            timestamp: 0,
            stream_id: 0,
            body: [body, &[]],
        }
    }

    /// Bytes of the body.
    pub(in crate::session) fn length(&self) -> u32 {
        let [first, second] = self.body;
        u32::try_from(first.len().saturating_add(second.len())).unwrap_or(u32::MAX)
    }

    /// Name and transaction id of a command.
    pub(in crate::session) fn command(&self) -> Option<(&'a [u8], c_int)> {
        let [body, rest] = self.body;
        // Commands are built in one part.
        if self.kind != COMMAND || !rest.is_empty() {
            return None;
        }
        command_head(body)
    }
}
