//! A certificate is looked at for the host of the URL, wherever the socket is connected to.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::ptr;
use std::thread::{self, JoinHandle};

use rtmp::abi::{RTMP_CONFIG, RTMP_ERR_CERTIFICATE};
use rustls::{ServerConnection, StreamOwned};

use super::text;
use crate::client::{Client, PATIENCE, rest};
use crate::pki::{Ca, Versions};
use crate::{configure, nothing};

/// A server whose certificate is for `host`; where it is, and which name it was asked for.
fn server(authority: &Ca, host: &str) -> (String, JoinHandle<Option<String>>) {
    let config = authority.identity(host).server(Versions::Both, 0);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
        let mut hello = [0; 1537];
        if stream.read_exact(&mut hello).is_ok() {
            let answer = [&[3], &[0; 1536][..], &hello[1..]].concat();
            stream.write_all(&answer).unwrap();
            rest(&mut stream);
        }
        stream.conn.server_name().map(str::to_owned)
    });
    (place, thread)
}

#[test]
fn the_certificate_is_for_the_host_of_the_url() {
    let authority = Ca::new("options");
    let file = authority.file("options-ca");
    for is_option in [true, false] {
        for (host, is_known) in [("name.invalid", true), ("127.0.0.1", false)] {
            let (place, thread) = server(&authority, host);
            let (option, field) = match is_option {
                true => (format!(" connectTo={place}"), ptr::null()),
                false => (String::new(), text(&place)),
            };
            let mut client = Client::new();
            let url = format!(
                "rtmps://name.invalid:1/app/name timeout=50 tlsCAFile={}",
                file.display()
            );
            client.set_up_url(&[url, option].concat());
            assert!(configure(
                &client,
                RTMP_CONFIG {
                    connectTo: field,
                    ..nothing()
                }
            ));
            assert_eq!(
                client.connect(),
                is_known,
                "{host}: {}",
                client.last_error()
            );
            if !is_known {
                assert_eq!(client.error().kind, RTMP_ERR_CERTIFICATE);
            }
            client.close();
            assert_eq!(thread.join().unwrap().as_deref(), Some("name.invalid"));
        }
    }
}
