//! The C interface, used from C.

mod cc;
mod logging;
mod programs;
