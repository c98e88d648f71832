//! The AMF tree that C sees, built from and turned into the wire form of [`proto::amf0`](crate::proto::amf0) and
//! [`proto::amf3`](crate::proto::amf3) (spec 07).

pub mod decode;
mod decode3;
mod decoder;
mod dump;
pub mod encode;
mod search;

pub use dump::{dump, dump_info, dump_property};
pub use search::{
    by_name, find_first, find_prefix, number_at, object_at, object_of, text_at, text_of,
};
