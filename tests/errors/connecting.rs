//! Names, own addresses and sockets.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::OnceLock;

use rtmp::abi::{
    RTMP_ERR_BIND, RTMP_ERR_CONNECT, RTMP_ERR_RESOLVE, RTMP_ERR_TIMEOUT, RTMP_PHASE_CONNECTING,
};

use crate::{Calls, Case, Told, ignore};

const HERE: std::ffi::c_int = RTMP_PHASE_CONNECTING;

/// A listener that takes no notice of who connects: its queue is full.
fn dead() -> u16 {
    static DEAD: OnceLock<(TcpListener, TcpStream)> = OnceLock::new();
    let (listener, _) = DEAD.get_or_init(|| {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        // SAFETY: a listening socket.
        unsafe { libc::listen(listener.as_raw_fd(), 0) };
        let filler = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (listener, filler)
    });
    listener.local_addr().unwrap().port()
}

/// A port at which nobody listens.
fn free() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

pub(crate) fn cases() -> Vec<Case> {
    let case = |url: &str, told| Case::new(url, ignore, Calls::Connect, told);
    let unknown = |number| Told::of(RTMP_ERR_RESOLVE, HERE, "has no address").detail(number);
    let name = |name: &str| format!("rtmp://{name}.example/app/name");
    let mut cases: Vec<_> = [
        libc::EAI_NONAME,
        libc::EAI_AGAIN,
        libc::EAI_FAIL,
        libc::EAI_MEMORY,
    ]
    .into_iter()
    .map(|number| case(&name(&format!("eai-{}", -number)), unknown(number)))
    .collect();
    let refused = Told::of(RTMP_ERR_CONNECT, HERE, "connecting: Connection refused")
        .system(&[libc::ECONNREFUSED]);
    let late = Told::of(RTMP_ERR_TIMEOUT, HERE, "connecting: Connection timed out")
        .system(&[libc::ETIMEDOUT]);
    let bind = |number| Told::of(RTMP_ERR_BIND, HERE, "connecting: bind: ").system(number);
    cases.extend([
        case(
            &name("system"),
            unknown(libc::EAI_SYSTEM).system(&[libc::EMFILE]),
        ),
        case(&format!("{} connectTimeout=300", name("stuck")), late),
        case(&format!("rtmp://127.0.0.1:{}/app/name", free()), refused),
        case(
            &format!(
                "rtmp://127.0.0.1/app/name socks=socks5://127.0.0.1:{}",
                free()
            ),
            refused,
        ),
        case(
            &format!("rtmp://127.0.0.1:{}/app/name connectTimeout=300", dead()),
            late,
        ),
        case(
            "rtmp://127.0.0.1:PORT/app/name bind=192.0.2.7",
            bind(&[libc::EADDRNOTAVAIL]),
        ),
        case(
            "rtmp://127.0.0.1:PORT/app/name bind=::1",
            bind(&[libc::EAFNOSUPPORT]),
        ),
    ]);
    cases
}
