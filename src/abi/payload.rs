//! What audio and video say about themselves, as C sees it.

use super::extensible::Extensible;

/// Content: a decoder's configuration: SequenceStart, an AVC or AAC sequence header.
pub const RTMP_CONTENT_CONFIGURATION: u32 = 1;
/// Content: the configuration of AV1 in MPEG-2 TS.
pub const RTMP_CONTENT_TS_CONFIGURATION: u32 = 2;
/// Content: where the channels of audio belong, MultichannelConfig.
pub const RTMP_CONTENT_CHANNEL_CONFIGURATION: u32 = 3;
/// Content: coded audio or video.
pub const RTMP_CONTENT_FRAMES: u32 = 4;
/// Content: metadata among video, such as HDR.
pub const RTMP_CONTENT_METADATA: u32 = 5;
/// Content: the end of a sequence.
pub const RTMP_CONTENT_END: u32 = 6;
/// Content: a command frame, the beginning or end of client-side seeking.
pub const RTMP_CONTENT_COMMAND: u32 = 7;
/// Content: silence, an audio message without bytes.
pub const RTMP_CONTENT_SILENCE: u32 = 8;

/// Layout: one track, track 0, of a legacy codec or a command: there is no FourCC.
pub const RTMP_LAYOUT_LEGACY: u32 = 0;
/// Layout: one track, track 0.
pub const RTMP_LAYOUT_PLAIN: u32 = 1;
/// Layout: Multitrack, OneTrack.
pub const RTMP_LAYOUT_ONE_TRACK: u32 = 2;
/// Layout: Multitrack, ManyTracks: one codec.
pub const RTMP_LAYOUT_MANY_TRACKS: u32 = 3;
/// Layout: Multitrack, ManyTracksManyCodecs.
pub const RTMP_LAYOUT_MANY_CODECS: u32 = 4;

/// What the first bytes of an audio or video message say.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct RTMP_PAYLOAD {
    /// In: sizeof(RTMP_PAYLOAD) in the program.
    pub size: u32,
    /// `RTMP_CONTENT_*`, the same for all tracks.
    pub content: u32,
    /// 1: Enhanced RTMP, 0: legacy.
    pub isExtended: u32,
    /// 1: a frame that playing can begin with. So are legacy sequence headers of key frames, which are configuration too;
    /// SequenceStart is not.
    pub isKey: u32,
    /// 1: prepares a decoder and shows nothing. Wanted before the frames behind it, also by those who come later.
    pub isConfiguration: u32,
    /// 1: a frame that no other needs.
    pub isDroppable: u32,
    /// Frame type of video: 1 key, 2 inter, 3 disposable, 4 generated key, 5 command; 0 for audio and metadata.
    pub frameType: u32,
    /// Legacy: codec id of video, sound format of audio. 0 when extended.
    pub codec: u32,
    /// `RTMP_LAYOUT_*`.
    pub layout: u32,
    /// Tracks in the message, 1 at least.
    pub tracks: u32,
    /// Codec of the first track, `RTMP_FOURCC_*` or another; 0 for `RTMP_LAYOUT_LEGACY`.
    pub fourCc: u32,
    /// Id of the first track.
    pub trackId: u32,
    /// When the frame of the first track is shown, ms behind its timestamp.
    pub compositionTime: i32,
    /// Nanoseconds to be added to the time of presentation, below 1000000.
    pub nanoOffset: u32,
}

/// One track of an audio or video message.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct RTMP_TRACK {
    /// In, in the first of several: sizeof(RTMP_TRACK) in the program.
    pub size: u32,
    /// Its codec; 0 for `RTMP_LAYOUT_LEGACY`.
    pub fourCc: u32,
    /// Its id. Those of audio and of video have nothing to do with each other.
    pub trackId: u32,
    /// Where its part begins in the body of the message: behind all headers, before a composition time.
    pub offset: u32,
    /// Bytes of that part.
    pub length: u32,
    /// When its frame is shown, ms behind the timestamp.
    pub compositionTime: i32,
}

// SAFETY: numbers, of which the first is the size.
unsafe impl Extensible for RTMP_PAYLOAD {}
// SAFETY: as above.
unsafe impl Extensible for RTMP_TRACK {}
