//! How connections end where that was said, and what TLS may keep back meanwhile.

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::ptr;
use std::sync::mpsc::channel;

use rtmp::abi::{RTMP_CONFIG, RTMP_CONFIG_QUIET, RTMP_CONFIG_RESET, RTMPPacket};
use rtmp::ffi::rtmp::packet::{RTMP_ReadPacket, RTMPPacket_Free};
use rtmp::ffi::rtmp::stream::RTMP_ClientPacket;

use crate::client::{Client, acceptance, narrow_server, server, shake_hands, write};
use crate::messages::message;
use crate::{configure, nothing, tunnel};

/// More answers than fit between a client and a server that takes none of them.
const PINGS: usize = 20_000;

/// How the connection ends for a server whose pings could not be answered.
fn end_of_deaf(flags: u32) -> Result<(), ErrorKind> {
    let (go, ready) = channel::<()>();
    let (port, thread) = narrow_server(move |mut stream| {
        shake_hands(&mut stream);
        write(&mut stream, &acceptance("NetStream.Play.Start"));
        write(
            &mut stream,
            &message(2, 0, 4, &[0, 6, 0, 0, 0, 7]).repeat(PINGS),
        );
        write(&mut stream, &message(6, 0, 9, &[0x17; 100]));
        ready.recv().unwrap();
        let end = stream.read_to_end(&mut Vec::new());
        end.map(drop).map_err(|error| error.kind())
    });
    let client = Client::of("rtmp", port, 50);
    let config = RTMP_CONFIG {
        flags,
        sendTimeout: 200,
        sendBuffer: 4096,
        ..nothing()
    };
    assert!(configure(&client, config));
    assert!(client.connect() && client.connect_stream());
    read_until_media(&client);
    assert!(client.is_connected());
    client.close();
    go.send(()).unwrap();
    thread.join().unwrap()
}

fn read_until_media(client: &Client) {
    let handle = ptr::from_ref(client.handle()).cast_mut();
    let mut packet = RTMPPacket::default();
    let mut is_media = false;
    while !is_media {
        // SAFETY: a valid handle and packet.
        assert_eq!(unsafe { RTMP_ReadPacket(handle, &raw mut packet) }, 1);
        // SAFETY: as above.
        is_media = unsafe { RTMP_ClientPacket(handle, &raw mut packet) } == 1;
        // SAFETY: as above.
        unsafe { RTMPPacket_Free(&raw mut packet) };
    }
}

#[test]
fn a_connection_on_which_no_answer_can_be_given_is_reset_where_that_was_said() {
    assert_eq!(end_of_deaf(0), Ok(()));
    assert_eq!(
        end_of_deaf(RTMP_CONFIG_RESET),
        Err(ErrorKind::ConnectionReset)
    );
}

/// The kinds of requests behind a publisher's stream.
fn last_requests(mut stream: TcpStream) -> Vec<String> {
    tunnel::open(&mut stream);
    let mut verbs = Vec::new();
    tunnel::answer(&mut stream, &[1]);
    while let Some((verb, _)) = tunnel::request(&mut stream) {
        verbs.push(verb);
        tunnel::answer(&mut stream, &[1]);
    }
    verbs
}

#[test]
fn a_quiet_end_of_a_tunnel_says_nothing_either() {
    for (option, flags, is_said) in [
        ("quiet=0", 0, true),
        ("quiet=0", RTMP_CONFIG_QUIET, false),
        ("quiet=1", 0, false),
    ] {
        let (port, thread) = server(last_requests);
        let mut client = Client::new();
        client.set_up_with("rtmpt", port, &format!("timeout=50 {option}"));
        client.publishes();
        assert!(configure(&client, RTMP_CONFIG { flags, ..nothing() }));
        assert!(client.connect() && client.connect_stream());
        client.close();
        let verbs = thread.join().unwrap();
        let says = |verb: &str| verbs.iter().any(|one| one == verb);
        assert_eq!([says("send"), says("close")], [is_said; 2], "{verbs:?}");
    }
}

#[cfg(feature = "tls")]
mod secure {
    use super::*;
    use std::ffi::c_int;

    use rtmp::abi::RTMP_STATS;
    use rtmp::ffi::rtmp::sockbuf::RTMPSockBuf_Send;
    use rtmp::ffi::rtmp::stats::RTMP_GetStats;

    use crate::client::rest;
    use std::sync::mpsc::Sender;

    use crate::record::Program;
    use crate::waits::{accept, inside_tls};

    /// A publisher whose program is asked, and a server that takes nothing until it is told to.
    fn publisher() -> (Client, &'static Program, Sender<()>) {
        let (program, _) = Program::new();
        let (go, may_go) = channel();
        let wrap = inside_tls();
        let (port, _) = narrow_server(move |stream| {
            let mut stream = wrap(stream);
            accept(&mut stream);
            may_go.recv().unwrap();
            rest(&mut stream);
        });
        let mut client = Client::new();
        client.set_up_with("rtmps", port, "timeout=50 tlsVerify=0");
        client.publishes();
        assert!(configure(&client, program.config()));
        assert!(client.connect() && client.connect_stream());
        (client, program, go)
    }

    fn bytes_on_the_wire(client: &Client) -> u64 {
        let handle = ptr::from_ref(client.handle()).cast_mut();
        // SAFETY: numbers.
        let mut stats: RTMP_STATS = unsafe { std::mem::zeroed() };
        stats.size = u32::try_from(size_of::<RTMP_STATS>()).unwrap();
        // SAFETY: a valid handle, and a struct of the size that it says.
        assert_eq!(unsafe { RTMP_GetStats(handle, &raw mut stats) }, 1);
        stats.wire_out
    }

    #[test]
    fn what_is_sent_does_not_stay_in_tls() {
        const SIZE: usize = 10_000;
        let (client, program, go) = publisher();
        let before = program.asked().0;
        program.tells(go);
        while program.asked().0 == before {
            let sent = bytes_on_the_wire(&client);
            assert!(client.send(&[7; SIZE]));
            let sent = bytes_on_the_wire(&client) - sent;
            assert!(sent > SIZE as u64, "{sent}");
        }
    }

    #[test]
    fn sends_on_a_bare_buffer_wait_as_ever() {
        let (client, _, go) = publisher();
        go.send(()).unwrap();
        let bytes = vec![7_u8; 65_536];
        let buffer = ptr::from_ref(&client.handle().m_sb).cast_mut();
        for _ in 0..20 {
            let size = c_int::try_from(bytes.len()).unwrap();
            // SAFETY: a valid buffer, and as many bytes.
            let sent = unsafe { RTMPSockBuf_Send(buffer, bytes.as_ptr().cast(), size) };
            assert!(sent > 0);
        }
    }
}
