//! Media in.

mod aggregate;
pub mod media;
pub mod playback;
pub mod read;
mod resume;
