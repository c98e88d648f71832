//! The calls that wait for a reply (`m_methodCalls`).

use core::ffi::c_int;

use crate::abi::{Calls, RTMP, RTMP_METHOD};
use crate::session::state::{Context, State};
use crate::sys::log;

/// So many at most. A server need not answer, and can make us call: of more the oldest is forgotten.
const MOST: usize = 1024;

/// Takes the next transaction id.
pub(in crate::session) fn next_id(cx: Context<'_>) -> f64 {
    let _calls = cx.state.calls();
    let id = cx.r.m_numInvokes.get().wrapping_add(1);
    cx.r.m_numInvokes.set(id);
    id.into()
}

/// Adds a call. False without memory.
pub(super) fn remember(cx: Context<'_>, name: &[u8], number: c_int) -> bool {
    let mut calls = cx.state.calls();
    if cx.r.calls(&calls).len() >= MOST {
        cx.r.drop_call(&mut calls, 0, true);
    }
    cx.r.queue_call(&mut calls, name, number)
}

/// Forgets a call (`RTMP_DropRequest`).
pub fn discard(r: &RTMP, index: usize, free: bool) {
    // Nothing is made for a handle that nobody else can be using.
    let state = r.private_if_any::<State>();
    match &state {
        Some(state) => r.drop_call(&mut state.calls(), index, free),
        None => r.drop_call(&mut Calls::default(), index, free),
    }
}

/// Removes the oldest call of that name, if there is one.
pub(in crate::session) fn forget(cx: Context<'_>, name: &[u8]) {
    let mut calls = cx.state.calls();
    let mut all = cx.r.calls(&calls).iter();
    if let Some(index) = all.position(|call| call.name.bytes() == name) {
        cx.r.drop_call(&mut calls, index, true);
    }
}

/// Whether a call of that name waits for its reply.
pub(in crate::session) fn is_pending(cx: Context<'_>, name: &[u8]) -> bool {
    let calls = cx.state.calls();
    cx.r.calls(&calls)
        .iter()
        .any(|call| call.name.bytes() == name)
}

/// The name of the oldest call that `is_it` accepts.
pub(in crate::session) fn find(
    cx: Context<'_>,
    is_it: impl Fn(&RTMP_METHOD) -> bool,
) -> Option<Vec<u8>> {
    let calls = cx.state.calls();
    let call = cx.r.calls(&calls).iter().find(|call| is_it(call))?;
    Some(log::start_of(call.name.bytes()))
}

/// Removes the oldest call that `is_it` accepts, and gives back its name.
pub(in crate::session) fn take(
    cx: Context<'_>,
    is_it: impl Fn(&RTMP_METHOD) -> bool,
) -> Option<Vec<u8>> {
    let mut calls = cx.state.calls();
    let all = cx.r.calls(&calls);
    let index = all.iter().position(is_it)?;
    let name = log::start_of(all.get(index)?.name.bytes());
    cx.r.drop_call(&mut calls, index, true);
    Some(name)
}
