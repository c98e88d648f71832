//! AMF0: values as bytes (spec 07 §3 to §5).

pub mod marker;
mod read;
mod write;

pub use read::{Fault, Value, end, name, value};
pub use write::{
    Body, Rewind, begin_ecma_array, begin_object, begin_strict_array, end_object, put_boolean,
    put_name, put_named_boolean, put_named_number, put_named_string, put_null, put_number,
    put_string,
};

/// Containers inside containers that a decoder follows. Deeper data is hostile: the original overflows its stack.
pub const MAX_DEPTH: usize = 256;
