//! What a connection is at, as another thread sees it.

use std::ffi::c_int;
use std::io::Read;
use std::net::Ipv4Addr;
use std::sync::mpsc::channel;
use std::thread;

use rtmp::abi::{
    RTMP_PHASE_CONNECTING, RTMP_PHASE_DIALOGUE, RTMP_PHASE_HANDSHAKE, RTMP_PHASE_IDLE,
    RTMP_PHASE_PROXY, RTMP_PHASE_STREAMING, RTMP_PHASE_TLS, RTMP_PHASE_TUNNEL,
};

use rtmp::ffi::rtmp::connect::RTMP_Connect0;

use crate::client::{Client, LONG, acceptance, rest, server, shake_hands, write};
use crate::{await_stats, stats};

/// Connects to a server that stops in the phase, and cancels when another thread has seen that.
fn waits_in(phase: c_int, scheme: &str, options: &str, is_shaking_hands: bool) {
    let (port, thread) = server(move |mut stream| {
        if is_shaking_hands {
            shake_hands(&mut stream);
        }
        rest(&mut stream);
    });
    let mut client = Client::new();
    let options = options.replace("PORT", &port.to_string());
    client.set_up_with(scheme, port, &format!("timeout={LONG} {options}"));
    assert_eq!(stats(&client).phase, RTMP_PHASE_IDLE);
    thread::scope(|scope| {
        let connecting = scope.spawn(|| client.connect() && client.connect_stream());
        let what = format!("phase {phase} of {scheme}");
        let seen = await_stats(&client, &what, |stats| stats.phase == phase);
        assert!(seen.resolve_ms > 0, "{what}");
        client.cancel();
        assert!(!connecting.join().unwrap(), "{what}");
    });
    client.close();
    assert_eq!(stats(&client).phase, RTMP_PHASE_IDLE);
    thread.join().unwrap();
}

#[test]
fn a_silent_peer_shows_what_is_waited_for() {
    waits_in(
        RTMP_PHASE_PROXY,
        "rtmp",
        "socks=socks5://127.0.0.1:PORT",
        false,
    );
    if cfg!(feature = "tls") {
        waits_in(RTMP_PHASE_TLS, "rtmps", "", false);
    }
    waits_in(RTMP_PHASE_TUNNEL, "rtmpt", "", false);
    waits_in(RTMP_PHASE_HANDSHAKE, "rtmp", "", false);
    waits_in(RTMP_PHASE_DIALOGUE, "rtmp", "", true);
}

#[test]
fn between_two_calls_the_phase_goes_on() {
    let (tell, told) = channel::<()>();
    let (port, thread) = server(move |mut stream| {
        shake_hands(&mut stream);
        told.recv().unwrap_err();
        write(&mut stream, &acceptance("NetStream.Publish.Start"));
        let _ = stream.read(&mut [0]);
        rest(&mut stream);
    });
    let client = Client::of("rtmp", port, LONG);
    client.publishes();
    assert_eq!(stats(&client).phase, RTMP_PHASE_IDLE);
    assert!(client.connect());
    let connected = stats(&client);
    assert_eq!(connected.phase, RTMP_PHASE_DIALOGUE);
    assert_eq!(
        (connected.handshake_ms > 0, connected.dialogue_ms),
        (true, 0)
    );
    drop(tell);
    assert!(client.connect_stream());
    let playing = stats(&client);
    assert_eq!(playing.phase, RTMP_PHASE_STREAMING);
    assert!(playing.dialogue_ms > 0);
    client.close();
    assert_eq!(stats(&client).phase, RTMP_PHASE_IDLE);
    thread.join().unwrap();
}

#[test]
fn a_socket_alone_is_not_a_session() {
    let (port, thread) = server(|mut stream| rest(&mut stream));
    let client = Client::of("rtmp", port, LONG);
    // SAFETY: zeros are an address of any kind.
    let mut address: libc::sockaddr_in = unsafe { std::mem::zeroed() };
    address.sin_family = libc::AF_INET.try_into().unwrap();
    address.sin_port = port.to_be();
    address.sin_addr.s_addr = u32::from(Ipv4Addr::LOCALHOST).to_be();
    let handle = std::ptr::from_ref(client.handle()).cast_mut();
    // SAFETY: a valid handle and address.
    let connected = unsafe { RTMP_Connect0(handle, (&raw mut address).cast()) };
    assert_eq!(connected, 1);
    let connected = stats(&client);
    assert_eq!(connected.phase, RTMP_PHASE_CONNECTING);
    assert!(connected.connect_ms > 0);
    assert_eq!((connected.resolve_ms, connected.handshake_ms), (0, 0));
    client.close();
    thread.join().unwrap();
}
