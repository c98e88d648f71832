//! Calls that do not wait: which thread asks and tells.

use std::ffi::c_int;
use std::net::Shutdown;
use std::ptr;
use std::sync::mpsc::channel;
use std::thread;

use rtmp::abi::{
    RTMP_AGAIN, RTMP_CONFIG, RTMP_ERR_CANCELLED, RTMP_ERR_LOST, RTMP_EVENT_CONTROL,
    RTMP_PHASE_CONNECTING, RTMP_PHASE_DIALOGUE, RTMP_PHASE_HANDSHAKE, RTMP_PHASE_STREAMING,
    RTMP_WANT,
};
use rtmp::ffi::rtmp::nonblocking::{RTMP_Drive, RTMP_Start, RTMP_Want};
use rtmp::sys::errno;

use crate::client::{Client, acceptance, narrow_server, rest, server, shake_hands, write};
use crate::messages::message;
use crate::properties::{long, object};
use crate::record::{Program, Told};
use crate::{configure, nothing};

/// What the library wants.
fn want(client: &Client) -> RTMP_WANT {
    let mut want = RTMP_WANT {
        size: u32::try_from(size_of::<RTMP_WANT>()).unwrap(),
        fd: 0,
        events: 0,
        timeout: 0,
    };
    let handle = ptr::from_ref(client.handle()).cast_mut();
    // SAFETY: a valid handle and struct.
    assert_eq!(unsafe { RTMP_Want(handle, &raw mut want) }, 1);
    want
}

/// Waits for that.
pub(crate) fn wait(client: &Client) {
    let want = want(client);
    let mut place = libc::pollfd {
        fd: want.fd,
        events: i16::try_from(want.events).unwrap(),
        revents: 0,
    };
    // SAFETY: one valid `pollfd`.
    unsafe { libc::poll(&raw mut place, 1, want.timeout) };
}

pub(crate) fn drive(client: &Client) -> c_int {
    // SAFETY: a valid handle.
    unsafe { RTMP_Drive(ptr::from_ref(client.handle()).cast_mut()) }
}

fn start(port: u16, program: &Program) -> Client {
    start_with(port, |_| program.config())
}

/// A publisher that connects by itself, with what it says.
pub(crate) fn start_with(port: u16, config: impl FnOnce(&Client) -> RTMP_CONFIG) -> Client {
    let mut client = Client::new();
    client.set_up_with("rtmp", port, "timeout=50");
    client.publishes();
    assert!(configure(&client, config(&client)));
    let handle = ptr::from_ref(client.handle()).cast_mut();
    // SAFETY: a valid handle; no packet.
    assert_eq!(unsafe { RTMP_Start(handle, ptr::null_mut(), 0) }, 1);
    client
}

#[test]
fn one_thread_connects_and_the_one_that_drives_is_told_the_rest() {
    let (program, asked) = Program::new();
    let (go, may_go) = channel::<()>();
    let (port, thread) = server(move |mut stream| {
        // The client waits for its handshake.
        asked.recv().unwrap();
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.Start"));
        may_go.recv().unwrap();
        write(&mut stream, &message(2, 0, 4, &[0, 31, 0, 0, 0, 1]));
        rest(&mut stream);
    });
    let client = start(port, program);
    while drive(&client) == RTMP_AGAIN {
        wait(&client);
    }
    assert_eq!(drive(&client), 1, "{}", client.last_error());
    let phases = [
        RTMP_PHASE_CONNECTING,
        RTMP_PHASE_HANDSHAKE,
        RTMP_PHASE_DIALOGUE,
        RTMP_PHASE_STREAMING,
    ];
    assert_eq!(program.phases(), phases);
    assert_eq!(program.sockets(), 1);

    let own = thread::current().id();
    let connecting = program.threads(|_| true);
    let (times, waiting) = program.asked();
    assert_eq!(connecting.len(), 1);
    assert_ne!(connecting, [own]);
    assert_eq!(waiting, connecting);

    go.send(()).unwrap();
    let is_control = |told: &Told| *told == Told::Other(RTMP_EVENT_CONTROL);
    while !program.told().iter().any(is_control) {
        wait(&client);
        assert_eq!(drive(&client), 1);
    }
    assert_eq!(
        program.threads(|told| matches!(told, Told::Other(_))),
        [own]
    );
    // Calls that do not wait ask nobody.
    assert_eq!(program.asked().0, times);
    client.close();
    thread.join().unwrap();
}

#[test]
fn a_program_may_have_had_enough_of_what_the_library_does_by_itself() {
    let (program, _) = Program::new();
    program.waits_for(3);
    let (port, thread) = server(|mut stream| rest(&mut stream));
    let client = start(port, program);
    let end = loop {
        match drive(&client) {
            RTMP_AGAIN => wait(&client),
            end => break end,
        }
    };
    assert_eq!(end, -1);
    let error = client.error();
    assert_eq!(
        (error.kind, error.phase),
        (RTMP_ERR_CANCELLED, RTMP_PHASE_HANDSHAKE)
    );
    assert_eq!(program.asked().0, 3);
    client.close();
    thread.join().unwrap();
}

/// `connect` is on its way to a server that takes nothing of it, and says that it is over: the thread of the library takes a while
/// to close. Until it has, nobody is told that it is done, and nothing can be said.
#[test]
fn it_is_done_when_the_thread_has_left() {
    let (tell, told) = channel::<()>();
    let (port, thread) = narrow_server(move |mut stream| {
        shake_hands(&mut stream);
        stream.shutdown(Shutdown::Write).unwrap();
        told.recv().unwrap_err();
    });
    let client = start_with(port, |_| RTMP_CONFIG {
        connectProperties: object(&long(16_384)),
        ..nothing()
    });
    let end = loop {
        let is_said = configure(&client, nothing());
        let number = errno::last();
        match drive(&client) {
            RTMP_AGAIN => assert!(!is_said && number == libc::EBUSY, "{number}"),
            end => break end,
        }
        want(&client);
    };
    assert_eq!(end, -1);
    assert_eq!(client.error().kind, RTMP_ERR_LOST);
    assert!(configure(&client, nothing()));
    client.close();
    drop(tell);
    thread.join().unwrap();
}
