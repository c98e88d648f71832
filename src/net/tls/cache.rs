//! What was read from files, kept for as long as the files are what they were.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock, TryLockError};
use std::time::{Duration, Instant, SystemTime};

/// Sources at most; the one that was not used for the longest time goes first.
const MOST: usize = 4;
/// The longest time until a source is read again. The files inside a directory may change without a trace in it.
const OLDEST: Duration = Duration::from_secs(10);
/// Two changes that follow each other sooner may look like one: file systems count time in coarse steps.
const YOUNGEST: Duration = Duration::from_secs(1);

/// A file or directory as it is at a moment: any change of it gives another one.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Stamp {
    /// Device and inode.
    place: (u64, u64),
    size: u64,
    modified: SystemTime,
    /// Seconds and nanoseconds of the last change of any kind: this time cannot be set.
    changed: (i64, i64),
}

impl Stamp {
    /// What is there now; `None`: nothing.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self {
            place: (found.dev(), found.ino()),
            size: found.size(),
            modified: found.modified().ok()?,
            changed: (found.ctime(), found.ctime_nsec()),
        })
    }

    /// True when the next change will be seen.
    pub(super) fn is_settled(&self) -> bool {
        self.modified
            .elapsed()
            .is_ok_and(|elapsed| elapsed > YOUNGEST)
    }
}

/// Values made from what a key says, for all threads.
///
/// Nothing waits here: a thread that finds the lock taken does without, and makes the value itself. A process that was forked at
/// such a moment therefore does not wait for a thread that it does not have.
pub(super) struct Cache<K, V> {
    entries: RwLock<Vec<Entry<K, V>>>,
    uses: AtomicUsize,
}

struct Entry<K, V> {
    key: K,
    stamps: Vec<Option<Stamp>>,
    since: Instant,
    last_use: AtomicUsize,
    value: Arc<V>,
}

impl<K: PartialEq, V> Cache<K, V> {
    pub(super) const fn new() -> Self {
        Self {
            entries: RwLock::new(Vec::new()),
            uses: AtomicUsize::new(0),
        }
    }

    /// The value that was kept for `key` when its files were as they are, unless that is long ago.
    pub(super) fn find(&self, key: &K, stamps: &[Option<Stamp>], now: Instant) -> Option<Arc<V>> {
        let entries = match self.entries.try_read() {
            Ok(entries) => entries,
            Err(TryLockError::Poisoned(error)) => error.into_inner(),
            Err(TryLockError::WouldBlock) => return None,
        };
        let found = entries.iter().find(|entry| {
            entry.key == *key
                && entry.stamps == stamps
                && now.saturating_duration_since(entry.since) < OLDEST
        })?;
        found.last_use.store(self.use_number(), Ordering::Relaxed);
        Some(Arc::clone(&found.value))
    }

    /// Keeps `value` in the place of what was kept for `key`. The files were looked at before they were read, at the time
    /// `now`: if they changed meanwhile, the next one to ask finds other stamps.
    pub(super) fn keep(&self, key: K, stamps: Vec<Option<Stamp>>, now: Instant, value: &Arc<V>) {
        let mut entries = match self.entries.try_write() {
            Ok(entries) => entries,
            Err(TryLockError::Poisoned(error)) => error.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        entries.retain(|entry| entry.key != key);
        if entries.len() >= MOST {
            let ages = entries
                .iter()
                .map(|entry| entry.last_use.load(Ordering::Relaxed));
            if let Some((at, _)) = ages.enumerate().min_by_key(|&(_, age)| age) {
                entries.swap_remove(at);
            }
        }
        entries.push(Entry {
            key,
            stamps,
            since: now,
            last_use: AtomicUsize::new(self.use_number()),
            value: Arc::clone(value),
        });
    }

    fn use_number(&self) -> usize {
        self.uses.fetch_add(1, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    /// What stands for a file whose size this is.
    fn stamps(size: u64) -> Vec<Option<Stamp>> {
        let (place, modified, changed) = ((1, 2), SystemTime::UNIX_EPOCH, (0, 0));
        let stamp = Stamp {
            place,
            size,
            modified,
            changed,
        };
        vec![Some(stamp), None]
    }

    #[test]
    fn a_value_is_kept_for_its_key_and_its_stamps() {
        let (cache, now) = (Cache::new(), Instant::now());
        assert_eq!(cache.find(&"a", &stamps(1), now), None);
        cache.keep("a", stamps(1), now, &Arc::new(10));
        assert_eq!(cache.find(&"a", &stamps(1), now).as_deref(), Some(&10));
        assert_eq!(cache.find(&"b", &stamps(1), now), None);
        assert_eq!(cache.find(&"a", &stamps(2), now), None);
        assert_eq!(cache.find(&"a", &[], now), None);
        cache.keep("a", stamps(2), now, &Arc::new(20));
        assert_eq!(cache.find(&"a", &stamps(2), now).as_deref(), Some(&20));
        assert_eq!(cache.find(&"a", &stamps(1), now), None);
    }

    #[test]
    fn an_old_value_is_not_given() {
        let (cache, now) = (Cache::new(), Instant::now());
        cache.keep("a", stamps(1), now, &Arc::new(10));
        let young = now + OLDEST - Duration::from_nanos(1);
        assert!(cache.find(&"a", &stamps(1), young).is_some());
        assert!(cache.find(&"a", &stamps(1), now + OLDEST).is_none());
    }

    #[test]
    fn the_longest_unused_goes() {
        let (cache, now) = (Cache::new(), Instant::now());
        for key in 0..MOST {
            cache.keep(key, stamps(1), now, &Arc::new(key));
        }
        assert!(cache.find(&0, &stamps(1), now).is_some());
        cache.keep(MOST, stamps(1), now, &Arc::new(MOST));
        let kept: Vec<_> = (0..=MOST)
            .filter(|key| cache.find(key, &stamps(1), now).is_some())
            .collect();
        assert_eq!(kept, [0, 2, 3, 4]);
    }

    #[test]
    fn a_lock_that_is_never_released_is_not_waited_for() {
        let (cache, now) = (Cache::new(), Instant::now());
        cache.keep("a", stamps(1), now, &Arc::new(10));
        let held = cache.entries.write().unwrap();
        assert_eq!(cache.find(&"a", &stamps(1), now), None);
        cache.keep("b", stamps(1), now, &Arc::new(20));
        drop(held);
        assert_eq!(cache.find(&"a", &stamps(1), now).as_deref(), Some(&10));
        assert_eq!(cache.find(&"b", &stamps(1), now), None);
    }

    #[test]
    fn a_poisoned_lock_is_as_good_as_another() {
        let (cache, now) = (Cache::new(), Instant::now());
        let poison = || {
            let _held = cache.entries.write().unwrap();
            panic!("of the test");
        };
        thread::scope(|scope| scope.spawn(poison).join().unwrap_err());
        assert!(cache.entries.is_poisoned());
        cache.keep("a", stamps(1), now, &Arc::new(10));
        assert_eq!(cache.find(&"a", &stamps(1), now).as_deref(), Some(&10));
    }

    #[test]
    fn a_stamp_tells_files_apart_and_knows_young_ones() {
        let [first, second] = ["first", "second"].map(|name| {
            let name = format!("librtmp-stamp-{}-{name}", std::process::id());
            std::env::temp_dir().join(name)
        });
        for path in [&first, &second] {
            fs::write(path, "text").unwrap();
        }
        assert_eq!(Stamp::of(&first), Stamp::of(&first));
        assert_ne!(Stamp::of(&first), Stamp::of(&second));
        let before = Stamp::of(&first).unwrap();
        assert!(!before.is_settled());
        let file = fs::File::options().append(true).open(&first).unwrap();
        let past = SystemTime::now() - 2 * YOUNGEST;
        file.set_modified(past).unwrap();
        let after = Stamp::of(&first).unwrap();
        assert!(after.is_settled());
        assert_ne!(before, after);
        fs::rename(&second, &first).unwrap();
        assert_ne!(Stamp::of(&first), Some(after));
        fs::remove_file(&first).unwrap();
        assert_eq!(Stamp::of(&first), None);
    }
}
