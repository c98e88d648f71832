//! Peers that never stop saying a little, and peers that take nothing.

use std::time::Duration;

use crate::client::{
    Client, SHORT, acceptance, repeat, rest, send_among_signals, server, shake_hands, write,
};
use crate::messages::{message, tag};

/// Far less than the timeout: no single receive runs out of time.
const PAUSE: Duration = Duration::from_millis(100);
const PING: [u8; 6] = [0, 6, 0, 0, 0, 1];

#[test]
fn a_handshake_in_single_bytes_ends_with_its_time() {
    let (port, thread) = server(|mut stream| repeat(&mut stream, &[3], PAUSE));
    let client = Client::of("rtmp", port, SHORT);
    assert!(!client.connect());
    assert!(client.is_timed_out() && !client.is_connected());
    assert_eq!(
        client.last_error(),
        "handshake: nothing was received in time"
    );
    client.close();
    thread.join().unwrap();
}

#[cfg(feature = "tls")]
#[test]
fn a_tls_handshake_in_single_bytes_ends_with_its_time() {
    for scheme in ["rtmps", "rtmpts"] {
        // A record that says it is longer than what comes.
        let (port, thread) = server(|mut stream| {
            write(&mut stream, &[22, 3, 3, 0x40, 0]);
            repeat(&mut stream, &[0], PAUSE);
        });
        let client = Client::of(scheme, port, SHORT);
        assert!(!client.connect());
        assert!(client.is_timed_out() && !client.is_connected());
        client.close();
        thread.join().unwrap();
    }
}

#[test]
fn a_client_of_a_server_has_as_little_time() {
    let (port, thread) = server(|stream| {
        use std::os::fd::IntoRawFd;
        let served = Client::new();
        served.handle().Link.timeout.set(1);
        // No timeout of its own.
        stream.set_read_timeout(None).unwrap();
        served.handle().m_sb.sb_socket.set(stream.into_raw_fd());
        let raw: *const rtmp::abi::RTMP = served.handle();
        // SAFETY: a valid handle.
        let result = unsafe { rtmp::ffi::rtmp::connect::RTMP_Serve(raw.cast_mut()) };
        (result, served.is_timed_out())
    });
    let mut client = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    repeat(&mut client, &[3], PAUSE);
    assert_eq!(thread.join().unwrap(), (0, true));
}

#[test]
fn pings_alone_do_not_keep_a_dialogue_alive() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        repeat(&mut stream, &message(2, 0, 4, &PING), PAUSE);
    });
    let client = Client::of("rtmp", port, SHORT);
    assert!(client.connect());
    assert!(!client.connect_stream());
    assert!(client.is_timed_out());
    assert_eq!(
        client.last_error(),
        "waiting for the stream: nothing was received in time"
    );
    client.close();
    thread.join().unwrap();
}

#[test]
fn a_flood_does_not_keep_a_dialogue_alive() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        // Nothing that is answered: the client never has to wait.
        let flood = message(3, 0, 20, b"\x02\0\x04void").repeat(1000);
        repeat(&mut stream, &flood, Duration::ZERO);
    });
    let client = Client::of("rtmp", port, SHORT);
    assert!(client.connect());
    assert!(!client.connect_stream());
    assert!(client.is_timed_out());
    client.close();
    thread.join().unwrap();
}

/// Plays from a server that says the same again and again, and answers nothing; `ask` makes the client drop it.
fn waits_in_vain(ask: fn(&Client)) {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Play.Start"));
        repeat(&mut stream, &message(6, 40, 9, &[0x27; 30]), PAUSE);
    });
    let client = Client::of("rtmp", port, SHORT);
    assert!(client.connect() && client.connect_stream());
    let mut buffer = [0; 13 + 45];
    assert_eq!(client.read(&mut buffer), 13 + 45);
    ask(&client);
    assert_eq!(client.read(&mut buffer[..45]), 45);
    assert_eq!(buffer[..45], tag(9, 40, &[0x27; 30]));
    client.close();
    thread.join().unwrap();
}

#[test]
fn a_seek_that_is_not_answered_ends_with_its_time() {
    waits_in_vain(|client| assert!(client.seek()));
}

#[test]
fn what_a_server_repeats_behind_a_pause_ends_with_its_time() {
    waits_in_vain(|client| client.handle().m_pausing.set(3));
}

#[test]
fn a_peer_that_takes_nothing_ends_sending() {
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let (port, thread) = server(move |mut stream| {
        shake_hands(&mut stream);
        // Reads nothing more until the client is done.
        held.recv().unwrap_err();
        rest(&mut stream);
    });
    let mut client = Client::new();
    client.set_up_with("rtmp", port, "timeout=1 sendTimeout=500");
    assert!(client.connect());
    // A goodbye would have to be said.
    client.handle().m_stream_id.set(1);
    let body = vec![7; 1 << 20];
    while client.send(&body) {}
    assert!(client.is_timed_out() && !client.is_connected());
    assert!(client.last_error().starts_with("streaming: sending: "));
    drop(hold);
    thread.join().unwrap();
}

#[test]
fn a_refusal_is_told_in_the_words_of_the_server() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Publish.BadName"));
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, 20);
    client.publishes();
    assert!(client.connect());
    assert_eq!(client.last_error(), "");
    assert!(!client.connect_stream());
    let told = client.last_error();
    assert!(told.contains("NetStream.Publish.BadName"), "{told}");
    client.close();
    assert_eq!(client.last_error(), told);
    thread.join().unwrap();
}

#[test]
fn signals_do_not_make_a_send_endless() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        stream
    });
    let mut client = Client::new();
    client.set_up_with("rtmp", port, "timeout=50 sendTimeout=500");
    assert!(client.connect());
    let stream = thread.join().unwrap();
    send_among_signals(&client);
    drop(stream);
}
