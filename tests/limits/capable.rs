//! What the server can do, asked for while threads wait for the network, and after a login.

use std::net::{TcpListener, TcpStream};
use std::ptr;
use std::sync::mpsc::channel;
use std::thread;

use rtmp::abi::RTMP_CAPABILITIES;
use rtmp::ffi::rtmp::capabilities::RTMP_GetCapabilities;

use crate::client::{Client, LONG, PATIENCE, acceptance, narrow_server, rest, shake_hands, write};
use crate::messages::{COMMAND, NULL, command, message, number, object, text};

/// `capsEx` as the server has said it.
fn caps_ex(client: &Client) -> Option<u32> {
    let mut seen = RTMP_CAPABILITIES {
        size: u32::try_from(size_of::<RTMP_CAPABILITIES>()).unwrap(),
        ..RTMP_CAPABILITIES::default()
    };
    let handle = ptr::from_ref(client.handle()).cast_mut();
    // SAFETY: a valid handle, and a struct of that size.
    let is_known = unsafe { RTMP_GetCapabilities(handle, &raw mut seen) } == 1;
    (is_known && seen.said != 0).then_some(seen.capsEx)
}

fn answer(name: &str, number_of_call: f64, caps_ex: f64, words: &str) -> Vec<u8> {
    let info = object(&[
        ("level", text("error")),
        ("code", text("NetConnection.Connect.Rejected")),
        ("description", text(words)),
        ("capsEx", number(caps_ex)),
    ]);
    message(
        3,
        0,
        COMMAND,
        &command(name, number_of_call, &[NULL, &info]),
    )
}

#[test]
fn nobody_is_waited_for() {
    let (tell, told) = channel::<()>();
    let (port, server) = narrow_server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &answer("_result", 1.0, 6.0, ""));
        write(&mut stream, &acceptance("NetStream.Publish.Start"));
        // Takes nothing and says nothing more until it has been asked.
        told.recv_timeout(PATIENCE).unwrap();
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, LONG);
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    let body = vec![7; 1 << 20];
    thread::scope(|scope| {
        let reader = scope.spawn(|| client.read(&mut [0; 100]));
        let writer = scope.spawn(|| while client.send(&body) {});
        // They hold their locks when all that the sockets have room for is sent, and before: whenever is asked, both wait.
        for _ in 0..1000 {
            assert_eq!(caps_ex(&client), Some(6));
            thread::yield_now();
        }
        assert!(!reader.is_finished() && !writer.is_finished());
        client.cancel();
        tell.send(()).unwrap();
        reader.join().unwrap();
        writer.join().unwrap();
    });
    client.close();
    server.join().unwrap();
}

/// A publisher whose first connection is refused until it says who it is: what the second one answers counts.
#[test]
fn a_login_makes_another_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (wait, waiting) = channel::<()>();
    let server = thread::spawn(move || {
        let accept = || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            shake_hands(&mut stream);
            stream
        };
        let words = "code=403 need auth; authmod=adobe";
        let mut first: TcpStream = accept();
        write(&mut first, &answer("_error", 1.0, 1.0, words));
        let mut second = accept();
        waiting.recv_timeout(PATIENCE).unwrap();
        write(&mut second, &answer("_result", 1.0, 2.0, ""));
        write(&mut second, &acceptance("NetStream.Publish.Start"));
        rest(&mut second);
    });
    let mut client = Client::new();
    let options = format!("timeout={LONG} pubUser=joe pubPasswd=pw");
    client.set_up_with("rtmp", port, &options);
    client.publishes();
    assert!(client.connect());
    assert_eq!(caps_ex(&client), None);
    wait.send(()).unwrap();
    assert!(client.connect_stream());
    assert_eq!(caps_ex(&client), Some(2));
    client.close();
    assert_eq!(caps_ex(&client), None);
    server.join().unwrap();
}
