//! What messages mean, and the commands that are the answer.

pub(in crate::session) mod authentication;
pub mod command;
pub mod control;
pub(in crate::session) mod dispatch;
mod invoke;
pub(in crate::session) mod metadata;
pub mod outcome;
pub(in crate::session) mod position;
