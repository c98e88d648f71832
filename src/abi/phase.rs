//! What a connection is at, for programs.

/// There is no connection, and none is being made.
pub const RTMP_PHASE_IDLE: u32 = 0;
/// Name, address and socket; the player that is to be verified.
pub const RTMP_PHASE_CONNECTING: u32 = 1;
/// The negotiation with a proxy.
pub const RTMP_PHASE_PROXY: u32 = 2;
/// The handshake of TLS.
pub const RTMP_PHASE_TLS: u32 = 3;
/// Opening an HTTP tunnel.
pub const RTMP_PHASE_TUNNEL: u32 = 4;
/// The handshake of RTMP.
pub const RTMP_PHASE_HANDSHAKE: u32 = 5;
/// From there until play or publish is accepted.
pub const RTMP_PHASE_DIALOGUE: u32 = 6;
/// Media, and all that a server's side of a connection does behind the handshake.
pub const RTMP_PHASE_STREAMING: u32 = 7;
