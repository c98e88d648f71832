//! `RTMP_Write` goes on at another server.

use std::thread;

use rtmp::sys::socket::{Readiness, wait};

use crate::client::PATIENCE;
use crate::messages::{FLV_HEADER, tag};
use crate::peer::serve;
use crate::publisher::{ASKED, Servers, publisher, write};
use crate::stream::{
    BEGIN, CONFIGS, GOP, Sent, frames, head, metadata, moments, preparations, published_metadata,
    tags,
};

/// All that a new server gets before the frames; these.
fn without_preparations(mut media: Vec<Sent>) -> Vec<Sent> {
    let expected = preparations();
    let prepared: Vec<_> = media.drain(..expected.len()).collect();
    let time = media[0].1;
    for ((kind, at, body), expected) in prepared.into_iter().zip(expected) {
        assert_eq!(((kind, body), at), (expected, time));
    }
    media
}

/// Publishes until the stream has moved, and then some more, in pieces of any size. Both servers together have all of it.
fn assert_goes_on(servers: Servers, options: &str, cut: usize) -> [crate::publisher::Heard; 2] {
    let client = publisher(servers.port, options);
    let mut at = 0;
    let mut bytes = head();
    let mut left = 2 * GOP + 3;
    while left > 0 {
        assert!(at < 20_000, "it never moves");
        bytes.extend(tags(at));
        for piece in bytes.chunks(cut) {
            write(&client, piece);
        }
        bytes.clear();
        at += 1;
        left -= u32::from(servers.is_taken());
    }
    assert_eq!(client.handle().Link.port.get(), servers.other);
    client.close();
    assert_eq!(client.handle().Link.port.get(), servers.port);
    let [old, new] = servers.join();
    // The old server gets all before a key frame, and a proper goodbye.
    let before = old.media().split_off(preparations().len());
    let goodbye: Vec<_> = old.rest.iter().rev().take(2).collect();
    assert!(
        goodbye[0].is("deleteStream") && goodbye[1].is("FCUnpublish"),
        "{goodbye:?}"
    );
    // The new one gets all from there on.
    let after = without_preparations(new.media());
    let (all, expected) = ([&before[..], &after].concat(), moments(0..at));
    assert!(all == expected, "{all:?} {expected:?}");
    let step = moments(0..1).len();
    assert_eq!(before.len() % (step * usize::try_from(GOP).unwrap()), 0);
    let first = new.rest.iter().find(|message| message.is_media()).unwrap();
    assert_eq!((first.format, first.stream), (0, 1));
    assert!(new.command("publish").has(b"name"));
    [old, new]
}

#[test]
fn the_stream_goes_on_at_a_key_frame() {
    let servers = Servers::new(|port| Some(format!("rtmp://127.0.0.1:{port}/new/place?a=b")));
    let (port, other) = (servers.port, servers.other);
    let [old, new] = assert_goes_on(servers, "", usize::MAX);
    let url = format!("rtmp://127.0.0.1:{other}/new/place?a=b");
    assert!(new.command("connect").says("tcUrl", &url));
    assert!(new.command("connect").says("app", "new/place?a=b"));
    let url = format!("rtmp://127.0.0.1:{port}/app");
    assert!(old.command("connect").says("tcUrl", &url));
}

/// What has come by then counts, also inside one call.
#[test]
fn it_is_the_next_key_frame() {
    let servers = Servers::new(|port| Some(format!("rtmp://127.0.0.1:{port}/there")));
    let client = publisher(servers.port, "");
    write(&client, &head());
    (0..=ASKED).for_each(|at| write(&client, &tags(at)));
    let socket = client.handle().m_sb.sb_socket.get();
    assert!(wait(socket, Readiness::Readable, Some(PATIENCE)).unwrap());
    let rest: Vec<_> = (ASKED + 1..3 * GOP).flat_map(tags).collect();
    write(&client, &rest);
    client.close();
    let [_, new] = servers.join();
    assert!(without_preparations(new.media()) == moments(2 * GOP..3 * GOP));
}

#[test]
fn pieces_may_be_cut_anywhere() {
    for cut in [1, 2, 3, 7, 10, 11, 12, 13, 100, 299, 300, 311, 315, 1000] {
        let servers = Servers::new(|port| Some(format!("//127.0.0.1:{port}/there")));
        assert_goes_on(servers, "", cut);
    }
}

#[test]
fn a_server_may_name_a_part_of_an_address_or_none() {
    for (place, app) in [
        (None, "app"),
        (Some("/other"), "other"),
        (Some("/other/app?a"), "other/app?a"),
        (Some("?b"), "app?b"),
    ] {
        let servers = Servers::same(place);
        let url = format!("rtmp://127.0.0.1:{}/{app}", servers.port);
        let [_, new] = assert_goes_on(servers, "", usize::MAX);
        assert!(new.command("connect").says("tcUrl", &url), "{app}");
        assert!(new.command("connect").says("app", app), "{app}");
    }
}

#[test]
fn options_hold_for_the_new_connection_too() {
    let servers = Servers::new(|port| Some(format!("rtmp://127.0.0.1:{port}/there")));
    let options = "fastStart=1 outChunk=1000 app=elsewhere flashVer=x conn=S:own";
    let [old, new] = assert_goes_on(servers, options, usize::MAX);
    assert!(old.command("connect").says("app", "elsewhere"));
    assert!(new.command("connect").says("app", "there"));
    for heard in [&old, &new] {
        assert!(heard.command("connect").says("flashVer", "x"));
        assert!(heard.command("connect").has(b"own"));
        let chunks: Vec<_> = heard.all().filter(|message| message.kind == 1).collect();
        assert_eq!(chunks.len(), 1);
        assert_eq!(chunks[0].body, 1000_u32.to_be_bytes());
    }
}

/// Who publishes is told to the server that the program knows, and not to another one, unless that is who says it.
#[test]
fn a_password_stays_where_it_is_known() {
    for (place, login) in [
        ("rtmp://127.0.0.1:PORT/there", ["", ""]),
        ("rtmp://new:word@127.0.0.1:PORT/there", ["new", "word"]),
    ] {
        let servers = Servers::new(|port| Some(place.replace("PORT", &port.to_string())));
        assert_login(&servers, login);
        drop(servers.join());
    }
    let servers = Servers::same(Some("/there"));
    assert_login(&servers, ["joe", "secret"]);
    drop(servers.join());
}

fn assert_login(servers: &Servers, [user, password]: [&str; 2]) {
    let client = publisher(servers.port, "pubUser=joe pubPasswd=secret");
    let link = &client.handle().Link;
    let mut at = 0;
    write(&client, &head());
    while !servers.is_taken() {
        write(&client, &tags(at));
        at += 1;
    }
    assert_eq!(link.pubUser.bytes(), user.as_bytes());
    assert_eq!(link.pubPasswd.bytes(), password.as_bytes());
    client.close();
    assert_eq!(
        [link.pubUser.bytes(), link.pubPasswd.bytes()],
        [&b"joe"[..], b"secret"]
    );
}

#[test]
fn what_has_no_video_moves_between_two_frames_of_audio() {
    let servers = Servers::new(|port| Some(format!("rtmp://127.0.0.1:{port}/there")));
    let client = publisher(servers.port, "");
    let sound: Vec<_> = CONFIGS.iter().filter(|it| it.0 == 8).collect();
    write(&client, FLV_HEADER);
    write(&client, &tag(18, BEGIN, &metadata()));
    for (kind, body) in &sound {
        write(&client, &tag(*kind, BEGIN, body));
    }
    let audio = |at| frames(at).pop().unwrap();
    let (mut at, mut left) = (0, 20);
    while left > 0 {
        let (kind, time, body) = audio(at);
        write(&client, &tag(kind, time, &body));
        at += 1;
        left -= u32::from(servers.is_taken());
    }
    client.close();
    let [old, new] = servers.join();
    let before = old.media().split_off(1 + sound.len());
    let mut after = new.media();
    let prepared: Vec<_> = after.drain(..=sound.len()).map(|it| (it.0, it.2)).collect();
    let mut expected = vec![(18, published_metadata())];
    expected.extend(sound.iter().map(|(kind, body)| (*kind, body.to_vec())));
    assert_eq!(prepared, expected);
    let all: Vec<_> = (0..at).map(audio).collect();
    assert_eq!([before, after].concat(), all);
}

/// A handle is what it was when the stream has ended, and goes to its own server again.
#[test]
fn the_program_finds_what_it_has_set() {
    for options in ["", "app=own", "tcUrl=rtmp://own/app"] {
        let servers = Servers::new(|port| Some(format!("rtmp://127.0.0.1:{port}/there")));
        let client = publisher(servers.port, options);
        let link = &client.handle().Link;
        let shown = || {
            let texts = [
                &link.hostname,
                &link.tcUrl,
                &link.app,
                &link.pubUser,
                &link.pubPasswd,
            ];
            (
                texts.map(|text| text.bytes().to_vec()),
                link.port.get(),
                link.protocol.get(),
            )
        };
        let (before, flags) = (shown(), link.lFlags.get());
        write(&client, &head());
        let mut at = 0;
        while !servers.is_taken() {
            write(&client, &tags(at));
            at += 1;
        }
        assert_eq!(link.app.bytes(), b"there");
        let home = servers.home.try_clone().unwrap();
        let again = thread::spawn(move || serve(&home).commands);
        // Without a close in between.
        assert!(client.connect() && client.connect_stream());
        assert_eq!((shown(), link.lFlags.get()), (before, flags));
        client.close();
        let connect = again.join().unwrap().swap_remove(0);
        assert!(!connect.has(b"there"));
        drop(servers.join());
    }
}

/// A program that sets a handle up anew while it is away means what it says.
#[test]
fn another_url_takes_the_place_of_both() {
    let servers = Servers::new(|port| Some(format!("rtmp://127.0.0.1:{port}/there")));
    let mut client = publisher(servers.port, "app=own");
    write(&client, &head());
    let mut at = 0;
    while !servers.is_taken() {
        write(&client, &tags(at));
        at += 1;
    }
    client.set_up_url("rtmps://host/third/name");
    let link = &client.handle().Link;
    assert_eq!(link.hostname.bytes(), b"host");
    assert_eq!((link.port.get(), link.protocol.get()), (443, 4));
    assert_eq!(link.app.bytes(), b"third");
    assert_eq!(link.tcUrl.bytes(), b"rtmps://host/third");
    client.close();
    assert_eq!(link.hostname.bytes(), b"host");
    assert_eq!(link.tcUrl.bytes(), b"rtmps://host/third");
    drop(servers.join());
}
