//! Why a connection failed, as C sees it.

use core::ffi::{CStr, c_char, c_int};
use core::fmt::{self, Debug};
use core::slice;

use super::extensible::Extensible;
use super::phase::RTMP_PHASE_IDLE;

/// Nothing has failed.
pub const RTMP_ERR_NONE: c_int = 0;
/// The program has ended it: RTMP_Cancel, RTMP_Close from elsewhere, RTMP_UserInterrupt.
pub const RTMP_ERR_CANCELLED: c_int = 1;
/// It took too long. Behind a receive timeout the connection goes on.
pub const RTMP_ERR_TIMEOUT: c_int = 2;
/// A name has no address, or none was given. detail: EAI_*.
pub const RTMP_ERR_RESOLVE: c_int = 3;
/// The local address of option bind cannot be had, or the server has none of its family (system: EAFNOSUPPORT).
pub const RTMP_ERR_BIND: c_int = 4;
/// No address of the server, or of its proxy, could be connected to. system says why.
pub const RTMP_ERR_CONNECT: c_int = 5;
/// The proxy makes no connection. detail: its status.
pub const RTMP_ERR_PROXY: c_int = 6;
/// TLS failed otherwise than by certificates. detail: the alert that the peer has sent, -1 for none.
pub const RTMP_ERR_TLS: c_int = 7;
/// The certificate of the server is refused; text says why.
pub const RTMP_ERR_CERTIFICATE: c_int = 8;
/// There are no certificates of authorities to judge a server by.
pub const RTMP_ERR_TRUST: c_int = 9;
/// What the server of an HTTP tunnel answers is not understood, or no session.
pub const RTMP_ERR_TUNNEL: c_int = 10;
/// The handshake of RTMP or RTMPE failed.
pub const RTMP_ERR_HANDSHAKE: c_int = 11;
/// The server refused what was asked for, or has complained. code: its code.
pub const RTMP_ERR_REFUSED: c_int = 12;
/// The server wants a login, or refused the one that it got.
pub const RTMP_ERR_LOGIN: c_int = 13;
/// The connection has ended, or broke.
pub const RTMP_ERR_LOST: c_int = 14;
/// What came is no RTMP, or not what was to come; or what was to be sent cannot be said in RTMP.
pub const RTMP_ERR_PROTOCOL: c_int = 15;
/// There was no memory.
pub const RTMP_ERR_MEMORY: c_int = 16;

/// Bytes of a server's code with its NUL.
const CODE: usize = 64;
/// Bytes of a reason in words with its NUL.
const TEXT: usize = 1024;

/// Why a connection failed.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RTMP_ERROR {
    /// In: sizeof(RTMP_ERROR) in the program.
    pub size: u32,
    /// RTMP_ERR_*: what programs decide by.
    pub kind: c_int,
    /// RTMP_PHASE_*: where.
    pub phase: c_int,
    /// errno of the system call that failed, 0 when none did.
    pub system: c_int,
    /// RTMP_ERR_RESOLVE: EAI_*. RTMP_ERR_TLS: the alert, 0 to 255, -1: none. RTMP_ERR_PROXY: its status, 0: none. Else 0.
    pub detail: c_int,
    /// RTMP_ERR_REFUSED: the server's code, such as "NetStream.Publish.BadName". Else "".
    pub code: [c_char; 64],
    /// For people: as RTMP_LastError gives it.
    pub text: [c_char; 1024],
}

// SAFETY: numbers, of which the first is the size.
unsafe impl Extensible for RTMP_ERROR {}

impl RTMP_ERROR {
    /// Nothing has failed.
    pub const NONE: Self = Self {
        size: 0,
        kind: RTMP_ERR_NONE,
        phase: RTMP_PHASE_IDLE,
        system: 0,
        detail: 0,
        code: [0; CODE],
        text: [0; TEXT],
    };

    /// Sets the server's code: as much as has room, up to the end of a character.
    pub fn set_code(&mut self, code: &[u8]) {
        put(&mut self.code, code);
    }

    /// Sets the words, as [`Self::set_code`].
    pub fn set_text(&mut self, text: &[u8]) {
        put(&mut self.text, text);
    }

    /// The words.
    pub fn text(&self) -> &CStr {
        words(&self.text)
    }

    /// The server's code.
    pub fn code(&self) -> &CStr {
        words(&self.code)
    }
}

impl Debug for RTMP_ERROR {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers = [self.kind, self.phase, self.system, self.detail];
        write!(f, "{numbers:?} {:?} {:?}", self.code(), self.text())
    }
}

fn words(place: &[c_char]) -> &CStr {
    // SAFETY: `char` and `u8` have the same layout.
    let bytes = unsafe { slice::from_raw_parts(place.as_ptr().cast(), place.len()) };
    CStr::from_bytes_until_nul(bytes).unwrap_or_default()
}

/// Fills `place` with `words` and NULs, of which there is one at least.
fn put(place: &mut [c_char], words: &[u8]) {
    let room = place.len().saturating_sub(1);
    let mut words = words.split(|&byte| byte == 0).next().unwrap_or_default();
    if words.len() > room {
        words = &words[..room];
        let cut = words
            .utf8_chunks()
            .last()
            .map_or(0, |last| last.invalid().len());
        words = &words[..room - cut];
    }
    place.fill(0);
    for (to, from) in place.iter_mut().zip(words) {
        *to = c_char::from_ne_bytes([*from]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_behind_a_character() {
        let cut = |words: &str| -> String {
            let mut error = RTMP_ERROR::NONE;
            error.set_text(b"longer than what comes then");
            error.set_text(words.as_bytes());
            error.text().to_str().unwrap().to_owned()
        };
        for words in ["", "x", "ü", &"x".repeat(TEXT - 1), &"ü".repeat(511)] {
            assert_eq!(cut(words), words);
        }
        assert_eq!(cut(&"x".repeat(TEXT)), "x".repeat(TEXT - 1));
        assert_eq!(cut(&"ü".repeat(512)), "ü".repeat(511));
        assert_eq!(cut(&"雛".repeat(400)), "雛".repeat(341));
        assert_eq!(cut("a\0b"), "a");
        let mut error = RTMP_ERROR::NONE;
        error.set_code("雛".repeat(22).as_bytes());
        assert_eq!(error.code().to_str(), Ok(&*"雛".repeat(21)));
        error.set_code("é".repeat(32).as_bytes());
        assert_eq!(error.code().to_str(), Ok(&*"é".repeat(31)));
    }
}
