//! The file `.swfinfo` in the home directory.

use core::ffi::c_int;
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::sys::errno;

/// Where the file is: in the directory `HOME`, or in the working directory without one.
pub(super) fn path() -> PathBuf {
    let mut path = std::env::var_os("HOME").unwrap_or_else(|| OsString::from("."));
    // Not a join: an empty HOME means the root directory, as in the original.
    path.push("/.swfinfo");
    path.into()
}

/// What the file holds; nothing when it cannot be read.
pub(super) fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_default()
}

/// Replaces the file at once, so that other programs see the old one or the new one. The error number of a failure.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), c_int> {
    // A link stays one.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let done = replace(&path, bytes);
    // A file that may be written in a directory that may not: as the original does it.
    done.or_else(|_| fs::write(&path, bytes))
        .map_err(|error| errno::of(&error, 0))
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Relaxed);
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.{number}", std::process::id()));
    let fresh = PathBuf::from(name);
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&fresh)?;
    let done = fs::metadata(path)
        .map_or(Ok(()), |old| file.set_permissions(old.permissions()))
        .and_then(|()| file.write_all(bytes))
        .and_then(|()| fs::rename(&fresh, path));
    if done.is_err() {
        // Nothing more can be done about it.
        let _ = fs::remove_file(&fresh);
    }
    done
}

/// Seconds since 1970; 0 when the clock is before that.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or(0)
}
