//! `amf.h`: AMF values as C structs and as bytes (spec 07).

mod access;
mod amf3;
mod decode;
mod encode;
mod memory;
mod output;
mod property;
mod search;

pub use access::*;
pub use amf3::*;
pub use decode::*;
pub use encode::*;
pub use property::*;
pub use search::*;
