//! A client that threads share, and a server that does what a test says.

use std::ffi::{CStr, c_int};
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rtmp::abi::{RTMP, RTMP_ERROR, RTMPPacket};
use rtmp::ffi::rtmp::access::{
    RTMP_Alloc, RTMP_EnableWrite, RTMP_Free, RTMP_GetError, RTMP_Init, RTMP_IsTimedout,
    RTMP_LastError,
};
use rtmp::ffi::rtmp::connect::{RTMP_Cancel, RTMP_Close, RTMP_Connect};
use rtmp::ffi::rtmp::packet::{RTMP_SendPacket, RTMPPacket_Alloc, RTMPPacket_Free};
use rtmp::ffi::rtmp::setup::RTMP_SetupURL;
use rtmp::ffi::rtmp::stream::{RTMP_ConnectStream, RTMP_Read, RTMP_SendSeek, RTMP_Write};

use socket2::SockRef;

use crate::messages::{COMMAND, NULL, command, message, number, status};

/// So long a server goes on; a call that has not ended then never would.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// The client's timeout where running out of it is the test.
pub(crate) const SHORT: u32 = 1;
/// And where it must not.
pub(crate) const LONG: u32 = 50;

pub(crate) struct Client {
    handle: *mut RTMP,
    /// What the handle's texts point to.
    url: Vec<u8>,
}

// SAFETY: a handle may be used by several threads; that is what is tested.
unsafe impl Sync for Client {}

impl Client {
    pub(crate) fn new() -> Self {
        let handle = RTMP_Alloc();
        // SAFETY: fresh memory for a handle.
        unsafe { RTMP_Init(handle) };
        let url = Vec::new();
        Self { handle, url }
    }

    /// One that is set up to play from a port of this machine.
    pub(crate) fn of(scheme: &str, port: u16, timeout: u32) -> Self {
        let mut client = Self::new();
        client.set_up(scheme, port, timeout);
        client
    }

    pub(crate) fn set_up(&mut self, scheme: &str, port: u16, timeout: u32) {
        self.set_up_with(scheme, port, &format!("timeout={timeout}"));
    }

    pub(crate) fn set_up_with(&mut self, scheme: &str, port: u16, options: &str) {
        self.write_down(&format!("{scheme}://127.0.0.1:{port}/app/name {options}"));
        assert!(self.set_up_again());
    }

    /// The URL, and options, that the handle is to be set up with.
    pub(crate) fn write_down(&mut self, url: &str) {
        self.url = format!("{url}\0").into_bytes();
    }

    pub(crate) fn set_up_again(&self) -> bool {
        let url = self.url.as_ptr().cast_mut().cast();
        // SAFETY: a valid handle; the text lives as long as it, and nobody else looks at it.
        unsafe { RTMP_SetupURL(self.handle, url) == 1 }
    }

    pub(crate) fn set_up_url(&mut self, url: &str) {
        self.write_down(url);
        assert!(self.set_up_again());
    }

    pub(crate) fn publishes(&self) {
        // SAFETY: a valid handle.
        unsafe { RTMP_EnableWrite(self.handle) };
    }

    pub(crate) fn handle(&self) -> &RTMP {
        // SAFETY: initialised in `new`, freed in `drop`.
        unsafe { &*self.handle }
    }

    pub(crate) fn connect(&self) -> bool {
        // SAFETY: a valid handle; no packet.
        unsafe { RTMP_Connect(self.handle, ptr::null_mut()) == 1 }
    }

    /// Connects with a command of the program.
    pub(crate) fn connect_with(&self, body: &[u8]) -> bool {
        let mut packet = message_of(20, 3, body);
        // SAFETY: a valid handle and packet.
        let connected = unsafe { RTMP_Connect(self.handle, &raw mut packet) };
        // SAFETY: the body is from `RTMPPacket_Alloc`.
        unsafe { RTMPPacket_Free(&raw mut packet) };
        connected == 1
    }

    pub(crate) fn connect_stream(&self) -> bool {
        // SAFETY: a valid handle.
        unsafe { RTMP_ConnectStream(self.handle, 0) == 1 }
    }

    pub(crate) fn read(&self, into: &mut [u8]) -> c_int {
        let size = c_int::try_from(into.len()).unwrap();
        // SAFETY: a valid handle and buffer.
        unsafe { RTMP_Read(self.handle, into.as_mut_ptr().cast(), size) }
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> c_int {
        let size = c_int::try_from(bytes.len()).unwrap();
        // SAFETY: a valid handle and buffer.
        unsafe { RTMP_Write(self.handle, bytes.as_ptr().cast(), size) }
    }

    /// Sends a video message.
    pub(crate) fn send(&self, body: &[u8]) -> bool {
        let mut packet = message_of(9, 4, body);
        // SAFETY: a valid handle and packet.
        let sent = unsafe { RTMP_SendPacket(self.handle, &raw mut packet, 0) };
        // SAFETY: the body is from `RTMPPacket_Alloc`.
        unsafe { RTMPPacket_Free(&raw mut packet) };
        sent == 1
    }

    pub(crate) fn seek(&self) -> bool {
        // SAFETY: a valid handle.
        unsafe { RTMP_SendSeek(self.handle, 5000) == 1 }
    }

    pub(crate) fn cancel(&self) {
        // SAFETY: a valid handle.
        unsafe { RTMP_Cancel(self.handle) };
    }

    pub(crate) fn close(&self) {
        // SAFETY: a valid handle.
        unsafe { RTMP_Close(self.handle) };
    }

    pub(crate) fn is_timed_out(&self) -> bool {
        // SAFETY: a valid handle.
        unsafe { RTMP_IsTimedout(self.handle) == 1 }
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.handle().m_sb.sb_socket.get() != -1
    }

    pub(crate) fn last_error(&self) -> String {
        // SAFETY: a valid handle, used by this thread alone when it asks.
        let text = unsafe { RTMP_LastError(self.handle) };
        // SAFETY: text of the library, valid until the next call.
        let text = unsafe { CStr::from_ptr(text) };
        text.to_str().unwrap().to_owned()
    }

    /// Why the connection failed, for any thread.
    pub(crate) fn error(&self) -> RTMP_ERROR {
        let mut error = RTMP_ERROR::NONE;
        error.size = u32::try_from(size_of::<RTMP_ERROR>()).unwrap();
        // SAFETY: a valid handle, and a struct of the size that it says.
        assert_eq!(unsafe { RTMP_GetError(self.handle, &raw mut error) }, 1);
        error
    }
}

fn message_of(kind: u8, channel: c_int, body: &[u8]) -> RTMPPacket {
    let mut packet = RTMPPacket::default();
    let size = u32::try_from(body.len()).unwrap();
    // SAFETY: a valid packet.
    assert_eq!(unsafe { RTMPPacket_Alloc(&raw mut packet, size) }, 1);
    packet.m_packetType.set(kind);
    packet.m_nChannel.set(channel);
    packet.m_nBodySize.set(size);
    packet.append(body);
    packet
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: all threads have ended.
        unsafe { RTMP_Close(self.handle) };
        // SAFETY: from `RTMP_Alloc`.
        unsafe { RTMP_Free(self.handle) };
    }
}

/// A server that lets `serve` talk to its first client; the port.
pub(crate) fn server<T: Send + 'static>(
    serve: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (u16, JoinHandle<T>) {
    server_at(TcpListener::bind("127.0.0.1:0").unwrap(), serve)
}

fn server_at<T: Send + 'static>(
    listener: TcpListener,
    serve: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (u16, JoinHandle<T>) {
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        serve(stream)
    });
    (port, thread)
}

/// A server whose socket holds little.
pub(crate) fn narrow_server<T: Send + 'static>(
    serve: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (u16, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    SockRef::from(&listener).set_recv_buffer_size(4096).unwrap();
    server_at(listener, serve)
}

/// The server's side of the plain handshake.
pub(crate) fn shake_hands(stream: &mut TcpStream) {
    let mut hello = [0; 1537];
    stream.read_exact(&mut hello).unwrap();
    write(stream, &[&[3], &[0; 1536][..], &hello[1..]].concat());
    stream.read_exact(&mut hello[1..]).unwrap();
}

/// What a client is told until its stream is accepted with `code`.
pub(crate) fn acceptance(code: &str) -> Vec<u8> {
    let result = |id, values: &[&[u8]]| message(3, 0, COMMAND, &command("_result", id, values));
    // A publisher asks for its stream with the fourth command, a player with the second.
    let stream = [2.0, 4.0].map(|id| result(id, &[NULL, &number(1.0)]));
    [
        result(1.0, &[NULL]),
        stream.concat(),
        message(5, 0, COMMAND, &status(code)),
    ]
    .concat()
}

/// Waits for a socket by its edges.
pub(crate) struct Edges(OwnedFd);

impl Edges {
    pub(crate) fn of(fd: c_int) -> Self {
        // SAFETY: takes a flag.
        let epoll = unsafe { libc::epoll_create1(0) };
        // SAFETY: a descriptor of our own.
        let epoll = unsafe { OwnedFd::from_raw_fd(epoll) };
        let mut event = libc::epoll_event {
            events: (libc::EPOLLIN | libc::EPOLLET).cast_unsigned(),
            u64: 0,
        };
        let (own, add) = (epoll.as_raw_fd(), libc::EPOLL_CTL_ADD);
        // SAFETY: a valid event.
        assert_eq!(unsafe { libc::epoll_ctl(own, add, fd, &raw mut event) }, 0);
        Self(epoll)
    }

    /// False when none comes in time.
    pub(crate) fn wait(&self) -> bool {
        let mut event = libc::epoll_event { events: 0, u64: 0 };
        let limit = c_int::try_from(PATIENCE.as_millis()).unwrap();
        // SAFETY: room for one event.
        unsafe { libc::epoll_wait(self.0.as_raw_fd(), &raw mut event, 1, limit) == 1 }
    }
}

/// Writes as much as the client takes; it may have gone.
pub(crate) fn write(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    use std::io::Write;
    stream.write_all(bytes).is_ok()
}

/// Says `bytes` again and again, with a pause between, until the client has gone.
pub(crate) fn repeat(stream: &mut TcpStream, bytes: &[u8], pause: Duration) {
    let end = std::time::Instant::now() + PATIENCE;
    while write(stream, bytes) && std::time::Instant::now() < end {
        thread::park_timeout(pause);
    }
}

/// All that the client sends until it has gone.
pub(crate) fn rest(stream: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    // A client that was cut off resets the connection.
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

extern "C" fn on_signal(_: c_int) {}

/// Sends to a peer that takes nothing, until that is out of time, though signals interrupt each system call.
pub(crate) fn send_among_signals(client: &Client) {
    let handler: extern "C" fn(c_int) = on_signal;
    // SAFETY: zeros are no flags and an empty mask.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handler as libc::sighandler_t;
    // SAFETY: a handler that does nothing.
    unsafe { libc::sigaction(libc::SIGUSR1, &raw const action, ptr::null_mut()) };
    let (tell, told) = std::sync::mpsc::channel();
    thread::scope(|scope| {
        let sender = scope.spawn(|| {
            // SAFETY: always fine.
            tell.send(unsafe { libc::pthread_self() }).unwrap();
            let body = vec![7; 1 << 20];
            while client.send(&body) {}
        });
        let sending = told.recv().unwrap();
        let begin = std::time::Instant::now();
        while !sender.is_finished() && begin.elapsed() < PATIENCE {
            // SAFETY: the thread has not been joined.
            unsafe { libc::pthread_kill(sending, libc::SIGUSR1) };
            thread::park_timeout(Duration::from_millis(50));
        }
        // Ends it where nothing else does.
        client.cancel();
        sender.join().unwrap();
    });
    let told = client.last_error();
    assert!(told.starts_with("streaming: sending: "), "{told}");
    assert!(client.is_timed_out());
}
