//! What peers do to calls that do not wait, and several threads.

use std::ffi::c_int;
use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::IntoRawFd;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use rtmp::abi::{RTMP_AGAIN, RTMP_ERR_NONE, RTMPPacket};
use rtmp::ffi::rtmp::connect::RTMP_Serve;
use rtmp::ffi::rtmp::packet::RTMP_ReadPacket;
use rtmp::sys::{errno, socket};

use crate::ahead::PLAYS;
use crate::client::{Client, LONG, acceptance, rest, server, shake_hands, write};
use crate::messages::{COMMAND, NULL, command, message, object, status, tag, text};

use super::PUBLISHES;

#[test]
fn a_player_that_does_not_read_yet_answers_and_loses_nothing() {
    for end in ["NetStream.Play.Complete", "NetStream.Play.Stop"] {
        let (port, thread) = server(move |mut stream| {
            shake_hands(&mut stream);
            write(&mut stream, &acceptance(PLAYS));
            write(&mut stream, &message(2, 0, 4, &[0, 6, 0, 0, 0x12, 0x34]));
            crate::fast::hear(&mut stream, &[0, 7, 0, 0, 0x12, 0x34]);
            if end == "NetStream.Play.Complete" {
                write(&mut stream, &message(6, 40, 9, &[0x27; 60]));
            }
            write(&mut stream, &message(5, 0, COMMAND, &status(end)));
            rest(&mut stream);
        });
        let client = Client::of("rtmp", port, LONG);
        client.start();
        assert_eq!(client.drive_on(RTMP_AGAIN), 1);
        // The ping, then media or the end, which leaves the socket readable.
        let fd = client.want().fd;
        let is_at_end = || socket::peek_now(fd, &mut [0]).is_ok_and(|count| count == 0);
        while client.pending() == 0 && !is_at_end() {
            client.wait();
            assert_eq!(client.drive(), 1);
        }
        let (media, last) = client.read_to_end();
        let whole = if end.ends_with("Complete") {
            13 + 75
        } else {
            0
        };
        assert_eq!((media.len(), last), (whole, 0));
        client.close();
        thread.join().unwrap();
    }
}

#[test]
fn a_request_to_reconnect_is_left_to_the_program() {
    let (tell, told) = std::sync::mpsc::channel();
    let (port, thread) = server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(PUBLISHES));
        let info = object(&[
            ("code", text("NetConnection.Connect.ReconnectRequest")),
            ("level", text("status")),
            // Where nobody listens.
            ("tcUrl", text("rtmp://127.0.0.1:1/app")),
        ]);
        let request = command("onStatus", 0.0, &[NULL, &info]);
        write(&mut stream, &message(3, 0, COMMAND, &request));
        write(&mut stream, &message(2, 0, 4, &[0, 6, 0, 0, 0x12, 0x34]));
        crate::fast::hear(&mut stream, &[0, 7, 0, 0, 0x12, 0x34]);
        tell.send(()).unwrap();
        crate::fast::hear(&mut stream, &[0x7e; 50]);
        rest(&mut stream);
    });
    let mut client = Client::new();
    client.set_up_with("rtmp", port, &format!("timeout={LONG} reconnect=auto"));
    client.publishes();
    client.start();
    assert_eq!(client.drive_on(RTMP_AGAIN), 1);
    while told.try_recv().is_err() {
        assert_eq!(client.drive(), 1);
        thread::yield_now();
    }
    // By a key frame a stream would go on elsewhere.
    let body = [&[0x17, 1, 0, 0, 0][..], &[0x7e; 50]].concat();
    client.write_all(&tag(9, 40, &body));
    client.finish();
    assert_eq!(client.drive_on(1), 0);
    client.close();
    thread.join().unwrap();
}

#[test]
fn a_server_gets_everything_itself() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let client = Client::of("rtmp", port, LONG);
        assert!(client.connect());
        client.connect_stream()
    });
    let (stream, _) = listener.accept().unwrap();
    let server = Client::new();
    server.handle().m_sb.sb_socket.set(stream.into_raw_fd());
    // SAFETY: a valid handle.
    assert_eq!(unsafe { RTMP_Serve(server.raw()) }, 1);
    server.set_nonblocking(0);
    let mut packet = RTMPPacket::default();
    loop {
        assert_eq!(server.drive(), RTMP_AGAIN);
        // SAFETY: a valid handle and packet.
        let is_read = unsafe { RTMP_ReadPacket(server.raw(), &raw mut packet) } == 1;
        if is_read && packet.is_ready() {
            break;
        }
        server.wait();
    }
    assert!(packet.body().starts_with(crate::ahead::CONNECT));
    packet.free_body();
    server.close();
    assert!(!thread.join().unwrap());
}

#[test]
fn the_beginning_of_a_message_is_nothing_to_read() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(PLAYS));
        let whole = message(6, 0, 9, &[0x27; 60]);
        write(&mut stream, &whole);
        write(&mut stream, &whole[..7]);
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, LONG);
    client.start();
    assert_eq!(client.drive_on(RTMP_AGAIN), 1);
    let mut packet = RTMPPacket::default();
    // SAFETY: a valid handle and packet.
    let mut read = || unsafe { RTMP_ReadPacket(client.raw(), &raw mut packet) };
    while read() == 0 {
        assert_eq!(errno::last(), libc::EAGAIN);
        client.wait();
    }
    // The rest of what has come is looked at once.
    while client.handle().m_sb.len() < 7 {
        assert_eq!(read(), 0);
        assert_eq!(
            (errno::last(), client.is_timed_out()),
            (libc::EAGAIN, false)
        );
    }
    assert_eq!(read(), 0);
    let want = client.want();
    assert_eq!((client.pending(), want.events), (0, libc::POLLIN.into()));
    assert!(want.timeout > 0);
    packet.free_body();
    client.close();
    thread.join().unwrap();
}

#[test]
fn one_thread_reads_while_another_writes_and_a_third_cancels() {
    let (port, thread) = server(|mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance(PUBLISHES));
        let mut speaker = stream.try_clone().unwrap();
        let speaking = thread::spawn(move || {
            let ping = message(2, 0, 4, &[0, 6, 0, 0, 0, 1]).repeat(50);
            while speaker.write_all(&ping).is_ok() {}
        });
        rest(&mut stream);
        // Or it goes on for as long as the system believes in the client.
        stream.shutdown(Shutdown::Both).unwrap_or_default();
        speaking.join().unwrap();
    });
    let client = Client::of("rtmp", port, LONG);
    client.publishes();
    client.set_nonblocking(20_000);
    client.start();
    assert_eq!(client.drive_on(RTMP_AGAIN), 1);
    let (has_written, media) = (AtomicBool::new(false), tag(9, 0, &[0x27; 3000]));
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut count = 0;
            while client.write(&media) != -1 {
                count += 1;
                has_written.store(count > 2000, SeqCst);
            }
        });
        scope.spawn(|| {
            while !has_written.load(SeqCst) {
                thread::park_timeout(Duration::from_millis(1));
            }
            client.cancel();
        });
        assert_eq!(client.drive_on(1), -1);
    });
    client.close();
    thread.join().unwrap();
}

const HALF: usize = 30_000;

/// A message in one chunk, which comes in two parts: the second when the program has read the first in vain.
fn say_in_parts(stream: &mut TcpStream) {
    write(stream, &message(2, 0, 1, &65_536_u32.to_be_bytes()));
    let header = [6, 0, 0, 0, 0, 0xea, 0x60, 9, 1, 0, 0, 0];
    write(stream, &[&header[..], &[0x27; HALF]].concat());
    crate::fast::hear(stream, &[0x7e; 8]);
    write(stream, &[0x27; HALF]);
    write(
        stream,
        &message(5, 0, COMMAND, &status("NetStream.Play.Complete")),
    );
}

fn read_packet(client: &Client, packet: &mut RTMPPacket) -> c_int {
    // SAFETY: a valid handle and packet.
    let is_read = unsafe { RTMP_ReadPacket(client.raw(), packet) } == 1;
    if !is_read {
        assert_eq!(errno::last(), libc::EAGAIN);
        return RTMP_AGAIN;
    }
    match packet.is_ready() && packet.m_packetType.get() == 9 {
        true => c_int::try_from(packet.m_nBodySize.get()).unwrap(),
        false => 0,
    }
}

#[test]
fn the_beginning_of_a_long_chunk_is_nothing_to_read() {
    for is_packet in [false, true] {
        let (port, thread) = server(|mut stream| {
            shake_hands(&mut stream);
            write(&mut stream, &acceptance(PLAYS));
            say_in_parts(&mut stream);
            rest(&mut stream);
        });
        let client = Client::of("rtmp", port, LONG);
        client.start();
        assert_eq!(client.drive_on(RTMP_AGAIN), 1);
        let (mut room, mut packet) = (vec![0; 200_000], RTMPPacket::default());
        let mut read = || {
            let got = match is_packet {
                true => read_packet(&client, &mut packet),
                false => client.read(&mut room),
            };
            assert!(!client.is_timed_out(), "{}", client.last_error());
            assert_eq!(client.error().kind, RTMP_ERR_NONE);
            assert_eq!(client.handle().m_read.status.get(), 0);
            got
        };
        // Behind the handshake and the acceptance: a size of chunks, and the header of the message.
        let before = 1 + 2 * 1536 + acceptance(PLAYS).len() + 16 + 12;
        let half = c_int::try_from(before + HALF).unwrap();
        while client.handle().m_nBytesIn.get() < half {
            assert!(read() <= 13);
            client.wait();
        }
        for _ in 0..3 {
            assert!([RTMP_AGAIN, 13].contains(&read()));
        }
        assert!(client.send(&[0x7e; 8]));
        let mut last = RTMP_AGAIN;
        while last < 60_000 {
            client.wait();
            last = read();
        }
        assert!(last == 60_000 || last == 60_000 + 15 || last == 13 + 60_000 + 15);
        packet.free_body();
        client.close();
        thread.join().unwrap();
    }
}
