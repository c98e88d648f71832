//! Making calls end that other threads, or the code that a signal interrupted, are blocked in.

use core::ffi::c_int;
use core::sync::atomic::{AtomicUsize, Ordering::SeqCst, fence};
use std::time::Duration;

use crate::abi::{RTMP, Stop, inside};
use crate::sys::socket::Direction;
use crate::sys::{self, errno, socket};

use crate::session::link::program;
use crate::session::state::State;

/// How many threads are just now using the number of a socket that another one owns. Shared by all handles: it is above
/// 0 for the time of one system call that never waits.
static VISITORS: AtomicUsize = AtomicUsize::new(0);

/// After a second of pauses there is nobody: a process made by `fork` has the visitors counted whose threads it has not.
const MOST_LOOKS: u32 = inside::LOOKS_WITHOUT_PAUSE + 20_000;

/// Makes every call on this handle fail, those that are blocked and later ones, until it is closed (`RTMP_Cancel`).
/// Nothing is freed, locked or allocated: a signal handler may call it.
pub fn cancel(r: &RTMP) {
    let number = errno::last();
    r.raise_stop(Stop::Cancel);
    cut(r);
    errno::set(number);
}

/// Ends both directions of the connection: what waits for it returns. Not that of another process, whose child this one
/// is.
pub(in crate::session) fn cut(r: &RTMP) {
    if r.is_inherited::<State>() {
        return;
    }
    visit(r, |fd| socket::shutdown(fd, Direction::Both));
}

/// Lets `work` use the socket, if there is one, though another thread may be closing it: its number is not given to
/// anybody else meanwhile.
pub(in crate::session) fn visit(r: &RTMP, work: impl FnOnce(c_int)) {
    VISITORS.fetch_add(1, SeqCst);
    fence(SeqCst);
    let fd = r.m_sb.sb_socket.observe();
    if fd != -1 {
        work(fd);
    }
    VISITORS.fetch_sub(1, SeqCst);
}

/// So often at least a program is asked that wants to be asked.
pub(in crate::session) const STEP: Duration = Duration::from_millis(100);

/// Whether the program wants to be asked while a call waits.
#[inline]
pub(in crate::session) fn is_watched(r: &RTMP) -> bool {
    r.config().is_some_and(|config| config.onWait.is_some())
}

/// Asks it whether to wait on, and cancels if not.
pub(in crate::session) fn ask(r: &RTMP) {
    let config = r.config().filter(|_| !r.is_stopped());
    if config.is_some_and(|config| program::called_while_waiting(|| config.is_tired())) {
        cancel(r);
    }
}

/// Whether what a handle waits for is not wanted any more.
pub(in crate::session) fn is_unwanted(r: &RTMP) -> bool {
    r.is_stopped() || sys::interrupted()
}

/// The same between two steps of waiting: the program is asked.
pub(in crate::session) fn is_unwanted_any_more(r: &RTMP) -> bool {
    ask(r);
    is_unwanted(r)
}

/// Gives the handle a socket. False when a cancel that has not seen it came first.
pub(in crate::session) fn hand_over(r: &RTMP, fd: c_int) -> bool {
    r.m_sb.sb_socket.publish(fd);
    fence(SeqCst);
    !r.is_stopped()
}

/// Takes the socket away from the handle, -1 when it has none. Its number can be closed, and used again by the system:
/// nobody looks at it any more.
pub(in crate::session) fn take_socket(r: &RTMP) -> c_int {
    let fd = r.m_sb.sb_socket.replace(-1);
    fence(SeqCst);
    let mut looks = 0_u32;
    while VISITORS.load(SeqCst) != 0 && looks < MOST_LOOKS {
        inside::give_way(&mut looks);
    }
    fd
}
