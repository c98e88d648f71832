//! The binary interface: symbols, layouts, prototypes, shared data (spec 01).

mod additions;
mod archive;
mod callers;
#[path = "../capi/cc.rs"]
mod cc;
mod debian;
mod elf;
mod layout;
mod package;
mod programs;
mod runs;
