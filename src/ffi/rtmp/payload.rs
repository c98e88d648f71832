//! What audio and video say about themselves (spec 09 §4 to §7). Functions on bare buffers: there is no handle.

use core::ffi::{c_char, c_int};
use core::slice;

use crate::abi::{
    self, RTMP_CONTENT_CHANNEL_CONFIGURATION, RTMP_CONTENT_COMMAND, RTMP_CONTENT_CONFIGURATION,
    RTMP_CONTENT_END, RTMP_CONTENT_FRAMES, RTMP_CONTENT_METADATA, RTMP_CONTENT_SILENCE,
    RTMP_CONTENT_TS_CONFIGURATION, RTMP_LAYOUT_LEGACY, RTMP_LAYOUT_MANY_CODECS,
    RTMP_LAYOUT_MANY_TRACKS, RTMP_LAYOUT_ONE_TRACK, RTMP_LAYOUT_PLAIN, RTMP_PAYLOAD, RTMP_TRACK,
};
use crate::ffi::guard;
use crate::proto::payload::{Content, Layout, Payload, Track};

/// No message is longer: its length has 24 bits.
const LONGEST: u32 = 0x00ff_ffff;

/// Says what an audio or video message is, legacy or Enhanced RTMP: of what codec, a key frame or not, for which track. The
/// bodies of RTMPPacket and of FLV tags are the same. Nothing is decoded, and nothing outside the body is read.
///
/// packetType: RTMP_PACKET_TYPE_AUDIO or RTMP_PACKET_TYPE_VIDEO.
/// body, bodySize: the whole body; NULL for one of 0 bytes, too.
/// payload: size is set to sizeof(RTMP_PAYLOAD). What a longer one has more is zeroed.
/// Returns TRUE. FALSE when the message is of another type or does not follow the specification: that is no error, it is to be
/// handed on as it is; the rest of the struct is zero then. FALSE for NULL and for a size that is too small.
///
/// # Safety
/// `body` is NULL or has `bodySize` bytes; `payload` is NULL or has as many bytes as its field says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_ClassifyPayload(
    packetType: c_int,
    body: *const c_char,
    bodySize: u32,
    payload: *mut RTMP_PAYLOAD,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's contract.
        let body = unsafe { bytes(body, bodySize) };
        let value = body.and_then(|body| classified(packetType, body));
        // SAFETY: the caller's contract.
        unsafe { abi::fill(payload, value.as_ref().map(in_c)) }.into()
    })
}

/// The tracks of an audio or video message: several if it is a Multitrack one, else track 0.
///
/// packetType, body, bodySize: as for RTMP_ClassifyPayload, which tells their number.
/// tracks: room for count of them; size of the first is set to sizeof(RTMP_TRACK).
/// Returns how many were stored: of those of the message the first ones, count at most. 0 when RTMP_ClassifyPayload does not
/// know the message, for NULL and for a size that is too small.
///
/// # Safety
/// `body` is NULL or has `bodySize` bytes; `tracks` is NULL or has `count` structs of as many bytes as the first says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn RTMP_GetPayloadTracks(
    packetType: c_int,
    body: *const c_char,
    bodySize: u32,
    tracks: *mut RTMP_TRACK,
    count: u32,
) -> u32 {
    guard(0, || {
        // SAFETY: the caller's contract.
        let Some(body) = (unsafe { bytes(body, bodySize) }) else {
            return 0;
        };
        let Some(payload) = classified(packetType, body) else {
            return 0;
        };
        let found = payload.tracks().map(|track| place(&payload, &track, body));
        // SAFETY: the caller's contract.
        unsafe { abi::fill_all(tracks, count, found) }
    })
}

/// The body of a message; `None` where there is none, and for what is longer than any.
///
/// # Safety
/// `body` is NULL or has `size` bytes, which live as long as the result.
unsafe fn bytes<'a>(body: *const c_char, size: u32) -> Option<&'a [u8]> {
    if size == 0 {
        return Some(&[]);
    }
    if body.is_null() || size > LONGEST {
        return None;
    }
    // SAFETY: not NULL, and the caller's contract.
    Some(unsafe { slice::from_raw_parts(body.cast(), size as usize) })
}

fn classified(kind: c_int, body: &[u8]) -> Option<Payload<'_>> {
    Payload::of(u8::try_from(kind).ok()?, body)
}

fn in_c(payload: &Payload<'_>) -> RTMP_PAYLOAD {
    let first = payload.tracks().next();
    RTMP_PAYLOAD {
        size: 0,
        content: content(payload.content),
        isExtended: payload.is_extended.into(),
        isKey: payload.is_key().into(),
        isConfiguration: payload.is_configuration().into(),
        isDroppable: payload.is_droppable().into(),
        frameType: payload.frame.into(),
        codec: payload.codec.into(),
        layout: layout(payload.layout),
        tracks: in_32_bits(payload.tracks().count()),
        fourCc: first.map_or(0, |track| name(&track)),
        trackId: first.map_or(0, |track| track.id.into()),
        compositionTime: payload.composition,
        nanoOffset: payload.nanos,
    }
}

fn place(payload: &Payload<'_>, track: &Track<'_>, body: &[u8]) -> RTMP_TRACK {
    RTMP_TRACK {
        size: 0,
        fourCc: name(track),
        trackId: track.id.into(),
        offset: in_32_bits(track.offset_in(body)),
        length: in_32_bits(track.body.len()),
        compositionTime: payload.composition_of(track),
    }
}

fn name(track: &Track<'_>) -> u32 {
    track.four_cc.map_or(0, u32::from_be_bytes)
}

/// A number that is at most the length of a message.
fn in_32_bits(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn content(content: Content) -> u32 {
    match content {
        Content::Configuration => RTMP_CONTENT_CONFIGURATION,
        Content::TsConfiguration => RTMP_CONTENT_TS_CONFIGURATION,
        Content::ChannelConfiguration => RTMP_CONTENT_CHANNEL_CONFIGURATION,
        Content::Frames => RTMP_CONTENT_FRAMES,
        Content::Metadata => RTMP_CONTENT_METADATA,
        Content::End => RTMP_CONTENT_END,
        Content::Command => RTMP_CONTENT_COMMAND,
        Content::Silence => RTMP_CONTENT_SILENCE,
    }
}

fn layout(layout: Layout) -> u32 {
    match layout {
        Layout::Legacy => RTMP_LAYOUT_LEGACY,
        Layout::Plain => RTMP_LAYOUT_PLAIN,
        Layout::One => RTMP_LAYOUT_ONE_TRACK,
        Layout::Many => RTMP_LAYOUT_MANY_TRACKS,
        Layout::ManyCodecs => RTMP_LAYOUT_MANY_CODECS,
    }
}
