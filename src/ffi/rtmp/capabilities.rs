//! What the server can do with media (spec 09 §3.4).

use core::ffi::c_int;

use crate::abi::{
    self, RTMP, RTMP_CAPABILITIES, RTMP_FOURCC_ANY, RTMP_FOURCCS_AUDIO, RTMP_FOURCCS_LISTED,
    RTMP_FOURCCS_VIDEO, RTMP_SAID_AUDIO_INFO, RTMP_SAID_CAPS_EX, RTMP_SAID_FOURCC_LIST,
    RTMP_SAID_OBJECT_ENCODING, RTMP_SAID_VIDEO_FUNCTION, RTMP_SAID_VIDEO_INFO,
};
use crate::ffi::inside;
use crate::proto::capabilities::answer::{Answer, Codec, Codecs};
use crate::session::state::answer;

/// What the server can do with media, as it said in its answer to the command connect, whether it accepted or refused. The
/// answer is heard by RTMP_ConnectStream or by the functions that read; after a login it is that on the last connection. It is
/// for the program alone: many servers say nothing and forward everything, and the library refuses nothing because of it.
///
/// Any thread may ask at any moment; nothing is waited for.
///
/// r: a handle set up by RTMP_Init. When a call has closed the connection the answer stays until RTMP_Close or the next
/// RTMP_Connect.
/// capabilities: size is set to sizeof(RTMP_CAPABILITIES). What a longer one has more is zeroed.
/// Returns TRUE when the server has answered; said is 0 then if it said nothing of all this. FALSE when it has not (the rest
/// of the struct is zero), while the handle is being closed, for NULL and for a size that is too small. What is of a wrong
/// type, negative or longer than 32 bits was not said; of each list and map there are 64 codecs at most, and "*".
///
/// # Safety
/// `r` is NULL or a handle set up by `RTMP_Init`; `capabilities` is NULL or has as many bytes as its field says.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_GetCapabilities(
    r: *mut RTMP,
    capabilities: *mut RTMP_CAPABILITIES,
) -> c_int {
    let known = |r: &RTMP| answer::look(r, in_c);
    // SAFETY: the caller's contract.
    let value = unsafe { inside(r, None, known) };
    // SAFETY: the caller's contract.
    let is_filled = unsafe { abi::fill(capabilities, value) };
    is_filled.into()
}

/// What the server can do with a codec.
///
/// r: as for RTMP_GetCapabilities; any thread may ask.
/// list: RTMP_FOURCCS_VIDEO or RTMP_FOURCCS_AUDIO; or RTMP_FOURCCS_LISTED, which has no flags.
/// fourCc: RTMP_FOURCC_HEVC and so on, or RTMP_FOURCC_ANY for what the server said of all codecs.
/// flags: out: RTMP_FOURCC_CAN_* bits; 0 behind FALSE. Where the server said something of all codecs that overrides what it
/// said of this one, which RTMP_GetFourCc has.
/// Returns TRUE when the server named the codec, or all codecs.
///
/// # Safety
/// `r` is NULL or a handle set up by `RTMP_Init`; `flags` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_GetFourCcInfo(
    r: *mut RTMP,
    list: c_int,
    fourCc: u32,
    flags: *mut u32,
) -> c_int {
    let find = |codecs: &Codecs| Some((fourCc, codecs.flags(codec(fourCc)?)?));
    let mut same = fourCc;
    // SAFETY: the caller's contract; the number is ours.
    unsafe { entry(r, list, find, &raw mut same, flags) }
}

/// The codecs that the server named, one by one.
///
/// r: as for RTMP_GetCapabilities; any thread may ask.
/// list: RTMP_FOURCCS_LISTED, RTMP_FOURCCS_VIDEO or RTMP_FOURCCS_AUDIO.
/// index: from 0 on.
/// fourCc: out: the codec, RTMP_FOURCC_ANY for "*"; 0 behind FALSE.
/// flags: out: the RTMP_FOURCC_CAN_* bits that the server gave to it; 0 for RTMP_FOURCCS_LISTED and behind FALSE.
/// Returns TRUE, or FALSE when there are not so many.
///
/// # Safety
/// `r` is NULL or a handle set up by `RTMP_Init`; `fourCc` and `flags` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_GetFourCc(
    r: *mut RTMP,
    list: c_int,
    index: u32,
    fourCc: *mut u32,
    flags: *mut u32,
) -> c_int {
    let find = |codecs: &Codecs| {
        let &(codec, flags) = codecs.entries().get(index as usize)?;
        Some((number(codec), flags))
    };
    // SAFETY: the caller's contract.
    unsafe { entry(r, list, find, fourCc, flags) }
}

/// Stores what `find` finds in a list, or zeros.
///
/// # Safety
/// As for [`RTMP_GetFourCc`].
unsafe fn entry(
    r: *mut RTMP,
    list: c_int,
    find: impl FnOnce(&Codecs) -> Option<(u32, u32)>,
    fourCc: *mut u32,
    flags: *mut u32,
) -> c_int {
    let look = |answer: &Answer| codecs(answer, list).and_then(find);
    // SAFETY: the caller's contract.
    let found = unsafe { inside(r, None, |r| answer::look(r, look).flatten()) };
    let (name, bits) = found.unwrap_or_default();
    // SAFETY: the caller's contract.
    let has_name = unsafe { store(fourCc, name) };
    // SAFETY: as above.
    let has_bits = unsafe { store(flags, bits) };
    (has_name && has_bits && found.is_some()).into()
}

/// Stores a number. False for NULL.
///
/// # Safety
/// `place` is NULL or writable.
unsafe fn store(place: *mut u32, number: u32) -> bool {
    if place.is_null() {
        return false;
    }
    // SAFETY: not NULL, and the caller's contract.
    unsafe { place.write(number) };
    true
}

fn codecs(answer: &Answer, list: c_int) -> Option<&Codecs> {
    match list {
        RTMP_FOURCCS_LISTED => answer.four_cc_list.as_ref(),
        RTMP_FOURCCS_VIDEO => answer.video_info.as_ref(),
        RTMP_FOURCCS_AUDIO => answer.audio_info.as_ref(),
        _ => None,
    }
}

fn codec(number: u32) -> Option<Codec> {
    match number {
        RTMP_FOURCC_ANY => Some(Codec::Any),
        number => Codec::of(&number.to_be_bytes()),
    }
}

fn number(codec: Codec) -> u32 {
    match codec {
        Codec::Any => RTMP_FOURCC_ANY,
        Codec::Named(name) => u32::from_be_bytes(name),
    }
}

fn in_c(answer: &Answer) -> RTMP_CAPABILITIES {
    let count = |codecs: &Option<Codecs>| {
        let entries = codecs.as_ref().map_or(&[][..], Codecs::entries);
        u32::try_from(entries.len()).unwrap_or(u32::MAX)
    };
    let said = [
        (answer.four_cc_list.is_some(), RTMP_SAID_FOURCC_LIST),
        (answer.video_info.is_some(), RTMP_SAID_VIDEO_INFO),
        (answer.audio_info.is_some(), RTMP_SAID_AUDIO_INFO),
        (answer.caps_ex.is_some(), RTMP_SAID_CAPS_EX),
        (answer.video_function.is_some(), RTMP_SAID_VIDEO_FUNCTION),
        (answer.object_encoding.is_some(), RTMP_SAID_OBJECT_ENCODING),
    ];
    let said = said.iter().filter(|(is_said, _)| *is_said);
    RTMP_CAPABILITIES {
        size: 0,
        said: said.fold(0, |bits, (_, bit)| bits | bit),
        capsEx: answer.caps_ex.unwrap_or(0),
        videoFunction: answer.video_function.unwrap_or(0),
        objectEncoding: answer.object_encoding.unwrap_or(0),
        listed: count(&answer.four_cc_list),
        videoInfos: count(&answer.video_info),
        audioInfos: count(&answer.audio_info),
    }
}
