//! Laws that hold for all inputs.

mod amf;
mod guarded;
mod swf;
mod url;
