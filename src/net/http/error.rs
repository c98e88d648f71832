//! What can go wrong on the way to a body.

/// Why a fetch failed.
#[derive(PartialEq, Eq, Debug)]
pub enum HttpError {
    /// No connection, or it ended before the response did.
    Lost,
    /// What came is no HTTP.
    Malformed,
    /// There is no secure connection; the reason.
    Secure(String),
    /// The body is longer than the limit.
    TooLong,
    /// There is no memory for the head.
    NoMemory,
    /// Nobody wants it any more.
    Stopped,
}
