//! The server's side of a connection (spec 02 §8.11).

use core::sync::atomic::Ordering::Relaxed;

use crate::abi::RTMP;
use crate::net::deadline::Deadline;

use crate::session::connect::handshake;
use crate::session::connect::handshake::Failure;
use crate::session::link::{limits, readiness};
use crate::session::message::send;
use crate::session::state::State;
use crate::session::state::reason::Phase;

/// Runs the handshake as server on an accepted socket (`RTMP_Serve`). Sets no receive timeout and does not close when it
/// refuses the client; only a connection that failed is closed.
pub fn serve(r: &RTMP) -> bool {
    let state = State::enter(r);
    limits::on_socket_of_program(r);
    let _stage = state.begin(Phase::Handshake, Deadline::within(limits::receiving(r)));
    state.flags.is_shaking_hands.store(true, Relaxed);
    state.receiving().is_polled = true;
    let result = handshake::server(r, &state);
    state.flags.is_shaking_hands.store(false, Relaxed);
    readiness::hand_back(r, &state, result.is_err() || r.m_sb.is_empty());
    match &result {
        Err(Failure::Lost(error)) => send::give_up_on(r, &state, *error),
        Err(Failure::Refused(reason)) => state.fail(reason),
        Err(Failure::Stopped) | Ok(()) => {}
    }
    result.is_ok()
}
