//! Nothing waits for ever: deadlines of every phase, cancelling and closing from outside, and what a writer hears.
//!
//! The peers here go on for as long as they are listened to: a call that returns at all has ended by itself. No time is
//! measured; a call that hangs meets the patience of its peer, whose connection then breaks with another outcome.

mod ahead;
mod capable;
mod client;
mod deadlines;
mod early;
mod fast;
mod floors;
mod greeting;
mod hearing;
#[path = "../golden/logged.rs"]
mod logged;
mod login;
mod manner;
#[path = "../golden/messages.rs"]
#[expect(dead_code, reason = "the golden tests need the rest")]
mod messages;
mod nonblocking;
mod parting;
mod players;
#[cfg(target_os = "linux")]
mod prompt;
mod reasons;
mod standby;
mod stop;
#[cfg(target_os = "linux")]
mod stoppable;
#[cfg(target_os = "linux")]
mod stopped;
mod tunnel;
mod waiting;
