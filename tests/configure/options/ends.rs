//! How connections end where options say so.

use std::io::ErrorKind;

use rtmp::abi::{RTMP_CONFIG, RTMP_CONFIG_QUIET, RTMP_CONFIG_RESET, RTMP_ERR_TIMEOUT};

use super::{WAYS, Way, holds, say_both, server};
use crate::client::Client;
use crate::nothing;
use crate::ways::stuck_server;

#[test]
fn a_quiet_end_says_nothing_in_any_way() {
    let says_goodbye = |way, options, flags| {
        let (place, thread) = server();
        let mut client = Client::new();
        say_both(
            &mut client,
            way,
            &place,
            options,
            RTMP_CONFIG { flags, ..nothing() },
        );
        client.publishes();
        assert!(client.connect() && client.connect_stream());
        client.close();
        let heard = thread.join().unwrap();
        ["FCUnpublish", "deleteStream"].map(|word| holds(&heard, word))
    };
    for way in WAYS {
        assert_eq!(says_goodbye(way, "quiet=yes", 0), [false; 2], "{way:?}");
        assert_eq!(
            says_goodbye(way, "quiet=1 quiet=off", 0),
            [true; 2],
            "{way:?}"
        );
        assert_eq!(
            says_goodbye(way, "quiet=0", RTMP_CONFIG_QUIET),
            [false; 2],
            "{way:?}"
        );
    }
}

/// How the connection ends for a server that has taken nothing until the client has given it up.
fn end_of_stuck(way: Way, options: &str, flags: u32) -> Result<(), ErrorKind> {
    let (go, port, thread) = stuck_server();
    let (mut client, place) = (Client::new(), format!("127.0.0.1:{port}"));
    let options = format!("sendTimeout=200 {options}");
    say_both(
        &mut client,
        way,
        &place,
        &options,
        RTMP_CONFIG { flags, ..nothing() },
    );
    client.publishes();
    assert!(client.connect() && client.connect_stream());
    let body = vec![7; 1 << 20];
    while client.send(&body) {}
    assert_eq!(client.error().kind, RTMP_ERR_TIMEOUT);
    go.send(()).unwrap();
    thread.join().unwrap()
}

#[test]
fn a_connection_that_takes_nothing_is_reset_in_any_way() {
    let reset = Err(ErrorKind::ConnectionReset);
    for way in WAYS {
        assert_eq!(end_of_stuck(way, "reset=true", 0), reset, "{way:?}");
    }
    assert_eq!(end_of_stuck(Way::Url, "reset=1 reset=0", 0), Ok(()));
    assert_eq!(end_of_stuck(Way::Url, "reset=0", RTMP_CONFIG_RESET), reset);
}
