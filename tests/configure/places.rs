//! Every place where a call waits: the program is asked there again and again, and can have had enough. Without being asked the
//! calls would wait for longer than their peers do.

use std::ffi::c_int;
use std::io::{ErrorKind, Read};
use std::os::fd::IntoRawFd;
use std::os::unix::net::UnixStream;
use std::ptr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use rtmp::abi::{
    RTMP, RTMP_ERR_CANCELLED, RTMP_LF_SWFV, RTMP_PHASE_CONNECTING, RTMP_PHASE_HANDSHAKE,
    RTMP_PHASE_IDLE, RTMP_PHASE_PROXY, RTMP_PHASE_STREAMING, RTMPChunk, RTMPPacket,
};
use rtmp::ffi::rtmp::connect::RTMP_Connect1;
use rtmp::ffi::rtmp::packet::{RTMP_ReadPacket, RTMP_SendChunk};
use rtmp::ffi::rtmp::send::RTMP_SendCtrl;
use rtmp::ffi::rtmp::stream::{RTMP_GetNextMediaPacket, RTMP_Pause, RTMP_ToggleStream};

use crate::client::{Client, PATIENCE, rest, server, write};
use crate::configure;
use crate::messages::tag;
use crate::record::Program;
use crate::tunnel;
use crate::waits::accept;

/// A client with a program that is asked.
pub(crate) struct Asked {
    pub(crate) client: Client,
    program: &'static Program,
}

impl Asked {
    pub(crate) fn of(url: &str) -> Self {
        let asked = Self::to_be_set_up(url);
        assert!(asked.client.set_up_again());
        asked.client.handle().Link.timeout.set(50);
        asked
    }

    fn to_be_set_up(url: &str) -> Self {
        let (mut client, (program, _)) = (Client::new(), Program::new());
        client.write_down(&format!("{url} timeout=50"));
        assert!(configure(&client, program.config()));
        Self { client, program }
    }

    pub(crate) fn program(&self) -> &'static Program {
        self.program
    }

    pub(crate) fn handle(&self) -> *mut RTMP {
        ptr::from_ref(self.client.handle()).cast_mut()
    }

    /// Runs a call, which fails when the program was asked three times.
    #[track_caller]
    pub(crate) fn has_enough(&self, phase: c_int, call: impl FnOnce(&Self) -> bool) {
        self.program.waits_for(3);
        let before = self.program.asked().0;
        assert!(!call(self), "it works");
        let error = self.client.error();
        assert_eq!(
            (error.kind, error.phase),
            (RTMP_ERR_CANCELLED, phase),
            "{error:?}"
        );
        assert_eq!(self.program.asked().0, before + 3);
        self.client.close();
    }
}

fn connects(asked: &Asked) -> bool {
    asked.client.connect()
}

#[test]
fn a_name_that_is_looked_up() {
    Asked::of("rtmp://never.example/app/name").has_enough(RTMP_PHASE_CONNECTING, connects);
}

/// A proxy that answers to the first words, if at all, and says nothing more.
fn proxy(answer: &'static [u8]) -> (u16, JoinHandle<()>) {
    server(move |mut stream| {
        if !answer.is_empty() {
            assert!(stream.read(&mut [0; 1024]).unwrap() > 0);
            write(&mut stream, answer);
        }
        rest(&mut stream);
    })
}

#[test]
fn proxies() {
    for (host, kind, answer) in [
        ("192.0.2.1", "", &b""[..]),
        ("192.0.2.1", "socks4://", b""),
        ("192.0.2.1", "socks4://", b"\0"),
        ("192.0.2.1", "socks4a://", b""),
        ("192.0.2.1", "socks5://", b""),
        ("192.0.2.1", "socks5://", b"\x05\0"),
        ("192.0.2.1", "http://", b""),
        ("192.0.2.1", "http://", b"HTTP/1.1 200 "),
        // SOCKS4 knows no names.
        ("never.example", "socks4://", b""),
    ] {
        let (port, thread) = proxy(answer);
        let url = format!("rtmp://{host}/app/name socks={kind}127.0.0.1:{port}");
        Asked::of(&url).has_enough(RTMP_PHASE_PROXY, connects);
        thread.join().unwrap();
    }
}

/// A server of players that says nothing, or not all.
fn player(answer: &'static [u8]) -> (String, JoinHandle<()>) {
    let (port, thread) = proxy(answer);
    let url = "rtmp://127.0.0.1:1/app/name swfAge=0";
    (
        format!("{url} swfUrl=http://127.0.0.1:{port}/p.swf"),
        thread,
    )
}

#[test]
fn a_player_that_is_to_be_verified() {
    for answer in [
        &b""[..],
        b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nFWS",
    ] {
        let (url, thread) = player(answer);
        let asked = Asked::to_be_set_up(&format!("{url} swfVfy=1"));
        asked.has_enough(RTMP_PHASE_IDLE, |asked| asked.client.set_up_again());
        assert_eq!(asked.program.sockets(), 1);
        thread.join().unwrap();

        let (url, thread) = player(answer);
        let asked = Asked::of(&url);
        let flags = &asked.client.handle().Link.lFlags;
        flags.set(flags.get() | RTMP_LF_SWFV);
        asked.has_enough(RTMP_PHASE_IDLE, connects);
        assert_eq!(asked.program.sockets(), 1);
        thread.join().unwrap();
    }
}

/// The other end of the socket of a program, which is held until the client has gone.
pub(crate) struct Held {
    end: Option<Sender<()>>,
    ready: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.end = None;
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || thread::panicking());
    }
}

/// What the other end does from where it only holds its socket.
pub(crate) struct Holding {
    ready: Sender<()>,
    ended: Receiver<()>,
}

impl Holding {
    /// Takes and says nothing more until the client has gone.
    pub(crate) fn hold(&self) {
        // Nobody need wait for that.
        let _ = self.ready.send(());
        assert!(self.ended.recv().is_err());
    }
}

/// Gives the handle a socket whose other end does what `serve` says.
pub(crate) fn connected(
    asked: &Asked,
    serve: impl FnOnce(UnixStream, Holding) + Send + 'static,
) -> Held {
    let (own, peer) = UnixStream::pair().unwrap();
    peer.set_read_timeout(Some(PATIENCE)).unwrap();
    asked.client.handle().m_sb.sb_socket.set(own.into_raw_fd());
    let ((end, ended), (tell, ready)) = (channel(), channel());
    let holding = Holding { ready: tell, ended };
    let (end, thread) = (Some(end), Some(thread::spawn(|| serve(peer, holding))));
    Held { end, ready, thread }
}

/// Leaves no room in the socket of the handle.
pub(crate) fn fill(asked: &Asked) {
    let fd = asked.client.handle().m_sb.sb_socket.get();
    for size in [4096, 1] {
        let bytes = vec![0_u8; size];
        // SAFETY: a socket, and as many bytes.
        while unsafe { libc::send(fd, bytes.as_ptr().cast(), size, libc::MSG_DONTWAIT) } > 0 {}
        assert_eq!(
            std::io::Error::last_os_error().kind(),
            ErrorKind::WouldBlock
        );
    }
}

/// Where streams are accepted that come inside this.
type Accept = fn(UnixStream, Holding);

fn plain(mut stream: UnixStream, holding: Holding) {
    accept(&mut stream);
    holding.hold();
}

fn tunnelled(mut stream: UnixStream, holding: Holding) {
    tunnel::open(&mut stream);
    holding.hold();
}

#[cfg(feature = "tls")]
fn secure(stream: UnixStream) -> rustls::StreamOwned<rustls::ServerConnection, UnixStream> {
    use crate::pki::{Versions, self_signed};
    let config = self_signed().server(Versions::Both, 0);
    let connection = rustls::ServerConnection::new(config).unwrap();
    rustls::StreamOwned::new(connection, stream)
}

#[cfg(feature = "tls")]
fn secure_ways() -> Vec<(&'static str, Accept)> {
    let plain: Accept = |stream, holding| {
        let mut stream = secure(stream);
        accept(&mut stream);
        holding.hold();
    };
    let tunnelled: Accept = |stream, holding| {
        let mut stream = secure(stream);
        tunnel::open(&mut stream);
        holding.hold();
    };
    vec![("rtmps", plain), ("rtmpts", tunnelled)]
}

#[cfg(not(feature = "tls"))]
fn secure_ways() -> Vec<(&'static str, Accept)> {
    Vec::new()
}

/// All ways to a stream.
fn ways() -> Vec<(&'static str, Accept)> {
    let ways: [(_, Accept); 2] = [("rtmp", plain), ("rtmpt", tunnelled)];
    ways.into_iter().chain(secure_ways()).collect()
}

/// A client that publishes on a socket of the program's.
fn publisher(scheme: &str, accept: Accept) -> (Asked, Held) {
    let asked = Asked::of(&format!("{scheme}://127.0.0.1/app/name tlsVerify=0"));
    asked.client.publishes();
    let held = connected(&asked, accept);
    // SAFETY: a valid handle; no packet.
    assert_eq!(unsafe { RTMP_Connect1(asked.handle(), ptr::null_mut()) }, 1);
    assert!(
        asked.client.connect_stream(),
        "{}",
        asked.client.last_error()
    );
    held.ready.recv().unwrap();
    (asked, held)
}

fn read_packet(asked: &Asked) -> bool {
    let mut packet = RTMPPacket::default();
    // SAFETY: a valid handle and packet.
    unsafe { RTMP_ReadPacket(asked.handle(), &raw mut packet) == 1 }
}

fn next_media(asked: &Asked) -> bool {
    let mut packet = RTMPPacket::default();
    // SAFETY: a valid handle and packet.
    unsafe { RTMP_GetNextMediaPacket(asked.handle(), &raw mut packet) == 1 }
}

fn read(asked: &Asked) -> bool {
    asked.client.read(&mut [0; 100]) > 0
}

fn toggle(asked: &Asked) -> bool {
    // SAFETY: a valid handle.
    unsafe { RTMP_ToggleStream(asked.handle()) == 1 }
}

#[test]
fn readers() {
    for (scheme, accept) in ways() {
        for call in [read_packet, next_media, read, toggle] {
            let (asked, _held) = publisher(scheme, accept);
            asked.has_enough(RTMP_PHASE_STREAMING, call);
        }
    }
}

fn pause(asked: &Asked) -> bool {
    // SAFETY: a valid handle.
    unsafe { RTMP_Pause(asked.handle(), 1) == 1 }
}

fn control(asked: &Asked) -> bool {
    // SAFETY: a valid handle.
    unsafe { RTMP_SendCtrl(asked.handle(), 3, 1, 1) == 1 }
}

fn chunk(asked: &Asked) -> bool {
    // SAFETY: numbers and a pointer, which may be NULL.
    let chunk: RTMPChunk = unsafe { std::mem::zeroed() };
    chunk.c_headerSize.set(1);
    chunk.c_header[0].set(0xc3_u8.cast_signed());
    // SAFETY: a valid handle and chunk.
    unsafe { RTMP_SendChunk(asked.handle(), ptr::from_ref(&chunk).cast_mut()) == 1 }
}

#[test]
fn senders() {
    let senders: [fn(&Asked) -> bool; 8] = [
        |asked| asked.client.seek(),
        |asked| asked.client.send(&[7; 1000]),
        |asked| asked.client.send(&[7; 200_000]),
        |asked| asked.client.write(&tag(9, 0, &[0x27; 1000])) > 0,
        pause,
        control,
        chunk,
        toggle,
    ];
    for (scheme, accept) in ways() {
        for call in senders {
            let (asked, _held) = publisher(scheme, accept);
            fill(&asked);
            asked.has_enough(RTMP_PHASE_STREAMING, call);
        }
    }
}

#[test]
fn a_client_that_cannot_greet() {
    let asked = Asked::of("rtmp://127.0.0.1/app/name");
    let _held = connected(&asked, |_stream, holding| holding.hold());
    fill(&asked);
    asked.has_enough(RTMP_PHASE_HANDSHAKE, |asked| {
        // SAFETY: a valid handle; no packet.
        unsafe { RTMP_Connect1(asked.handle(), ptr::null_mut()) == 1 }
    });
}
