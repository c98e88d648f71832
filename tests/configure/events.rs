//! What a program is told while a connection goes on.

use std::cell::RefCell;
use std::ffi::c_void;
use std::ptr;

use rtmp::abi::{
    RTMP, RTMP_CONFIG, RTMP_ERR_CANCELLED, RTMP_EVENT, RTMP_EVENT_COMMAND, RTMP_EVENT_CONTROL,
    RTMP_EVENT_MESSAGE, RTMP_EVENT_PHASE, RTMP_EVENT_STATUS, RTMP_PHASE_CONNECTING,
    RTMP_PHASE_DIALOGUE, RTMP_PHASE_HANDSHAKE, RTMP_PHASE_STREAMING,
};
use rtmp::ffi::rtmp::connect::RTMP_Cancel;

use crate::client::{Client, acceptance, rest, server, shake_hands, write};
use crate::messages::{COMMAND, NULL, command, message};
use crate::{configure, nothing};

/// Kind, phase, code, values of the decoded message, and type of the message.
type Told = (i32, i32, String, usize, Option<u8>);

#[derive(Default)]
struct Listener {
    told: RefCell<Vec<Told>>,
    /// What is cancelled when a command comes.
    cancels: Option<*mut RTMP>,
}

impl Listener {
    fn config(&self) -> RTMP_CONFIG {
        RTMP_CONFIG {
            user: ptr::from_ref(self).cast_mut().cast(),
            onEvent: Some(on_event),
            ..nothing()
        }
    }
}

unsafe extern "C" fn on_event(user: *mut c_void, event: *const RTMP_EVENT) {
    // SAFETY: what the test has given.
    let listener = unsafe { &*user.cast::<Listener>() };
    // SAFETY: the library's, until this returns.
    let event = unsafe { &*event };
    assert_eq!(event.size as usize, size_of::<RTMP_EVENT>());
    // SAFETY: NULL, or the library's.
    let values = unsafe { event.object.as_ref() }.map_or(0, |object| object.properties().len());
    // SAFETY: NULL, or the library's.
    let kind = unsafe { event.packet.as_ref() }.map(|packet| packet.m_packetType.get());
    let code = String::from_utf8(event.code.bytes().to_vec()).unwrap();
    let told = (event.kind, event.phase, code, values, kind);
    listener.told.borrow_mut().push(told);
    if let Some(handle) = listener
        .cancels
        .filter(|_| event.kind == RTMP_EVENT_COMMAND)
    {
        // SAFETY: a valid handle.
        unsafe { RTMP_Cancel(handle) };
    }
}

/// A server that says these things behind what makes it play.
fn plays(things: Vec<u8>) -> (Client, std::thread::JoinHandle<()>) {
    let (port, thread) = server(move |mut stream| {
        shake_hands(&mut stream);
        let said = [acceptance("NetStream.Play.Start"), things].concat();
        write(&mut stream, &said);
        rest(&mut stream);
    });
    (Client::of("rtmp", port, 50), thread)
}

/// Phases, and the acceptance of the stream.
fn beginning() -> Vec<Told> {
    let phase = |phase| (RTMP_EVENT_PHASE, phase, String::new(), 0, None);
    let started = "NetStream.Play.Start".to_owned();
    vec![
        phase(RTMP_PHASE_CONNECTING),
        phase(RTMP_PHASE_HANDSHAKE),
        phase(RTMP_PHASE_DIALOGUE),
        (
            RTMP_EVENT_STATUS,
            RTMP_PHASE_DIALOGUE,
            started,
            4,
            Some(COMMAND),
        ),
        phase(RTMP_PHASE_STREAMING),
    ]
}

#[test]
fn a_program_hears_what_the_library_does_not_know() {
    let (client, thread) = plays(
        [
            message(2, 0, 4, &[0, 31, 0, 0, 0, 1]),
            message(3, 0, COMMAND, &command("onGoAway", 0.0, &[NULL])),
            message(3, 0, COMMAND, &command("onBWDone", 0.0, &[NULL])),
            message(3, 0, 0x20, b"?"),
            message(3, 0, 19, b"?"),
            message(6, 0, 9, &[0x17; 30]),
            message(3, 0, COMMAND, &command("close", 0.0, &[NULL])),
        ]
        .concat(),
    );
    let listener = Listener::default();
    assert!(configure(&client, listener.config()));
    assert!(client.connect() && client.connect_stream());
    let mut buffer = [0; 1000];
    while client.read(&mut buffer) > 0 {}
    client.close();
    thread.join().unwrap();
    let told = |kind, values, packet| {
        (
            kind,
            RTMP_PHASE_STREAMING,
            String::new(),
            values,
            Some(packet),
        )
    };
    let mut expected = beginning();
    expected.extend([
        told(RTMP_EVENT_CONTROL, 0, 4),
        told(RTMP_EVENT_COMMAND, 3, COMMAND),
        told(RTMP_EVENT_MESSAGE, 0, 0x20),
        told(RTMP_EVENT_MESSAGE, 0, 19),
        told(RTMP_EVENT_STATUS, 3, COMMAND),
    ]);
    assert_eq!(*listener.told.borrow(), expected);
}

#[test]
fn a_program_may_cancel_when_it_hears_something() {
    let go_away = message(3, 0, COMMAND, &command("onGoAway", 0.0, &[NULL]));
    let (client, thread) = plays(go_away);
    let listener = Listener {
        cancels: Some(ptr::from_ref(client.handle()).cast_mut()),
        ..Listener::default()
    };
    assert!(configure(&client, listener.config()));
    assert!(client.connect() && client.connect_stream());
    assert!(client.read(&mut [0; 1000]) <= 0);
    assert_eq!(client.error().kind, RTMP_ERR_CANCELLED);
    client.close();
    thread.join().unwrap();
}
