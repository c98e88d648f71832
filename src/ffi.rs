//! The exported symbols: pointers become references, results become C codes. No decisions are taken here.
//!
//! Every function follows one pattern: [`guard`](guard::guard) with the failure value of its return convention, one
//! conversion of its pointers, one call. NULL gives the failure value.

pub mod amf;
mod guard;
pub mod http;
pub mod log;
pub mod rtmp;
