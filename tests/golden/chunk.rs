//! Chunks as librtmp 2.4+20151223 reads and writes them (spec 04 §2-§7, §14); rows in which we differ on purpose name
//! the defect that they mend.

mod announced;
mod queue;
mod read;
mod resume;
mod send;
