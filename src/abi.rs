//! The memory that C sees: layouts, invariants, allocation (spec 01 §3, §5).
//!
//! Every field that a C program can reach is a [`Cell`]: programs read and poke the structs at any moment, from
//! callbacks and from other threads, so no `&mut` to them may ever exist. Pointer fields are private to this layer and
//! are read through methods; plain numbers are public.

mod amf;
mod aval;
mod away;
mod capabilities;
mod cell;
mod channels;
mod config;
mod departure;
mod error;
mod event;
mod extensible;
mod heap;
mod http;
pub mod inside;
mod layout;
mod link;
mod nonblocking;
mod note;
mod options;
mod output;
mod packet;
mod payload;
mod phase;
pub mod private;
mod program;
mod read;
mod reconnect;
mod remains;
mod rtmp;
mod sockbuf;
mod state;
mod stats;
mod stop;
mod text;

pub use amf::{
    AMF3ClassDef, AMFDataType, AMFObject, AMFObjectProperty, Growing, OwnedObject, PropertyValue,
};
pub use aval::{AVal, ConstAVal, Whole, default_flash_version};
pub use away::{Address, Away};
pub use capabilities::{
    RTMP_CAPABILITIES, RTMP_FOURCC_ANY, RTMP_FOURCCS_AUDIO, RTMP_FOURCCS_LISTED,
    RTMP_FOURCCS_VIDEO, RTMP_SAID_AUDIO_INFO, RTMP_SAID_CAPS_EX, RTMP_SAID_FOURCC_LIST,
    RTMP_SAID_OBJECT_ENCODING, RTMP_SAID_VIDEO_FUNCTION, RTMP_SAID_VIDEO_INFO,
};
pub use cell::{Atom, Cell};
pub use channels::{ChannelIn, ChannelOut, MAX_CHANNEL};
pub use config::{
    RTMP_CONFIG, RTMP_CONFIG_NAGLE, RTMP_CONFIG_QUIET, RTMP_CONFIG_RESET, RTMP_OPTION,
};
pub use error::{
    RTMP_ERR_BIND, RTMP_ERR_CANCELLED, RTMP_ERR_CERTIFICATE, RTMP_ERR_CONNECT, RTMP_ERR_HANDSHAKE,
    RTMP_ERR_LOGIN, RTMP_ERR_LOST, RTMP_ERR_MEMORY, RTMP_ERR_NONE, RTMP_ERR_PROTOCOL,
    RTMP_ERR_PROXY, RTMP_ERR_REFUSED, RTMP_ERR_RESOLVE, RTMP_ERR_TIMEOUT, RTMP_ERR_TLS,
    RTMP_ERR_TRUST, RTMP_ERR_TUNNEL, RTMP_ERROR,
};
pub use event::{
    RTMP_EVENT, RTMP_EVENT_COMMAND, RTMP_EVENT_CONTROL, RTMP_EVENT_MESSAGE, RTMP_EVENT_PHASE,
    RTMP_EVENT_STATUS,
};
pub use extensible::{fill, fill_all};
pub use heap::Block;
pub use http::{HTTP_ctx, HTTP_read_callback, Sink};
pub use link::{
    RTMP_LF_AUTH, RTMP_LF_BUFX, RTMP_LF_FAPU, RTMP_LF_FTCU, RTMP_LF_LIVE, RTMP_LF_PLST,
    RTMP_LF_SWFV, RTMP_LNK, RTMP_SWF_HASHLEN,
};
pub use nonblocking::{RTMP_AGAIN, RTMP_WANT};
pub use options::{OptionName, Origin, Setting};
pub use output::Output;
pub use packet::{OwnedPacket, RTMP_MAX_HEADER_SIZE, RTMPChunk, RTMPPacket};
pub use payload::{
    RTMP_CONTENT_CHANNEL_CONFIGURATION, RTMP_CONTENT_COMMAND, RTMP_CONTENT_CONFIGURATION,
    RTMP_CONTENT_END, RTMP_CONTENT_FRAMES, RTMP_CONTENT_METADATA, RTMP_CONTENT_SILENCE,
    RTMP_CONTENT_TS_CONFIGURATION, RTMP_LAYOUT_LEGACY, RTMP_LAYOUT_MANY_CODECS,
    RTMP_LAYOUT_MANY_TRACKS, RTMP_LAYOUT_ONE_TRACK, RTMP_LAYOUT_PLAIN, RTMP_PAYLOAD, RTMP_TRACK,
};
pub use phase::{
    RTMP_PHASE_CONNECTING, RTMP_PHASE_DIALOGUE, RTMP_PHASE_HANDSHAKE, RTMP_PHASE_IDLE,
    RTMP_PHASE_PROXY, RTMP_PHASE_STREAMING, RTMP_PHASE_TLS, RTMP_PHASE_TUNNEL,
};
pub use read::{
    RTMP_READ, RTMP_READ_COMPLETE, RTMP_READ_EOF, RTMP_READ_ERROR, RTMP_READ_GOTFLVK,
    RTMP_READ_GOTKF, RTMP_READ_HEADER, RTMP_READ_IGNORE, RTMP_READ_NO_IGNORE, RTMP_READ_RESUME,
    RTMP_READ_SEEKING,
};
pub use reconnect::{
    RTMP_RECONNECT, RTMP_RECONNECT_NONE, RTMP_RECONNECT_REFUSED, RTMP_RECONNECT_REQUESTED,
};
pub use remains::Remains;
pub use rtmp::{Calls, DEFAULT_CHUNK_SIZE, LONGEST_LOGIN, RTMP, RTMP_METHOD};
pub use sockbuf::{RTMP_BUFFER_CACHE_SIZE, RTMPSockBuf};
pub use stats::{RTMP_STATS, RTMP_UNKNOWN, Totals};
pub use stop::Stop;
pub use text::{CText, Place};
