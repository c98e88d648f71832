//! `http.h` (spec 03 §2.1).

use core::ffi::{c_char, c_int, c_uint};
use core::ops::ControlFlow;

use super::guard_waiting;
use crate::abi::{CText, HTTP_ctx, HTTP_read_callback, Sink};
use crate::session::swf::http::{self, Head, Outcome, Receiver};

/// The outcome of a fetch as C sees it (`enum HTTPResult`).
pub type HTTPResult = c_uint;

const BAD_REQUEST: HTTPResult = 3;
/// The connection failed or ended too early.
const LOST_CONNECTION: HTTPResult = 6;

/// Fetches a file by HTTP/1.0 and hands its body to a callback. Redirections are not followed, interim responses skipped.
/// Connecting and the head of the response may take 30 seconds, the server may be silent for 5; a body must reach 1000
/// bytes per second in the long run, and has 2 GiB at most. Without a Content-Length it ends with the connection or by
/// silence, over https with the TLS goodbye only.
/// The certificate of an https server is checked; the environment says against what (SSL_CERT_FILE, SSL_CERT_DIR), and
/// LIBRTMP_TLS_VERIFY=0 that it is not; in setuid programs it says nothing. Revocation is not checked. A URL with a login is
/// refused. RTMP_ctrlC ends the call.
///
/// http: in: date, NULL or at least 64 bytes of the caller: if it is not empty, only a newer file is fetched. out: date: the
/// server's Last-Modified, if there is one; size: the bytes of the body are added; status: the HTTP status, -1 without one.
/// url: what to fetch: http://host[:port]/path or https://.
/// cb: called with each piece of the body, of error pages too; its result is not looked at. An exception of C++ ends in it, as
/// in a log callback.
/// Returns how it ended.
///
/// # Safety
/// `http` is NULL or valid, with a valid `date`; `url` is NULL or NUL-terminated; `cb` is NULL or such a function.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn HTTP_get(
    http: *mut HTTP_ctx,
    url: *const c_char,
    cb: *mut HTTP_read_callback,
) -> HTTPResult {
    guard_waiting(LOST_CONNECTION, || {
        // SAFETY: the caller's contract.
        let Some(http) = (unsafe { http.as_ref() }) else {
            return BAD_REQUEST;
        };
        http.status.set(-1);
        // SAFETY: the caller's contract; the text is only read.
        let Some(url) = (unsafe { CText::from_ptr(url.cast_mut()) }) else {
            return BAD_REQUEST;
        };
        // SAFETY: the caller's contract.
        let mut sink = unsafe { Sink::new(http, cb) };
        let date = sink.date();
        result(http::get(url.bytes(), &date, &mut sink))
    })
}

fn result(outcome: Outcome) -> HTTPResult {
    match outcome {
        Outcome::Ok => 0,
        Outcome::NotModified => 1,
        Outcome::NotFound => 2,
        Outcome::BadRequest => BAD_REQUEST,
        Outcome::ServerError => 4,
        Outcome::Redirected => 5,
        Outcome::LostConnection => LOST_CONNECTION,
    }
}

impl Receiver for Sink<'_> {
    fn status(&mut self, status: u16) {
        self.http().status.set(status.into());
    }

    fn head(&mut self, head: &Head) -> ControlFlow<()> {
        if let Some(date) = &head.last_modified {
            self.set_date(date);
        }
        ControlFlow::Continue(())
    }

    fn body(&mut self, piece: &mut [u8]) -> ControlFlow<()> {
        self.deliver(piece);
        let count = c_int::try_from(piece.len()).unwrap_or(c_int::MAX);
        let size = &self.http().size;
        size.set(size.get().wrapping_add(count));
        ControlFlow::Continue(())
    }
}
