//! `RTMP_EVENT`: what a program is told while a connection goes on.

use core::ffi::c_int;

use super::amf::AMFObject;
use super::aval::AVal;
use super::packet::RTMPPacket;

/// A status of the server: onStatus, _error, close.
pub const RTMP_EVENT_STATUS: c_int = 1;
/// A command that the library does not know.
pub const RTMP_EVENT_COMMAND: c_int = 2;
/// A user control message.
pub const RTMP_EVENT_CONTROL: c_int = 3;
/// A message of a type that the library does not know, or passes over.
pub const RTMP_EVENT_MESSAGE: c_int = 4;
/// Another phase has begun.
pub const RTMP_EVENT_PHASE: c_int = 5;

/// What has happened, see RTMP_Configure. All of it ends with the call.
#[repr(C)]
pub struct RTMP_EVENT {
    /// sizeof(RTMP_EVENT) in the library. Later versions of the struct are longer.
    pub size: u32,
    /// RTMP_EVENT_*.
    pub kind: c_int,
    /// RTMP_PHASE_*: what is under way.
    pub phase: c_int,
    /// The code of a status, not NUL-terminated; may be empty.
    pub code: AVal,
    /// Its description, likewise.
    pub description: AVal,
    /// The decoded message of a status or command, else NULL.
    pub object: *const AMFObject,
    /// The message; NULL for RTMP_EVENT_PHASE.
    pub packet: *const RTMPPacket,
}

impl RTMP_EVENT {
    /// One of this kind, about `object` and the message that it was in.
    pub fn new(
        kind: c_int,
        phase: c_int,
        object: Option<&AMFObject>,
        packet: Option<&RTMPPacket>,
    ) -> Self {
        Self {
            size: SIZE,
            kind,
            phase,
            code: AVal::empty(),
            description: AVal::empty(),
            object: object.map_or(core::ptr::null(), core::ptr::from_ref),
            packet: packet.map_or(core::ptr::null(), core::ptr::from_ref),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "some dozen bytes")]
const SIZE: u32 = size_of::<RTMP_EVENT>() as u32;
