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
    let done = may_be_written(&path).and_then(|()| replace(&path, bytes));
    // A file that may be written in a directory that may not: as the original does it.
    done.or_else(|_| fs::write(&path, bytes))
        .map_err(|error| errno::of(&error, 0))
}

/// Replacing needs no right to the old file, but a user that takes that right away means it.
fn may_be_written(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    /// A directory of its own, removed in the end.
    struct Place(PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let place = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
            fs::create_dir_all(&place).unwrap();
            Self(place)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(&self.0).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<String> = names.collect();
            names.sort();
            names
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn the_file_is_replaced_and_nothing_else_stays() {
        let place = Place::new("cache-replaced");
        let path = place.0.join(".swfinfo");
        assert_eq!(read(&path), b"");
        assert_eq!(write(&path, b"one"), Ok(()));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(write(&path, b"two"), Ok(()));
        assert_eq!(read(&path), b"two");
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(place.names(), [".swfinfo"]);
    }

    #[test]
    fn a_reader_of_the_old_file_is_not_disturbed() {
        let place = Place::new("cache-reader");
        let path = place.0.join(".swfinfo");
        assert_eq!(write(&path, b"one"), Ok(()));
        let old = fs::File::open(&path).unwrap();
        assert_eq!(write(&path, b"longer"), Ok(()));
        assert_eq!(io::read_to_string(old).unwrap(), "one");
    }

    #[test]
    fn a_link_stays_one() {
        let place = Place::new("cache-link");
        let (file, link) = (place.0.join("file"), place.0.join(".swfinfo"));
        fs::write(&file, b"one").unwrap();
        symlink(&file, &link).unwrap();
        assert_eq!(write(&link, b"two"), Ok(()));
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_failure_has_the_number_of_the_system() {
        let place = Place::new("cache-failure");
        let path = place.0.join("missing").join(".swfinfo");
        assert_eq!(write(&path, b"one"), Err(libc::ENOENT));
        assert_eq!(write(&place.0, b"one"), Err(libc::EISDIR));
        assert_eq!(place.names(), [""; 0]);
    }
}
