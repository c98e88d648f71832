//! What a program says in one block (`RTMP_Configure`).

use crate::abi::{Origin, RTMP, RTMP_CONFIG, RTMP_PHASE_IDLE};
use crate::session::state::State;
use crate::session::state::failure::Failure;
use crate::session::state::reason::Phase;
use crate::sys::log::{Text, log};

use super::options::set_option;

/// Lets `keep` keep it in mind, unless a connection has begun, to which it would apply in part.
pub fn configure(r: &RTMP, keep: impl FnOnce(&RTMP) -> bool) -> Result<(), Failure> {
    let state = r.private_if_any::<State>();
    let is_at_work = state.is_some_and(|state| {
        state.stats.phase(r) != RTMP_PHASE_IDLE || state.receiving().phase == Phase::Player
    });
    if is_at_work || r.is_starting() || r.m_sb.sb_socket.observe() != -1 {
        return Err(Failure::of(libc::EBUSY));
    }
    match keep(r) {
        true => Ok(()),
        false => Err(Failure::of(libc::EINVAL)),
    }
}

/// Sets the options of `config` one by one. False at the first that is refused.
pub fn set_options(r: &RTMP, config: &RTMP_CONFIG) -> bool {
    config.options().all(|(name, value)| {
        let Some(value) = value else {
            log!(Error, "Option {} has no value", Text(name.bytes()));
            return false;
        };
        set_option(r, &name, &value, Origin::Program)
    })
}

/// What who is kept out of the handle is told: another thread ends its connection.
pub fn kept_out() -> Result<(), Failure> {
    Err(Failure::of(libc::EBUSY))
}
