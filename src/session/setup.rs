//! Filling `RTMP_LNK` before a connection is made: nothing here touches the network, but for the player that is to be verified.
//!
//! Text stays the caller's: the link points into it. What the C allocator owns is said by the fields' contract.

mod options;
mod port;
mod proxy;
mod stream;
mod url;

pub use options::set_option;
pub(in crate::session) use proxy::adopt_proxy;
pub use stream::{Stream, set_up_stream};
pub use url::{ParsedUrl, parse_playpath, parse_url, set_up_url};
