//! What the server can do with media, as C sees it.

use core::ffi::c_int;

use super::extensible::Extensible;

/// FourCC: all codecs, "*" in the server's answer.
pub const RTMP_FOURCC_ANY: u32 = 0x2A;

/// The codecs that the server can receive, `fourCcList`. They have no flags.
pub const RTMP_FOURCCS_LISTED: c_int = 0;
/// What the server can do with each codec of video, `videoFourCcInfoMap`.
pub const RTMP_FOURCCS_VIDEO: c_int = 1;
/// What the server can do with each codec of audio, `audioFourCcInfoMap`.
pub const RTMP_FOURCCS_AUDIO: c_int = 2;

/// The server sent `fourCcList`.
pub const RTMP_SAID_FOURCC_LIST: u32 = 1;
/// The server sent `videoFourCcInfoMap`.
pub const RTMP_SAID_VIDEO_INFO: u32 = 2;
/// The server sent `audioFourCcInfoMap`.
pub const RTMP_SAID_AUDIO_INFO: u32 = 4;
/// The server sent `capsEx`.
pub const RTMP_SAID_CAPS_EX: u32 = 8;
/// The server sent `videoFunction`, which is older than Enhanced RTMP.
pub const RTMP_SAID_VIDEO_FUNCTION: u32 = 16;
/// The server sent `objectEncoding`, which is older than Enhanced RTMP.
pub const RTMP_SAID_OBJECT_ENCODING: u32 = 32;

/// What a server has answered to connect about what it can do with media.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct RTMP_CAPABILITIES {
    /// In: sizeof(RTMP_CAPABILITIES) in the program.
    pub size: u32,
    /// `RTMP_SAID_*`: which of the following the server said. What it did not say is 0.
    pub said: u32,
    /// RTMP_CAPS_EX_* bits.
    pub capsEx: u32,
    /// RTMP_VIDEO_FUNCTION_* bits.
    pub videoFunction: u32,
    /// 0: AMF0 only, 3: AMF0 and AMF3.
    pub objectEncoding: u32,
    /// Codecs in fourCcList, as RTMP_GetFourCc gives them.
    pub listed: u32,
    /// Codecs in videoFourCcInfoMap.
    pub videoInfos: u32,
    /// Codecs in audioFourCcInfoMap.
    pub audioInfos: u32,
}

// SAFETY: numbers, of which the first is the size.
unsafe impl Extensible for RTMP_CAPABILITIES {}
