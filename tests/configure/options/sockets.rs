//! What options say of sockets, and where they are connected to.

use std::net::TcpListener;
use std::os::fd::BorrowedFd;

use rtmp::abi::{RTMP_CONFIG, RTMP_CONFIG_NAGLE, RTMP_ERR_BIND, RTMP_ERR_RESOLVE};
use socket2::SockRef;

use super::{WAYS, Way, client, connected, holds, say_both, server, server_at, text};
use crate::client::Client;
use crate::{kind_and_number, nothing};

/// The buffer for sends of a socket, and whether Nagle's algorithm is on.
fn socket(way: Way, options: &str, config: RTMP_CONFIG) -> (usize, bool) {
    let (place, thread) = server();
    let client = connected(way, &place, options, config);
    // SAFETY: the client is connected.
    let fd = unsafe { BorrowedFd::borrow_raw(client.handle().m_sb.sb_socket.get()) };
    let socket = SockRef::from(&fd);
    let found = (
        socket.send_buffer_size().unwrap(),
        !socket.tcp_nodelay().unwrap(),
    );
    client.close();
    thread.join().unwrap();
    found
}

/// Linux doubles what it is told.
fn is_buffer_of(bytes: usize, buffer: usize) -> bool {
    [bytes, 2 * bytes].contains(&buffer)
}

#[test]
fn buffer_and_nagle_are_as_said_in_any_way() {
    let (usual, _) = socket(Way::Url, "", nothing());
    assert!(!is_buffer_of(10_000, usual));
    for way in WAYS {
        let (buffer, has_nagle) = socket(way, "sendBuffer=10000 nagle=on", nothing());
        assert!(is_buffer_of(10_000, buffer) && has_nagle, "{way:?}");
        let undone = "sendBuffer=10000 sendBuffer=0 nagle=1 nagle=no";
        assert_eq!(socket(way, undone, nothing()), (usual, false), "{way:?}");
    }
}

#[test]
fn fields_count_before_options_and_flags_beside_them() {
    let fields = RTMP_CONFIG {
        sendBuffer: 20_000,
        ..nothing()
    };
    let flags = RTMP_CONFIG {
        flags: RTMP_CONFIG_NAGLE,
        ..nothing()
    };
    for way in WAYS {
        let (buffer, has_nagle) = socket(way, "sendBuffer=10000 nagle=1", fields);
        assert!(
            is_buffer_of(20_000, buffer) && has_nagle,
            "{way:?}: {buffer}"
        );
        let (buffer, has_nagle) = socket(way, "sendBuffer=10000 nagle=0", flags);
        assert!(
            is_buffer_of(10_000, buffer) && has_nagle,
            "{way:?}: {buffer}"
        );
    }
}

#[test]
fn a_family_is_the_only_one_in_any_way() {
    for way in WAYS {
        for (options, family) in [
            ("family=4", 0),
            ("family=6 family=0", 0),
            ("family=6", 4),
            ("", 4),
        ] {
            let (place, thread) = server();
            let client = connected(
                way,
                &place,
                options,
                RTMP_CONFIG {
                    family,
                    ..nothing()
                },
            );
            client.close();
            thread.join().unwrap();
        }
        for (options, family) in [("family=6", 0), ("family=4", 6), ("family=0", 6)] {
            // Nobody is asked.
            let mut client = Client::new();
            let config = RTMP_CONFIG {
                family,
                ..nothing()
            };
            say_both(&mut client, way, "127.0.0.1:1", options, config);
            assert!(!client.connect(), "{way:?}: {options}");
            let expected = (RTMP_ERR_BIND, libc::EAFNOSUPPORT);
            assert_eq!(
                kind_and_number(&client.error()),
                expected,
                "{way:?}: {options}"
            );
        }
    }
}

#[test]
fn a_server_that_is_connected_to_is_told_the_url_in_any_way() {
    for way in WAYS {
        let (place, thread) = server();
        let options = format!("connectTo={place}");
        let client = connected(way, "name.invalid:1", &options, nothing());
        assert_eq!(client.handle().Link.hostname.bytes(), b"name.invalid");
        client.close();
        assert!(
            holds(&thread.join().unwrap(), "rtmp://name.invalid:1/app"),
            "{way:?}"
        );
    }
}

#[test]
fn the_port_is_that_of_the_url_where_none_is_said() {
    for host in ["127.0.0.1", "127.0.0.1:"] {
        for way in WAYS {
            let (place, thread) = server_at("127.0.0.1:0");
            let url = format!("name.invalid:{}", place.port());
            connected(way, &url, &format!("connectTo={host} family=4"), nothing()).close();
            thread.join().unwrap();
        }
    }
}

#[test]
fn addresses_of_ipv6_may_be_connected_to() {
    if let Err(error) = TcpListener::bind("[::1]:0") {
        println!("skipped: this machine has no IPv6: {error}");
        return;
    }
    for way in WAYS {
        for has_port in [true, false] {
            let (place, thread) = server_at("[::1]:0");
            let (port, options) = match has_port {
                true => (1, format!("connectTo={place}")),
                false => (place.port(), "connectTo=::1".to_owned()),
            };
            connected(way, &format!("127.0.0.1:{port}"), &options, nothing()).close();
            thread.join().unwrap();
        }
    }
}

#[test]
fn where_the_block_says_to_connect_to_counts_before_the_option() {
    for way in WAYS {
        let (place, thread) = server();
        let config = RTMP_CONFIG {
            connectTo: text(&place),
            ..nothing()
        };
        connected(way, "name.invalid:1", "connectTo=other.invalid", config).close();
        thread.join().unwrap();
        // An empty text is no place, but something that was said.
        let mut client = Client::new();
        let config = RTMP_CONFIG {
            connectTo: text(""),
            ..nothing()
        };
        say_both(
            &mut client,
            way,
            "127.0.0.1:1",
            "connectTo=127.0.0.1:1",
            config,
        );
        assert!(!client.connect());
        assert_eq!(client.error().kind, RTMP_ERR_RESOLVE, "{way:?}");
    }
}

#[test]
fn an_empty_text_takes_back_where_to_connect_to() {
    let (place, thread) = server();
    let client = client(Way::Url, &place, "connectTo=name.invalid connectTo=");
    assert!(client.connect());
    client.close();
    thread.join().unwrap();
}
