//! session

pub mod amf;
