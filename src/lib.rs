//! librtmp, written anew in Rust behind the same C ABI.
//!
//! C programs use this crate as `librtmp.so.1` or `librtmp.a` with the headers in `include/librtmp`. The layers, each
//! of which may only use those below it:
//!
//! * [`ffi`]: the exported symbols. Pointers become references, results become C codes.
//! * [`session`]: librtmp's verbs over a blocking socket.
//! * [`net`] and [`proto`]: sockets that know no RTMP; RTMP that knows no sockets.
//! * [`syntax`]: what both of these need to know of URLs and HTTP.
//! * [`abi`]: the structs and the memory that C sees. [`sys`]: the few system calls that std lacks.
//!
//! # No Rust API
//!
//! The C ABI is the product. What is public in Rust is so for the tests, the fuzz targets and the tools in this
//! repository: it may change with any version.
//!
//! # The rule of state
//!
//! What the C header shows lives in the public struct and nowhere else. Everything private hangs from one pointer in
//! it ([`abi::private`]), is made on first need and is released by `RTMP_Close`.
#![expect(non_snake_case, reason = "the names are librtmp's")]
#![expect(
    rustdoc::private_intra_doc_links,
    reason = "the reader of these comments has the private items, too"
)]

extern crate alloc;

pub mod abi;
pub mod ffi;
pub mod net;
pub mod proto;
pub mod session;
pub mod syntax;
pub mod sys;
