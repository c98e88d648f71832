//! Why a call has failed: `RTMP_LastError` and `errno`, whatever the phase.

use std::ffi::c_int;
use std::io::{Error, Read};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rtmp::abi::{
    RTMP, RTMP_ERR_CANCELLED, RTMP_PHASE_CONNECTING, RTMP_PHASE_DIALOGUE, RTMP_PHASE_HANDSHAKE,
    RTMP_PHASE_PROXY, RTMP_PHASE_STREAMING, RTMP_PHASE_TLS, RTMP_PHASE_TUNNEL,
};
use rtmp::ffi::rtmp::connect::{RTMP_Cancel, RTMP_Connect0};

use crate::client::{Client, LONG, acceptance, rest, server, shake_hands, write};

/// Where a client is when it is cancelled, and what it says then.
struct Phase {
    name: &'static str,
    /// `PORT` is the server's.
    url: &'static str,
    /// Leads the client there, and says so when it has come; behind the acceptance, the client does.
    lead: fn(&mut TcpStream, &Sender<()>),
    /// The last thing that is done; what came before must succeed.
    last: Call,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Call {
    Connect,
    ConnectStream,
    Read,
    Write,
}

/// Waits for the first byte of the phase, and never says anything.
fn mute(stream: &mut TcpStream, there: &Sender<()>) {
    stream.read_exact(&mut [0]).unwrap();
    there.send(()).unwrap();
    rest(stream);
}

fn mute_dialogue(stream: &mut TcpStream, there: &Sender<()>) {
    shake_hands(stream);
    mute(stream, there);
}

fn mute_player(stream: &mut TcpStream, _: &Sender<()>) {
    shake_hands(stream);
    write(stream, &acceptance("NetStream.Play.Start"));
    rest(stream);
}

/// Takes nothing any more; the socket stays open.
fn full(stream: &mut TcpStream, _: &Sender<()>) {
    shake_hands(stream);
    write(stream, &acceptance("NetStream.Publish.Start"));
}

const PHASES: &[Phase] = &[
    Phase {
        name: "proxy",
        url: "rtmp://192.0.2.1/app/name socks=socks5://127.0.0.1:PORT",
        lead: mute,
        last: Call::Connect,
    },
    Phase {
        name: "proxy",
        url: "rtmp://192.0.2.1/app/name socks=127.0.0.1:PORT",
        lead: mute,
        last: Call::Connect,
    },
    #[cfg(feature = "tls")]
    Phase {
        name: "TLS",
        url: "rtmps://127.0.0.1:PORT/app/name",
        lead: mute,
        last: Call::Connect,
    },
    #[cfg(feature = "tls")]
    Phase {
        name: "TLS",
        url: "rtmpts://127.0.0.1:PORT/app/name",
        lead: mute,
        last: Call::Connect,
    },
    Phase {
        name: "HTTP tunnel",
        url: "rtmpt://127.0.0.1:PORT/app/name",
        lead: mute,
        last: Call::Connect,
    },
    Phase {
        name: "HTTP tunnel",
        url: "rtmpte://127.0.0.1:PORT/app/name",
        lead: mute,
        last: Call::Connect,
    },
    Phase {
        name: "handshake",
        url: "rtmp://127.0.0.1:PORT/app/name",
        lead: mute,
        last: Call::Connect,
    },
    Phase {
        name: "handshake",
        url: "rtmpe://127.0.0.1:PORT/app/name",
        lead: mute,
        last: Call::Connect,
    },
    Phase {
        name: "waiting for the stream",
        url: "rtmp://127.0.0.1:PORT/app/name",
        lead: mute_dialogue,
        last: Call::ConnectStream,
    },
    Phase {
        name: "streaming",
        url: "rtmp://127.0.0.1:PORT/app/name",
        lead: mute_player,
        last: Call::Read,
    },
    Phase {
        name: "streaming",
        url: "rtmp://127.0.0.1:PORT/app/name",
        lead: full,
        last: Call::Write,
    },
];

/// Calls up to `last`, which has to fail: `errno` behind it.
fn run(client: &Client, last: Call, there: &Sender<()>) -> Option<c_int> {
    let number = || Error::last_os_error().raw_os_error();
    if last == Call::Write {
        client.publishes();
    }
    let connected = client.connect();
    if last == Call::Connect {
        let number = number();
        assert!(!connected);
        return number;
    }
    assert!(connected);
    let playing = client.connect_stream();
    if last == Call::ConnectStream {
        let number = number();
        assert!(!playing);
        return number;
    }
    assert!(playing);
    let body = vec![7; 1 << 20];
    there.send(()).unwrap();
    loop {
        let goes_on = match last {
            Call::Read => client.read(&mut [0; 4096]) > 0,
            _ => client.send(&body),
        };
        if !goes_on {
            return number();
        }
    }
}

/// Who calls `RTMP_Cancel`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum From {
    Thread,
    Signal,
}

/// The handle that the signal's handler cancels.
static HANDLE: AtomicPtr<RTMP> = AtomicPtr::new(ptr::null_mut());

extern "C" fn on_signal(_: c_int) {
    // SAFETY: NULL or a handle that lives on.
    unsafe { RTMP_Cancel(HANDLE.load(SeqCst)) };
}

fn listen_to_signal() {
    let handler: extern "C" fn(c_int) = on_signal;
    // SAFETY: what the handler does is allowed in one.
    unsafe { libc::signal(libc::SIGUSR2, handler as libc::sighandler_t) };
}

fn number_of(phase: &str) -> c_int {
    match phase {
        "connecting" => RTMP_PHASE_CONNECTING,
        "proxy" => RTMP_PHASE_PROXY,
        "TLS" => RTMP_PHASE_TLS,
        "HTTP tunnel" => RTMP_PHASE_TUNNEL,
        "handshake" => RTMP_PHASE_HANDSHAKE,
        "waiting for the stream" => RTMP_PHASE_DIALOGUE,
        _ => RTMP_PHASE_STREAMING,
    }
}

/// Runs a client up to `last`, cancels it when it is `there`, and looks what it says.
fn cancelled(
    name: &str,
    url: &str,
    last: Call,
    (arrive, there): (Sender<()>, Receiver<()>),
    from: From,
) {
    let mut client = Client::new();
    client.set_up_url(&format!("{url} timeout={LONG}"));
    HANDLE.store(ptr::from_ref(client.handle()).cast_mut(), SeqCst);
    let (tell, told) = channel();
    thread::scope(|scope| {
        let caller = scope.spawn(|| {
            // SAFETY: always fine.
            tell.send(unsafe { libc::pthread_self() }).unwrap();
            let number = run(&client, last, &arrive);
            (number, client.last_error())
        });
        there.recv().unwrap();
        match from {
            From::Thread => client.cancel(),
            From::Signal => {
                let thread = told.recv().unwrap();
                // SAFETY: the thread has not been joined.
                assert_eq!(unsafe { libc::pthread_kill(thread, libc::SIGUSR2) }, 0);
            }
        }
        let told = caller.join().unwrap();
        let expected = (Some(libc::ECANCELED), format!("{name}: cancelled"));
        assert_eq!(told, expected, "{url} {from:?}");
    });
    // What else fails now changes nothing, and close keeps it.
    assert!(!client.connect_stream() && !client.send(b"x"));
    client.close();
    assert_eq!(client.last_error(), format!("{name}: cancelled"), "{url}");
    let error = client.error();
    let numbers = (error.kind, error.phase, error.system);
    assert_eq!(numbers, (RTMP_ERR_CANCELLED, number_of(name), 0), "{url}");
}

#[test]
fn a_cancel_is_the_reason_in_every_phase() {
    listen_to_signal();
    for from in [From::Thread, From::Signal] {
        for phase in PHASES {
            let (tell, there) = channel();
            let arrival = (tell.clone(), there);
            let lead = phase.lead;
            let (port, thread) = server(move |mut stream| {
                lead(&mut stream, &tell);
                stream
            });
            let url = phase.url.replace("PORT", &port.to_string());
            cancelled(phase.name, &url, phase.last, arrival, from);
            drop(thread.join().unwrap());
        }
        // A listener that takes no notice of who connects: its queue is full.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        // SAFETY: a listening socket.
        unsafe { libc::listen(listener.as_raw_fd(), 0) };
        let address = listener.local_addr().unwrap();
        let _filler = TcpStream::connect(address).unwrap();
        let (tell, there) = channel();
        tell.send(()).unwrap();
        let url = format!("rtmp://{address}/app/name");
        cancelled("connecting", &url, Call::Connect, (tell, there), from);
    }
}

#[test]
fn a_cancel_before_a_call_is_its_reason() {
    let mut client = Client::new();
    client.set_up("rtmp", 1, LONG);
    client.cancel();
    assert!(!client.connect());
    assert_eq!(client.last_error(), "connecting: cancelled");
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        rest(&mut stream);
    });
    client.close();
    client.set_up("rtmp", port, LONG);
    assert!(client.connect());
    client.cancel();
    assert!(!client.connect_stream());
    assert_eq!(Error::last_os_error().raw_os_error(), Some(libc::ECANCELED));
    assert_eq!(client.last_error(), "waiting for the stream: cancelled");
    thread.join().unwrap();
}

#[test]
fn the_first_reason_stays() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.BadName"));
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, LONG);
    client.publishes();
    assert!(client.connect() && !client.connect_stream());
    let told = client.last_error();
    client.cancel();
    assert!(!client.connect_stream() && !client.send(b"x"));
    client.close();
    assert_eq!(client.last_error(), told);
    assert!(told.contains("BadName"), "{told}");
    thread.join().unwrap();
}

#[test]
fn the_socket_alone_has_its_phase_too() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let client = Client::of("rtmp", port, LONG);
    // SAFETY: zeros are an address of no family.
    let mut address: libc::sockaddr_in = unsafe { std::mem::zeroed() };
    address.sin_family = libc::AF_INET.try_into().unwrap();
    address.sin_port = port.to_be();
    address.sin_addr.s_addr = u32::from(Ipv4Addr::LOCALHOST).to_be();
    let handle = ptr::from_ref(client.handle()).cast_mut();
    // SAFETY: a handle and an address.
    let connected = unsafe { RTMP_Connect0(handle, (&raw mut address).cast()) };
    assert_eq!(connected, 0);
    assert_eq!(client.last_error(), "connecting: Connection refused");
}

#[test]
fn there_is_a_reason_when_there_is_no_host() {
    let client = Client::new();
    assert!(!client.connect());
    let told = "connecting: there is no host to connect to";
    assert_eq!(client.last_error(), told);
    client.close();
    assert_eq!(client.last_error(), told);
}
