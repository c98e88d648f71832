//! The server's side of a connection (spec 02 §8.11).

use core::sync::atomic::Ordering::Relaxed;

use crate::abi::RTMP;
use crate::net::deadline::Deadline;

use super::handshake::{self, Failure};
use super::report::{self, Phase};
use super::state::State;
use super::{limits, polled, send};

/// Runs the handshake as server on an accepted socket (`RTMP_Serve`). Sets no receive timeout and does not close when it
/// refuses the client; only a connection that failed is closed.
pub fn serve(r: &RTMP) -> bool {
    let state = State::enter(r);
    limits::on_socket_of_program(r);
    let _stage = state.begin(Phase::Handshake, Deadline::within(limits::receiving(r)));
    state.quick.is_shaking_hands.store(true, Relaxed);
    state.receiving().is_polled = true;
    let result = handshake::server(r, &state);
    state.quick.is_shaking_hands.store(false, Relaxed);
    polled::hand_back(r, &state, result.is_err() || r.m_sb.is_empty());
    match &result {
        Err(Failure::Lost(error)) => send::give_up_on(r, &state, *error),
        Err(Failure::Refused(reason)) => report::failed(&state, reason),
        Err(Failure::Stopped) | Ok(()) => {}
    }
    result.is_ok()
}
