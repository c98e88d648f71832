//! The few system calls that std and socket2 lack.

pub mod log;
