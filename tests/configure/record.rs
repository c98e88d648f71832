//! A program that remembers what its functions are called with, and in which thread.

use std::ffi::{c_int, c_void};
use std::os::fd::BorrowedFd;
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, ThreadId};

use rtmp::abi::{RTMP_CONFIG, RTMP_EVENT, RTMP_EVENT_PHASE, RTMP_EVENT_STATUS};
use socket2::SockRef;

use crate::nothing;

/// What it was told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Told {
    /// A socket, and whether its buffer is as small as was said.
    Socket(bool),
    Phase(c_int),
    Status(String),
    /// Another event: its kind.
    Other(c_int),
}

pub(crate) struct Program {
    told: Mutex<Vec<(ThreadId, Told)>>,
    asked: Mutex<Vec<ThreadId>>,
    /// It has had enough when it was asked so often.
    most: AtomicUsize,
    /// Who hears of that.
    tell: Mutex<Sender<()>>,
}

/// What [`Program::config`] says of the buffer for sends.
const BUFFER: usize = 10_000;

impl Program {
    /// For as long as the tests, with what says when it is asked.
    pub(crate) fn new() -> (&'static Self, Receiver<()>) {
        let (tell, asked) = channel();
        let most = AtomicUsize::new(usize::MAX);
        let program = Self {
            told: Mutex::default(),
            asked: Mutex::default(),
            most,
            tell: Mutex::new(tell),
        };
        (Box::leak(Box::new(program)), asked)
    }

    pub(crate) fn config(&self) -> RTMP_CONFIG {
        RTMP_CONFIG {
            sendBuffer: c_int::try_from(BUFFER).unwrap(),
            user: ptr::from_ref(self).cast_mut().cast(),
            onSocket: Some(on_socket),
            onWait: Some(on_wait),
            onEvent: Some(on_event),
            ..nothing()
        }
    }

    /// From here on it waits until it was asked so often.
    pub(crate) fn waits_for(&self, most: usize) {
        let asked = self.asked.lock().unwrap();
        self.most.store(asked.len() + most, SeqCst);
    }

    /// From here on this one hears when it is asked.
    #[cfg(feature = "tls")]
    pub(crate) fn tells(&self, tell: Sender<()>) {
        *self.tell.lock().unwrap() = tell;
    }

    pub(crate) fn told(&self) -> Vec<Told> {
        let told = self.told.lock().unwrap();
        told.iter().map(|(_, told)| told.clone()).collect()
    }

    pub(crate) fn phases(&self) -> Vec<c_int> {
        let told = self.told().into_iter();
        told.filter_map(|told| match told {
            Told::Phase(phase) => Some(phase),
            _ => None,
        })
        .collect()
    }

    /// How many sockets it was shown, all of which were as it had said.
    pub(crate) fn sockets(&self) -> usize {
        let told = self.told();
        assert!(!told.contains(&Told::Socket(false)));
        let sockets = told.iter().filter(|told| matches!(told, Told::Socket(_)));
        sockets.count()
    }

    /// The threads in which it was told what `is_one` picks, each once.
    pub(crate) fn threads(&self, is_one: fn(&Told) -> bool) -> Vec<ThreadId> {
        let told = self.told.lock().unwrap();
        let picked = told.iter().filter(|(_, told)| is_one(told));
        each_once(picked.map(|(thread, _)| *thread))
    }

    /// How often it was asked, and in which threads.
    pub(crate) fn asked(&self) -> (usize, Vec<ThreadId>) {
        let asked = self.asked.lock().unwrap();
        (asked.len(), each_once(asked.iter().copied()))
    }

    fn hear(&self, told: Told) {
        let told = (thread::current().id(), told);
        self.told.lock().unwrap().push(told);
    }
}

fn each_once(threads: impl Iterator<Item = ThreadId>) -> Vec<ThreadId> {
    let mut all: Vec<ThreadId> = Vec::new();
    for thread in threads {
        if !all.contains(&thread) {
            all.push(thread);
        }
    }
    all
}

fn program<'a>(user: *mut c_void) -> &'a Program {
    // SAFETY: what `config` has given, which is never freed.
    unsafe { &*user.cast::<Program>() }
}

unsafe extern "C" fn on_socket(user: *mut c_void, fd: c_int) -> c_int {
    // SAFETY: a socket that lives for longer than this.
    let socket = unsafe { BorrowedFd::borrow_raw(fd) };
    let socket = SockRef::from(&socket);
    assert!(socket.peer_addr().is_err(), "it is connected");
    // Linux doubles what it is told.
    let is_small = socket.send_buffer_size().unwrap() <= 2 * BUFFER;
    program(user).hear(Told::Socket(is_small));
    1
}

unsafe extern "C" fn on_wait(user: *mut c_void) -> c_int {
    let program = program(user);
    let mut asked = program.asked.lock().unwrap();
    asked.push(thread::current().id());
    // Nobody need listen.
    let _ = program.tell.lock().unwrap().send(());
    (asked.len() >= program.most.load(SeqCst)).into()
}

unsafe extern "C" fn on_event(user: *mut c_void, event: *const RTMP_EVENT) {
    // SAFETY: the library's, until this returns.
    let event = unsafe { &*event };
    program(user).hear(match event.kind {
        RTMP_EVENT_PHASE => Told::Phase(event.phase),
        RTMP_EVENT_STATUS => Told::Status(String::from_utf8(event.code.bytes().to_vec()).unwrap()),
        kind => Told::Other(kind),
    });
}
