//! What a server wants its client to do next (spec 09 §10).

use core::ffi::c_int;

use crate::abi::{self, RTMP, RTMP_RECONNECT, RTMP_RECONNECT_REFUSED, RTMP_RECONNECT_REQUESTED};
use crate::ffi::inside_anyhow;
use crate::session::state::last_request;
use crate::session::state::reconnect::Report;

/// Whether the server has asked to connect anew, to another address or to the same one, and where to. Servers ask when the
/// option reconnect is report or auto; with report it is the program that does it, best at the next key frame, by RTMP_Close,
/// RTMP_SetupURL, for which "URL app=APP playpath=STREAM" can be made of what is told here, and RTMP_Connect. Requests are
/// heard by RTMP_ConnectStream, RTMP_Read, RTMP_GetNextMediaPacket, RTMP_ClientPacket and RTMP_Write. The last one counts.
///
/// Any thread may ask at any moment; nothing is waited for.
///
/// r: a handle set up by RTMP_Init. A request stays until it is followed (auto), or until the next RTMP_Connect or RTMP_Connect0,
/// RTMP_Close or not.
/// request: size is set to sizeof(RTMP_RECONNECT). What a longer one has more is zeroed.
/// Returns TRUE when there is a request. FALSE when there is none (the rest of the struct is zero), while the handle is being
/// closed, for NULL and for a size that is too small. A request that is not to be followed has RTMP_RECONNECT_REFUSED and no
/// url: to less protection (rtmps to rtmp), of 2048 bytes or more, to what is no URL of RTMP or has blanks or control characters.
///
/// # Safety
/// `r` is NULL or a handle set up by `RTMP_Init`; `request` is NULL or has as many bytes as its field says.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RTMP_GetReconnectRequest(
    r: *mut RTMP,
    request: *mut RTMP_RECONNECT,
) -> c_int {
    // SAFETY: the caller's contract.
    let value = unsafe { inside_anyhow(r, None, |r| last_request::last(r).as_ref().map(in_c)) };
    // SAFETY: the caller's contract.
    let is_filled = unsafe { abi::fill(request, value) };
    is_filled.into()
}

fn in_c(report: &Report) -> RTMP_RECONNECT {
    let state = match report.is_refused {
        true => RTMP_RECONNECT_REFUSED,
        false => RTMP_RECONNECT_REQUESTED,
    };
    let texts = report.texts.each_ref().map(|text| &text[..]);
    RTMP_RECONNECT::new([state, report.count, report.app], texts)
}
