//! RTMP through HTTP requests (RTMPT, spec 02 §9).
//!
//! Every write is a request of its own. Its answer may bring RTMP, and nothing else does: so one request is kept
//! unanswered while a reader waits. Raw bytes pass through the end of the receive buffer, where their payload replaces
//! them: what is there between two calls is RTMP.

mod exchange;
mod requests;
mod responses;

pub(in crate::session) use exchange::{drain, keep_asking, listen, open, refill};
pub(in crate::session) use requests::{is_on, post, say_goodbye};
pub(in crate::session) use responses::{take_answers, top_up};
