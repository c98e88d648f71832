//! A server's request to connect anew, as C sees it.

use core::ffi::c_char;

use super::extensible::Extensible;

/// The server has not asked.
pub const RTMP_RECONNECT_NONE: u32 = 0;
/// It has asked, and this is where to go.
pub const RTMP_RECONNECT_REQUESTED: u32 = 1;
/// It has asked for what is not done, and this is why.
pub const RTMP_RECONNECT_REFUSED: u32 = 2;

/// A server's request to connect anew.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RTMP_RECONNECT {
    /// In: sizeof(RTMP_RECONNECT) in the program.
    pub size: u32,
    /// RTMP_RECONNECT_NONE, RTMP_RECONNECT_REQUESTED or RTMP_RECONNECT_REFUSED.
    pub state: u32,
    /// Requests since RTMP_Connect: a program that looks again and again knows a new one by it.
    pub count: u32,
    /// Where the application, with its query, begins in url: url + app.
    pub app: u32,
    /// Where to go, resolved: host and application, not the stream, with the user and password if the server names them.
    /// Empty unless requested.
    pub url: [c_char; 2048],
    /// The server's words, made printable; may be empty.
    pub description: [c_char; 1024],
    /// Why it was refused, else empty.
    pub reason: [c_char; 64],
}

// SAFETY: numbers, of which the first is the size.
unsafe impl Extensible for RTMP_RECONNECT {}

impl RTMP_RECONNECT {
    /// One with these texts, which fit, and end at their first 0.
    pub fn new([state, count, app]: [u32; 3], [url, description, reason]: [&[u8]; 3]) -> Self {
        Self {
            size: 0,
            state,
            count,
            app,
            url: field(url),
            description: field(description),
            reason: field(reason),
        }
    }
}

/// The start of a text, and a 0 at least.
fn field<const N: usize>(text: &[u8]) -> [c_char; N] {
    let mut field = [0; N];
    for (place, byte) in field.iter_mut().take(N - 1).zip(text) {
        *place = c_char::from_ne_bytes([*byte]);
    }
    field
}
