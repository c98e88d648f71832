//! `connect` ahead in all ways to begin a session: through a tunnel, a proxy, with a packet of the program; and the second
//! connection of the same kind, where a server does not take that.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ptr;
use std::sync::mpsc::channel;
use std::thread;

use rtmp::ffi::rtmp::connect::{RTMP_Connect0, RTMP_Connect1};

use crate::ahead::{CONNECT, PLAYS, strict_server};
use crate::client::{Client, LONG, acceptance, rest, server};
use crate::greeting::{
    BLOCK, begin, first_message, say, serve_hasty, serve_in_turn, serve_strictly, take_echo,
};
use crate::logged::logged;
use crate::messages::{command, object, text};
use crate::tunnel;

const ERROR: &str = "1 ";
const WARNING: &str = "2 ";

/// A command that the program has built.
fn own_command() -> Vec<u8> {
    let properties = object(&[("app", text(&"a".repeat(300)))]);
    command("connect", 1.0, &[&properties])
}

/// How a server ends a connection on which it got more than C2.
#[derive(Clone, Copy, Debug)]
enum Dislike {
    /// With bytes unread: the connection is reset.
    Unread,
    Read,
    HalfOfEcho,
}

fn end(mut stream: TcpStream, how: Dislike) -> Vec<u8> {
    let echo = begin(&mut stream);
    take_echo(&mut stream);
    match how {
        Dislike::Unread => {
            // Something comes, of which no more is taken.
            assert_eq!(stream.peek(&mut [0]).unwrap(), 1);
            Vec::new()
        }
        Dislike::Read => first_message(&mut stream),
        Dislike::HalfOfEcho => {
            let heard = first_message(&mut stream);
            say(&mut stream, &echo[..BLOCK / 2]);
            heard
        }
    }
}

#[test]
fn the_second_connection_is_told_the_same() {
    for own in [None, Some(own_command())] {
        for how in [Dislike::Unread, Dislike::Read, Dislike::HalfOfEcho] {
            let (port, thread) = strict_server(2, move |mut stream, number| {
                if number == 0 {
                    return end(stream, how);
                }
                let heard = serve_in_turn(&mut stream, &acceptance(PLAYS));
                rest(&mut stream);
                heard
            });
            let client = Client::of("rtmp", port, LONG);
            let connected = own
                .as_ref()
                .map_or_else(|| client.connect(), |body| client.connect_with(body));
            assert!(connected, "{how:?}");
            assert!(client.connect_stream(), "{how:?}");
            client.close();
            let mut heard = thread.join().unwrap();
            let second = heard.pop().unwrap();
            assert!(second.starts_with(CONNECT), "{how:?}");
            if let Some(body) = &own {
                assert_eq!(&second, body, "{how:?}");
            }
            let first = heard.pop().unwrap();
            assert!(first.is_empty() || first == second, "{how:?}");
        }
    }
}

#[test]
fn the_second_connection_is_no_news() {
    let (port, thread) = strict_server(2, |mut stream, number| {
        if number == 0 {
            end(stream, Dislike::Unread);
        } else {
            serve_in_turn(&mut stream, &acceptance(PLAYS));
            rest(&mut stream);
        }
    });
    let client = Client::of("rtmp", port, LONG);
    let (connected, lines) = logged(|| client.connect());
    assert!(connected);
    let is_loud = |line: &&String| line.starts_with(ERROR) || line.starts_with(WARNING);
    assert_eq!(lines.iter().find(is_loud), None);
    let again = lines.iter().filter(|line| line.contains("trying again"));
    assert_eq!(again.count(), 1);
    client.close();
    thread.join().unwrap();
}

#[test]
fn a_packet_of_the_program_goes_ahead() {
    let (port, thread) = server(|mut stream| {
        let heard = serve_hasty(&mut stream, &acceptance(PLAYS));
        rest(&mut stream);
        heard
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(client.connect_with(&own_command()));
    assert!(client.connect_stream());
    client.close();
    assert_eq!(thread.join().unwrap(), own_command());
}

#[test]
fn a_tunnel_carries_it_ahead() {
    let (port, thread) = server(|stream| {
        let mut stream = tunnel::Bytes::of(stream);
        let heard = serve_hasty(&mut stream, &acceptance(PLAYS));
        rest(&mut stream);
        heard
    });
    let client = Client::of("rtmpt", port, LONG);
    assert!(client.connect());
    assert!(client.connect_stream());
    client.close();
    assert!(thread.join().unwrap().starts_with(CONNECT));
}

#[test]
fn a_second_tunnel_is_opened_for_it() {
    let (port, thread) = strict_server(2, |stream, number| {
        serve_strictly(&mut tunnel::Bytes::of(stream), number, &acceptance(PLAYS))
    });
    let client = Client::of("rtmpt", port, LONG);
    assert!(client.connect());
    assert!(client.connect_stream());
    client.close();
    let heard = thread.join().unwrap();
    assert!(heard[0].starts_with(CONNECT));
    assert_eq!(heard[0], heard[1]);
}

/// What a proxy hears, in pieces of so many bytes, and says.
type Talk = &'static [(usize, &'static [u8])];

#[test]
fn the_second_connection_goes_through_the_proxy_too() {
    let proxies: [(&str, Talk); 3] = [
        ("", &[(9, &[0, 90, 0, 0, 0, 0, 0, 0])]),
        (
            "socks5://",
            &[(3, &[5, 0]), (10, &[5, 0, 0, 1, 9, 9, 9, 9, 9, 9])],
        ),
        (
            "http://",
            &[(53, b"HTTP/1.0 200 Connection established\r\n\r\n")],
        ),
    ];
    for (kind, talk) in proxies {
        let (port, thread) = strict_server(2, move |mut stream, number| {
            let mut asked = Vec::new();
            for (count, answer) in talk {
                let mut bytes = vec![0; *count];
                stream.read_exact(&mut bytes).unwrap();
                asked.extend(bytes);
                stream.write_all(answer).unwrap();
            }
            if number == 0 {
                end(stream, Dislike::Unread);
            } else {
                serve_in_turn(&mut stream, &acceptance(PLAYS));
                rest(&mut stream);
            }
            asked
        });
        let mut client = Client::new();
        client.set_up_url(&format!(
            "rtmp://1.2.3.4:1936/app/play timeout={LONG} socks={kind}127.0.0.1:{port}"
        ));
        assert!(client.connect(), "{kind}");
        assert!(client.connect_stream(), "{kind}");
        client.close();
        let asked = thread.join().unwrap();
        assert_eq!(asked[0], asked[1], "{kind}");
    }
}

fn connect_socket(client: &Client, port: u16) -> bool {
    let address = socket2::SockAddr::from(SocketAddr::from(([127, 0, 0, 1], port)));
    let address = address.as_ptr().cast_mut().cast();
    // SAFETY: a valid handle and address.
    unsafe { RTMP_Connect0(ptr::from_ref(client.handle()).cast_mut(), address) == 1 }
}

fn begin_session(client: &Client) -> bool {
    // SAFETY: a valid handle; no packet.
    unsafe { RTMP_Connect1(ptr::from_ref(client.handle()).cast_mut(), ptr::null_mut()) == 1 }
}

#[test]
fn on_a_socket_of_the_program_all_goes_in_turn() {
    let (port, thread) = server(|mut stream| {
        begin(&mut stream);
        take_echo(&mut stream);
        // What comes now comes behind an end of the server: nothing may.
        stream.shutdown(Shutdown::Write).unwrap();
        rest(&mut stream)
    });
    let client = Client::of("rtmp", port, LONG);
    assert!(connect_socket(&client, port));
    assert!(!begin_session(&client));
    assert!(!client.is_connected());
    assert_eq!(thread.join().unwrap(), []);
}

/// Ends the attempt from another thread while the server, which has `connect`, holds S2 back. Nothing connects again.
fn stop_in_the_middle(stop: fn(&Client)) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = Client::of("rtmp", port, LONG);
    let (tell, told) = channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let (mut stream, _) = listener.accept().unwrap();
            begin(&mut stream);
            take_echo(&mut stream);
            first_message(&mut stream);
            tell.send(()).unwrap();
            rest(&mut stream);
        });
        let connecting = scope.spawn(|| client.connect());
        told.recv().unwrap();
        stop(&client);
        assert!(!connecting.join().unwrap());
    });
    client.close();
    assert!(!client.is_connected());
    listener.set_nonblocking(true).unwrap();
    let another = listener.accept().map(drop);
    assert_eq!(another.unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn who_cancels_does_not_connect_again() {
    stop_in_the_middle(Client::cancel);
}

#[test]
fn who_closes_does_not_connect_again() {
    stop_in_the_middle(Client::close);
}
