//! TLS handshakes that the program ends, as client and as server: whatever the peer does meanwhile.

use std::ffi::c_void;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::fd::IntoRawFd;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use rtmp::ffi::rtmp::tls::{
    RTMP_TLS_Accept, RTMP_TLS_AllocServerContext, RTMP_TLS_FreeServerContext,
};

use crate::client::{Client, LONG, rest, server};
use crate::pki::self_signed;
use crate::sockets;

/// A record with the beginning of a message that is never finished.
const BEGUN: [u8; 13] = [22, 3, 3, 0, 8, 2, 0, 1, 0, 3, 3, 0, 0];

/// Says something, and that it has been said, then listens until the other side goes.
fn begin_only(mut stream: TcpStream, there: &Sender<()>) {
    stream.write_all(&BEGUN).unwrap();
    there.send(()).unwrap();
    rest(&mut stream);
}

const STOPS: [fn(&Client); 2] = [Client::cancel, Client::close];

#[test]
fn a_client_is_stopped() {
    for stop in STOPS {
        let (there, arrival) = channel();
        let (port, peer) = server(move |mut stream| {
            stream.read_exact(&mut [0]).unwrap();
            begin_only(stream, &there);
        });
        let client = Client::of("rtmps", port, LONG);
        thread::scope(|scope| {
            let connecting = scope.spawn(|| client.connect());
            arrival.recv().unwrap();
            stop(&client);
            assert!(!connecting.join().unwrap());
        });
        assert_eq!(client.last_error(), "TLS: cancelled");
        client.close();
        peer.join().unwrap();
    }
}

#[test]
fn the_download_of_a_player_is_stopped() {
    for stop in STOPS {
        let (there, arrival) = channel();
        let (port, peer) = server(move |mut stream| {
            stream.read_exact(&mut [0]).unwrap();
            begin_only(stream, &there);
        });
        let mut client = Client::new();
        client.write_down(&format!(
            "rtmp://127.0.0.1:1/app/name swfUrl=https://127.0.0.1:{port}/p.swf swfVfy=1 swfAge=0 tlsVerify=0"
        ));
        thread::scope(|scope| {
            let setting_up = scope.spawn(|| client.set_up_again());
            arrival.recv().unwrap();
            stop(&client);
            assert!(!setting_up.join().unwrap());
        });
        assert_eq!(client.last_error(), "SWF: cancelled");
        client.close();
        peer.join().unwrap();
    }
}

/// What RTMP_TLS_AllocServerContext returns.
struct Context(*mut c_void);

// SAFETY: contexts serve any number of threads.
unsafe impl Sync for Context {}

impl Context {
    fn new() -> Self {
        let files = self_signed().files("stopping");
        let [chain, key] = files.map(|path| path.into_os_string().into_encoded_bytes());
        let [chain, key] = [chain, key].map(|path| std::ffi::CString::new(path).unwrap());
        // SAFETY: names of files that end with a NUL.
        let context = unsafe { RTMP_TLS_AllocServerContext(chain.as_ptr(), key.as_ptr()) };
        assert!(!context.is_null());
        Self(context)
    }

    fn accept(&self, client: &Client) -> bool {
        // SAFETY: a valid handle, and a context that lives.
        unsafe { RTMP_TLS_Accept(std::ptr::from_ref(client.handle()).cast_mut(), self.0) == 1 }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: nobody uses it any more.
        unsafe { RTMP_TLS_FreeServerContext(self.0) };
    }
}

/// A handle with an accepted socket, and the client at its other end.
fn accepted() -> (Client, TcpStream) {
    let (own, peer) = sockets();
    let handle = Client::new();
    handle.handle().Link.timeout.set(LONG.cast_signed());
    handle.handle().m_sb.sb_socket.set(own.into_raw_fd());
    (handle, peer)
}

#[test]
fn a_server_is_stopped() {
    let context = Context::new();
    for stop in STOPS {
        let (there, arrival) = channel();
        let (handle, peer) = accepted();
        thread::scope(|scope| {
            scope.spawn(move || begin_only(peer, &there));
            let accepting = scope.spawn(|| context.accept(&handle));
            arrival.recv().unwrap();
            stop(&handle);
            // A close that came first has left no connection; one that is just at work lets no call begin.
            let told = (accepting.join().unwrap(), handle.last_error());
            let words = ["TLS: cancelled", "TLS: Bad file descriptor", ""];
            assert!(!told.0 && words.contains(&told.1.as_str()), "{told:?}");
            handle.close();
        });
    }
}

#[test]
fn a_server_says_why_there_is_no_session() {
    let context = Context::new();
    for (said, words) in [
        (&b""[..], "TLS: the peer has closed the connection"),
        (
            b"\x16\x03\x03\x00\x04\x01\xff\xff\xff",
            "TLS: a message of the handshake is too long",
        ),
    ] {
        let (handle, mut peer) = accepted();
        peer.write_all(said).unwrap();
        peer.shutdown(std::net::Shutdown::Write).unwrap();
        assert!(!context.accept(&handle));
        assert_eq!(handle.last_error(), words);
        handle.close();
        assert_eq!(handle.last_error(), words);
    }
}
