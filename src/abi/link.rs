//! `RTMP_LNK`: where to connect and how (spec 01 §3, 02 §5-7).

use core::ffi::{c_char, c_int, c_ushort, c_void};

use super::amf::AMFObject;
use super::aval::AVal;
use super::cell::Cell;

/// Send the authentication flag as true.
pub const RTMP_LF_AUTH: c_int = 0x0001;
/// The stream is live.
pub const RTMP_LF_LIVE: c_int = 0x0002;
/// Do SWF verification.
pub const RTMP_LF_SWFV: c_int = 0x0004;
/// Send a playlist before play.
pub const RTMP_LF_PLST: c_int = 0x0008;
/// Pause and unpause when the server's buffer is empty.
pub const RTMP_LF_BUFX: c_int = 0x0010;
/// `tcUrl` is from the C allocator: close frees it.
pub const RTMP_LF_FTCU: c_int = 0x0020;
/// `app` is from the C allocator: close frees it.
pub const RTMP_LF_FAPU: c_int = 0x0040;
/// Bytes of an SWF hash.
pub const RTMP_SWF_HASHLEN: usize = 32;

/// The parameters of one connection. Strings are borrowed from the caller unless stated.
#[repr(C)]
pub struct RTMP_LNK {
    /// Server host.
    pub hostname: AVal,
    /// Proxy host, or the URL of a proxy that does not speak SOCKS4; a copy from the C allocator.
    pub sockshost: AVal,
    /// The play path of the URL; from the C allocator, freed by close.
    pub playpath0: AVal,
    /// The play path in effect.
    pub playpath: AVal,
    /// `tcUrl` of connect.
    pub tcUrl: AVal,
    /// `swfUrl` of connect.
    pub swfUrl: AVal,
    /// `pageUrl` of connect.
    pub pageUrl: AVal,
    /// `app` of connect.
    pub app: AVal,
    /// String sent after the connect object.
    pub auth: AVal,
    /// `flashVer` of connect.
    pub flashVer: AVal,
    /// Name for FCSubscribe.
    pub subscribepath: AVal,
    /// Token for NetStream.Authenticate.UsherToken.
    pub usherToken: AVal,
    /// Key of SecureToken.
    pub token: AVal,
    /// Publisher's user name.
    pub pubUser: AVal,
    /// Publisher's password.
    pub pubPasswd: AVal,
    /// Values appended to connect (option `conn`).
    pub extras: AMFObject,
    /// Depth of open objects while `conn` options are parsed.
    pub edepth: Cell<c_int>,
    /// Where to start, ms.
    pub seekTime: Cell<c_int>,
    /// Where to stop, ms; 0: at the end.
    pub stopTime: Cell<c_int>,
    /// `RTMP_LF_*` bits.
    pub lFlags: Cell<c_int>,
    /// Days to trust the SWF cache.
    pub swfAge: Cell<c_int>,
    /// `RTMP_FEATURE_*` bits.
    pub protocol: Cell<c_int>,
    /// Timeout, seconds; 0 or less: none.
    pub timeout: Cell<c_int>,
    /// Private.
    pub pFlags: Cell<c_int>,
    /// Proxy port; 0: no proxy.
    pub socksport: Cell<c_ushort>,
    /// Server port.
    pub port: Cell<c_ushort>,
    /// Private.
    #[cfg(not(librtmp_no_crypto))]
    pub(in crate::abi) dh: Cell<*mut c_void>,
    /// Private.
    #[cfg(not(librtmp_no_crypto))]
    pub(in crate::abi) rc4keyIn: Cell<*mut c_void>,
    /// Private.
    #[cfg(not(librtmp_no_crypto))]
    pub(in crate::abi) rc4keyOut: Cell<*mut c_void>,
    /// Size of the decompressed SWF; 0: no verification.
    #[cfg(not(librtmp_no_crypto))]
    pub SWFSize: Cell<u32>,
    /// HMAC-SHA256 of the decompressed SWF.
    #[cfg(not(librtmp_no_crypto))]
    pub SWFHash: [Cell<u8>; RTMP_SWF_HASHLEN],
    /// The body of the SWF verification response: 10 bytes, then a hash.
    #[cfg(not(librtmp_no_crypto))]
    pub SWFVerificationResponse: [Cell<c_char>; 42],
}

impl RTMP_LNK {
    /// True while RTMPE encrypts the connection.
    pub fn is_encrypted(&self) -> bool {
        !self.rc4keyIn.get().is_null()
    }

    /// Shows whether the connection is encrypted. The ciphers are part of the private state: both pointers name it.
    pub fn set_encrypted(&self, is_encrypted: bool) {
        let shown = if is_encrypted {
            self.dh.get()
        } else {
            core::ptr::null_mut()
        };
        self.rc4keyOut.set(shown);
        self.rc4keyIn.set(shown);
    }

    /// True when `flag`, one of `RTMP_LF_*`, is set.
    pub fn has(&self, flag: c_int) -> bool {
        self.lFlags.get() & flag != 0
    }

    /// Sets `flag`, one of `RTMP_LF_*`.
    pub fn raise(&self, flag: c_int) {
        self.lFlags.raise(flag);
    }

    /// Clears `flag`, one of `RTMP_LF_*`.
    pub fn lower(&self, flag: c_int) {
        self.lFlags.lower(flag);
    }
}
