//! `RTMP_Read` goes on at another server.

use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use crate::client::{Client, LONG};
use crate::messages::{FLV_HEADER, message, number, object, tag, text};
use crate::peer::{Message, listener, request, serve};

const KEY: &[u8] = b"\x17\x01\0\0\0key frame";
const INTER: &[u8] = b"\x27\x01\0\0\0frame";
const SOUND: &[u8] = b"\xaf\x01sound";
const AVC: &[u8] = b"\x17\0\0\0\0avcC";
const AAC: &[u8] = b"\xaf\0\x12\x10";

/// What a server plays: type, time, body.
type Played = (u8, u32, &'static [u8]);

fn said(played: &[Played]) -> Vec<u8> {
    let all = played
        .iter()
        .map(|&(kind, time, body)| message(6, time, kind, body));
    all.collect::<Vec<_>>().concat()
}

/// A server that plays something, says `last` behind it, and hears the client to its end, unless it `leaves`.
fn server(
    listener: TcpListener,
    played: &[Played],
    last: Vec<u8>,
    leaves: bool,
) -> JoinHandle<(Vec<Message>, Vec<Message>)> {
    let words = [said(played), last].concat();
    thread::spawn(move || {
        let mut peer = serve(&listener);
        peer.say(&words);
        if leaves {
            peer.stream.shutdown(std::net::Shutdown::Write).unwrap();
        }
        let rest = peer.rest();
        (peer.commands, rest)
    })
}

fn end() -> Vec<u8> {
    message(
        5,
        0,
        crate::messages::COMMAND,
        &crate::messages::status("NetStream.Play.Stop"),
    )
}

fn player(port: u16, options: &str) -> Client {
    let mut client = Client::new();
    client.set_up_with(
        "rtmp",
        port,
        &format!("timeout={LONG} reconnect=auto {options}"),
    );
    assert!(
        client.connect() && client.connect_stream(),
        "{}",
        client.last_error()
    );
    client
}

/// All that there is to read, `size` bytes at a time.
fn read_all(client: &Client, size: usize) -> Vec<u8> {
    let (mut all, mut room) = (Vec::new(), vec![0; size]);
    loop {
        let count = client.read(&mut room);
        assert!(count >= 0, "{}", client.last_error());
        if count == 0 {
            return all;
        }
        all.extend_from_slice(&room[..usize::try_from(count).unwrap()]);
    }
}

/// A file of these tags.
fn file(played: &[Played]) -> Vec<u8> {
    let tags = played
        .iter()
        .map(|&(kind, time, body)| tag(kind, time, body));
    let mut all = FLV_HEADER.to_vec();
    all[4] = 5;
    all.extend(tags.collect::<Vec<_>>().concat());
    all
}

const FIRST: [Played; 6] = [
    (9, 0, AVC),
    (8, 0, AAC),
    (9, 0, KEY),
    (8, 10, SOUND),
    (9, 40, INTER),
    (9, 80, INTER),
];

fn go_to(port: u16) -> Vec<u8> {
    request(Some(&format!("rtmp://127.0.0.1:{port}/other")))
}

#[test]
fn the_file_goes_on_with_times_that_go_on() {
    let second = [
        (9, 0, AVC),
        (8, 0, AAC),
        (9, 0, KEY),
        (8, 10, SOUND),
        (9, 40, INTER),
    ];
    let expected = [
        &FIRST[..],
        &[
            (9, 80, AVC),
            (8, 80, AAC),
            (9, 81, KEY),
            (8, 91, SOUND),
            (9, 121, INTER),
        ],
    ]
    .concat();
    // Tags are cut, or not, where the stream moves.
    for size in [1, 7, 64, 4096] {
        for leaves in [false, true] {
            let ((one, port), (two, other)) = (listener(), listener());
            // What is behind the request comes again.
            let words = [go_to(other), said(&[(9, 120, INTER)])].concat();
            let old = server(one, &FIRST, words, leaves);
            let new = server(two, &second, end(), false);
            let client = player(port, "live=1");
            let read = read_all(&client, size);
            assert_eq!(
                read.escape_ascii().to_string(),
                file(&expected).escape_ascii().to_string()
            );
            assert_eq!(
                client.handle().Link.port.get(),
                if client.is_connected() { other } else { port }
            );
            client.close();
            let (_, rest) = old.join().unwrap();
            assert!(leaves || rest.last().unwrap().is("deleteStream"));
            let (commands, _) = new.join().unwrap();
            assert!(commands[0].has(b"other"));
            let play = commands.iter().find(|command| command.is("play")).unwrap();
            // From where it is live.
            assert!(play.has(&number(-1000.0)));
        }
    }
}

#[test]
fn a_clock_that_servers_share_stays() {
    let second = [(9, 0, AVC), (8, 0, AAC), (9, 120, KEY), (8, 130, SOUND)];
    let ((one, port), (two, other)) = (listener(), listener());
    let old = server(one, &FIRST, go_to(other), false);
    let new = server(two, &second, end(), false);
    let client = player(port, "live=1");
    let moved = [(9, 80, AVC), (8, 80, AAC), (9, 120, KEY), (8, 130, SOUND)];
    assert_eq!(
        read_all(&client, 4096),
        file(&[&FIRST[..], &moved].concat())
    );
    client.close();
    drop((old.join(), new.join()));
}

/// A recording goes on where it was, and what is there twice is given out once.
#[test]
fn a_recording_goes_on_at_its_position() {
    let metadata: &'static [u8] = Box::leak(
        [text("onMetaData"), object(&[("duration", number(100.0))])]
            .concat()
            .into_boxed_slice(),
    );
    let first = [&[(18, 0, metadata)], &FIRST[..]].concat();
    let second = [
        (9, 40, AVC),
        (9, 40, KEY),
        (8, 45, SOUND),
        (9, 80, INTER),
        (9, 120, INTER),
        (8, 125, SOUND),
    ];
    let ((one, port), (two, other)) = (listener(), listener());
    let old = server(one, &first, go_to(other), false);
    let new = server(two, &second, end(), false);
    let client = player(port, "");
    let moved = [
        (9, 80, AVC),
        (8, 80, SOUND),
        (9, 120, INTER),
        (8, 125, SOUND),
    ];
    let read = read_all(&client, 4096);
    let expected = file(&[&first[..], &moved].concat());
    assert_eq!(
        read.escape_ascii().to_string(),
        expected.escape_ascii().to_string()
    );
    assert_eq!(client.handle().Link.seekTime.get(), 0);
    client.close();
    old.join().unwrap();
    let (commands, _) = new.join().unwrap();
    let play = commands.iter().find(|command| command.is("play")).unwrap();
    assert!(play.has(&number(80.0)));
}

/// Behind the request nothing comes any more, and before it nothing came.
#[test]
fn a_server_may_send_its_client_on_at_once() {
    for leaves in [false, true] {
        let ((one, port), (two, other)) = (listener(), listener());
        let old = server(one, &[], go_to(other), leaves);
        let new = server(two, &FIRST, end(), false);
        let client = player(port, "live=1");
        assert_eq!(read_all(&client, 4096), file(&FIRST));
        client.close();
        drop((old.join(), new.join()));
    }
}

/// What was read while it was not known which tracks there are is handed out before the stream moves.
#[test]
fn what_waits_for_the_program_is_not_lost() {
    for size in [1, 20, 4096] {
        let ((one, port), (two, other)) = (listener(), listener());
        let old = server(one, &FIRST[..1], go_to(other), false);
        let new = server(two, &FIRST, end(), false);
        let client = player(port, "live=1");
        let mut expected = file(&[
            (9, 0, AVC),
            (9, 0, AVC),
            (8, 0, AAC),
            (9, 1, KEY),
            (8, 11, SOUND),
            (9, 41, INTER),
            (9, 81, INTER),
        ]);
        expected[4] = 1;
        let read = read_all(&client, size);
        assert_eq!(
            read.escape_ascii().to_string(),
            expected.escape_ascii().to_string()
        );
        client.close();
        drop((old.join(), new.join()));
    }
}

/// Programs that take packets, and those that did not ask for it, stay.
#[test]
fn only_auto_moves() {
    for mode in ["report", "no"] {
        let ((one, port), (_two, other)) = (listener(), listener());
        let words = [go_to(other), said(&[(9, 120, INTER)]), end()].concat();
        let old = server(one, &FIRST, words, false);
        let mut client = Client::new();
        client.set_up_with(
            "rtmp",
            port,
            &format!("timeout={LONG} live=1 reconnect={mode}"),
        );
        assert!(client.connect() && client.connect_stream());
        let expected = [&FIRST[..], &[(9, 120, INTER)]].concat();
        assert_eq!(read_all(&client, 4096), file(&expected));
        client.close();
        old.join().unwrap();
    }
}
