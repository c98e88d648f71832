//! A program that says something as soon as it is told something, whichever call it is told in.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr;
use std::thread::JoinHandle;

use rtmp::abi::{RTMP, RTMP_CONFIG, RTMP_EVENT, RTMP_EVENT_CONTROL};
use rtmp::ffi::rtmp::send::RTMP_SendCtrl;

use crate::client::{Client, acceptance, rest, server, shake_hands, write};
use crate::messages::{message, tag};
use crate::starts::{drive, start_with, wait};
use crate::{configure, nothing};

struct Answering {
    handle: Cell<*mut RTMP>,
    answers: Cell<c_int>,
}

impl Answering {
    fn new() -> &'static Self {
        Box::leak(Box::new(Self {
            handle: Cell::new(ptr::null_mut()),
            answers: Cell::new(0),
        }))
    }

    fn config(&self) -> RTMP_CONFIG {
        RTMP_CONFIG {
            user: ptr::from_ref(self).cast_mut().cast(),
            onEvent: Some(on_event),
            ..nothing()
        }
    }
}

unsafe extern "C" fn on_event(user: *mut c_void, event: *const RTMP_EVENT) {
    // SAFETY: what `config` has given, which is never freed.
    let program = unsafe { &*user.cast::<Answering>() };
    // SAFETY: the library's, until this returns.
    if unsafe { &*event }.kind == RTMP_EVENT_CONTROL {
        // SAFETY: a valid handle.
        let sent = unsafe { RTMP_SendCtrl(program.handle.get(), 7, 0x0102_0304, 0) };
        program.answers.set(program.answers.get() + sent);
    }
}

/// A server that says something to a publisher, and what it hears.
fn talks() -> (u16, JoinHandle<Vec<u8>>) {
    server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.Start"));
        write(&mut stream, &message(2, 0, 4, &[0, 31, 0, 0, 0, 1]));
        rest(&mut stream)
    })
}

fn assert_answered(program: &Answering, client: &Client, server: JoinHandle<Vec<u8>>) {
    assert_eq!(program.answers.get(), 1);
    client.close();
    let heard = server.join().unwrap();
    let answer = [0, 7, 1, 2, 3, 4];
    let answers = heard.windows(6).filter(|bytes| *bytes == answer);
    assert_eq!(answers.count(), 1);
}

#[test]
fn in_a_call_that_writes() {
    let (port, server) = talks();
    let program = Answering::new();
    let client = Client::of("rtmp", port, 50);
    client.publishes();
    assert!(configure(&client, program.config()));
    program
        .handle
        .set(ptr::from_ref(client.handle()).cast_mut());
    assert!(client.connect() && client.connect_stream());
    let mut at = 0;
    while program.answers.get() == 0 {
        assert!(client.write(&tag(9, at, &[0x27; 500])) > 0);
        at += 1;
    }
    assert_answered(program, &client, server);
}

#[test]
fn in_a_call_that_drives() {
    let (port, server) = talks();
    let program = Answering::new();
    let client = start_with(port, |client| {
        program
            .handle
            .set(ptr::from_ref(client.handle()).cast_mut());
        program.config()
    });
    while program.answers.get() == 0 {
        wait(&client);
        assert_ne!(drive(&client), -1, "{}", client.last_error());
    }
    assert_answered(program, &client, server);
}
