//! librtmp's verbs over a blocking socket: the order of events, the original's behaviour with its quirks, and what is
//! logged. Bytes come from [`crate::proto`], sockets from [`crate::net`], the handle from [`crate::abi`].
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )
)]

pub mod amf;
pub mod connect {
    //! Making a connection: address, socket, proxy, handshake, `connect`, and the stream.

    mod handshake;
    mod proxy;
    pub(in crate::session) mod relocation;
    pub mod session;
    pub mod socket;
    pub mod stream;
}

pub mod dialogue {
    //! What messages mean, and the commands that are the answer.

    pub(in crate::session) mod authentication;
    mod capabilities;
    pub mod command;
    pub mod control;
    pub(in crate::session) mod dispatch;
    pub(in crate::session) mod events;
    mod invoke;
    pub(in crate::session) mod metadata;
    pub mod outcome;
    pub(in crate::session) mod position;
    mod reconnect;
    pub(in crate::session) mod start;
}

pub mod feature;

pub mod link {
    //! Bytes under RTMP, lowest first: one receive or send on the bare socket ([`plain`]), TLS, either of them ([`wire`]), the HTTP
    //! tunnel, and all of it together with the encryption of RTMPE ([`stack`]). Nothing here decides that a connection is over:
    //! failures are reported upwards.

    pub(in crate::session) mod blame;
    pub mod cancel;
    pub mod plain;
    pub(in crate::session) mod program;
    pub(in crate::session) mod queued;
    pub mod readiness;
    pub(in crate::session) mod settings;
    pub mod stack;
    pub mod stats;
    #[cfg(feature = "tls")]
    pub mod tls;
    #[cfg(not(feature = "tls"))]
    #[path = "no_tls.rs"]
    pub mod tls;
    pub(in crate::session) mod tunnel;
    pub mod wire;
}

pub mod message {
    //! Chunks and messages: received, sent, answered, and the end of a connection.

    pub mod calls;
    mod chunks;
    pub mod claim;
    pub mod close;
    mod gather;
    mod linger;
    pub mod outgoing;
    pub mod packet;
    mod queue;
    pub mod receive;
    pub(in crate::session) mod replies;
    pub mod send;
    pub(in crate::session) mod transmit;
}

pub mod nonblocking {
    //! Calls that do not wait: a thread that connects, what is queued, and what a program waits for meanwhile.

    pub mod drive;
    pub mod finish;
    pub mod mode;
    pub mod start;
    pub mod want;
    pub mod write;
}

pub mod play {
    //! Media in.

    mod aggregate;
    mod ending;
    pub mod media;
    mod onward;
    pub mod playback;
    pub mod read;
    mod resume;
}

pub mod publish {
    //! Media out.

    pub(in crate::session) mod listen;
    pub mod write;
}

pub mod setup {
    //! Filling `RTMP_LNK` before a connection is made: nothing here touches the network, but for the player that is to be verified.
    //!
    //! Text stays the caller's: the link points into it. What the C allocator owns is said by the fields' contract.

    mod configure;
    mod options;
    mod proxy;
    mod stream;
    mod url;

    pub use configure::{configure, kept_out, set_options};
    pub use options::set_option;
    pub(in crate::session) use proxy::adopt_proxy;
    pub use stream::{Stream, set_up_stream};
    pub use url::{ParsedUrl, parse_playpath, parse_url, set_up_url};
}

pub mod state;
pub mod swf;
