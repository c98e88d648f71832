//! Where the library calls a function of the program's, of those that `RTMP_Configure` names.

use core::ffi::c_int;

use crate::abi::{RTMP, RTMP_CONFIG_NAGLE};
use crate::net::connect::Plan;
use crate::sys::thread::Moment;
use crate::sys::{errno, lock};

/// Runs `call`, which may close, cancel, or ask anything: no lock is held, and `errno` stays.
pub(in crate::session) fn called<T>(call: impl FnOnce() -> T) -> T {
    lock::assert_none_held();
    during(Moment::Callback, call)
}

/// How the program wants sockets to be made; each is shown to `may_use`.
pub(in crate::session) fn plan<'a>(r: &RTMP, may_use: &'a dyn Fn(c_int) -> bool) -> Plan<'a> {
    let config = r.config();
    Plan {
        from: None,
        is_ipv4: config
            .map(|config| config.family)
            .filter(|&family| family != 0)
            .map(|family| family == 4),
        send_buffer: config
            .and_then(|config| usize::try_from(config.sendBuffer).ok())
            .filter(|&bytes| bytes > 0),
        has_nagle: r.has_config(RTMP_CONFIG_NAGLE),
        prepare: may_use,
    }
}

/// Whether the program lets a socket be used.
pub(in crate::session) fn may_use_socket(r: &RTMP, fd: c_int) -> bool {
    let config = r.config();
    config.is_none_or(|config| called(|| config.accepts_socket(fd)))
}

/// Runs `call` where something is waited for: to what it does it is as if a signal handler had interrupted that. The locks of a
/// direction may be held.
pub(in crate::session) fn called_while_waiting<T>(call: impl FnOnce() -> T) -> T {
    during(Moment::SystemCall, call)
}

fn during<T>(moment: Moment, call: impl FnOnce() -> T) -> T {
    let number = errno::last();
    let _moment = moment.begin();
    let result = call();
    errno::set(number);
    result
}
