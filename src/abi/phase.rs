//! What a connection is at, for programs.

use core::ffi::c_int;

/// There is no connection, and none is being made; perhaps the player that is to be verified is being fetched.
pub const RTMP_PHASE_IDLE: c_int = 0;
/// Name, address and socket.
pub const RTMP_PHASE_CONNECTING: c_int = 1;
/// The negotiation with a proxy.
pub const RTMP_PHASE_PROXY: c_int = 2;
/// The handshake of TLS.
pub const RTMP_PHASE_TLS: c_int = 3;
/// Opening an HTTP tunnel.
pub const RTMP_PHASE_TUNNEL: c_int = 4;
/// The handshake of RTMP.
pub const RTMP_PHASE_HANDSHAKE: c_int = 5;
/// From there until play or publish is accepted.
pub const RTMP_PHASE_DIALOGUE: c_int = 6;
/// Media, and all that a server's side of a connection does behind the handshake.
pub const RTMP_PHASE_STREAMING: c_int = 7;
