//! What a message means to the reader.

use core::ffi::c_int;

/// What the reader makes of a message (`RTMP_ClientPacket`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It is dealt with.
    Handled,
    /// The server wants to know who publishes: to be told on another connection, for which all is prepared.
    Login,
    /// It belongs into the output.
    Media,
    /// The stream has finished in an orderly way.
    Finished,
}

impl From<Outcome> for c_int {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Handled | Outcome::Login => 0,
            Outcome::Media => 1,
            Outcome::Finished => 2,
        }
    }
}
