//! Which threads are at work with what, by address.
//!
//! A thread that ends the life of something has to know whether others still use it, and they must be able to say so
//! without touching it: it may be gone. So each thread has a record of its own, in memory that is never given back. Nothing
//! here locks or waits, and only threads beyond the first 64 that are alive together cost an allocation: signal handlers may
//! come at any moment, and so may a `fork`.

use core::cell::Cell;
use core::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release, SeqCst},
};
use core::{hint, ptr};
use std::thread;
use std::time::Duration;

use super::departure::{self, Duty};

/// The current thread, by the address of a byte that each has: never 0. `std::thread::current` would allocate on threads
/// of C programs.
pub fn me() -> usize {
    thread_local! {
        static BYTE: u8 = const { 0 };
    }
    BYTE.with(|byte| ptr::from_ref(byte).addr())
}

/// A thread is inside so many different objects at once, which needs callbacks that use other handles.
const DEPTH: usize = 8;
/// Records that are made together.
const CHUNK: usize = 64;
/// A thread that waits for what others are done with soon looks so often before it lets them work.
const SPINS: u32 = 100;
/// It looks so often before it really waits between two looks.
pub const LOOKS_WITHOUT_PAUSE: u32 = 10_000;
/// And so long then.
const PAUSE: Duration = Duration::from_micros(50);
/// The owner of a record whose thread was left behind by `fork`.
const LEFT_BEHIND: usize = usize::MAX;

/// What one thread is at work with.
#[repr(align(128))]
struct Record {
    /// The thread, 0: none.
    owner: AtomicUsize,
    /// How many places of `inside` are taken, at least. Written by the owner alone, as the rest.
    taken: AtomicUsize,
    inside: [AtomicUsize; DEPTH],
    announced: AtomicUsize,
    visiting: AtomicUsize,
}

impl Record {
    const fn new() -> Self {
        Self {
            owner: AtomicUsize::new(0),
            taken: AtomicUsize::new(0),
            inside: [const { AtomicUsize::new(0) }; DEPTH],
            announced: AtomicUsize::new(0),
            visiting: AtomicUsize::new(0),
        }
    }

    fn has(&self, object: usize) -> bool {
        self.inside.iter().any(|place| place.load(SeqCst) == object)
    }

    fn clear(&self) {
        self.inside.iter().for_each(|place| place.store(0, Release));
        self.taken.store(0, Relaxed);
        self.announced.store(0, Release);
        self.visiting.store(0, Release);
    }
}

struct Chunk {
    records: [Record; CHUNK],
    next: AtomicPtr<Self>,
}

impl Chunk {
    const fn new() -> Self {
        Self {
            records: [const { Record::new() }; CHUNK],
            next: AtomicPtr::new(ptr::null_mut()),
        }
    }

    fn next(&self) -> Option<&'static Self> {
        let next = self.next.load(Acquire);
        // SAFETY: NULL or a chunk from `Box::leak`, which lives for ever.
        unsafe { next.as_ref() }
    }

    /// Adds a chunk behind the last one.
    fn extend(&self) {
        let fresh: *mut Self = Box::leak(Box::new(Self::new()));
        let mut last = self;
        while last
            .next
            .compare_exchange(ptr::null_mut(), fresh, SeqCst, SeqCst)
            .is_err()
        {
            if let Some(next) = last.next() {
                last = next;
            }
        }
    }
}

static FIRST: Chunk = Chunk::new();

fn records() -> impl Iterator<Item = &'static Record> {
    core::iter::successors(Some(&FIRST), |chunk: &&'static Chunk| chunk.next())
        .flat_map(|chunk| &chunk.records)
}

thread_local! {
    /// The thread's record, once it has one.
    static MINE: Cell<Option<&'static Record>> = const { Cell::new(None) };
}

/// The thread ends: others may have its record.
fn leave() {
    if let Some(record) = MINE.take() {
        record.clear();
        record.owner.store(0, Release);
    }
}

#[inline(always)]
fn mine() -> &'static Record {
    MINE.get().unwrap_or_else(claim)
}

#[cold]
fn claim() -> &'static Record {
    watch_forks();
    let me = me();
    let record = loop {
        // A thread that has ended may have left one under the same address.
        let own = records().find(|record| record.owner.load(Relaxed) == me);
        let free = |record: &&Record| {
            record.owner.load(Relaxed) == 0
                && record.owner.compare_exchange(0, me, SeqCst, SeqCst).is_ok()
        };
        match own.or_else(|| records().find(free)) {
            Some(record) => break record,
            None => FIRST.extend(),
        }
    };
    MINE.set(Some(record));
    // Without that the record waits for the next thread with the same address.
    departure::entrust(Duty::LeaveRecord, leave);
    record
}

/// Records of other threads that exist in this process.
fn others() -> impl Iterator<Item = &'static Record> {
    let me = me();
    records().filter(move |record| {
        let owner = record.owner.load(SeqCst);
        owner != 0 && owner != me && owner != LEFT_BEHIND
    })
}

/// The current thread is inside an object until this is dropped.
pub struct Inside(Option<Place>);

struct Place {
    record: &'static Record,
    object: &'static AtomicUsize,
}

impl Inside {
    /// Whether the thread was inside before: an outer call will leave.
    pub fn is_nested(&self) -> bool {
        self.0.is_none()
    }
}

impl Drop for Inside {
    #[inline]
    fn drop(&mut self) {
        if let Some(Place { record, object }) = &self.0 {
            object.store(0, Release);
            let taken = record.taken.load(Relaxed);
            record.taken.store(taken.saturating_sub(1), Relaxed);
        }
    }
}

/// Says that the current thread is inside `object`. `None` when it is inside too many others. Every call begins with this: inlined,
/// it shares the look for what is the thread's own with what comes next.
#[inline(always)]
pub fn enter(object: usize) -> Option<Inside> {
    let record = mine();
    // A place counts before it is taken and until it is empty again. So none is taken where none counts, whatever a signal
    // handler in between has entered and left; one that has jumped out of a call leaves a place that counts for ever.
    let taken = record.taken.load(Relaxed);
    let place = if taken == 0 {
        record.inside.first()?
    } else {
        match record.place(object) {
            Ok(free) => free?,
            Err(Entered) => return Some(Inside(None)),
        }
    };
    record.taken.store(taken.saturating_add(1), Relaxed);
    // What the thread looks at next it sees as it is after this: a thread that ends the object sees it here, or is seen.
    place.store(object, SeqCst);
    Some(Inside(Some(Place {
        record,
        object: place,
    })))
}

/// The thread is inside that object already.
struct Entered;

impl Record {
    /// Where an object can be entered that the thread is not inside: nowhere when it is inside too many.
    #[cold]
    fn place(&self, object: usize) -> Result<Option<&AtomicUsize>, Entered> {
        let mut free = None;
        for place in &self.inside {
            match place.load(Relaxed) {
                0 if free.is_none() => free = Some(place),
                there if there == object => return Err(Entered),
                _ => {}
            }
        }
        Ok(free)
    }
}

/// Whether another thread is inside `object`.
pub fn is_shared(object: usize) -> bool {
    others().any(|record| record.has(object))
}

/// Whether a thread that this process does not have was inside `object` when it was forked: what it was at stays half
/// done.
pub fn is_left_behind(object: usize) -> bool {
    process() != 0 && left_behind().any(|record| record.has(object))
}

/// From here on `object` is another one, with which no thread was at work.
pub fn forget_left_behind(object: usize) {
    if process() == 0 {
        return;
    }
    for place in left_behind().flat_map(|record| &record.inside) {
        // What is not there needs no change.
        let _ = place.compare_exchange(object, 0, SeqCst, SeqCst);
    }
}

fn left_behind() -> impl Iterator<Item = &'static Record> {
    records().filter(|record| record.owner.load(SeqCst) == LEFT_BEHIND)
}

/// What the current thread announces until this is dropped.
pub struct Announced {
    record: &'static Record,
    before: usize,
}

impl Announced {
    /// Announces something else instead.
    pub fn change(&self, word: usize) {
        self.record.announced.store(word, SeqCst);
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        self.change(self.before);
    }
}

/// Lets other threads see `word`, which stands for an object and for what is to be done with it.
pub fn announce(word: usize) -> Announced {
    let record = mine();
    let before = record.announced.swap(word, SeqCst);
    Announced { record, before }
}

/// Whether another thread announces `word`.
pub fn is_announced(word: usize) -> bool {
    others().any(|record| record.announced.load(SeqCst) == word)
}

/// Lets `look` use what a field points to: threads that ask [`is_visited`] first do not free it meanwhile. `look` is short,
/// and neither waits nor calls back.
#[inline]
pub fn visit<T>(field: usize, look: impl FnOnce() -> T) -> T {
    let record = mine();
    let before = record.visiting.swap(field, SeqCst);
    let result = look();
    record.visiting.store(before, Release);
    result
}

/// What may still be using what a field pointed to before it was emptied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Visited {
    /// Nothing.
    No,
    /// Other threads, for a moment.
    ByOthers,
    /// What a signal has interrupted on this very thread.
    ByMe,
}

/// Whether there are visits to `field`.
pub fn is_visited(field: usize) -> Visited {
    if mine().visiting.load(SeqCst) == field {
        Visited::ByMe
    } else if others().any(|record| record.visiting.load(SeqCst) == field) {
        Visited::ByOthers
    } else {
        Visited::No
    }
}

/// Waits until no other thread visits `field`: a few instructions. False when this thread does, which goes on when a signal
/// handler returns.
pub fn wait_for_visits(field: usize) -> bool {
    let mut looks = 0_u32;
    loop {
        match is_visited(field) {
            Visited::No => return true,
            Visited::ByMe => return false,
            Visited::ByOthers => give_way(&mut looks),
        }
    }
}

/// Between two looks at what others are done with soon. They may need the processor that this thread has; the system is asked to
/// wait only when letting them work has not helped, as when this thread goes before them.
pub fn give_way(looks: &mut u32) {
    *looks = looks.saturating_add(1);
    match *looks {
        ..SPINS => hint::spin_loop(),
        SPINS..LOOKS_WITHOUT_PAUSE => thread::yield_now(),
        LOOKS_WITHOUT_PAUSE.. => thread::sleep(PAUSE),
    }
}

static GENERATION: AtomicU32 = AtomicU32::new(0);

/// Which process this is, counted from the one that used the library first: `fork` adds 1 in the child.
pub fn process() -> u32 {
    GENERATION.load(Relaxed)
}

/// From here on [`process`] counts. Before the first call there is nothing that a child could take for its own.
fn watch_forks() {
    static IS_WATCHING: AtomicBool = AtomicBool::new(false);
    if !IS_WATCHING.swap(true, SeqCst) {
        // SAFETY: the library is never unmapped, and the handler does what a signal handler may do. Without memory for
        // it children are taken for their parents.
        unsafe { libc::pthread_atfork(None, None, Some(forked)) };
    }
}

/// In the child, which has this thread only.
extern "C" fn forked() {
    GENERATION.fetch_add(1, SeqCst);
    for record in others() {
        record.announced.store(0, SeqCst);
        record.visiting.store(0, SeqCst);
        record.owner.store(LEFT_BEHIND, SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn a_thread_enters_once_and_others_see_it() {
        let object = 0x1000;
        let outer = enter(object).unwrap();
        assert!(!outer.is_nested() && !is_shared(object));
        drop(enter(object).filter(Inside::is_nested).unwrap());
        let see = || thread::spawn(move || (is_shared(object), is_announced(object)));
        assert_eq!(see().join().unwrap(), (true, false));
        let announced = announce(object);
        drop(outer);
        assert_eq!(see().join().unwrap(), (false, true));
        drop(announced);
        assert_eq!(see().join().unwrap(), (false, false));
    }

    #[test]
    fn more_threads_than_a_chunk_has_records() {
        let (object, count) = (0x2000, 3 * CHUNK);
        let (all_in, seen) = (Barrier::new(count + 1), Barrier::new(count + 1));
        thread::scope(|scope| {
            for _ in 0..count {
                scope.spawn(|| {
                    let inside = enter(object).unwrap();
                    all_in.wait();
                    seen.wait();
                    drop(inside);
                });
            }
            all_in.wait();
            let inside = others().filter(|record| record.has(object)).count();
            seen.wait();
            assert_eq!(inside, count);
        });
        assert!(!is_shared(object));
    }

    #[test]
    fn too_many_objects_are_refused() {
        let held: Vec<_> = (1..=DEPTH).map(|n| enter(n << 20).unwrap()).collect();
        assert!(enter(0x3000).is_none());
        drop(held);
        assert!(enter(0x3000).is_some());
    }

    #[test]
    fn visits_are_seen() {
        let field = 0x4000;
        assert_eq!(is_visited(field), Visited::No);
        visit(field, || {
            assert_eq!(is_visited(field), Visited::ByMe);
            let other = thread::spawn(move || is_visited(field));
            assert_eq!(other.join().unwrap(), Visited::ByOthers);
        });
        assert_eq!(is_visited(field), Visited::No);
    }
}
