//! Fetching a player for its verification: every way out of it, from every call that fetches one.

use std::ffi::c_int;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rtmp::abi::{RTMP, RTMP_LF_SWFV};
use rtmp::ffi::rtmp::connect::RTMP_Close;

use crate::client::{Client, SHORT, repeat, rest, server};

/// What a server of players does when it has been asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    /// It takes the connection and says nothing.
    Silent,
    /// Its head never ends.
    HeadTrickles,
    /// The player comes a little at a time, faster than any limit of the slowness of bodies.
    BodyTrickles,
    /// As fast as it is taken.
    Floods,
}

const WAYS: [Way; 4] = [
    Way::Silent,
    Way::HeadTrickles,
    Way::BodyTrickles,
    Way::Floods,
];
const HEAD: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Length: 60000000\r\n\r\nFWS\x09\0\0\xff\0";

fn behave(mut stream: TcpStream, way: Way, there: &Sender<()>) {
    let pause = Duration::from_millis(20);
    if matches!(way, Way::BodyTrickles | Way::Floods) {
        stream.write_all(HEAD).unwrap();
    }
    there.send(()).unwrap();
    match way {
        Way::Silent => {}
        Way::HeadTrickles => repeat(&mut stream, b"H", pause),
        Way::BodyTrickles => repeat(&mut stream, b"player", pause),
        // Slowly enough not to be done before anybody stops it.
        Way::Floods => repeat(&mut stream, &[b'p'; 10_000], pause),
    }
    rest(&mut stream);
}

fn players(way: Way, there: Sender<()>) -> (u16, JoinHandle<()>) {
    server(move |stream| behave(stream, way, &there))
}

fn url(rtmp: u16, players: u16, more: &str) -> String {
    format!("rtmp://127.0.0.1:{rtmp}/app/name swfUrl=http://127.0.0.1:{players}/p.swf {more}")
}

const STOPS: [fn(&Client); 2] = [Client::cancel, Client::close];

/// Stops `fetch` while the player is being fetched: it fails, says why, and the handle is as good as before.
fn stopped(
    way: Way,
    stop: fn(&Client),
    begin: impl FnOnce(&mut Client, u16),
    fetch: fn(&Client) -> bool,
) {
    let (there, arrival) = channel();
    let (port, thread) = players(way, there);
    let mut client = Client::new();
    begin(&mut client, port);
    thread::scope(|scope| {
        let fetching = scope.spawn(|| fetch(&client));
        arrival.recv().unwrap();
        stop(&client);
        assert!(!fetching.join().unwrap(), "{way:?}");
    });
    assert_eq!(client.last_error(), "SWF: cancelled", "{way:?}");
    assert_eq!(client.handle().Link.SWFSize.get(), 0);
    client.close();
    assert_eq!(client.last_error(), "SWF: cancelled");
    assert!(!client.handle().is_stopped());
    thread.join().unwrap();
}

#[test]
fn a_set_up_is_stopped() {
    for way in WAYS {
        for stop in STOPS {
            stopped(
                way,
                stop,
                |client, port| client.write_down(&url(1, port, "swfVfy=1 swfAge=0")),
                Client::set_up_again,
            );
        }
    }
}

#[test]
fn a_connect_is_stopped() {
    for way in WAYS {
        for stop in STOPS {
            stopped(
                way,
                stop,
                |client, port| {
                    client.write_down(&url(1, port, "swfAge=0"));
                    assert!(client.set_up_again());
                    client.handle().Link.raise(RTMP_LF_SWFV);
                },
                Client::connect,
            );
        }
    }
}

#[test]
fn a_server_of_players_is_silent_for_so_long_as_any_other() {
    let (there, _arrival) = channel();
    let (port, thread) = players(Way::Silent, there);
    let mut client = Client::new();
    client.write_down(&url(1, port, &format!("swfVfy=1 swfAge=0 timeout={SHORT}")));
    // A player that is not there is no reason not to connect: the server decides.
    assert!(client.set_up_again());
    assert_eq!(client.last_error(), "");
    thread.join().unwrap();
}

/// What [`close_here`] closes.
static INTERRUPTED: AtomicPtr<RTMP> = AtomicPtr::new(std::ptr::null_mut());

extern "C" fn close_here(_: c_int) {
    // SAFETY: the handle is valid for as long as the thread that is interrupted uses it.
    unsafe { RTMP_Close(INTERRUPTED.load(Relaxed)) };
}

#[test]
fn a_signal_handler_on_the_same_thread_closes() {
    let handler: extern "C" fn(c_int) = close_here;
    // SAFETY: the handler is there for good.
    unsafe { libc::signal(libc::SIGUSR1, handler as libc::sighandler_t) };
    for fetch in [Client::set_up_again as fn(&Client) -> bool, Client::connect] {
        let (there, arrival) = channel();
        let (port, thread) = players(Way::BodyTrickles, there);
        let mut client = Client::new();
        client.write_down(&url(1, port, "swfAge=0"));
        assert!(client.set_up_again());
        client.handle().Link.raise(RTMP_LF_SWFV);
        INTERRUPTED.store(std::ptr::from_ref(client.handle()).cast_mut(), Relaxed);
        let (tell, told) = channel();
        thread::scope(|scope| {
            let fetching = scope.spawn(|| {
                // SAFETY: nothing is needed.
                tell.send(unsafe { libc::pthread_self() }).unwrap();
                fetch(&client)
            });
            arrival.recv().unwrap();
            let fetcher = told.recv().unwrap();
            // SAFETY: a thread that has not been joined.
            assert_eq!(unsafe { libc::pthread_kill(fetcher, libc::SIGUSR1) }, 0);
            assert!(!fetching.join().unwrap());
        });
        assert_eq!(client.last_error(), "SWF: cancelled");
        client.close();
        thread.join().unwrap();
    }
}
