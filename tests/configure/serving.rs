//! A program that serves, and is told and asked like one that connects.

use std::io::{Read, Write};
use std::thread;

use rtmp::abi::{RTMP, RTMP_EVENT_COMMAND, RTMP_EVENT_CONTROL, RTMP_PHASE_HANDSHAKE, RTMPPacket};
use rtmp::ffi::rtmp::connect::RTMP_Serve;
use rtmp::ffi::rtmp::packet::{RTMP_ReadPacket, RTMPPacket_Free};
use rtmp::ffi::rtmp::stream::RTMP_ClientPacket;

use crate::messages::{COMMAND, NULL, command, message};
use crate::places::{Asked, connected, fill};
use crate::record::Told;

/// A client's side of the plain handshake, and words behind it.
fn shake_hands(stream: &mut (impl Read + Write), words: &[u8]) {
    let mut hello = [0; 1537];
    stream.write_all(&[&[3], &[0; 1536][..]].concat()).unwrap();
    stream.flush().unwrap();
    stream.read_exact(&mut hello).unwrap();
    stream.write_all(&[&hello[1..], words].concat()).unwrap();
    stream.flush().unwrap();
    stream.read_exact(&mut hello[1..]).unwrap();
}

/// What a client says that a program serves.
fn words() -> Vec<u8> {
    [
        message(3, 0, COMMAND, &command("connect", 1.0, &[NULL])),
        message(2, 0, 4, &[0, 3, 0, 0, 0, 1, 0, 0, 1, 0]),
    ]
    .concat()
}

/// Serves a client to its end.
fn serve_all(handle: *mut RTMP) {
    // SAFETY: a valid handle.
    assert_eq!(unsafe { RTMP_Serve(handle) }, 1);
    let mut packet = RTMPPacket::default();
    // SAFETY: a valid handle and packet.
    while unsafe { RTMP_ReadPacket(handle, &raw mut packet) } == 1 {
        // SAFETY: as above.
        unsafe { RTMP_ClientPacket(handle, &raw mut packet) };
        // SAFETY: as above.
        unsafe { RTMPPacket_Free(&raw mut packet) };
    }
}

#[test]
fn a_server_is_told_what_its_client_says() {
    let asked = Asked::of("rtmp://127.0.0.1/app/name");
    let held = connected(&asked, |mut stream, _| shake_hands(&mut stream, &words()));
    serve_all(asked.handle());
    let told = [
        Told::Phase(RTMP_PHASE_HANDSHAKE),
        Told::Other(RTMP_EVENT_COMMAND),
        Told::Other(RTMP_EVENT_CONTROL),
    ];
    assert_eq!(asked.program().told(), told);
    let own = |_: &Told| true;
    assert_eq!(asked.program().threads(own), [thread::current().id()]);
    drop(held);
}

fn serve(asked: &Asked) -> bool {
    // SAFETY: a valid handle.
    unsafe { RTMP_Serve(asked.handle()) == 1 }
}

#[test]
fn a_server_whose_client_says_nothing_or_takes_nothing() {
    let asked = Asked::of("rtmp://127.0.0.1/app/name");
    let _held = connected(&asked, |_stream, holding| holding.hold());
    asked.has_enough(RTMP_PHASE_HANDSHAKE, serve);

    let asked = Asked::of("rtmp://127.0.0.1/app/name");
    let _held = connected(&asked, |mut stream, holding| {
        stream.write_all(&[3; 1537]).unwrap();
        holding.hold();
    });
    fill(&asked);
    asked.has_enough(RTMP_PHASE_HANDSHAKE, serve);
}

#[cfg(feature = "tls")]
mod secure {
    use super::*;
    use std::ffi::{CString, c_void};
    use std::sync::Arc;

    use rtmp::abi::RTMP_PHASE_TLS;
    use rtmp::ffi::rtmp::tls::{
        RTMP_TLS_Accept, RTMP_TLS_AllocServerContext, RTMP_TLS_FreeServerContext,
    };
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

    use crate::pki::{Ca, HOST};

    /// What RTMP_TLS_AllocServerContext returns.
    struct Context {
        raw: *mut c_void,
        roots: Arc<RootCertStore>,
    }

    impl Context {
        /// `name` is that of its files.
        fn new(name: &str) -> Self {
            let ca = Ca::new(name);
            let pem = ca.file(&format!("configure-{name}-ca"));
            let mut roots = RootCertStore::empty();
            roots
                .add(CertificateDer::from_pem_file(pem).unwrap())
                .unwrap();
            let files = ca.identity(HOST).files(&format!("configure-{name}"));
            let [chain, key] = files.map(|path| CString::new(path.to_str().unwrap()).unwrap());
            // SAFETY: two C strings.
            let raw = unsafe { RTMP_TLS_AllocServerContext(chain.as_ptr(), key.as_ptr()) };
            assert!(!raw.is_null());
            let roots = Arc::new(roots);
            Self { raw, roots }
        }

        fn client(&self) -> ClientConnection {
            let config = ClientConfig::builder()
                .with_root_certificates(Arc::clone(&self.roots))
                .with_no_client_auth();
            ClientConnection::new(Arc::new(config), HOST.try_into().unwrap()).unwrap()
        }

        /// The first words of a client.
        fn hello(&self) -> Vec<u8> {
            let mut hello = Vec::new();
            self.client().write_tls(&mut hello).unwrap();
            hello
        }
    }

    impl Drop for Context {
        fn drop(&mut self) {
            // SAFETY: made by `new`.
            unsafe { RTMP_TLS_FreeServerContext(self.raw) };
        }
    }

    fn tls_accept(handle: *mut RTMP, context: &Context) -> bool {
        // SAFETY: a valid handle and context.
        unsafe { RTMP_TLS_Accept(handle, context.raw) == 1 }
    }

    #[test]
    fn a_server_in_tls_is_told_of_that_too() {
        let context = Context::new("told");
        let client = context.client();
        let asked = Asked::of("rtmps://127.0.0.1/app/name");
        let _held = connected(&asked, move |stream, _| {
            let mut stream = StreamOwned::new(client, stream);
            shake_hands(&mut stream, &words());
        });
        assert!(tls_accept(asked.handle(), &context));
        serve_all(asked.handle());
        let phases = [RTMP_PHASE_TLS, RTMP_PHASE_HANDSHAKE];
        assert_eq!(asked.program().phases(), phases);
    }

    #[test]
    fn a_server_in_tls_whose_client_says_nothing_or_takes_nothing() {
        let context = Context::new("waits");
        for says in [false, true] {
            let asked = Asked::of("rtmps://127.0.0.1/app/name");
            let hello = context.hello();
            let _held = connected(&asked, move |mut stream, holding| {
                if says {
                    stream.write_all(&hello).unwrap();
                }
                holding.hold();
            });
            fill(&asked);
            asked.has_enough(RTMP_PHASE_TLS, |asked| tls_accept(asked.handle(), &context));
        }
    }
}
